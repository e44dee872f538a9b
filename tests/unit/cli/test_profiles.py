"""Which Manager, and with which token."""

from pathlib import Path

import pytest

from essaim.cli import profiles
from essaim.cli.errors import NotAllowed
from essaim.cli.profiles import Profile
from essaim.lab.paths import InstancePaths


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("ESSAIM_URL", "ESSAIM_TOKEN", "ESSAIM_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ESSAIM_LAB_DIR", str(tmp_path))
    monkeypatch.delenv("ESSAIM_DEMO_INSTANCE", raising=False)
    return tmp_path


def test_a_kept_profile_is_found_again_and_is_for_its_owner_alone() -> None:
    path = profiles.keep("default", Profile("https://a.example.test", 'to"ken\\é'))
    profiles.keep("other one", Profile("https://b.example.test", "t"))

    assert profiles.find() == Profile("https://a.example.test", 'to"ken\\é')
    assert profiles.find("other one").url == "https://b.example.test"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles.keep("default", Profile("https://a.example.test", "t"))
    monkeypatch.setenv("ESSAIM_URL", "https://c.example.test/")
    monkeypatch.setenv("ESSAIM_TOKEN", "u")

    assert profiles.find() == Profile("https://c.example.test", "u")


@pytest.mark.parametrize("instance", ["", "another"])
def test_without_a_profile_the_running_demo_is_spoken_to(instance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if instance:
        monkeypatch.setenv("ESSAIM_DEMO_INSTANCE", instance)
    kept = InstancePaths(instance or "demo").home / "cli.toml"  # where the lab writes it
    kept.parent.mkdir(parents=True)
    kept.write_text('[profiles.default]\nurl = "http://127.0.0.1:8000"\ntoken = "t"\n')

    assert profiles.find() == Profile("http://127.0.0.1:8000", "t")


def test_without_any_profile_a_person_is_told_how_to_sign_in() -> None:
    with pytest.raises(NotAllowed) as told:
        profiles.find()

    assert "essaim login" in told.value.hint


@pytest.mark.parametrize("text", ["nonsense", "[profiles.default]\nurl = 1\n", "profiles = 3\n"])
def test_a_broken_file_is_told_and_not_a_crash(home: Path, text: str) -> None:
    (home / "essaim").mkdir()
    (home / "essaim/cli.toml").write_text(text)

    with pytest.raises(NotAllowed):
        profiles.find()
