"""Processes killed and a machine's plug pulled at random instants while orders run. The long version is `essaim bench kills`."""

import pytest

from benchmarks import kills
from benchmarks.rows import Row
from essaim.lab.platform import Platform
from tests.lab.whole import account, eventually, live, story

KILLS = 50


@pytest.fixture(scope="module")
def domain(platform: Platform, run: str) -> str:
    return f"kills-{run}.test"


@pytest.fixture(scope="module")
def rows(platform: Platform, domain: str) -> dict[str, Row]:
    """What fifty kills did, while fifty sites were ordered, each with an Idempotency-Key."""
    login = account(platform, "killed")
    live(platform, login, f"first.{domain}")
    return {row.what: row for row in kills.rows_of(platform, KILLS, account=login, domain=domain)}


@pytest.mark.parametrize(
    "what",
    ["kills", "orders lost", "orders doubled", "not proved without a hand", "broken lines in the audit's chain"],
)
def test_fifty_kills_lose_nothing_double_nothing_and_need_no_hand(rows: dict[str, Row], what: str) -> None:
    assert rows[what].met, rows[what]


def test_every_order_was_decided_once(platform: Platform, rows: dict[str, Row], domain: str) -> None:
    for n in range(0, KILLS, 10):
        decided = [line for line in story(platform, f"s{n}.{domain}") if line["act"] == "hosting.site_created"]
        assert len(decided) == 1


def test_every_certificate_comes_too(platform: Platform, rows: dict[str, Row], domain: str) -> None:
    def missing() -> list[str]:
        found = platform.api.get("/sites", text=domain, limit=100)["items"]
        assert len(found) == KILLS + 1
        return [
            f"{site['fqdn']}: {site['https']} {site['https_sentence']}" for site in found if site["https"] != "live"
        ]

    eventually(lambda: not missing(), seconds=300, every=1.0)


def test_the_fleet_is_in_service_afterwards(platform: Platform, rows: dict[str, Row]) -> None:
    machines = {one["name"]: one for one in platform.api.get("/machines")["items"]}
    for name in ("web1", "outside1"):
        assert (machines[name]["state"], machines[name]["is_away"]) == ("active", False)
    for machine in ("manager1", "web1", "outside1"):
        argv = ["systemctl", "list-units", "--failed", "--no-legend", "--plain", "essaim-*"]
        assert platform.lab.machine(machine).run(argv).stdout == b""
