"""What machines tell of PHP: errors counted, kept within bounds, of sites they have; questions asked until they are answered."""

from datetime import timedelta

import pytest
from django.utils import timezone

from essaim import contract
from essaim.contract import Fqdn, PhpComparison, PhpErrorGroup, PhpErrors, PhpInfo, PhpPage
from essaim.manager.core.errors import EssaimError
from essaim.manager.fleet import jobs, reactions
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting import actions, php_told
from essaim.manager.hosting.actions.php import end_over
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php_errors import PhpTrialOfProgram
from essaim.manager.hosting.php_models import PhpError, PhpTrial, Question
from essaim.manager.hosting.php_models import PhpInfo as PhpInfoRow
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
NOW = 1_750_000_000.0


@pytest.fixture
def site() -> Site:
    make.make_machine("web1")
    return make.make_site(name="one.example.test")


def told(*groups: PhpErrorGroup, fqdn: str = "one.example.test", version: str = "8.2") -> PhpErrors:
    return PhpErrors(fqdn=Fqdn(fqdn), version=version, groups=groups)


def group(message: str = "boom", **changes: object) -> PhpErrorGroup:
    given = {"severity": "fatal", "file": "a.php", "line": 3, "first": NOW, "last": NOW + 1, **changes}
    return PhpErrorGroup(message=message, **given)  # type: ignore[arg-type]  # fields by name


def take(message: PhpErrors | PhpInfo | PhpComparison, *, sequence: int = 1, machine: str = "web1") -> None:
    jobs.take_in(machine, [(sequence, contract.encode(message))])


def test_the_same_error_is_counted_with_its_first_and_last_time(site: Site) -> None:
    take(told(group("Out of 1024 bytes", count=2)))
    take(told(group("Out of 2048 bytes", count=3, first=NOW + 50, last=NOW + 60)), sequence=2)
    row = PhpError.objects.get()
    assert (row.count, row.message, row.file, row.line, row.version) == (5, "Out of 2048 bytes", "a.php", 3, "8.2")
    assert (row.first_seen.timestamp(), row.last_seen.timestamp()) == (NOW, NOW + 60)


def test_what_was_not_read_makes_the_count_a_least_one(site: Site) -> None:
    take(told(group()))
    assert not PhpError.objects.get().is_more
    take(PhpErrors(fqdn=Fqdn(site.fqdn), version="8.2", groups=(group(),), skipped_bytes=9), sequence=2)
    assert PhpError.objects.get().is_more


def test_one_of_another_version_file_or_line_is_another(site: Site) -> None:
    take(told(group(), group(file="b.php"), group(line=4), group(severity="warning")))
    take(told(group(), version="8.4"), sequence=2)
    assert PhpError.objects.count() == 5


def test_what_is_delivered_twice_counts_once(site: Site) -> None:
    for _ in range(2):
        take(told(group()), sequence=7)
    assert PhpError.objects.get().count == 1


def test_a_machine_tells_of_its_own_sites_only(site: Site) -> None:
    make.make_machine("web2")
    take(told(group()), machine="web2")
    take(told(group(), fqdn="nobody.example.test"), sequence=2)
    assert not PhpError.objects.exists()


def test_what_a_hostile_machine_tells_stays_within_its_columns(site: Site) -> None:
    take(told(group("x\0" * 5000, file="f" * 5000, line=2**60, count=2**60, last=1e300, trace=("y" * 9000,) * 90)))
    take(told(group("x\0" * 5000, file="f" * 5000, line=2**60, count=2**60, last=float(2**62))), sequence=2)
    row = PhpError.objects.get()
    assert (len(row.message), len(row.file), row.count) == (500, 300, php_told.MOST)
    assert row.last_seen <= timezone.now()
    take(told(*(group(str(chr(n))) for n in range(0x4E00, 0x4E00 + 300))), sequence=3)
    assert PhpError.objects.count() == 51


def test_the_newest_two_hundred_are_kept_and_none_after_a_month(site: Site) -> None:
    for n in range(5):
        take(told(*(group(f"{chr(0x4E00 + n)}{chr(0x4E00 + m)}", last=NOW + n) for m in range(50))), sequence=n + 1)
    assert PhpError.objects.count() == php_told.ERRORS_MAX
    assert not PhpError.objects.filter(message__startswith=chr(0x4E00)).exists()
    PhpError.objects.update(last_seen=timezone.now() - timedelta(days=31))
    php_told.forget_old()
    assert not PhpError.objects.exists()


# -- questions


