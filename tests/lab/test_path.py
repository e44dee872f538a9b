"""The whole path on real machines: from an order through the API to a site that a stranger reads over HTTPS."""

import itertools
import stat
import threading
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest

from essaim.bus.keys import new_key
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.load import constant_load
from tests.lab.whole import (
    Answer,
    Visitor,
    account,
    eventually,
    live,
    property_of,
    put,
    quickest,
    refusal,
    request,
    site,
    story,
    workers,
    zip_of,
)

SITES, TLS, ACCOUNTS = "/srv/essaim/sites", "/srv/essaim/tls", "/srv/essaim/accounts"


@pytest.fixture(scope="module")
def web(platform: Platform) -> Machine:
    return platform.lab.machine("web1")


@pytest.fixture(scope="module")
def fqdn(platform: Platform, login: str, run: str) -> str:
    """A site that is proved over HTTPS and that no test changes."""
    return live(platform, login, f"path-{run}.test", https_only=False)


@pytest.fixture
def own(platform: Platform, login: str, run: str, request: pytest.FixtureRequest) -> str:
    """A site of one test, proved over HTTPS."""
    word = request.node.name.removeprefix("test_").replace("_", "-")[:30].rstrip("-")
    return live(platform, login, f"{word}-{run}.test")


# -- from the order to the proof


def test_an_order_is_live_within_five_seconds_certificate_included(platform: Platform, login: str, run: str) -> None:
    names = (f"five-seconds{n}-{run}.test" for n in itertools.count())

    def order() -> float:
        name, started = next(names), time.monotonic()
        platform.order_site(login, name)
        found = platform.wait_live(name, https=True)
        assert found["url"] == f"https://{name}/"
        return time.monotonic() - started

    assert quickest(order, under=5) < 5


