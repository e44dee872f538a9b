"""Who may take a name."""

import pytest

from essaim.manager.core.errors import EssaimError, NotAllowed
from essaim.manager.hosting import actions
from essaim.manager.hosting.errors import (
    ConsentNeedless,
    ConsentNotFound,
    ConsentNotYours,
    NameBeingErased,
    NameResembles,
    NameUnderOthers,
    SiteTaken,
)
from essaim.manager.hosting.models import Account, NameConsent, TakenName
from essaim.manager.people.models import Membership, Person
from tests.unit.factories import answer, make_account, make_client, make_person, make_site
from tests.unit.hosting.wishes import wish

pytestmark = pytest.mark.django_db


def told(refusal: type[EssaimError], name: str, account: object = None) -> str:
    with pytest.raises(refusal) as refused:
        make_site(account or make_account(), name)  # type: ignore[arg-type]
    assert (refused.value.http_status, refused.value.field) == (409, "name")
    return str(refused.value)


def test_a_name_is_taken_once() -> None:
    make_site(name="one.example.test")

    assert told(SiteTaken, "ONE.example.test.") == "one.example.test is already a site here."


def test_a_taken_name_is_told_to_each_as_they_may_know_it() -> None:
    holder = make_client("bees", name="Bees")
    account = make_account(holder, login="bees")
    make_site(account, "théâtre.example.test", aliases=["www.one.example.test"])
    neighbour = make_account()
    owner, stranger = make_person(client=holder), make_person(client=neighbour.client)
    both, team = make_person(client=holder, role="reader"), make_person(is_team=True)
    Membership.objects.create(person=both, client=neighbour.client)

    def told_to(person: Person, where: Account, name: str = "www.one.example.test") -> tuple[str, str]:
        with pytest.raises(SiteTaken) as refused:
            actions.create_site(account=where, name=name, by=person)
        assert refused.value.code == "hosting.site_taken"
        return str(refused.value), refused.value.advice

    for sentence, advice in (told_to(owner, account), told_to(both, neighbour)):
        assert sentence == "www.one.example.test is already yours, in the account bees."
        assert advice.startswith("Look at your site théâtre.example.test: it answers to this name.")
    assert told_to(team, neighbour)[0] == "www.one.example.test is already a site of Bees, in the account bees."
    assert told_to(team, account)[1].endswith("Bees can let it go.")
    sentence, advice = told_to(stranger, neighbour)
    assert sentence == "www.one.example.test is already a site here."
    assert "bees" not in f"{sentence} {advice}".lower()
    assert "théâtre" not in advice


def test_an_alias_that_is_added_is_refused_in_the_same_words() -> None:
    site = make_site(name="one.example.test")
    second = make_site(make_account(site.account.client), "two.example.test")

    with pytest.raises(SiteTaken) as refused:
        actions.change_site(second, aliases=["one.example.test"], by=make_person(client=site.account.client))
    assert "already yours" in str(refused.value)


def test_an_alias_takes_its_name_too() -> None:
    account = make_account()
    make_site(account, "one.example.test", aliases=["www.one.example.test"])

    assert told(SiteTaken, "www.one.example.test", account) == "www.one.example.test is already a site here."


def test_a_site_is_not_ordered_under_another_clients_domain() -> None:
    make_site(name="www.one.example.test")

    expected = "one.example.test, which shop.one.example.test belongs to, is used by another client here."
    assert told(NameUnderOthers, "shop.one.example.test") == expected
    assert told(NameUnderOthers, "one.example.test") == expected.replace("shop.one", "one")


def test_the_same_client_hangs_names_under_its_own_domain() -> None:
    first = make_site(name="one.example.test")

    assert make_site(make_account(first.account.client), "shop.one.example.test").fqdn == "shop.one.example.test"


def test_neighbours_under_a_shared_domain_are_strangers() -> None:
    make_site(name="one.example.test")

    assert make_site(name="two.example.test").fqdn == "two.example.test"


def test_a_refusal_does_not_say_who_else_has_the_name() -> None:
    site = make_site(make_account(make_client("secret-client", name="Secret client")), "one.example.test")

    for refusal, name in ((SiteTaken, "one.example.test"), (NameUnderOthers, "a.one.example.test")):
        with pytest.raises(refusal) as refused:
            make_site(make_account(), name)
        words = f"{refused.value} {refused.value.advice} {refused.value.facts}"
        assert "secret" not in words.lower()
        assert site.account.login not in words


