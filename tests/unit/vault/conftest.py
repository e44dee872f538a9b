"""A vault with readers. A passphrase costs age a second on purpose; here it costs nothing."""

import base64
from types import SimpleNamespace

import pytest

from essaim import age
from essaim.manager.vault import actions
from essaim.manager.vault.models import Key, Secret
from tests.unit import factories as make

PASSPHRASE = "blue heron over the lake"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lock without scrypt's cost: what is locked is still opened by its passphrase alone."""

    def lock(key: str, passphrase: str) -> str:
        whole = base64.b64encode(f"{passphrase}|{key}".encode()).decode()
        lines = [whole[start : start + 64] for start in range(0, len(whole), 64)]
        return "\n".join([age.HEADER, *lines, age.FOOTER])

    def unlock(locked: str, passphrase: str) -> str:
        known, _bar, key = base64.b64decode("".join(locked.splitlines()[1:-1])).decode().partition("|")
        if known != passphrase:
            raise age.AgeError("this is not its passphrase")
        return key

    monkeypatch.setattr(age, "lock", lock)
    monkeypatch.setattr(age, "unlock", unlock)


@pytest.fixture
def vault(db: None, quick: None) -> SimpleNamespace:
    """Two of the team with keys, a third without, the break-glass key, and a secret for the first two."""
    alix, sacha, robin = (make.make_person(f"{name}@example.test", is_team=True) for name in ("alix", "sacha", "robin"))
    for person in (alix, sacha):
        actions.make_key(person, passphrase=PASSPHRASE)
    recipient, key = age.new_key()
    Key.objects.create(recipient=recipient, is_break_glass=True)
    secret = actions.create_secret(
        name="registrar.example", people=[alix.email, sacha.email], folder="domains", rotate_days=90, by=alix
    )
    actions.put_value(secret, value="s3same-Street", by=alix)
    return SimpleNamespace(alix=alix, sacha=sacha, robin=robin, secret=secret, break_glass=key)


def again(secret: Secret) -> Secret:
    return Secret.objects.get(pk=secret.pk)
