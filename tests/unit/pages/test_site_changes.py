"""What a site's page says after a change: an undo on its way, a suspension, a closing, and the time that each took."""

import io
import zipfile
from datetime import timedelta

import msgspec
import pytest
from django.test import Client as Browser
from django.utils import timezone

from essaim.contract import ProbeResult
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting import actions, queries
from essaim.manager.hosting.models import Site
from tests.unit import factories as make
from tests.unit.hosting.wishes import prove, wish

pytestmark = pytest.mark.django_db
AT = "/sites/one.example.test/"
OFF = '<span class="sub">visitors are told that it is suspended'
UNDO = f'action="{AT}undo/"'


@pytest.fixture
def site(client: Browser) -> Site:
    """A live site, looked at by its owner."""
    make.make_machine("web1")
    make.make_machine("outside1", roles=["prober"])
    site = make.make_site(name="one.example.test")
    client.force_login(make.make_person(client=site.account.client))
    jobs.mark_sent(jobs.due())
    return prove(site)


def off(*, status: int, code: str = "") -> tuple[ProbeResult, ...]:
    """What is seen of a site that should be off."""
    return tuple(msgspec.structs.replace(probe, status=status, ok=not code, code=code) for probe in make.seen())


def prove_off(site: Site, *, status: int) -> None:
    """Its machine takes the site off and the prober finds it so."""
    make.answer(wish("site", site))
    make.answer(wish("probe", site), probes=off(status=status))


