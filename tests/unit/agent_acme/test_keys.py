"""External account binding (RFC 8555, 7.3.4): the key is in a file of root's, and is told nowhere."""

import base64
import stat

import msgspec
import pytest

from essaim.agent.acme import keys
from essaim.contract import AcmeDirectory, Certificate
from tests.unit.agent_acme.web import Web

SECRET = b"a secret of thirty-two bytes....."
KEY = base64.urlsafe_b64encode(SECRET).decode()


@pytest.fixture
def bound(web: Web) -> Certificate:
    """A certificate of an authority that asks for a binding."""
    web.authority.bindings = {"kid-1": SECRET}
    url = f"{web.authority.url}/directory"
    return msgspec.structs.replace(web.spec(), directories=(AcmeDirectory(url=url, key_id="kid-1"),))


def put(web: Web, bound: Certificate, key: str) -> None:
    keys.put(keys.file_of(web.machine.paths), bound.directories[0].url, "kid-1", key)


def test_the_account_is_bound_with_the_key_of_the_file(web: Web, bound: Certificate) -> None:
    put(web, bound, KEY)
    assert web.apply(bound).facts["serial"] == "1"


def test_a_key_that_is_not_on_the_machine_is_told_without_it(web: Web, bound: Certificate) -> None:
    told = web.refusal(bound)
    assert (told.code, told.is_temporary) == ("certificate.key_missing", True)
    assert told.facts["key_id"] == "kid-1"


def test_a_key_that_comes_later_is_used_with_the_next_try(web: Web, bound: Certificate) -> None:
    web.refusal(bound)
    put(web, bound, KEY)
    assert web.apply(bound).facts["serial"] == "1"


def test_a_wrong_key_is_told_in_the_authoritys_words_and_never_itself(web: Web, bound: Certificate) -> None:
    wrong = base64.urlsafe_b64encode(b"another").decode().rstrip("=")
    put(web, bound, wrong)
    told = web.refusal(bound)
    assert "That is not the key." in told.sentence
    assert wrong not in f"{told.sentence} {told.advice} {told.facts}"


def test_an_authority_that_asks_for_a_binding_nobody_set_is_told(web: Web, bound: Certificate) -> None:
    assert "Bring a key." in web.refusal(msgspec.structs.replace(bound, directories=())).sentence


def test_root_alone_reads_the_file_and_other_keys_stay(web: Web) -> None:
    file = keys.file_of(web.machine.paths)
    keys.put(file, "https://one.example.test/dir", "a", KEY)
    keys.put(file, "https://two.example.test/dir", 'b"\\', KEY)
    keys.put(file, "https://one.example.test/dir", "a", "bmV3")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys.hmac_key(file, "https://one.example.test/dir", "a") == "bmV3"
    assert keys.hmac_key(file, "https://two.example.test/dir", 'b"\\') == KEY.rstrip("=")


@pytest.mark.parametrize("key", ["", "   ", "not base64!", "ab+/"])
def test_what_is_no_key_is_refused(web: Web, key: str) -> None:
    with pytest.raises(ValueError, match=r"key"):
        keys.put(keys.file_of(web.machine.paths), "https://one.example.test/dir", "a", key)
