"""Ordering a site: where it will stand, what it will be called, what will happen; then on to its page, to watch."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Request, ask_or_act, go, posted, refuse, show
from essaim.manager.fleet.queries import place_account
from essaim.manager.hosting import access, actions, claims, queries
from essaim.manager.hosting.forms import NEW, OrderForm
from essaim.manager.hosting.models import Account, Site
from essaim.manager.hosting.names import ParsedName, parse_name
from essaim.manager.people.models import Client, Person
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import RightMissing, clients_with, may
from essaim.manager.people.search import find_clients

MOST_PLACES = 200


@dataclass(frozen=True)
class Preview:
    """What an order would do, said before it is sent."""

    name: ParsedName | None = None
    place: str = ""
    refusal: EssaimError | None = None


@login_required
@ask_or_act
def order(request: Request) -> HttpResponse:
    """Order a site. The team says for which client first."""
    if may(request.user, "sites.change") and not _client_slug(request):
        return _choose_client(request)
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        try:
            site = _order(form, request.user)
        except EssaimError as refusal:
            refuse(form, refusal)
        else:
            return go(request, "hosting:site", site.fqdn)
    return _show(request, form, status=422 if form.is_bound else 200)


@transaction.atomic
def _order(form: OrderForm, by: Person) -> Site:
    """The account, if a new one is asked for, and the site: both or none."""
    given = dict(form.cleaned_data)
    place = given.pop("account")
    if place.startswith(NEW):
        account = actions.create_account(client=get_client(place.removeprefix(NEW), seen_by=by), by=by)
    else:
        account = queries.get_account(place, seen_by=by)
    return actions.create_site(account=account, by=by, **given)


@require_POST
@login_required
def order_check(request: Request) -> HttpResponse:
    """Say what an order would do. htmx gets that part alone, a plain form the whole page again."""
    form = _form(request)
    preview = _preview(form, request.user)
    return _show(request, form, preview=preview, fragment="hosting/_preview.html")


def _show(
    request: Request, form: OrderForm, *, preview: Preview | None = None, fragment: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "preview": preview, "client_slug": _client_slug(request)}
    return show(request, "hosting/order.html", context, fragment=fragment or "hosting/_order.html", status=status)


def _client_slug(request: Request) -> str:
    """The client that the team orders for; `account=` names it too."""
    slug = request.POST.get("client") or request.GET.get("client") or ""
    login = request.GET.get("account")
    if not slug and login and may(request.user, "sites.change"):
        return str(queries.get_account(login, seen_by=request.user).client.slug)
    return slug


def _choose_client(request: Request) -> HttpResponse:
    page = find_clients(request.user, text=request.GET.get("q", ""), after=request.GET.get("after", ""))
    context = {"page": page, "text": request.GET.get("q", "")}
    return show(request, "hosting/order_client.html", context, fragment="hosting/_order_clients.html")


def _form(request: Request) -> OrderForm:
    places = _places(request.user, _client_slug(request))
    initial = {"account": request.GET.get("account", ""), "name": request.GET.get("name", "")}
    return OrderForm(
        places,
        *queries.offered_to_order(),
        posted(request),
        initial={key: text for key, text in initial.items() if text},
    )


def _places(person: Person, client_slug: str) -> list[tuple[str, str]]:
    """Accounts in which `person` may order, then a new one for each client.

    Raises:
        NotAllowed: none at all, as for a reader.
    """
    clients = _clients(person, client_slug)
    accounts = queries.accounts_visible_to(person).filter(state=Account.State.ACTIVE)
    accounts = accounts.filter(Q(client__in=clients) | access.given_to(person))
    if not clients and not accounts.exists():
        raise RightMissing
    several = len(clients) > 1
    places = [(a.login, f"{a.login} ({a.client.name})" if several else a.login) for a in accounts[:MOST_PLACES]]
    new = _("a new account for %(client)s") if several else _("a new account")
    return places + [(f"{NEW}{client.slug}", new % {"client": client.name}) for client in clients]


def _clients(person: Person, client_slug: str) -> list[Client]:
    if may(person, "sites.change"):
        return [get_client(client_slug, seen_by=person)]
    clients = clients_with(person, "sites.change").order_by("name")
    return [client for client in clients if client_slug in ("", client.slug)]


def _preview(form: OrderForm, person: Person) -> Preview:
    form.is_valid()
    text, place = str(form.data.get("name", "")), form.cleaned_data.get("account", "")
    if not text.strip():
        return Preview()
    name: ParsedName | None = None
    try:
        name = parse_name(text)
        if not place:
            return Preview(name)
        client, sentence = _place(place, person)
        with transaction.atomic():  # the locks of a look at names end with it
            claims.require_free([name], client=client, by=person)
    except EssaimError as refusal:
        return Preview(name, refusal=refusal)
    return Preview(name, sentence)


def _place(place: str, person: Person) -> tuple[Client, str]:
    """Whose the site will be, and where it will stand, as a sentence."""
    if place.startswith(NEW):
        client = get_client(place.removeprefix(NEW), seen_by=person)
        why = place_account().said
        return client, why if may(person, "fleet.see") else _("A new account is made for it.")
    account = queries.get_account(place, seen_by=person)
    sentence = _("It stands in the account %(login)s, beside its other sites.") % {"login": account.login}
    return account.client, sentence
