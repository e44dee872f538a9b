"""Which accounts are told to be full."""

from pathlib import Path

import pytest

from essaim.agent.engines import btrfs
from essaim.agent.engines.fullness import Fullness
from tests.unit.agent.running import web_machine


def test_who_uses_ninety_per_cent_or_more_is_told_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = web_machine(tmp_path)
    used = {"alice": 89, "bob": 90, "carole": 250, "dora": 100, ".gone.erased": 100, "free": 100}
    for login in used:
        (web.paths.accounts / login).mkdir(exist_ok=True)
    monkeypatch.setattr(btrfs, "is_btrfs", lambda _path: True)
    monkeypatch.setattr(btrfs, "limit_of", lambda path: None if path.name == "free" else 100)
    monkeypatch.setattr(btrfs, "used_of", lambda path: used[path.name])
    looks = Fullness(web)
    assert looks.now() == {"carole": 100, "dora": 100, "bob": 90}
    used["bob"] = 10
    assert looks.now() == {"carole": 100, "dora": 100, "bob": 90}  # once a minute


def test_where_there_are_no_quotas_nobody_is_full(tmp_path: Path) -> None:
    assert Fullness(web_machine(tmp_path)).now() == {}
