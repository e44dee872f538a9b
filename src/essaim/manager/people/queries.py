"""Reads for the people room's screens and for the API's front door."""

import hashlib
import hmac
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from essaim.manager.core import masks
from essaim.manager.core.asides import write_if_free
from essaim.manager.people import rights
from essaim.manager.people.client_errors import ClientMerged
from essaim.manager.people.errors import ClientNotFound, TokenNotFound
from essaim.manager.people.models import ApiToken, Client, Membership, Merge, Person

USE_NOTED_EVERY = timedelta(minutes=1)


def clients_visible_to(person: Person) -> QuerySet[Client]:
    """The clients `person` may see: every one for the team, their own for anyone else."""
    return rights.clients_seen_by(person).exclude(state=Client.State.MERGED)


def findable(way: str = "") -> Q:
    """Clients that may be looked for by their name: every one, but for a reader to whom natural persons' names are masked. `way` leads
    from the rows to the client: `account__client__`.
    """
    return Q() if masks.reader() is None else Q(**{f"{way}kind": Client.Kind.ORGANISATION})


def get_client(slug: str, *, seen_by: Person) -> Client:
    """One client, through the only door a page may use.

    Raises:
        ClientNotFound: absent, or hidden from `seen_by`; ClientMerged: part of another that they see.
    """
    try:
        return clients_visible_to(seen_by).get(slug=slug.lower())
    except Client.DoesNotExist:
        merged = Merge.objects.select_related("kept").filter(gone__slug=slug.lower(), undone_at=None).first()
        if merged is not None and clients_visible_to(seen_by).filter(pk=merged.kept_id).exists():
            raise ClientMerged(slug=slug, kept=merged.kept.slug) from None
        raise ClientNotFound(slug=slug) from None


def members_of(client: Client) -> list[Membership]:
    """Who belongs to `client`, by e-mail: one query."""
    return list(client.memberships.select_related("person").order_by("person__email"))


def tokens_of(person: Person) -> QuerySet[ApiToken]:
    """Every token of `person`, newest first, ended ones too."""
    return person.api_tokens.all()


def get_token(pk: int, *, seen_by: Person) -> ApiToken:
    """One of a person's own tokens.

    Raises:
        TokenNotFound: absent, or another's.
    """
    try:
        return tokens_of(seen_by).get(pk=pk)
    except ApiToken.DoesNotExist:
        raise TokenNotFound from None


def token_of(text: str) -> ApiToken | None:
    """The token that `text` is the key of, if it still opens; its last use is noted at most once a minute, and not while the database is held.

    Only the hash is looked up, so what the search's time tells is about a hash, not about a token.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()
    now = timezone.now()
    open_now = Q(expires_at=None) | Q(expires_at__gt=now)
    tokens = ApiToken.objects.select_related("person").filter(open_now, revoked_at=None, person__is_active=True)
    token = tokens.filter(sha256=digest).first()
    if token is None or not hmac.compare_digest(token.sha256, digest):
        return None
    if token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY:
        token.last_used_at = now
        used = ApiToken.objects.filter(pk=token.pk)
        write_if_free(lambda: used.update(last_used_at=now))
    return token