def test_consent_opens_one_name_and_what_is_under_it() -> None:
    owners = make_site(name="one.example.test").account.client
    guest = make_account()

    actions.give_consent(fqdn="shop.one.example.test", owner=owners, guest=guest.client, by=None)

    assert make_site(guest, "shop.one.example.test", aliases=["www.shop.one.example.test"]).pk
    told(NameUnderOthers, "blog.one.example.test", guest)


def test_every_client_with_names_under_a_domain_consents_for_itself() -> None:
    owner = make_site(name="one.example.test").account.client
    guest = make_account()
    actions.give_consent(fqdn="shop.one.example.test", owner=owner, guest=guest.client, by=None)
    make_site(guest, "shop.one.example.test")
    third = make_account()

    actions.give_consent(fqdn="one.example.test", owner=guest.client, guest=third.client, by=None)
    told(NameUnderOthers, "third.one.example.test", third)

    actions.give_consent(fqdn="third.one.example.test", owner=owner, guest=third.client, by=None)
    assert make_site(third, "third.one.example.test").pk


def test_withdrawing_a_consent_takes_no_site_away() -> None:
    owner = make_site(name="one.example.test").account.client
    guest = make_account()
    actions.give_consent(fqdn="one.example.test", owner=owner, guest=guest.client, by=None)
    site = make_site(guest, "shop.one.example.test")

    actions.withdraw_consent(fqdn="one.example.test", owner=owner, guest=guest.client, by=None)

    assert not NameConsent.objects.exists()
    site.refresh_from_db()
    told(NameUnderOthers, "blog.one.example.test", guest)


def test_only_who_has_the_name_consents() -> None:
    stranger, guest = make_client(name="Stranger"), make_client()

    with pytest.raises(ConsentNotYours) as refused:
        actions.give_consent(fqdn="one.example.test", owner=stranger, guest=guest, by=None)
    assert str(refused.value) == "Stranger has no site under one.example.test: there is nothing to consent to."


def test_what_was_never_consented_to_is_not_withdrawn() -> None:
    owner = make_site(name="one.example.test").account.client

    with pytest.raises(ConsentNotFound):
        actions.withdraw_consent(fqdn="one.example.test", owner=owner, guest=make_client(), by=None)
    with pytest.raises(ConsentNeedless):
        actions.give_consent(fqdn="one.example.test", owner=owner, guest=owner, by=None)


def test_a_refused_name_says_how_its_people_can_consent() -> None:
    make_site(name="one.example.test")

    with pytest.raises(NameUnderOthers) as refused:
        make_site(make_account(make_client("choir")), "shop.one.example.test")
    assert "to shop.one.example.test for choir" in refused.value.advice


def test_a_reader_does_not_consent() -> None:
    owner = make_site(name="one.example.test").account.client

    with pytest.raises(NotAllowed):
        actions.give_consent(
            fqdn="one.example.test", owner=owner, guest=make_client(), by=make_person(client=owner, role="reader")
        )


def test_a_name_that_looks_like_another_clients_is_refused() -> None:
    make_site(name="google.example.test")

    sentence = told(NameResembles, "g00gle.example.test")
    assert sentence == "g00gle.example.test could be taken for google.example.test, which is a site here."


def test_ones_own_names_may_look_alike_and_so_may_others_with_consent() -> None:
    site = make_site(name="asso-o.example.test")
    make_site(site.account, "asso-0.example.test")
    guest = make_account()
    for name in ("asso-o.example.test", "asso-0.example.test"):
        actions.give_consent(fqdn=name, owner=site.account.client, guest=guest.client, by=None)

    assert make_site(guest, "ass0-o.example.test").pk


def test_an_erased_name_is_free_once_its_machine_has_erased_it() -> None:
    site = make_site(name="one.example.test")
    answer(wish("site", site))
    actions.erase_site(actions.close_site(site, by=None), by=None)
    other = make_account()

    sentence = told(NameBeingErased, "one.example.test", other)
    assert sentence == "The former site one.example.test is still being erased from its machine."
    assert not TakenName.objects.exists()

    answer(wish("site", site))
    assert make_site(other, "one.example.test").pk


def test_a_closed_site_keeps_its_name() -> None:
    site = make_site(name="one.example.test")
    actions.close_site(site, by=None)

    told(SiteTaken, "one.example.test")


def test_a_refused_order_leaves_nothing(django_assert_num_queries: object) -> None:
    make_site(name="taken.example.test")
    account = make_account()

    with pytest.raises(SiteTaken):
        make_site(account, "new.example.test", aliases=["taken.example.test"])

    assert not account.sites.exists()
    assert TakenName.objects.count() == 1
