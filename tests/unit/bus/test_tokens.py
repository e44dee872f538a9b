"""Keys, tokens and the authority's files: no server is needed."""

import stat
import time
from pathlib import Path

import pytest

from essaim.bus import jwt
from essaim.bus.authority import Authority
from essaim.bus.errors import AuthorityError
from essaim.bus.keys import load_key, load_or_make_user_key, new_key, public_bytes
from essaim.contract import MachineName


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "bus")
    made.create()
    return made


def test_a_machine_makes_its_key_once_and_only_it_may_read_the_seed(tmp_path: Path) -> None:
    first = load_or_make_user_key(tmp_path / "agent.seed")

    assert load_or_make_user_key(tmp_path / "agent.seed").public == first.public
    assert stat.S_IMODE((tmp_path / "agent.seed").stat().st_mode) == 0o600


def test_a_seed_does_not_show_when_a_key_is_printed() -> None:
    key = new_key("user")

    assert key.seed.decode() not in repr(key)


def test_a_mistyped_public_key_is_told() -> None:
    right = new_key("user").public
    for wrong in (right[:-1] + ("A" if right[-1] != "A" else "B"), right[:-1], right + "A", "", "x"):
        with pytest.raises(AuthorityError):
            public_bytes(wrong, "user")


def test_the_key_of_an_account_is_not_taken_for_a_users() -> None:
    with pytest.raises(AuthorityError):
        public_bytes(new_key("account").public, "user")


def test_a_file_that_is_no_seed_is_told(tmp_path: Path) -> None:
    (tmp_path / "seed").write_text("SUNOTASEED\n")

    with pytest.raises(AuthorityError):
        load_key(tmp_path / "seed")


def test_a_signed_token_says_what_was_signed() -> None:
    signer, user = new_key("account"), new_key("user")

    token = jwt.sign(subject=user.public, name="web1", nats={"type": "user"}, signer=signer)

    assert jwt.verify(token, issuer=signer.public)["nats"] == {"type": "user", "version": 2}


def test_a_token_with_one_changed_letter_is_refused() -> None:
    signer = new_key("account")
    head, body, signature = jwt.sign(subject="U", name="web1", nats={}, signer=signer).split(".")
    changed = body[:20] + ("A" if body[20] != "A" else "B") + body[21:]

    with pytest.raises(AuthorityError):
        jwt.verify(f"{head}.{changed}.{signature}", issuer=signer.public)


def test_a_token_of_another_signer_is_refused() -> None:
    token = jwt.sign(subject="U", name="web1", nats={}, signer=new_key("account"))

    with pytest.raises(AuthorityError):
        jwt.verify(token, issuer=new_key("account").public)


def test_an_expired_token_is_refused() -> None:
    signer = new_key("account")
    token = jwt.sign(subject="U", name="web1", nats={}, signer=signer, expires_at=int(time.time()) - 1)

    with pytest.raises(AuthorityError, match="expired"):
        jwt.verify(token, issuer=signer.public)


def test_two_tokens_of_one_second_that_say_different_things_have_different_ids() -> None:
    signer = new_key("operator")
    first, second = (
        jwt.verify(jwt.sign(subject="A", name="a", nats=said, signer=signer, issued_at=1), issuer=signer.public)
        for said in ({"type": "account"}, {"type": "account", "revocations": {"U": 1}})
    )

    assert first["jti"] != second["jti"]


def test_an_authority_is_never_made_over_another(authority: Authority) -> None:
    with pytest.raises(AuthorityError):
        authority.create()


def test_an_interrupted_creation_goes_on_with_the_keys_it_made(tmp_path: Path) -> None:
    first = Authority(tmp_path)
    first.create()
    operator = (tmp_path / "keys" / "operator.seed").read_text()
    (tmp_path / "server" / "preload.conf").unlink()

    Authority(tmp_path).create()

    assert (tmp_path / "keys" / "operator.seed").read_text() == operator


def test_secrets_are_readable_by_their_owner_alone(authority: Authority) -> None:
    authority.enrol(MachineName("web1"), new_key("user").public)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (authority.path / "keys").rglob("*.seed")}

    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((authority.path / "keys").stat().st_mode) == 0o700


def test_what_the_server_reads_holds_no_seed(authority: Authority) -> None:
    authority.enrol(MachineName("web1"), new_key("user").public)
    seeds = [path.read_bytes().strip() for path in (authority.path / "keys").rglob("*.seed")]

    read = b"".join(path.read_bytes() for path in authority.server_path.rglob("*") if path.is_file())

    assert len(seeds) == 6
    assert not any(seed in read for seed in seeds)


def test_a_key_is_enrolled_for_one_machine_only(authority: Authority) -> None:
    key = new_key("user")
    authority.enrol(MachineName("web1"), key.public)

    with pytest.raises(AuthorityError, match="another machine"):
        authority.enrol(MachineName("web2"), key.public)


def test_a_revoked_key_is_not_enrolled_again(authority: Authority) -> None:
    key = new_key("user")
    authority.enrol(MachineName("web1"), key.public)
    authority.revoke(MachineName("web1"))

    with pytest.raises(AuthorityError, match="revoked"):
        authority.enrol(MachineName("web1"), key.public)


def test_revoking_a_machine_refuses_every_key_it_ever_had_but_the_one_to_keep(authority: Authority) -> None:
    web1, old, older, new = MachineName("web1"), new_key("user"), new_key("user"), new_key("user")
    for key in (older, old, new):
        authority.enrol(web1, key.public)

    assert set(authority.revoke(web1, keep=new.public)) == {old.public, older.public}
    assert authority.keys_of(web1) == (new.public,)


def test_revoking_a_key_finds_its_machine(authority: Authority) -> None:
    web1, old, new = MachineName("web1"), new_key("user"), new_key("user")
    for key in (old, new):
        authority.enrol(web1, key.public)

    authority.revoke(public_key=old.public)

    assert authority.keys_of(web1) == (new.public,)


def test_revoking_what_was_never_enrolled_changes_nothing(authority: Authority) -> None:
    before = authority.claims()

    assert authority.revoke(MachineName("web9")) == ()
    assert authority.revoke(public_key=new_key("user").public) == ()
    assert authority.claims() == before


def test_claims_grow_newer_though_the_clock_went_back(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    web1, operator = MachineName("web1"), load_key(authority.path / "keys" / "operator.seed").public
    authority.enrol(web1, new_key("user").public)
    before = jwt.verify(authority.claims(web1)[0], issuer=operator)["iat"]
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)

    authority.revoke(web1)

    assert jwt.verify(authority.claims(web1)[0], issuer=operator)["iat"] > before
