"""Addresses as the machine says them."""

from pathlib import Path

import pytest

from essaim.agent import facts


def test_an_ipv6_address_is_said_short_and_a_link_local_one_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/if_inet6").write_text(
        "20010db8000000000000000000000007 02 40 00 80 eth0\nfe800000000000000000000000000007 02 40 20 80 eth0\n"
    )
    monkeypatch.setattr(facts, "_PROC", tmp_path)
    assert facts.addresses() == "2001:db8::7"
