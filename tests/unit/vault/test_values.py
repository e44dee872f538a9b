"""Values: sealed for their readers and nobody else, opened by a passphrase, sealed anew, replaced."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from essaim import age
from essaim.manager.core.errors import NotAllowed
from essaim.manager.core.models import AuditLine
from essaim.manager.people.throttle import TooManyTries
from essaim.manager.vault import actions, errors, queries
from essaim.manager.vault.models import Key, Secret, Version
from tests.unit import factories as make
from tests.unit.vault.conftest import PASSPHRASE, again

OPEN = {"passphrase": PASSPHRASE}


def test_a_value_is_nowhere_in_the_database(vault: SimpleNamespace) -> None:
    version = Version.objects.get()

    assert "s3same" not in version.sealed
    assert age.is_sealed(version.sealed)
    assert not [line for line in AuditLine.objects.all() if "s3same" in str(line.facts)]


def test_each_reader_opens_it_with_their_passphrase_and_it_is_in_the_trail(vault: SimpleNamespace) -> None:
    for person in (vault.alix, vault.sacha):
        assert actions.open_value(vault.secret, by=person, **OPEN).value == "s3same-Street"

    lines = AuditLine.objects.filter(code="vault.secret_opened").order_by("id")
    assert [(line.who, line.about_key, line.facts["version"]) for line in lines] == [
        ("alix@example.test", "registrar.example", 1),
        ("sacha@example.test", "registrar.example", 1),
    ]


def test_the_break_glass_key_opens_everything(vault: SimpleNamespace) -> None:
    assert age.unseal(Version.objects.get().sealed, vault.break_glass) == "s3same-Street"


def test_who_is_not_named_opens_nothing(vault: SimpleNamespace) -> None:
    actions.make_key(vault.robin, passphrase=PASSPHRASE)

    with pytest.raises(errors.NotAReader):
        actions.open_value(vault.secret, by=vault.robin, **OPEN)
    with pytest.raises(errors.NotAReader):
        actions.take_sealed(vault.secret, by=vault.robin)


def test_nobody_outside_the_team_sees_that_there_is_a_secret(vault: SimpleNamespace) -> None:
    owner = make.make_person(client=make.make_client())

    with pytest.raises(errors.SecretNotFound):
        queries.get_row("registrar.example", seen_by=owner)
    with pytest.raises(NotAllowed):
        queries.find_secrets(owner)
    with pytest.raises(NotAllowed):
        actions.make_key(owner, passphrase=PASSPHRASE)


def test_a_wrong_passphrase_opens_nothing_and_ten_close_the_door(vault: SimpleNamespace) -> None:
    for _try in range(10):
        with pytest.raises(errors.PassphraseWrong):
            actions.open_value(vault.secret, passphrase="not it at all", by=vault.alix)

    with pytest.raises(TooManyTries):
        actions.open_value(vault.secret, by=vault.alix, **OPEN)
    assert not AuditLine.objects.filter(code="vault.secret_opened").exists()


def test_who_names_themselves_waits_for_a_reader(vault: SimpleNamespace) -> None:
    actions.make_key(vault.robin, passphrase=PASSPHRASE)
    actions.change_secret(vault.secret, people=[vault.alix.email, vault.sacha.email, vault.robin.email], by=vault.robin)
    with pytest.raises(errors.NotSealedForYou) as refused:
        actions.open_value(vault.secret, by=vault.robin, **OPEN)
    assert {"registrar.example", vault.alix.name, vault.sacha.name} <= set(
        f"{refused.value.facts['name']},{refused.value.facts['who']}".replace(", ", ",").split(",")
    )

    assert [row.secret.name for row in queries.stale_for(vault.alix)] == ["registrar.example"]
    assert actions.seal_anew(by=vault.alix, **OPEN) == 1

    assert actions.open_value(vault.secret, by=vault.robin, **OPEN).value == "s3same-Street"
    assert actions.seal_anew(by=vault.alix, **OPEN) == 0
    assert Version.objects.count() == 1


def test_whoever_opens_what_is_stale_seals_it_anew_on_the_way(vault: SimpleNamespace) -> None:
    actions.change_secret(vault.secret, people=[vault.alix.email], by=vault.alix)

    actions.open_value(vault.secret, by=vault.alix, **OPEN)

    held = {key.person.email if key.person else "" for key in Version.objects.get().keys.all()}
    assert held == {"alix@example.test", ""}
    line = AuditLine.objects.get(code="vault.sealed_anew")
    assert line.facts["no_longer"] == [Key.objects.get(person=vault.sacha).recipient]


def test_a_new_value_leaves_the_one_before_in_the_history(vault: SimpleNamespace) -> None:
    actions.put_value(vault.secret, value="another", by=vault.sacha)

    assert actions.open_value(vault.secret, by=vault.alix, **OPEN).value == "another"
    assert actions.open_value(vault.secret, by=vault.alix, number=1, **OPEN).value == "s3same-Street"


def test_a_program_puts_what_it_sealed_itself(vault: SimpleNamespace) -> None:
    recipients = [key.recipient for key in queries.get_row("registrar.example", seen_by=vault.alix).wanted]

    version = actions.put_sealed(
        vault.secret, sealed=age.seal("from afar", recipients), recipients=recipients, by=vault.alix
    )

    assert version.number == 2
    assert actions.open_value(vault.secret, by=vault.sacha, **OPEN).value == "from afar"


def test_what_was_sealed_for_others_than_may_read_it_is_refused(vault: SimpleNamespace) -> None:
    recipients = [key.recipient for key in queries.get_row("registrar.example", seen_by=vault.alix).wanted]
    sealed = age.seal("from afar", recipients)

    with pytest.raises(errors.ReadersChanged):
        actions.put_sealed(vault.secret, sealed=sealed, recipients=recipients[1:], by=vault.alix)
    with pytest.raises(errors.SealRefused):
        actions.put_sealed(vault.secret, sealed="not sealed", recipients=recipients, by=vault.alix)
    assert Version.objects.count() == 1


@pytest.mark.parametrize("value", ["", "  \n", "x" * 65_537])
def test_a_value_that_is_none_is_refused(vault: SimpleNamespace, value: str) -> None:
    with pytest.raises(errors.ValueRefused):
        actions.put_value(vault.secret, value=value, by=vault.alix)


def test_a_secret_whose_readers_have_no_key_takes_no_value(db: None) -> None:
    person = make.make_person(is_team=True)
    secret = actions.create_secret(name="lonely", people=[person.email], by=person)

    with pytest.raises(errors.NobodyHasKey):
        actions.put_value(secret, value="x", by=person)


def test_states_follow_the_days(vault: SimpleNamespace) -> None:
    states = []
    for age_days in (1, 80, 91):
        Secret.objects.update(rotated_at=timezone.now() - timedelta(days=age_days))
        states.append(again(vault.secret).state)

    assert states == ["kept", "due", "overdue"]
    actions.put_value(vault.secret, value="new", by=vault.alix)
    assert again(vault.secret).state == "kept"


def test_a_closed_secret_takes_no_value_and_needs_a_reason(vault: SimpleNamespace) -> None:
    with pytest.raises(actions.secrets.ReasonMissing):
        actions.close_secret(vault.secret, reason=" ", by=vault.alix)
    actions.close_secret(vault.secret, reason="We left them.", by=vault.alix)
    actions.close_secret(vault.secret, reason="Twice.", by=vault.alix)

    assert AuditLine.objects.filter(code="vault.secret_closed").count() == 1
    assert queries.find_secrets(vault.alix) == []
    with pytest.raises(errors.SecretClosed):
        actions.put_value(vault.secret, value="x", by=vault.alix)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": "Not so"}, errors.SecretNameRefused),
        ({"name": "../etc"}, errors.SecretNameRefused),
        ({"name": "registrar.example"}, errors.SecretExists),
        ({"people": []}, errors.ReadersMissing),
        ({"people": ["nobody@example.test"]}, errors.ReaderUnknown),
        ({"groups": ["kings"]}, errors.ReaderUnknown),
    ],
)
def test_a_secret_is_refused_with_its_reason(
    vault: SimpleNamespace, given: dict[str, object], refusal: type[errors.SecretExists]
) -> None:
    with pytest.raises(refusal):
        actions.create_secret(**{"name": "new", "people": [vault.alix.email], "by": vault.alix, **given})  # type: ignore[arg-type]
    assert Secret.objects.count() == 1


def test_the_list_costs_as_many_queries_for_many_as_for_one(
    vault: SimpleNamespace, django_assert_num_queries: object
) -> None:
    for number in range(10):
        made = actions.create_secret(
            name=f"one-{number}", groups=["administrator"], people=[vault.sacha.email], by=vault.alix
        )
        actions.put_value(made, value="x", by=vault.alix)

    with django_assert_num_queries(6):  # type: ignore[operator]
        assert len(queries.find_secrets(vault.alix)) == 11
