"""What machines say reaches a French reader in French: on the site's page, on the home page, on the machine's page."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from essaim.contract import ProbeResult
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.models import Site
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
FACTS = {"name": "a.example.test", "scheme": "HTTP", "family": "IPv6", "address": "2001:db8::1"}
SAID = "Rien n’écoute pour a.example.test en HTTP et IPv6 à 2001:db8::1."
ADVISED = "Regardez nginx sur la machine du site, et le réseau entre les deux."


@pytest.fixture
def lecteur() -> Browser:
    """A reader of French who belongs to the team."""
    browser = Browser(headers={"accept-language": "fr"})
    browser.force_login(make.make_person(is_team=True))
    return browser


@pytest.fixture
def unproved() -> Site:
    """A site that its machine made and that the prober finds silent over IPv6."""
    make.make_machine("web1")
    make.make_machine("outside1", roles=["prober"])
    site = make.make_site(name="a.example.test")
    make.answer(Wanted.objects.get(kind="site"))
    silent = ProbeResult(
        scheme="http", family="ipv6", name="a.example.test", code="probe.refused", sentence="Silent.", facts=dict(FACTS)
    )
    make.answer(
        Wanted.objects.get(kind="probe"),
        "failed",
        code="probe.refused",
        sentence="Silent.",
        facts=FACTS,
        probes=(silent,),
    )
    site.refresh_from_db()
    return site


def test_a_failed_proof_is_told_with_its_name_and_address(lecteur: Browser, unproved: Site) -> None:
    page = lecteur.get(f"/sites/{unproved.fqdn}/").content.decode()

    assert page.count(SAID) >= 3  # beside the state, in the table of proofs, in the story
    assert ADVISED in page
    assert "Silent." not in page


def test_home_says_why_a_site_is_not_live_yet(lecteur: Browser, unproved: Site) -> None:
    assert SAID in lecteur.get("/").content.decode()


def test_a_machines_page_says_what_fails_there(lecteur: Browser, unproved: Site) -> None:
    page = lecteur.get("/fleet/outside1/").content.decode()

    assert SAID in page
    assert ADVISED in page


@pytest.mark.parametrize("page", ["/", "/fleet/", "/fleet/outside1/", "/fleet/add/"])
def test_what_a_machine_does_is_said_in_french(lecteur: Browser, unproved: Site, page: str) -> None:
    said = re.sub(r"<[^>]*>", " ", lecteur.get(page).content.decode())

    assert re.search(r"\bsonde\b", said)
    assert "prober" not in said


def test_an_account_says_why_it_stands_where_it_does(lecteur: Browser) -> None:
    make.make_machine("web1", capacity_accounts=50)
    account = make.make_account()  # ordered by somebody who reads English

    page = lecteur.get(f"/accounts/{account.login}/").content.decode()

    assert "web1 est la seule machine web" in page


def test_a_refused_upload_says_why(lecteur: Browser, unproved: Site) -> None:
    file = SimpleUploadedFile("page.html", io.BytesIO(b"hello").getvalue())

    page = lecteur.post(f"/sites/{unproved.fqdn}/content/", {"file": file}).content.decode()

    assert "Le fichier n’est pas une archive lisible ici." in page
    assert "Envoyez un .zip, .tar, .tar.gz, .tar.bz2 ou .tar.xz." in page
