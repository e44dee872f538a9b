"""A site ordered and changed: what is wanted, what is refused."""

import pytest

from essaim.manager.core.errors import EssaimError, NotAllowed
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Machine, StoryLine, Wanted
from essaim.manager.hosting import actions
from essaim.manager.hosting.errors import (
    AccountNotActive,
    AliasesTooMany,
    DocrootMalformed,
)
from essaim.manager.hosting.php_errors import PhpUnknown
from tests.unit.factories import make_account, make_machine, make_person, make_site
from tests.unit.hosting.wishes import prove, wish

pytestmark = pytest.mark.django_db


def test_an_order_is_one_wish_one_line_and_one_story() -> None:
    account = make_account()
    person = make_person(client=account.client)

    site = make_site(account, "One.example.test", by=person, aliases=["www.one.example.test", "one.example.test", ""])

    assert (site.state, site.health, site.https) == ("active", "waiting", "none")
    spec = wish("site", site).spec
    assert (spec["fqdn"], spec["aliases"]) == ("one.example.test", ["www.one.example.test"])
    assert (spec["account"], spec["proof"]) == (account.login, site.proof)
    assert len(site.proof) == 26
    line = AuditLine.objects.get(code="hosting.site_created")
    assert (line.about_key, line.who, line.client_slug) == (site.fqdn, person.email, account.client.slug)
    told = StoryLine.objects.get(about_kind="site", about_key=site.fqdn)
    assert (told.what, told.audit_id) == ("decided", line.pk)


def test_a_certificate_is_wanted_with_the_order(acme: None) -> None:
    site = make_site(name="one.example.test", aliases=["www.one.example.test"])

    assert site.https == "pending"
    assert wish("certificate", site).spec["names"] == ["one.example.test", "www.one.example.test"]


def test_changing_nothing_wants_nothing() -> None:
    site = make_site(name="one.example.test", aliases=["www.one.example.test"])
    before = wish("site", site).revision, AuditLine.objects.count()

    actions.change_site(site, by=None, docroot="", php="8.2", aliases=["WWW.one.example.test"])

    assert (wish("site", site).revision, AuditLine.objects.count()) == before


def test_a_removed_alias_is_free_again() -> None:
    site = make_site(name="one.example.test", aliases=["www.one.example.test"])

    actions.change_site(site, by=None, aliases=[])

    assert make_site(site.account, "www.one.example.test").pk


def test_another_prober_takes_over_from_one_that_was_revoked(prober: Machine) -> None:
    site = prove(make_site())
    prober.state = Machine.State.REVOKED
    prober.save()
    other = make_machine("outside2", roles=["prober"])

    actions.prove_again(site, by=None)

    assert wish("probe", site).machine == other
    assert Wanted.objects.get(kind="probe", machine=prober).spec is None


READERS_MAY_NOT = {
    "change": lambda site, by: actions.change_site(site, by=by, docroot="public"),
    "suspend": lambda site, by: actions.suspend_site(site, by=by, reason="Because."),
    "resume": lambda site, by: actions.resume_site(site, by=by),
    "close": lambda site, by: actions.close_site(site, by=by),
    "restore": lambda site, by: actions.restore_site(site, by=by),
    "erase": lambda site, by: actions.erase_site(site, by=by),
    "prove": lambda site, by: actions.prove_again(site, by=by),
    "undo": lambda site, by: actions.undo_content(site, by=by),
    "order": lambda site, by: make_site(site.account, by=by),
    "account": lambda site, by: actions.close_account(site.account, by=by),
}


@pytest.mark.parametrize("act", READERS_MAY_NOT)
def test_a_reader_looks_and_changes_nothing(act: str) -> None:
    site = make_site()
    lines = AuditLine.objects.count()

    for by in (make_person(client=site.account.client, role="reader"), make_person()):
        with pytest.raises(NotAllowed):
            READERS_MAY_NOT[act](site, by)

    assert AuditLine.objects.count() == lines


REFUSED = [
    (DocrootMalformed, {"docroot": "../other"}, "“../other” cannot be the published folder."),
    (DocrootMalformed, {"docroot": "web/.git"}, "“web/.git” cannot be the published folder."),
    (DocrootMalformed, {"docroot": "web//x"}, "“web//x” cannot be the published folder."),
    (PhpUnknown, {"php": "5.2"}, "PHP 5.2 is not offered."),
    (AliasesTooMany, {"aliases": [f"a{n}.one.example.test" for n in range(51)]}, "A site has at most 50 aliases."),
]


@pytest.mark.parametrize(("refusal", "given", "sentence"), REFUSED)
def test_what_cannot_be_served_is_refused(refusal: type[EssaimError], given: dict[str, object], sentence: str) -> None:
    account = make_account()

    with pytest.raises(refusal) as refused:
        actions.create_site(account=account, name="one.example.test", by=None, **given)  # type: ignore[arg-type]

    assert (str(refused.value), refused.value.http_status) == (sentence, 422)
    assert not account.sites.exists()


def test_nothing_is_ordered_in_an_account_that_is_not_active() -> None:
    account = actions.suspend_account(make_account(login="atelier"), by=None, reason="Because.")

    with pytest.raises(AccountNotActive) as refused:
        make_site(account)
    assert str(refused.value) == "The account atelier is suspended."


def test_an_order_takes_few_queries(django_assert_max_num_queries: object, acme: None) -> None:
    account = make_account()
    person = make_person(client=account.client)
    names = [f"www{number}.one.example.test" for number in range(10)]

    with django_assert_max_num_queries(26):  # type: ignore[operator]
        make_site(account, "one.example.test", by=person, aliases=names)
