"""Every page wide and narrow, light and dark, in French and in English: nothing is complained about."""

import pytest
from pytest_django import Settings

from essaim.manager.people.models import Person
from tests.browser import rows, vault_rows
from tests.browser.keys_rows import SERIAL
from tests.browser.looking import FEW, VIEWS, Looker, View, reached_by_keyboard
from tests.browser.people_rows import FORMER, LINK
from tests.browser.rows import House

PAGES = [
    ("front", None, "/"),
    ("sign-in", None, "/sign-in/"),
    ("source", None, "/source/"),
    ("home", "owner", "/"),
    ("home-team", "team", "/"),
    ("home-empty", "newcomer", "/"),
    ("sites", "owner", "/sites/"),
    ("sites-team", "team", "/sites/"),
    ("sites-none", "newcomer", "/sites/"),
    ("sites-not-found", "owner", "/sites/?text=nothing-like-this"),
    ("order", "owner", "/sites/order/"),
    ("order-client", "team", "/sites/order/"),
    ("order-team", "team", "/sites/order/?client=abeilles"),
    ("site-live", "owner", f"/sites/{rows.LIVE}/"),
    ("site-reader", "reader", f"/sites/{rows.LIVE}/"),
    ("site-long", "owner", f"/sites/{rows.LONG}/"),
    ("site-failed", "team", f"/sites/{rows.FAILED}/"),
    ("site-suspended", "owner", f"/sites/{rows.SUSPENDED}/"),
    ("site-closed", "owner", f"/sites/{rows.CLOSED}/"),
    ("site-unicode", "owner", f"/sites/{rows.UNICODE}/"),
    ("site-numbers", "owner", f"/sites/{rows.LIVE}/numbers/"),
    ("site-numbers-today", "reader", f"/sites/{rows.LIVE}/numbers/?days=1"),
    ("site-numbers-year", "team", f"/sites/{rows.LIVE}/numbers/?days=365"),
    ("site-numbers-none", "owner", f"/sites/{rows.LONG}/numbers/"),
    ("site-log", "owner", f"/sites/{rows.LIVE}/logs/"),
    ("site-log-refused", "owner", f"/sites/{rows.LIVE}/logs/?only=refused"),
    ("site-log-not-asked", "owner", f"/sites/{rows.LONG}/logs/"),
    ("site-certificate", "owner", f"/sites/{rows.LIVE}/certificate/"),
    ("site-certificate-reader", "reader", f"/sites/{rows.LIVE}/certificate/"),
    ("site-certificate-own", "owner", f"/sites/{rows.LONG}/certificate/"),
    ("certificates", "team", "/certificates/"),
    ("site-serving", "owner", f"/sites/{rows.RULED}/serving/"),
    ("site-serving-reader", "reader", f"/sites/{rows.RULED}/serving/"),
    ("site-redirects", "owner", f"/sites/{rows.RULED}/redirects/"),
    ("site-headers", "owner", f"/sites/{rows.RULED}/headers/"),
    ("site-files", "owner", f"/sites/{rows.RULED}/files/"),
    ("site-access", "owner", f"/sites/{rows.RULED}/access/"),
    ("site-protect", "owner", f"/sites/{rows.RULED}/protect/"),
    ("site-names", "owner", f"/sites/{rows.RULED}/names/"),
    ("site-maintenance", "owner", f"/sites/{rows.RULED}/maintenance/"),
    ("site-change", "owner", f"/sites/{rows.LIVE}/change/"),
    ("site-php", "owner", f"/sites/{rows.LONG}/php/"),
    ("site-serving", "owner", f"/sites/{rows.LIVE}/serving/"),
    ("site-program", "owner", f"/sites/{rows.LONG}/serving/"),
    ("site-program-change", "owner", f"/sites/{rows.LONG}/program/"),
    ("site-program-drop", "owner", f"/sites/{rows.LONG}/program/drop/"),
    ("site-serving-reader", "reader", f"/sites/{rows.LIVE}/serving/"),
    ("site-serving-apache", "owner", f"/sites/{rows.UNICODE}/serving/"),
    ("site-engine", "owner", f"/sites/{rows.LIVE}/engine/"),
    ("site-flooded", "owner", f"/sites/{rows.LONG}/serving/"),
    ("site-shielded", "team", f"/sites/{rows.UNICODE}/serving/"),
    ("site-shield", "owner", f"/sites/{rows.LONG}/shield/"),
    ("site-limits", "team", f"/sites/{rows.LONG}/limits/"),
    ("site-suspend", "owner", f"/sites/{rows.LIVE}/suspend/"),
    ("site-close", "owner", f"/sites/{rows.LIVE}/close/"),
    ("site-erase", "owner", f"/sites/{rows.CLOSED}/erase/"),
    ("content", "owner", f"/sites/{rows.LIVE}/content/"),
    ("accounts", "team", "/accounts/"),
    ("account", "owner", "/accounts/abeilles/"),
    ("account-team", "team", "/accounts/abeilles/"),
    ("account-change", "team", "/accounts/abeilles/change/"),
    ("account-offer", "team", "/accounts/abeilles/offer/"),
    ("offers", "team", "/offers/"),
    ("offer-add", "team", "/offers/add/"),
    ("offer-change", "team", "/offers/large/change/"),
    ("account-suspend", "owner", "/accounts/abeilles/suspend/"),
    ("account-close", "owner", "/accounts/abeilles/close/"),
    ("account-closed", "owner", "/accounts/ancien/"),
    ("account-erase", "owner", "/accounts/ancien/erase/"),
    ("keys", "team", "/keys/"),
    ("keys-sessions", "team", "/keys/sessions/"),
    ("keys-confirm", "team", "/keys/confirm/"),
    ("keys-revoke", "team", f"/keys/{SERIAL}/revoke/"),
    ("email", "owner", "/email/"),
    ("privacy", "owner", "/privacy/"),
    ("privacy-register", None, "/privacy/register/"),
    ("privacy-erase", "newcomer", "/privacy/erase/"),
    ("privacy-erase-reader", "reader", "/privacy/erase/"),
    ("privacy-retention", "team", "/team/privacy/retention/"),
    ("rights", "team", "/team/rights/"),
    ("grants", "team", "/team/rights/grants/?show=ended"),
    ("grant-propose", "team", "/team/rights/grants/propose/"),
    ("clients", "team", "/clients/"),
    ("client", "owner", "/clients/abeilles/"),
    ("client-reader", "reader", "/clients/abeilles/"),
    ("client-team", "team", "/clients/abeilles/"),
    ("client-add", "team", "/add-client/"),
    ("register", None, "/register/"),
    ("ending", "team", "/clients/abeilles/ending/"),
    ("duplicates", "team", "/team/duplicates/"),
    ("lost-factors", "team", "/team/lost-factors/"),
    ("lost-factor-ask", "team", "/team/lost-factors/ask/"),
    ("sign-in-end", "team", "/team/people/{owner}/end-sign-in/"),
    ("sign-in-end-team", "team", "/team/people/{observer}/end-sign-in/"),
    ("sign-in-back", "team", "/team/people/{former}/end-sign-in/"),
    ("people-search-gone", "team", "/team/search/?q=example.test"),
    ("lost-factor-stop", None, f"/lost-factor/{LINK}/"),
    ("erase-client", "team", "/privacy/clients/client-10/erase/"),
    ("erase-client-asked", "team", "/privacy/clients/client-11/erase/"),
    ("merge", "team", "/clients/client-00/merge/client-01/"),
    ("client-import", "team", "/import-clients/"),
    ("people-search", "team", "/team/search/?q=abeiles"),
    ("people-search-none", "team", "/team/search/?q=zzzzzz"),
    ("leave", "reader", "/clients/abeilles/leave/"),
    ("hand-over", "owner", "/clients/abeilles/hand-over/"),
    ("client-change", "owner", "/clients/abeilles/change/"),
    ("client-contacts", "owner", "/clients/abeilles/contacts/"),
    ("client-history", "owner", "/clients/abeilles/history/"),
    ("person-add", "team", "/clients/abeilles/people/add/"),
    ("consents", "owner", "/clients/abeilles/consents/"),
    ("consents-reader", "reader", "/clients/abeilles/consents/"),
    ("consents-none", "team", "/clients/client-00/consents/"),
    ("tokens", "owner", "/tokens/"),
    ("password", "owner", "/password/"),
    ("forgotten", None, "/sign-in/forgotten/"),
    ("invite", "owner", "/clients/abeilles/invite/"),
    ("mail-queue", "team", "/team/mail/"),
    ("emails", "team", "/design/emails/"),
    ("security", "owner", "/security/"),
    ("again", "owner", "/security/again/"),
    ("sessions", "owner", "/security/sessions/"),
    ("team-first", "president", "/team/"),
    ("team-first-reader", "team", "/team/"),
    ("team-awake", "president", "/team/awake/"),
    ("team-cover", "president", "/team/cover/?week=2026-03-29"),
    ("team-windows", "president", "/team/windows/?week=2026-03-18"),
    ("team-hours", "president", "/team/hours/"),
    ("team-bus-factor", "president", "/team/bus-factor/?one=2&two=3"),
    ("team-duties", "president", "/team/duties/"),
    ("team-duty-add", "president", "/team/duties/add/"),
    ("team-leave", "president", "/team/members/{observer}/leave/"),
    ("team-agreement-to-sign", "observer", "/team/agreement/"),
    ("team-agreement-signed", "president", "/team/agreement/"),
    ("team-versions", "president", "/team/agreement/versions/"),
    ("team-draft", "president", "/team/agreement/draft/"),
    ("team-campaigns", "president", "/team/campaigns/"),
    ("team-campaign-add", "president", "/team/campaigns/add/"),
    ("team-candidates", "president", "/team/candidates/"),
    ("team-candidate", "president", "/team/candidates/1/"),
    ("team-candidate-accept", "president", "/team/candidates/1/accept/"),
    ("join", None, "/join/"),
    ("join-campaign", None, "/join/deux-personnes-pour-lassistance/"),
    ("machines", "team", "/fleet/"),
    ("machine", "team", "/fleet/web1/"),
    ("machine-failing", "team", "/fleet/web1/?state=failing"),
    ("machine-add", "team", "/fleet/add/"),
    ("machine-token", "team", "/fleet/web1/token/"),
    ("machine-drain", "team", "/fleet/web1/drain/"),
    ("machine-revoke", "team", "/fleet/web1/revoke/"),
    ("tools", "team", "/tools/"),
    ("tool", "team", "/tools/of/wiki/"),
    ("tool-add", "team", "/tools/add/"),
    ("tool-change", "team", "/tools/of/wiki/change/"),
    ("tool-sign-in", "team", vault_rows.SIGN_IN),
    ("tool-wrong", "team", "/identity/o/authorize?client_id=none"),
    ("tool-sign-out", "team", "/identity/o/logout"),
    ("vault", "team", "/vault/"),
    ("vault-secret", "team", "/vault/secrets/registrar.example/"),
    ("vault-exposed", "team", "/vault/secrets/mirror.example/"),
    ("vault-add", "team", "/vault/add/"),
    ("vault-change", "team", "/vault/secrets/registrar.example/change/"),
    ("vault-put", "team", "/vault/secrets/registrar.example/put/"),
    ("vault-key", "team", "/vault/key/"),
    ("audit", "team", "/audit/"),
    ("design", "team", "/design/"),
]
SEEN_LESS = [
    ("agency", "agency", "/clients/"),
    ("client-of-agency", "agency", "/clients/fromagerie/"),
    ("client-noted", "president", "/clients/chorale/"),
    ("client-ending", "president", "/clients/reliure/"),
    ("client-masked", "watcher", "/clients/fromagerie/"),
    ("ending-proposed", "team", "/clients/reliure/ending/"),
    ("merge-known", "team", "/clients/chorale/merge/chorale-2-rives/"),
    ("hand-over-offered", "taker", "/handovers/1/"),
    ("place", "owner", "/clients/abeilles/people/{reader}/"),
    ("see-as", "team", "/clients/abeilles/see-as/"),
    ("account-extensions", "owner", "/accounts/abeilles/extensions/8.2/"),
    ("grants-held", "team", "/team/rights/grants/"),
    ("team-campaign-change", "president", "/team/campaigns/deux-personnes-pour-lassistance/change/"),
    ("team-candidate-decline", "president", "/team/candidates/1/decline/"),
    ("team-version", "president", "/team/agreement/versions/1/"),
]
"""Pages looked at in few views."""
REFUSALS = [
    ("erased", "team", f"/sites/{rows.ERASED}/", 410),
    ("not-found", "owner", f"/sites/{rows.NEVER}/", 404),
    ("no-address", "owner", "/nothing/here/", 404),
    ("not-allowed", "reader", f"/sites/{rows.LIVE}/suspend/", 403),
    ("close-first", "owner", f"/sites/{rows.LIVE}/erase/", 409),
]
MAIN_ACTIONS = [
    ("front", None, "/", "a[href='/sign-in/']"),
    ("sign-in", None, "/sign-in/", "button[type=submit].button-primary"),
    ("home", "owner", "/", "a[href='/sites/order/']"),
    ("sites", "owner", "/sites/", "a[href^='/sites/order/']"),
    ("search", "owner", "/sites/", "input[type=search]"),
    ("order", "owner", "/sites/order/", "main form button[type=submit].button-primary"),
    ("site", "owner", f"/sites/{rows.LIVE}/", f"a[href='/sites/{rows.LIVE}/content/']"),
    ("content", "owner", f"/sites/{rows.LIVE}/content/", "main form button[type=submit].button-primary"),
    ("site-log", "owner", f"/sites/{rows.LONG}/logs/", "main form[action$='/logs/ask/'] button"),
    ("machine", "team", "/fleet/web1/", "main form[action='/fleet/web1/check/'] button"),
]


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize(("name", "who", "path"), PAGES, ids=[page[0] for page in PAGES])
def test_nothing_is_wrong_with_a_page(
    name: str, who: str | None, path: str, view: View, looker: Looker, house: House
) -> None:
    for word, number in (
        ("{owner}", house.owner.pk),
        ("{observer}", house.observer.pk),
        ("{former}", Person.objects.get(email=FORMER).pk),
        ("{reader}", house.reader.memberships.get().pk),
    ):
        path = path.replace(word, str(number))
    faults = looker.faults(getattr(house, who) if who else None, path, view, name)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("view", FEW, ids=str)
