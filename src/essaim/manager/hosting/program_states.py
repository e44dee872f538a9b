"""What becomes of a site's program when its machine answers. Reactions run inside the worker's transaction."""

from django.utils import timezone

from essaim import contract
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting import program_wishes, wishes
from essaim.manager.hosting.actions.locks import record_about
from essaim.manager.hosting.health import moment_of
from essaim.manager.hosting.models import Program, Site, Upload
from essaim.manager.hosting.php_models import end_trial

_STATES = frozenset(Program.State.values)


def on_program(machine: Machine, wanted: Wanted, report: contract.Report) -> None:
    """How the program is. One that has answered for the first time is given the site."""
    programs = Program.objects.select_for_update(of=("self",)).select_related("site__account__machine")
    program = programs.filter(site__fqdn=wanted.key, site__account__machine=machine).first()
    if program is None or wanted.spec is None or report.revision != wanted.revision:
        return
    failed = report.outcome in ("failed", "too_new")
    said = str(report.facts.get("state", ""))
    program.state = "refused" if failed else said if said in _STATES else program.state
    has_words = failed or report.outcome == "drifted"
    program.state_code, program.state_sentence = (report.code, report.sentence) if has_words else ("", "")
    program.state_advice = report.advice if has_words else ""
    program.state_facts = {name: fact for name, fact in report.facts.items() if name != "lines"} if has_words else {}
    program.lines = str(report.facts.get("lines", program.lines))
    program.since = moment_of(report.facts.get("since")) if report.facts.get("since") else None
    program.restarts = _whole(report.facts.get("restarts"))
    program.memory_bytes = _whole(report.facts.get("memory_bytes"))
    program.looked_at = timezone.now()
    program.save()
    site = program.site
    if not failed and not program.is_stopped and site.engine != Site.Engine.PROGRAM:
        site.engine = Site.Engine.PROGRAM
        end_trial(site)  # there is no PHP to try any more
        site.save(update_fields=["engine", "php_preview"])
        wishes.wish(site, record_about(site, "hosting.program_leads", by=None))


def _whole(fact: object) -> int:
    return int(fact) if isinstance(fact, int | float) else 0


def on_content(site: Site, upload: Upload) -> None:
    """Other content is in place: the program is started anew, once for each."""
    mark = f"{upload.upload}.{upload.state}"
    program = Program.objects.select_for_update().filter(site=site).first()
    if program is None or program.content == mark:
        return
    program.content = mark
    program.generation += 1
    program.save(update_fields=["content", "generation"])
    program_wishes.wish(site)