@pytest.mark.parametrize("family", ["-4", "-6"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_new_site_welcomes_in_both_languages_over_both_families(
    visitor: Visitor, fqdn: str, scheme: str, family: str
) -> None:
    answer = visitor.get(f"{scheme}://{fqdn}/", family)
    assert answer.status == 200, answer.error
    assert "est prêt" in answer.text
    assert "is ready" in answer.text


def test_http_leads_to_https_once_that_is_in_place(visitor: Visitor, own: str) -> None:
    url = "://" + own + "/a/page?x=1"
    eventually(
        lambda: visitor.get(f"http{url}").location == f"https{url}"
    )  # nginx may remember for a second that it was not
    assert visitor.get(f"http{url}").status == 308


def test_one_more_site_reloads_nothing_and_no_neighbour_notices(
    platform: Platform, web: Machine, visitor: Visitor, login: str, fqdn: str, run: str
) -> None:
    visitor.get(f"http://{fqdn}/.well-known/essaim/php?nonce=awake")
    before = (workers(web), property_of(web, f"essaim-php-8.2@{login}.service", "MainPID"))
    with constant_load(platform.lab.machine("outside1"), f"http://{fqdn}/.well-known/essaim/php?nonce=1") as failed:
        for n in range(2):
            live(platform, account(platform, f"more{n}"), f"more{n}-{run}.test")
    assert failed == []
    assert (workers(web), property_of(web, f"essaim-php-8.2@{login}.service", "MainPID")) == before


def test_the_story_tells_who_asked_when_it_was_sent_applied_and_proved(platform: Platform, fqdn: str) -> None:
    lines = story(platform, fqdn)
    assert {line["what"] for line in lines} >= {"decided", "sent", "applied", "proved"}
    assert lines[0]["who"] == platform.access.email
    assert lines[0]["act"] == "hosting.site_created"
    assert all(line["seconds"] is not None for line in lines if line["what"] in ("sent", "applied", "proved"))
    assert {line["kind"] for line in lines if line["what"] == "applied"} == {"site", "certificate"}
    assert [step["state"] for step in site(platform, fqdn)["steps"]] == ["done"] * 5


def test_who_issued_the_certificate_and_until_when_it_was_seen_is_told(platform: Platform, fqdn: str) -> None:
    found = site(platform, fqdn)
    assert found["certificate_directory"] == "acme.lab.test"
    assert found["certificate_issuer"].startswith("Pebble")
    assert found["certificate_not_after"]
    assert found["certificate_sentence"] == ""
    assert any("acme.lab.test" in line["told"] for line in story(platform, fqdn))


def test_an_alias_answers_with_the_same_content_and_its_own_certificate(
    platform: Platform, visitor: Visitor, own: str
) -> None:
    changed = request(platform, "PATCH", f"/sites/{own}", json={"aliases": [f"www.{own}"]})
    assert changed.status_code == 200, changed.text
    platform.wait_live(own, https=True)
    assert visitor.get(f"https://www.{own}/").text == visitor.get(f"https://{own}/").text != ""


# -- a site's states


def told(platform: Platform, name: str) -> list[str]:
    """The story's sentences, oldest first."""
    return [line["told"] for line in story(platform, name)]


def proved_off(platform: Platform, name: str) -> None:
    """Until a probe has seen that the site is off."""
    eventually(lambda: site(platform, name)["health"] == "off")


def test_a_suspended_site_says_so_and_that_is_proved_until_it_is_resumed(
    platform: Platform, visitor: Visitor, own: str
) -> None:
    platform.api.post(f"/sites/{own}/suspend", {"reason": "for a test"})
    proved_off(platform, own)
    answer = visitor.get(f"https://{own}/", "-H", "Accept-Language: fr")
    assert answer.status == 503
    assert "suspendu" in answer.text
    assert "suspended" in visitor.get(f"https://{own}/", "-H", "Accept-Language: en").text
    assert story(platform, own)[-1]["what"] == "proved"
    assert "web1 suspended the site." in told(platform, own)

    platform.api.post(f"/sites/{own}/resume")
    platform.wait_live(own, https=True)
    assert "web1 resumed the site." in told(platform, own)
    assert visitor.get(f"https://{own}/").status == 200


def test_a_closed_site_says_so_comes_back_with_its_content_and_erased_is_gone(
    platform: Platform, web: Machine, visitor: Visitor, login: str, own: str
) -> None:
    assert put(platform, own, zip_of(index_html="my own page"))["state"] == "in_place"
    platform.api.post(f"/sites/{own}/close")
    proved_off(platform, own)
    assert visitor.get(f"http://{own}/").status == 410

    platform.api.post(f"/sites/{own}/restore")
    platform.wait_live(own, https=True)
    assert visitor.get(f"https://{own}/").text == "my own page"

    platform.api.post(f"/sites/{own}/close")
    platform.api.post(f"/sites/{own}/erase")
    places = [
        f"{SITES}/{own}",
        f"{TLS}/{own}",
        f"{ACCOUNTS}/{login}/sites/{own}",
        f"{ACCOUNTS}/{login}/sites/.versions/{own}",
    ]
    eventually(lambda: all(web.run(["test", "-e", place], check=False).returncode for place in places))
    assert request(platform, "GET", f"/sites/{own}").status_code == 404


# -- content


def test_content_takes_the_place_of_what_was_there_and_an_undo_brings_it_back(
    platform: Platform, visitor: Visitor, own: str
) -> None:
    assert put(platform, own, zip_of(index_html="first", only_html="in the first"))["state"] == "in_place"
    assert put(platform, own, zip_of(index_html="second"))["state"] == "in_place"
    assert visitor.get(f"https://{own}/").text == "second"
    assert visitor.get(f"https://{own}/only.html").status == 404

    platform.api.post(f"/sites/{own}/undo")
    eventually(lambda: visitor.get(f"https://{own}/").text == "first")
    assert visitor.get(f"https://{own}/only.html").text == "in the first"
    eventually(lambda: told(platform, own)[-1].startswith("web1 put back the content of "))


def climbing() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../../outside.html", "out")
    return made.getvalue()


def linking() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("shadow")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/shadow")
    return made.getvalue()


@pytest.mark.parametrize("content", [climbing(), linking(), b"no archive at all"], ids=["climbing", "linking", "none"])
def test_a_refused_archive_is_told_and_the_site_stays_as_it_was(
    platform: Platform, visitor: Visitor, fqdn: str, content: bytes
) -> None:
    before = visitor.get(f"http://{fqdn}/")
    assert "(422 hosting.upload_refused)" in refusal(platform, content, fqdn)
    assert visitor.get(f"http://{fqdn}/") == before
    assert site(platform, fqdn)["content"] is None


# -- machines


def test_an_enrolment_token_works_once(platform: Platform, run: str) -> None:
    name = f"once-{run}"
    platform.api.post("/machines", {"name": name, "roles": ["prober"]})
    token = platform.api.post(f"/machines/{name}/enrolment-token")["token"]

    def enrol() -> int:
        body = {"token": token, "public_key": new_key("user").public, "hostname": name}
        return request(platform, "POST", "/enrolments", json=body).status_code

    try:
        assert (enrol(), enrol()) == (201, 403)
    finally:
        platform.api.post(f"/machines/{name}/revoke", {"reason": "end of the test"})


@pytest.fixture
def leaving(platform: Platform) -> Iterator[Machine]:
    """A second web machine, in service and gone again afterwards."""
    lab = platform.lab
    web2 = lab.rebuild("web2")
    platform.enrol(web2)
    yield web2
    lab.resolver.clear()
    web2.power_off()


def test_a_revoked_machine_is_dropped_at_once_and_its_sites_are_served_on(
    platform: Platform, visitor: Visitor, leaving: Machine, run: str
) -> None:
    platform.api.post("/machines/web1/drain", {"reason": "the next account goes to the other machine"})
    try:
        login = account(platform, f"leaver{run}"[:16])
    finally:
        platform.api.post("/machines/web1/resume")
    name = f"leaving-{run}.test"
    platform.lab.resolver.set(name, a=[leaving.address4], aaaa=[leaving.address6])
    live(platform, login, name, https_only=False)
    assert site(platform, name)["machine"] == "web2"
    assert connections(leaving)

    platform.api.post("/machines/web2/revoke", {"reason": "for a test"})
    eventually(lambda: not connections(leaving))

    assert visitor.get(f"https://{name}/").status == 200
    assert property_of(leaving, "essaim-agent.service", "ActiveState") == "active"
    journal = ["journalctl", "--unit=essaim-agent", "--no-pager"]
    eventually(lambda: b"Authorization Violation" in leaving.run(journal).stdout)
    assert not connections(leaving)


def connections(machine: Machine) -> list[str]:
    """The machine's connections to the bus."""
    return machine.run(["ss", "-Htn", "state", "established", "dport", "=", ":4222"]).stdout.decode().splitlines()


@pytest.mark.parametrize("name", ["web1", "outside1"])
def test_the_agent_takes_less_than_40_megabytes(platform: Platform, fqdn: str, name: str) -> None:
    machine = platform.lab.machine(name)
    pid = property_of(machine, "essaim-agent.service", "MainPID")
    resident = next(
        int(line.split()[1])
        for line in machine.read_file(f"/proc/{pid}/status").decode().splitlines()
        if line.startswith("VmRSS:")
    )
    assert resident * 1024 < 40_000_000


FIND = """
import base64, json, pathlib, re, sys
key = sys.stdin.buffer.read()
der = base64.b64decode(re.sub(rb"-----[^-]+-----|\\s", b"", key))
secret = der[36:68]  # PKCS #8 of a P-256 key: the number itself
signs = [secret, secret.hex().encode(), key.splitlines()[2], base64.b64encode(secret)[:40]]
found = []
for place in sys.argv[1:]:
    for path in pathlib.Path(place).rglob("*"):
        if path.is_file() and any(sign in path.read_bytes() for sign in signs):
            found.append(str(path))
print(json.dumps(found))
"""


def test_a_sites_private_key_never_leaves_its_machine(platform: Platform, web: Machine, fqdn: str) -> None:
    key = web.read_file(f"{TLS}/{fqdn}/key.pem")
    places = ["/var/lib/essaim", "/etc/essaim", "/run/essaim"]

    def found(machine: Machine, *where: str) -> bytes:
        return machine.run(["python3", "-c", FIND, *where], input=key).stdout.strip()

    assert found(web, TLS) == f'["{TLS}/{fqdn}/key.pem"]'.encode()  # it would be seen
    for name in ("manager1", "outside1"):
        assert found(platform.lab.machine(name), *places) == b"[]"


def test_sites_are_served_while_the_manager_and_the_bus_are_off(
    platform: Platform, web: Machine, visitor: Visitor, fqdn: str, login: str, run: str
) -> None:
    platform.manager.power_off()
    try:
        web.run(["systemctl", "restart", "essaim-agent.service"])
        for url in (f"https://{fqdn}/", f"http://{fqdn}/.well-known/essaim/php?nonce=1"):
            assert visitor.get(url).status == 200
        assert property_of(web, "essaim-agent.service", "ActiveState") == "active"
    finally:
        platform.manager.start()
        platform.manager.wait_until_booted()
        platform.wait_for_manager()
    live(platform, login, f"afterwards-{run}.test")


def test_ten_visitors_at_once_find_a_new_site_whole(platform: Platform, visitor: Visitor, own: str) -> None:
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(visitor.get(f"https://{own}/"))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
