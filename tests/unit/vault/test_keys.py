"""Keys of people, and what happens to secrets when somebody leaves."""

from types import SimpleNamespace

import pytest

from essaim import age
from essaim.manager.core import continuity, leaving
from essaim.manager.vault import actions, doors, errors, queries
from essaim.manager.vault.models import Key, Reader
from tests.unit import factories as make
from tests.unit.vault.conftest import PASSPHRASE, again


def test_a_key_is_kept_under_its_passphrase_alone(db: None) -> None:
    """With age's own cost, once."""
    person = make.make_person(is_team=True)

    key = actions.make_key(person, passphrase=PASSPHRASE)

    assert "AGE-SECRET-KEY" not in key.locked
    assert age.recipient_of(age.unlock(key.locked, PASSPHRASE)) == key.recipient
    with pytest.raises(age.AgeError):
        age.unlock(key.locked, "another passphrase")


@pytest.mark.parametrize("passphrase", ["short", make.PASSWORD])
def test_a_weak_passphrase_or_ones_password_is_refused(db: None, passphrase: str) -> None:
    with pytest.raises(errors.PassphraseRefused):
        actions.make_key(make.make_person(is_team=True), passphrase=passphrase)
    assert not Key.objects.exists()


def test_one_key_a_person(vault: SimpleNamespace) -> None:
    with pytest.raises(errors.KeyExists):
        actions.make_key(vault.alix, passphrase=PASSPHRASE)
    with pytest.raises(errors.KeyExists):
        actions.register_key(vault.alix, recipient=age.new_key()[0])


def test_a_key_of_ones_own_opens_what_the_manager_cannot(vault: SimpleNamespace) -> None:
    recipient, secret_half = age.new_key()
    actions.register_key(vault.robin, recipient=recipient)
    secret = actions.create_secret(name="own", people=[vault.robin.email], by=vault.alix)
    actions.put_value(secret, value="mine", by=vault.alix)

    with pytest.raises(errors.KeyElsewhere):
        actions.open_value(secret, passphrase=PASSPHRASE, by=vault.robin)

    assert age.unseal(actions.take_sealed(secret, by=vault.robin).sealed, secret_half) == "mine"


def test_a_public_key_that_is_none_or_anothers_is_refused(vault: SimpleNamespace) -> None:
    for recipient in ("age1nothing", "ssh-ed25519 AAAA", Key.objects.filter(person=vault.alix).get().recipient):
        with pytest.raises(errors.RecipientRefused):
            actions.register_key(vault.robin, recipient=recipient)


def test_another_passphrase_is_for_the_same_key(vault: SimpleNamespace) -> None:
    with pytest.raises(errors.PassphraseWrong):
        actions.change_passphrase(vault.alix, old="not it at all", passphrase="grey heron over the lake")
    actions.change_passphrase(vault.alix, old=PASSPHRASE, passphrase="grey heron over the lake")

    opened = actions.open_value(vault.secret, passphrase="grey heron over the lake", by=vault.alix)

    assert opened.value == "s3same-Street"
    assert "s3same" not in repr(opened)


def test_a_key_that_ended_opens_nothing_and_its_secret_half_is_gone(vault: SimpleNamespace) -> None:
    actions.end_key(vault.alix, by=vault.alix)
    actions.end_key(vault.alix, by=vault.alix)

    assert Key.objects.get(person=vault.alix).locked == ""
    with pytest.raises(errors.KeyMissing):
        actions.open_value(vault.secret, passphrase=PASSPHRASE, by=vault.alix)
    actions.make_key(vault.alix, passphrase=PASSPHRASE)
    with pytest.raises(errors.NotSealedForYou):
        actions.open_value(vault.secret, passphrase=PASSPHRASE, by=vault.alix)


def test_who_leaves_loses_the_key_and_what_they_could_read_is_to_be_replaced(vault: SimpleNamespace) -> None:
    counted = {door.name: number for door, number in leaving.open_doors(vault.sacha)}
    assert counted["vault"] == 1

    leaving.close_all(vault.sacha, vault.alix)

    assert again(vault.secret).state == "exposed"
    assert again(vault.secret).exposed_why == vault.sacha.name
    assert [row.secret.name for row in queries.find_secrets(vault.alix, only="rotate")] == ["registrar.example"]
    assert not Reader.objects.filter(person=vault.sacha).exists()
    assert doors.count_readable(vault.sacha) == 0
    actions.put_value(vault.secret, value="new", by=vault.alix)
    assert again(vault.secret).state == "kept"
    assert not queries.get_row("registrar.example", seen_by=vault.alix).is_stale


def test_the_house_knows_who_can_open_what(vault: SimpleNamespace) -> None:
    matter = next(one for one in continuity.matters() if one.kind == "secrets")

    assert matter.who == {vault.alix.pk, vault.sacha.pk}
    assert continuity.lost_without([vault.alix.pk, vault.sacha.pk], [matter]) == [matter]
