"""A site's PHP changed through the API, as a visitor from outside sees it: version, settings, nobody notices the change."""

import json
from typing import Any

import pytest

from essaim.lab.platform import Platform
from tests.lab.load import constant_load
from tests.lab.whole import Visitor, live, put, request, site, story, zip_of

TOLD = """<?php
echo json_encode([
    'version' => PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION,
    'memory_limit' => ini_get('memory_limit'),
    'upload_max_filesize' => ini_get('upload_max_filesize'),
    'max_execution_time' => ini_get('max_execution_time'),
    'timezone' => date_default_timezone_get(),
    'hour_off' => (new DateTime('2026-07-01'))->getOffset() / 3600,
    'display_errors' => filter_var(ini_get('display_errors'), FILTER_VALIDATE_BOOLEAN),
    'opcache' => filter_var(ini_get('opcache.enable'), FILTER_VALIDATE_BOOLEAN),
    'raised' => @ini_set('memory_limit', '4096M') !== false,
]);
"""
USUAL = {
    "version": "8.2", "memory_limit": "128M", "upload_max_filesize": "64M", "max_execution_time": "60", "timezone": "UTC",
    "hour_off": 0, "display_errors": False, "opcache": True, "raised": False,
}  # fmt: skip
CHOSEN = {
    "memory_limit": "256", "upload_max_filesize": "100", "max_execution_time": "90", "date.timezone": "Europe/Paris",
    "display_errors": "on", "opcache.enable": "off",
}  # fmt: skip
GOT = {
    "memory_limit": "256M", "upload_max_filesize": "100M", "max_execution_time": "90", "timezone": "Europe/Paris",
    "hour_off": 2, "display_errors": True, "opcache": False, "raised": False,
}  # fmt: skip


@pytest.fixture
def own(platform: Platform, login: str, run: str, request: pytest.FixtureRequest) -> str:
    """A site of one test with a script that tells its PHP."""
    word = request.node.name.removeprefix("test_").replace("_", "-")[:30].rstrip("-")
    return told_by(platform, login, f"{word}-{run}.test")


def told_by(platform: Platform, login: str, name: str) -> str:
    live(platform, login, name, https=False, https_only=False)
    assert put(platform, name, zip_of(told_php=TOLD))["state"] == "in_place"
    return name


def asked(visitor: Visitor, name: str) -> dict[str, Any]:
    """What the script tells."""
    answer = visitor.get(f"http://{name}/told.php")
    assert answer.status == 200, answer
    found: dict[str, Any] = json.loads(answer.text)
    return found


def change(platform: Platform, name: str, **php: Any) -> None:
    platform.api.patch(f"/sites/{name}", php)
    platform.wait_live(name)


def test_every_version_with_its_settings_is_what_visitors_get(platform: Platform, visitor: Visitor, own: str) -> None:
    assert asked(visitor, own) == USUAL
    offered = [one["version"] for one in site(platform, own)["php_offered"]]
    assert offered == ["7.4", "8.2", "8.4"]

    for version in offered:
        change(platform, own, php=version, php_settings=CHOSEN)
        assert asked(visitor, own) == {"version": version, **GOT}

        change(platform, own, php_settings=dict.fromkeys(CHOSEN, ""))
        assert asked(visitor, own) == {**USUAL, "version": version}


def test_no_visitor_notices_a_change_nor_that_it_is_put_back(platform: Platform, visitor: Visitor, own: str) -> None:
    platform.widen(own)
    with constant_load(platform.lab.machine("outside1"), f"http://{own}/told.php") as failed:
        for version in ("8.4", "7.4", "8.2"):
            change(platform, own, php=version, php_settings={"memory_limit": "64" if version == "7.4" else ""})
            assert asked(visitor, own)["version"] == version
        change(platform, own, php=site(platform, own)["php_before"])
        assert asked(visitor, own)["version"] == "7.4"
    assert failed == []
    told = [line["told"] for line in story(platform, own)]
    assert any(sentence.endswith("changed the site: PHP 8.4 to 7.4, memory_limit = 64.") for sentence in told)


def test_settings_are_one_sites_own_beside_others_of_its_account(
    platform: Platform, visitor: Visitor, login: str, run: str, own: str
) -> None:
    other = told_by(platform, login, f"beside-{own}")
    change(platform, own, php_settings=CHOSEN)

    for _ in range(10):
        assert asked(visitor, own) == {"version": "8.2", **GOT}
        assert asked(visitor, other) == USUAL


def test_a_setting_beyond_its_ceiling_reaches_no_machine(platform: Platform, visitor: Visitor, own: str) -> None:
    answer = request(platform, "PATCH", f"/sites/{own}", json={"php": "8.4", "php_settings": {"memory_limit": "4096"}})

    assert (answer.status_code, answer.json()["code"]) == (422, "hosting.php_setting_too_high")
    assert asked(visitor, own) == USUAL
