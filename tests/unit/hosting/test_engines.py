"""A site's engine: chosen and put back, what is refused, what its files ask for, and what keeps it from answering."""

from datetime import timedelta

import pytest
from django.utils import timezone

from essaim import contract
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import Machine, StoryLine, Wanted
from essaim.manager.hosting import actions, queries
from essaim.manager.hosting.engine_errors import EngineMissing, EngineUnknown
from essaim.manager.hosting.engines import hint_of
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.troubles import troubles_of
from essaim.manager.hosting.wanted import wanted_probe, wanted_site
from essaim.manager.web.stories import told
from tests.unit import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    make.make_machine("web1")
    return make.make_site(make.make_account(), "a.example.test")


def story(site: Site) -> str:
    line = StoryLine.objects.filter(about_key=site.fqdn, what="decided").order_by("-id").select_related("audit").first()
    assert line is not None
    return told(line)


def test_an_engine_is_chosen_wished_told_and_put_back(site: Site) -> None:
    changed = actions.change_site(site, by=None, engine=" Apache ")
    assert (changed.engine, changed.engine_before) == ("apache", "nginx")
    wish = Wanted.objects.get(kind="site", key=site.fqdn)
    assert wish.spec is not None
    assert (wish.spec["engine"], wanted_probe(changed, wish).engine) == ("apache", "apache")
    assert story(site) == "Essaim changed the site: nginx to Apache behind nginx."
    back = actions.put_engine_back(changed, by=None)
    assert (back.engine, back.engine_before, wanted_site(back).engine) == ("nginx", "", "nginx")
    assert actions.put_engine_back(back, by=None).engine == "nginx"


def test_a_change_to_the_same_engine_is_none(site: Site) -> None:
    revision = Wanted.objects.get(kind="site", key=site.fqdn).revision
    assert actions.change_site(site, by=None, engine="nginx").engine_before == ""
    assert Wanted.objects.get(kind="site", key=site.fqdn).revision == revision


@pytest.mark.parametrize("engine", ["iis", "", "program"])
def test_what_is_no_engine_to_choose_is_refused(site: Site, engine: str) -> None:
    with pytest.raises(EngineUnknown) as refused:
        actions.change_site(site, by=None, engine=engine)
    assert "nginx, apache" in refused.value.advice


def test_an_engine_that_the_machine_does_not_have_is_refused_in_words_and_can_be_left(site: Site) -> None:
    actions.change_site(site, by=None, engine="apache")
    Machine.objects.update(facts={"php": "8.2"})  # one that said nothing of engines has nginx
    site = Site.objects.get()
    assert actions.change_site(site, by=None, docroot="public").engine == "apache"
    assert actions.change_site(site, by=None, engine="nginx").engine == "nginx"
    with pytest.raises(EngineMissing) as refused:
        actions.change_site(site, by=None, engine="apache")
    assert str(refused.value) == "The machine of this site, web1, does not have Apache behind nginx."
    with pytest.raises(EngineMissing):
        actions.create_site(account=site.account, name="b.example.test", by=None, engine="apache")


def test_a_site_is_ordered_with_its_engine(site: Site) -> None:
    assert actions.create_site(account=site.account, name="b.example.test", by=None, engine="apache").engine == "apache"


def test_the_newest_look_at_its_files_is_what_counts(site: Site) -> None:
    assert hint_of(queries.wishes_about(site)) is None
    wish, now = Wanted.objects.get(kind="site", key=site.fqdn), timezone.now()
    Wanted.objects.filter(pk=wish.pk).update(facts={"htaccess": 0}, applied_at=now)
    hint = hint_of(queries.wishes_about(site))
    assert hint is not None
    assert (hint.files, hint.needs) == (0, ())
    later = {
        "htaccess": 2,
        "htaccess_needs": "AuthType Require",
        "htaccess_where": "x/.htaccess",
        "htaccess_php": False,
    }
    Wanted.objects.create(
        machine=wish.machine, kind="content", key=site.fqdn, revision=1, spec={}, changed_at=now, facts=later,
        applied_at=now + timedelta(seconds=5),
    )  # fmt: skip
    hint = hint_of(queries.wishes_about(site))
    assert hint is not None
    assert (hint.files, hint.names, hint.where) == (2, "AuthType, Require", "x/.htaccess")


def test_a_look_is_asked_for_by_telling_the_machine_once_more(site: Site) -> None:
    revision = Wanted.objects.get(kind="site", key=site.fqdn).revision
    actions.look_at_files(site, by=None)
    assert Wanted.objects.get(kind="site", key=site.fqdn).revision > revision
    assert story(site) == "Essaim had the site's .htaccess files looked at."
    with pytest.raises(SiteNotActive):
        actions.look_at_files(actions.close_site(site, by=None), by=None)


def says(*troubles: contract.EngineTrouble, fqdn: str = "a.example.test", machine: str = "web1") -> None:
    message = contract.EngineTroubles(fqdn=contract.Fqdn(fqdn), troubles=troubles)
    sequence = Machine.objects.get(name=machine).report_sequence + 1
    jobs.take_in(machine, [(sequence, contract.encode(message))])


def refused(line: str) -> contract.EngineTrouble:
    return contract.EngineTrouble(
        code="site.htaccess_refused",
        at=1.0,
        sentence="said",
        facts={"file": ".htaccess", "line": line, "detail": "Invalid"},
    )


def test_what_keeps_it_from_answering_is_kept_until_mended_and_told_once(site: Site) -> None:
    says(refused("3"))
    says(refused("3"))
    says(refused("3"), refused("9"))
    assert [one.said for one in troubles_of(Site.objects.get())] == [
        "Apache refuses .htaccess, line 3: Invalid",
        "Apache refuses .htaccess, line 9: Invalid",
    ]
    says()
    says()
    assert troubles_of(Site.objects.get()) == []
    lines = StoryLine.objects.filter(about_key=site.fqdn, kind="engine").order_by("id")
    assert [line.what for line in lines] == ["failed", "failed", "mended"]
    assert told(lines[0]).startswith("Visitors get an error")
    assert Site.objects.get().health == site.health  # a client's own error is no failure of the platform


def test_of_a_site_of_another_machine_nothing_is_believed(site: Site) -> None:
    make.make_machine("web2")
    says(refused("3"), machine="web2")
    says(refused("3"), fqdn="never.example.test")
    assert troubles_of(Site.objects.get(fqdn=site.fqdn)) == []