@pytest.mark.parametrize(("name", "who", "path"), SEEN_LESS, ids=[page[0] for page in SEEN_LESS])
def test_nothing_is_wrong_with_a_page_of_known_parts(
    name: str, who: str, path: str, view: View, looker: Looker, house: House
) -> None:
    test_nothing_is_wrong_with_a_page(name, who, path, view, looker, house)


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_nothing_is_wrong_with_a_sites_page_in_a_demo(
    view: View, looker: Looker, house: House, settings: Settings
) -> None:
    settings.FETCH = "PYTHONPATH=src .venv/bin/python -m essaim.lab run outside1 -- curl -sSL http://{name}/"
    faults = looker.faults(house.owner, f"/sites/{rows.LIVE}/", view, "site-demo")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize(("name", "who", "path", "status"), REFUSALS, ids=[page[0] for page in REFUSALS])
def test_nothing_is_wrong_with_a_page_that_refuses(
    name: str, who: str, path: str, status: int, view: View, looker: Looker, house: House
) -> None:
    faults = looker.faults(getattr(house, who), path, view, name, status=status)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("name", "who", "path", "action"), MAIN_ACTIONS, ids=[entry[0] for entry in MAIN_ACTIONS])
def test_the_keyboard_reaches_the_main_action(
    name: str, who: str | None, path: str, action: str, looker: Looker, house: House
) -> None:
    page = looker.page(getattr(house, who) if who else None, VIEWS[0])
    page.goto(f"{looker.manager}{path}")
    assert reached_by_keyboard(page, action)
    page.close()
