"""The whole platform: certificates ordered anew at once, one's own brought through the API, and who may come over HTTPS."""

import json

from essaim.lab.platform import Platform
from tests.lab.tls_pairs import authority, name_of, pair, shake_hands
from tests.lab.whole import eventually, live, request, site, story

COUNT = 40


def serials(platform: Platform, names: list[str]) -> dict[str, str]:
    outside, web = platform.lab.machine("outside1"), platform.lab.machine("web1")
    return dict(zip(names, (shown for _version, shown in shake_hands(outside, web, *names)), strict=True))


def test_all_certificates_are_replaced_and_no_handshake_fails(platform: Platform, login: str, run: str) -> None:
    names = [f"drill{n}-{run}.lab-test.test" for n in range(COUNT)]
    for name in names:
        platform.order_site(login, name)
    for name in names:
        platform.wait_live(name, https=True, seconds=240)
    before, seen = serials(platform, names), []

    platform.api.post("/certificates/reissue", {"machine": "web1", "reason": "a drill"})

    def is_over() -> bool:
        seen.extend(shake_hands(platform.lab.machine("outside1"), platform.lab.machine("web1"), *names))
        return bool(platform.api.get("/certificates")["reissue"]["is_over"])

    eventually(is_over, seconds=300)
    progress = platform.api.get("/certificates")["reissue"]
    assert progress["done"] == progress["total"] >= COUNT
    assert {version for version, _ in seen} == {"TLSv1.3"}
    after = serials(platform, names)
    assert all(before[name] != after[name] for name in names)
    assert {site(platform, name)["https"] for name in names} == {"live"}


def test_ones_own_is_brought_and_taken_off_and_the_story_tells(platform: Platform, login: str, run: str) -> None:
    name = live(platform, login, f"own-{run}.lab-test.test")
    ours = authority()
    platform.manager.write_file("/usr/local/share/ca-certificates/house.crt", ours.root_pem)
    platform.manager.run(["update-ca-certificates"])
    platform.manager.run(["systemctl", "restart", "essaim-manager"])
    platform.wait_for_manager()
    chain, key = pair(ours, name)

    answer = request(
        platform, "POST", f"/sites/{name}/certificate", json={"chain": chain.decode(), "key": key.decode()}
    )

    assert answer.status_code == 202, answer.text
    assert json.loads(answer.text)["warnings"] == ["private_root"]
    eventually(lambda: serials(platform, [name])[name] == name_of(chain))
    assert platform.manager.call(["grep", "-rqF", key.decode().splitlines()[1], "/var/lib/essaim"]) != 0
    platform.api.post(f"/sites/{name}/certificate/off")
    eventually(lambda: serials(platform, [name])[name] != name_of(chain))
    told = [line["told"] for line in story(platform, name)]
    assert any("certificate of their own" in line for line in told)
    assert any("automatic certificate again" in line for line in told)


def test_a_site_lets_old_clients_in_by_its_own_choice(platform: Platform, login: str, run: str) -> None:
    name = live(platform, login, f"old-{run}.lab-test.test")
    outside, web = platform.lab.machine("outside1"), platform.lab.machine("web1")
    assert shake_hands(outside, web, (name, "TLSv1_2"))[0][0] == ""
    platform.api.patch(f"/sites/{name}", {"tls": "intermediate"})
    eventually(lambda: shake_hands(outside, web, (name, "TLSv1_2"))[0][0] == "TLSv1.2")
