"""A site's story says what was really done: the same on its page, through the API and in a terminal."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from django.utils import translation

from essaim.manager.fleet import agreeing, jobs
from essaim.manager.fleet.models import StoryLine, Wanted
from essaim.manager.hosting import actions, queries
from essaim.manager.hosting.models import Site, Upload
from essaim.manager.people.models import Person
from essaim.manager.web.stories import told
from tests.unit import factories as make
from tests.unit.hosting.wishes import wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    """A site that web1 made."""
    make.make_machine("web1")
    site = make.make_site(name="one.example.test")
    make.answer(wish("site", site))
    return site


def sentences(about: Site, *, language: str = "en") -> list[str]:
    """Its story as a reader of `language` has it, newest first."""
    with translation.override(language):
        return [told(line) for line in queries.story_of_site(about)]


def let(site: Site, act: str, **words: str) -> list[str]:
    """What the story says once `act` was asked of `site`, sent, refused by its machine and then done, oldest first."""
    before = StoryLine.objects.count()
    getattr(actions, f"{act}_site")(site, by=None, **words)
    jobs.mark_sent([item for item in jobs.due() if item.row.kind == "site"])
    make.answer(wish("site", site), "failed", code="site.disk_full", retry_at=2e9)
    make.answer(wish("site", site))
    site.refresh_from_db()
    return sentences(site)[: StoryLine.objects.count() - before][::-1]


def test_every_act_on_a_site_is_told_as_what_it_is(site: Site) -> None:
    assert sentences(site) == ["web1 made the site.", "Essaim ordered the site."]
    assert let(site, "suspend", reason="Unpaid.") == [
        "Essaim suspended the site.",
        "The request to suspend the site was sent to web1.",
        "web1 could not suspend the site.",
        "web1 suspended the site.",
    ]
    assert let(site, "resume")[1:] == [
        "The request to resume the site was sent to web1.",
        "web1 could not resume the site.",
        "web1 resumed the site.",
    ]
    assert let(site, "change", docroot="public")[1:] == [
        "The request to change the site was sent to web1.",
        "web1 could not change the site.",
        "web1 changed the site.",
    ]
    assert let(site, "close")[1:] == [
        "The request to close the site was sent to web1.",
        "web1 could not close the site.",
        "web1 closed the site.",
    ]
    assert let(site, "restore")[1:] == [
        "The request to restore the site was sent to web1.",
        "web1 could not restore the site.",
        "web1 restored the site.",
    ]


def test_a_story_is_told_in_french(site: Site) -> None:
    let(site, "suspend", reason="Impayé.")

    assert sentences(site, language="fr")[:3] == [
        "web1 a suspendu le site.",
        "web1 n’a pas pu suspendre le site.",
        "La demande de suspendre le site a été envoyée à web1.",
    ]


def test_an_erased_site_was_erased_and_a_new_one_of_its_name_is_made(site: Site) -> None:
    site.account.client.slug = "erased"
    actions.erase_site(actions.close_site(site, by=None), by=None)
    make.answer(Wanted.objects.get(kind="site"))
    line = StoryLine.objects.filter(about_kind="site")[0]
    assert told(line) == "web1 erased the site."

    again = make.make_site(site.account, "one.example.test")
    make.answer(wish("site", again))
    assert sentences(again)[0] == "web1 made the site."


def test_what_a_machine_does_once_more_is_not_told_as_the_last_act(site: Site) -> None:
    let(site, "suspend", reason="Unpaid.")
    let(site, "resume")

    make.answer(wish("site", site))  # a rebuilt machine, asked the same again

    assert sentences(site)[0] == "web1 did what was wanted of the site."


def test_a_late_answer_is_not_told_as_what_was_asked_since(site: Site) -> None:
    actions.suspend_site(site, by=None, reason="Unpaid.")
    late = make.report(wish("site", site))
    actions.close_site(site, by=None)

    jobs._take_report(wish("site", site), late)

    assert sentences(site)[0] == "web1 did what was wanted of the site."


def test_what_is_told_anew_after_a_restored_database_is_no_new_act(site: Site) -> None:
    let(site, "suspend", reason="Unpaid.")
    let(site, "resume")
    row = wish("site", site)
    agreeing.go_above(row, row.revision + 10)

    make.answer(wish("site", site))

    assert sentences(site)[0] == "web1 did what was wanted of the site."


def test_an_account_and_its_sites_tell_the_same(site: Site) -> None:
    actions.suspend_account(site.account, by=None, reason="Unpaid.")
    make.answer(Wanted.objects.get(kind="account"))
    make.answer(wish("site", site))

    assert told(queries.story_of_account(site.account)[0]) == "web1 suspended the account."
    assert sentences(site)[:2] == ["web1 suspended the site.", "Essaim suspended the account."]


def test_a_certificate_that_goes_with_its_site_is_not_told_as_in_place(site: Site, settings: object) -> None:
    settings.ACME_DIRECTORY = "https://acme.example.test/dir"  # type: ignore[attr-defined]
    actions.change_site(site, by=None, docroot="public")
    make.answer(wish("certificate", site), facts={"not_after": 1.9e9})
    assert sentences(site)[0] == "The certificate is in place on web1."

    make.answer(wish("certificate", site), "failed", code="certificate.refused", retry_at=2e9)
    assert sentences(site)[0] == "web1 could not get a new certificate."

    actions.close_site(site, by=None)
    make.answer(wish("certificate", site))
    assert sentences(site)[0] == "web1 put the certificate away."


def archive() -> io.BytesIO:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        packed.writestr("index.html", "hello")
    data.seek(0)
    return data


def put(site: Site, by: Person) -> Upload:
    """An upload that the machine has in place."""
    upload = actions.put_content(site, by=by, file=archive(), filename="site.zip")
    make.answer(wish("content", site), facts={"files": 1, "bytes": 5, "upload": upload.upload})
    return upload


def test_an_undo_says_of_when_the_content_is_that_came_back(site: Site) -> None:
    by = make.make_person(client=site.account.client)
    first = put(site, by)
    Upload.objects.filter(pk=first.pk).update(at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    put(site, by)
    assert sentences(site)[0] == "The content is in place on web1."

    actions.undo_content(site, by=by)
    jobs.mark_sent(jobs.due())
    assert sentences(site)[0] == "The request to put the former content back was sent to web1."
    make.answer(wish("content", site), facts={"files": 1, "bytes": 5, "upload": first.upload})

    assert sentences(site)[0] == "web1 put back the content of 2 March 2026, 10:30."
    assert sentences(site, language="fr")[0] == "web1 a remis le contenu du 2 mars 2026, 10:30."


def test_an_undo_of_the_first_upload_says_what_came_back(site: Site) -> None:
    by = make.make_person(client=site.account.client)
    put(site, by)
    actions.undo_content(site, by=by)
    make.answer(wish("content", site), "failed", code="content.version_gone", retry_at=2e9)
    assert sentences(site)[0] == "web1 could not put the former content back."

    make.answer(wish("content", site), facts={"upload": ""})

    assert sentences(site)[0] == "web1 put back what stood there before the first upload."


def test_a_proof_says_what_was_seen(site: Site) -> None:
    make.make_machine("outside1", roles=["prober"])
    actions.suspend_site(site, by=None, reason="Unpaid.")
    make.answer(wish("site", site))
    make.answer(wish("probe", site), probes=make.seen())
    assert sentences(site)[0] == "Seen from outside: visitors are told that it is suspended."

    actions.close_site(site, by=None)
    make.answer(wish("site", site))
    make.answer(wish("probe", site), probes=make.seen())
    assert sentences(site)[0] == "Seen from outside: it is no longer served."