@pytest.fixture
def uploaded(site: Site) -> Site:
    """The site, with an upload in place."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        packed.writestr("index.html", "hello")
    data.seek(0)
    actions.put_content(site, by=make.make_person(client=site.account.client), file=data, filename="site.zip")
    jobs.mark_sent(jobs.due())
    make.answer(wish("content", site), facts={"files": 1, "bytes": 5})
    return site


def test_an_undo_is_shown_on_its_way_and_asked_about_until_it_is_done(client: Browser, uploaded: Site) -> None:
    page = client.get(AT)
    assert (page.context["pace"], UNDO in page.content.decode()) == ("10s", True)

    client.post(f"{AT}undo/")
    page = client.get(AT)
    assert (page.context["pace"], UNDO in page.content.decode()) == ("400ms", False)
    assert "being put back" in page.content.decode()

    make.answer(wish("content", uploaded))
    live = client.get(f"{AT}live/?seen={page.context['seen']}")
    assert live.status_code == 200
    assert (live.context["pace"], live.context["upload"].state) == ("10s", "undone")


def test_an_undo_that_is_tried_again_still_waits(client: Browser, uploaded: Site) -> None:
    client.post(f"{AT}undo/")
    make.answer(wish("content", uploaded), "failed", code="content.disk_full", retry_at=2e9)

    page = client.get(AT)

    assert (page.context["pace"], UNDO in page.content.decode()) == ("400ms", False)


def test_an_undo_that_failed_for_good_waits_no_more_and_may_be_tried_again(client: Browser, uploaded: Site) -> None:
    client.post(f"{AT}undo/")
    make.answer(wish("content", uploaded), "failed", code="content.nothing_before", sentence="Nothing.")
    page = client.get(AT)
    assert (page.context["pace"], UNDO in page.content.decode()) == ("10s", True)

    client.post(f"{AT}undo/")

    assert client.get(AT).context["pace"] == "400ms"


def test_an_undo_asked_twice_is_one(client: Browser, uploaded: Site) -> None:
    client.post(f"{AT}undo/")
    revision = wish("content", uploaded).revision

    assert client.post(f"{AT}undo/").status_code == 302

    assert wish("content", uploaded).revision == revision
    assert AuditLine.objects.filter(code="hosting.content_undone").count() == 1


def test_a_suspended_site_that_says_so_is_as_it_should_be(client: Browser, site: Site) -> None:
    make.answer(
        wish("probe", site),
        probes=(*make.seen(), ProbeResult(scheme="http", family="ipv4", check="front", status=500, ok=True)),
    )
    assert "answers with status 500" in client.get(AT).content.decode()
    actions.suspend_site(site, by=None, reason="Unpaid.")
    waiting = client.get(AT)
    assert waiting.context["proofs"] == []
    assert "Nobody has looked since the latest change." in waiting.content.decode()

    make.answer(wish("site", site))
    assert client.get(AT).context["proofs"] == []  # what is there was seen while it was live
    prove_off(site, status=503)

    page = client.get(AT).content.decode()
    assert page.count("as it should be") == page.count(OFF) == 2
    assert "shows that the site is suspended, as it should" in page
    assert "this site, and no other" not in page
    assert "answers with status" not in page
    actions.resume_site(site, by=None)
    assert client.get(AT).context["proofs"] == []


def test_each_proof_says_which_name_was_asked_for_where_a_site_has_several(client: Browser, site: Site) -> None:
    assert "one.example.test · this site, and no other" not in client.get(AT).content.decode()
    another = tuple(msgspec.structs.replace(probe, name="an.example.test") for probe in make.seen())
    make.answer(wish("probe", site), probes=(*another, *make.seen()))

    page = client.get(AT)

    assert [line.name for line in page.context["proofs"]] == ["one.example.test"] * 2 + ["an.example.test"] * 2
    for name in ("one.example.test", "an.example.test"):
        assert page.content.decode().count(f"{name} · this site, and no other") == 2


def test_a_site_that_nobody_looks_at_any_more_says_so(client: Browser, site: Site) -> None:
    assert "is looked at again every few minutes" in client.get(AT).content.decode()
    Machine.objects.filter(name="outside1").update(last_seen_at=timezone.now() - timedelta(hours=3))

    page = client.get(AT).content.decode()

    assert "outside1 is silent: nobody looks at this site just now." in page
    assert "is looked at again" not in page


def test_a_suspended_site_that_is_still_served_is_told(client: Browser, site: Site) -> None:
    actions.suspend_site(site, by=None, reason="Unpaid.")
    make.answer(wish("site", site))
    make.answer(wish("probe", site), "failed", code="probe.still_served", sentence="Still served.",
                probes=off(status=200, code="probe.still_served"))  # fmt: skip

    page = client.get(AT)

    assert [line.ok for line in page.context["proofs"]] == [False, False]
    assert "as it should be" not in page.content.decode()


def test_a_site_of_a_suspended_account_says_why_it_is_off(client: Browser, site: Site) -> None:
    actions.suspend_account(site.account, by=None, reason="Unpaid since March.")
    prove_off(site, status=503)

    page = client.get(AT).content.decode()

    assert "The account of this site is suspended." in page
    assert "Unpaid since March." in page
    assert page.count(OFF) == 2


def test_a_closed_site_has_nothing_to_prove(client: Browser, site: Site) -> None:
    actions.close_site(site, by=None)
    prove_off(site, status=404)

    page = client.get(AT).content.decode()

    assert "This site is closed: there is nothing to prove." in page
    assert "it is no longer served" in page
    assert "<table" not in page


@pytest.mark.parametrize(
    ("act", "words", "title", "made"),
    [
        ("change", {"docroot": "public"}, "From change to proof", "changed"),
        ("suspend", {"reason": "Unpaid."}, "From suspending to proof", "suspended"),
        ("close", {}, "From closing to proof", "closed"),
    ],
)
def test_the_way_is_called_by_the_latest_change(
    client: Browser, site: Site, act: str, words: dict[str, str], title: str, made: str
) -> None:
    assert "From order to proof" in client.get(AT).content.decode()

    getattr(actions, f"{act}_site")(site, by=None, **words)

    page = client.get(AT)
    assert title in page.content.decode()
    assert "From order to proof" not in page.content.decode()
    assert page.context["steps"][2]["label"] == made


def test_https_that_was_proved_before_a_change_took_no_time_of_it(
    client: Browser, site: Site, settings: object
) -> None:
    settings.ACME_DIRECTORY = "https://acme.example.test/dir"  # type: ignore[attr-defined]
    site = prove(actions.change_site(site, by=None, docroot="public"))
    make.answer(wish("certificate", site), facts={"not_after": 1.9e9})
    make.answer(wish("probe", site), probes=make.seen(https=True))
    assert client.get(AT).context["steps"][4]["seconds"] is not None

    actions.suspend_site(Site.objects.get(), by=None, reason="Unpaid.")
    jobs.mark_sent(jobs.due())
    assert client.get(AT).context["steps"][4]["state"] == "waiting"
    prove_off(site, status=503)

    page = client.get(AT)
    https = page.context["steps"][4]
    assert (https["state"], https["seconds"]) == ("done", None)
    assert queries.steps_of_site(Site.objects.get())[4].seconds is None
    assert page.context["total_seconds"] is not None


def test_a_machines_clock_that_is_ahead_makes_no_way_longer(client: Browser, site: Site) -> None:
    ahead = timezone.now() + timedelta(seconds=5)
    Wanted.objects.filter(kind="site").update(applied_at=ahead)  # the machine's clock, five seconds ahead

    page = client.get(AT)

    proved = page.context["steps"][3]
    assert (proved["label"], proved["seconds"]) == ("proved from outside", None)
    took = Site.objects.get().revision_proved_at - wish("site", site).changed_at
    assert page.context["total_seconds"] == took.total_seconds()


def test_a_sites_page_asks_for_its_wishes_once(client: Browser, site: Site, django_assert_num_queries: object) -> None:
    client.get(AT)
    with django_assert_num_queries(1):  # type: ignore[operator]
        wishes = queries.wishes_about(site)
        queries.steps_of_site(site, wishes)
