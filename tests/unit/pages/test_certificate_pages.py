"""The page of a site's certificate, and the team's page of all of them."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.bus.sealing import new_seal
from essaim.manager.hosting import certificate_jobs, own_certificates
from essaim.manager.hosting.models import OwnCertificate, Reissue, Site
from essaim.manager.people.models import Membership
from tests.lab.tls_pairs import authority, pair
from tests.unit import factories as make
from tests.unit.api.calling import Caller, token_for
from tests.unit.hosting.wishes import wish

OURS = authority()
FQDN = "www.abeilles.example.test"


@pytest.fixture
def site(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Site:
    monkeypatch.setattr(own_certificates, "PRIVATE_ROOTS", tmp_path)
    monkeypatch.setattr(own_certificates, "_roots", lambda: (OURS.root,))
    machine = make.make_machine("web1")
    machine.facts["seal"] = new_seal()[1]
    machine.save()
    return make.make_site(make.make_account(make.make_client("abeilles"), login="abeilles"), FQDN)


def browser(site: Site, role: str = Membership.Role.OWNER, *, is_team: bool = False) -> Browser:
    found = Browser()
    client = None if is_team else site.account.client
    found.force_login(make.make_person(client=client, role=role, is_team=is_team))
    found.cookies["django_language"] = "en"
    return found


@pytest.fixture
def acme(settings: Any) -> None:
    settings.ACME_DIRECTORY = "https://acme.example.test/dir"


def put(who: Browser, chain: bytes, key: bytes = b"") -> tuple[int, str]:
    files = {"chain": SimpleUploadedFile("chain.pem", chain), "passphrase": ""}
    files |= {"key": SimpleUploadedFile("key.pem", key)} if key else {}
    answer = who.post(reverse("hosting:site_certificate", args=[FQDN]), files)
    return answer.status_code, answer.content.decode()


def test_one_brings_a_certificate_sees_it_and_takes_it_off(site: Site) -> None:
    owner = browser(site)
    assert put(owner, *pair(OURS, FQDN))[0] == 302
    page = owner.get(reverse("hosting:site_certificate", args=[FQDN])).content.decode()
    assert OwnCertificate.objects.get().fingerprint in page
    assert "No other is ordered meanwhile" in page
    assert owner.post(reverse("hosting:certificate_off", args=[FQDN])).status_code == 302
    assert not OwnCertificate.objects.exists()


def test_what_is_refused_is_said_at_its_field_and_nothing_changes(site: Site) -> None:
    owner = browser(site)
    status, page = put(owner, pair(OURS, FQDN)[0], pair(OURS, FQDN)[1])
    assert status == 422
    assert "The private key does not belong to this certificate." in page
    status, page = put(owner, b"", b"")
    assert (status, OwnCertificate.objects.count()) == (422, 0)
    assert "no certificate that can be read" in page


def test_a_reader_sees_it_and_is_offered_nothing(site: Site) -> None:
    reader = browser(site, Membership.Role.READER)
    page = reader.get(reverse("hosting:site_certificate", args=[FQDN])).content.decode()
    assert 'type="file"' not in page
    assert put(reader, *pair(OURS, FQDN))[0] == 403


def test_one_lets_old_devices_in(site: Site) -> None:
    owner = browser(site)
    owner.post(reverse("hosting:certificate_tls", args=[FQDN]), {"tls": "intermediate"})
    assert Site.objects.get().tls == "intermediate"
    assert owner.post(reverse("hosting:certificate_tls", args=[FQDN]), {"tls": "ancient"}).status_code == 422


def test_the_team_orders_all_of_an_authority_anew_and_sees_how_far_it_is(acme: None, site: Site) -> None:
    team, page = browser(site, is_team=True), reverse("hosting:certificates")
    make.answer(wish("certificate", site), facts={"directory": "acme.example.test"})
    assert "acme.example.test" in team.get(page).content.decode()
    assert team.post(page, {"authority": "acme.example.test", "reason": ""}).status_code == 422
    assert team.post(page, {"authority": "acme.example.test", "reason": "revoked"}).status_code == 302
    again = team.post(page, {"machine": "web1", "reason": "more"})
    assert again.status_code == 422
    assert "being ordered anew since" in again.content.decode()
    certificate_jobs.advance_reissues()
    assert Reissue.objects.get().person is not None
    assert "0 of 1 replaced" in team.get(page).content.decode()


def test_the_page_asks_the_database_as_often_whatever_happened(
    acme: None, site: Site, django_assert_max_num_queries: object
) -> None:
    owner = browser(site)
    with django_assert_max_num_queries(14):  # type: ignore[operator]  # a fixture that is a context manager
        owner.get(reverse("hosting:site_certificate", args=[FQDN]))


def in_place(site: Site, **facts: object) -> None:
    told = {
        "directory": "acme.example.test",
        "issuer": "Test",
        "serial": "01",
        "names": FQDN,
        "not_after": 2e9,
        "renew_at": 1.9e9,
    }
    make.answer(wish("certificate", site), facts=told | facts)


def test_when_its_authority_asks_for_the_next_one_is_shown_with_its_fingerprint(acme: None, site: Site) -> None:
    in_place(
        site, window_start=1.899e9, window_end=1.901e9, window_why="https://ca.example.test/why", fingerprint="ab" * 32
    )
    page = browser(site).get(reverse("hosting:site_certificate", args=[FQDN])).content.decode()
    assert "Its authority asks for it between 6 March 2030 and 29 March 2030" in page
    assert 'href="https://ca.example.test/why"' in page
    assert "ab" * 32 in page
    in_place(site, window_start=1.899e9, window_end=1.901e9, window_why="javascript:alert(1)")
    assert "javascript:" not in browser(site).get(reverse("hosting:site_certificate", args=[FQDN])).content.decode()


def test_one_has_it_ordered_anew_and_reads_what_waits_before_it(acme: None, site: Site) -> None:
    in_place(site)
    owner, act = browser(site), reverse("hosting:certificate_reissue", args=[FQDN])
    assert "No certificate waits on its machine" in owner.get(act).content.decode()
    other = make.make_site(site.account, "other.example.test")
    soon = (timezone.now() + dt.timedelta(hours=1)).timestamp()
    make.answer(wish("certificate", other), "failed", code="certificate.queued", sentence="It waits.", retry_at=soon)
    assert "1 certificate waits for its turn" in owner.get(act).content.decode()
    assert owner.post(act, {"reason": ""}).status_code == 422
    assert owner.post(act, {"reason": "the key was in a backup"}).status_code == 302
    page = owner.get(reverse("hosting:site_certificate", args=[FQDN])).content.decode()
    assert "Another one is being ordered" in page
    in_place(site, serial="02")
    assert (
        "Another one is being ordered"
        not in owner.get(reverse("hosting:site_certificate", args=[FQDN])).content.decode()
    )


def test_one_has_it_ordered_anew_once_a_day_and_the_team_at_any_time(acme: None, site: Site) -> None:
    in_place(site)
    act = reverse("hosting:certificate_reissue", args=[FQDN])
    owner = browser(site)
    owner.post(act, {"reason": "once"})
    again = owner.post(act, {"reason": "twice"})
    assert again.status_code == 422
    assert "was ordered anew less than a day ago" in again.content.decode()
    assert browser(site, is_team=True).post(act, {"reason": "because"}).status_code == 302
    assert browser(site, Membership.Role.READER).post(act, {"reason": "because"}).status_code == 403


def test_the_api_has_the_same(acme: None, site: Site) -> None:
    in_place(site, window_start=1.899e9, window_end=1.901e9, fingerprint="ab" * 32)
    caller = Caller(token_for(make.make_person(client=site.account.client)))
    shown = caller.get(f"/sites/{FQDN}/certificate").json()
    assert (shown["window_end"][:10], shown["fingerprint"], shown["waiting"]) == ("2030-03-29", "ab" * 32, 0)
    answer = caller.post(f"/sites/{FQDN}/certificate/reissue", {"reason": "its key is known"})
    assert (answer.status_code, answer.json()["is_ordered_anew"]) == (200, True)
    refused = caller.post(f"/sites/{FQDN}/certificate/reissue", {"reason": "again"})
    assert (refused.status_code, refused.json()["code"]) == (409, "hosting.reissued_today")