def test_a_question_is_asked_until_it_is_answered_and_not_for_ever(site: Site) -> None:
    make.answer(Wanted.objects.get(kind="site"))
    row = actions.ask_php(site, by=None)
    assert reactions.asks() == [reactions.Ask("web1", "php-info", (row.asked, site.fqdn))]
    assert reactions.asks() == []
    for _ in range(Question.ASKS_MAX):
        PhpInfoRow.objects.update(sent_at=timezone.now() - timedelta(minutes=5))
        reactions.asks()
    row.refresh_from_db()
    assert (row.asks, row.is_given_up, row.is_waiting) == (Question.ASKS_MAX, True, False)
    again = actions.ask_php(site, by=None)
    assert again.asked != row.asked
    assert len(reactions.asks()) == 1


def test_an_answer_counts_for_its_question_and_once(site: Site) -> None:
    row = actions.ask_php(site, by=None)
    assert actions.ask_php(site, by=None).asked == row.asked
    take(PhpInfo(fqdn=Fqdn(site.fqdn), asked="another", version="9"))
    row.refresh_from_db()
    assert row.is_waiting
    take(PhpInfo(fqdn=Fqdn(site.fqdn), asked=row.asked, version="8.2.29\0"), sequence=2)
    row.refresh_from_db()
    assert (row.is_waiting, row.answer["version"]) == (False, "8.2.29")
    PhpInfoRow.objects.update(asked_at=timezone.now() - timedelta(days=2))
    php_told.forget_old()
    assert not PhpInfoRow.objects.exists()


# -- trials


def spec() -> dict[str, object]:
    found: dict[str, object] = Wanted.objects.get(kind="site").spec or {}
    return {"php": "8.2", **found}  # the usual one may be left out


def test_a_trial_is_told_the_machine_and_then_asked_to_be_compared(site: Site) -> None:
    make.answer(Wanted.objects.get(kind="site"))
    trial = actions.try_php(site, version="8.4", by=None)
    assert spec()["php_preview"] == {"version": "8.4", "token": trial.asked, "until": trial.until.timestamp()}
    assert spec()["php"] == "8.2"
    assert reactions.asks() == []  # the machine is still at it
    make.answer(Wanted.objects.get(kind="site"))
    assert reactions.asks() == [reactions.Ask("web1", "php-compare", (trial.asked, site.fqdn))]
    page = PhpPage(path="/", status_old=200, status_new=500)
    take(PhpComparison(fqdn=Fqdn(site.fqdn), token=trial.asked, pages=(page,)))
    trial.refresh_from_db()
    assert trial.answer["pages"] == [{"path": "/", "status_old": 200, "status_new": 500}]


def test_switching_ends_the_trial_and_keeps_the_way_back(site: Site) -> None:
    actions.try_php(site, version="8.4", by=None)
    actions.switch_php(site, by=None)
    site.refresh_from_db()
    assert (site.php, site.php_before, site.php_preview) == ("8.4", "8.2", {})
    assert not PhpTrial.objects.exists()
    assert "php_preview" not in spec()


def test_leaving_changes_nothing_and_twice_is_once(site: Site) -> None:
    before = spec()
    actions.try_php(site, version="7.4", by=None)
    for _ in range(2):
        actions.leave_php(site, by=None)
    assert spec() == before


def test_a_trial_ends_by_itself(site: Site) -> None:
    actions.try_php(site, version="8.4", by=None)
    assert end_over() == 0
    PhpTrial.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert end_over() == 1
    assert "php_preview" not in spec()


def test_changing_the_version_otherwise_ends_the_trial_too(site: Site) -> None:
    actions.try_php(site, version="8.4", by=None)
    actions.change_site(site, by=None, php="7.4")
    assert not PhpTrial.objects.exists()
    assert "php_preview" not in spec()


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda site: actions.try_php(site, version="8.2", by=None), "hosting.php_tried_already"),
        (lambda site: actions.try_php(site, version="5.6", by=None), "hosting.php_unknown"),
        (lambda site: actions.switch_php(site, by=None), "hosting.php_not_tried"),
        (lambda site: actions.compare_php(site, by=None), "hosting.php_not_tried"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(site: Site, act: object, code: str) -> None:
    with pytest.raises(EssaimError) as refused:
        act(site)  # type: ignore[operator]  # one of the above
    assert refused.value.code == code


def test_a_site_that_is_not_served_or_is_a_program_has_nothing_to_try(site: Site) -> None:
    Site.objects.update(engine="program")
    with pytest.raises(PhpTrialOfProgram):
        actions.try_php(site, version="8.4", by=None)
    Site.objects.update(engine="apache")
    assert actions.try_php(site, version="8.4", by=None).version == "8.4"
    actions.suspend_site(site, by=None, reason="because")
    for act in (lambda: actions.try_php(site, version="8.4", by=None), lambda: actions.ask_php(site, by=None)):
        with pytest.raises(SiteNotActive):
            act()
