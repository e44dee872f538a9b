"""What can happen to a site's own program: said which it is, started anew, stopped, started, given up."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from essaim.manager.core.models import AuditLine
from essaim.manager.hosting import program_wishes, wishes
from essaim.manager.hosting.actions.locks import lock_site, record_about
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Program, Site
from essaim.manager.hosting.program_errors import ProgramNone
from essaim.manager.hosting.programs import merged, parse_command, require_runtime, require_sound
from essaim.manager.people.models import Person

FIELDS = ("runtime", "words", "environment", "health", "share_percent", "always_on")


@transaction.atomic
def put_program(
    site: Site,
    *,
    by: Person | None,
    runtime: str,
    command: str,
    environment: Mapping[str, str] | None = None,
    health: str = "/",
    share_percent: int = 50,
    always_on: bool = False,
) -> Program:
    """Have a program of the client's own answer for the site, once it has answered itself; until then the site is served as it was.
    Of `environment`, what is not named stays, and an empty value takes a variable away.

    Raises:
        SiteNotActive: it is closed; NotAllowed; every refusal of `program_errors` but ProgramNone.
    """
    site = _open(lock_site(site, by))
    require_runtime(runtime, site.account.machine)
    program = Program.objects.filter(site=site).first() or Program(site=site)
    before = {name: getattr(program, name) for name in FIELDS} if program.pk else {}
    program.runtime, program.words = runtime, parse_command(runtime, command)
    program.environment = merged(program.environment, environment or {})
    program.health = health.strip() or "/"
    program.share_percent, program.always_on = share_percent, always_on
    require_sound(program)
    if {name: getattr(program, name) for name in FIELDS} == before:
        return program
    program.is_stopped = False
    _save(program, _record("hosting.program_put", program, by))
    return program


@transaction.atomic
def restart_program(site: Site, *, by: Person | None) -> Program:
    """Start it anew: a second one is started, and takes over once it answers. One that was stopped is started.

    Raises:
        ProgramNone, SiteNotActive, NotAllowed.
    """
    program = _program(site, by)
    program.generation += 1
    program.is_stopped = False
    _save(program, _record("hosting.program_restarted", program, by))
    return program


@transaction.atomic
def stop_program(site: Site, *, by: Person | None) -> Program:
    """Have it run no more until it is started. Visitors are told that the site does not answer.

    Raises:
        ProgramNone, SiteNotActive, NotAllowed.
    """
    program = _program(site, by)
    if not program.is_stopped:
        program.is_stopped = True
        _save(program, _record("hosting.program_stopped", program, by))
    return program


@transaction.atomic
def start_program(site: Site, *, by: Person | None) -> Program:
    """Start one that was stopped.

    Raises:
        ProgramNone, SiteNotActive, NotAllowed.
    """
    program = _program(site, by)
    if program.is_stopped:
        program.is_stopped = False
        _save(program, _record("hosting.program_started", program, by))
    return program


@transaction.atomic
def drop_program(site: Site, *, by: Person | None) -> Site:
    """The site has no program any more; nginx answers for it. Without one, nothing is changed.

    Raises:
        SiteNotActive, NotAllowed.
    """
    site = _open(lock_site(site, by))
    program = Program.objects.filter(site=site).first()
    if program is None:
        return site
    line = record_about(site, "hosting.program_dropped", by=by)
    if site.engine == Site.Engine.PROGRAM:
        site.engine = Site.Engine.NGINX
        site.save(update_fields=["engine"])
    program.delete()
    program_wishes.unwish(site)
    wishes.wish(site, line)
    return site


def _open(site: Site) -> Site:
    if site.state == Site.State.CLOSED:
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    return site


def _program(site: Site, by: Person | None) -> Program:
    site = _open(lock_site(site, by))
    program = Program.objects.filter(site=site).first()
    if program is None:
        raise ProgramNone(name=site.name_unicode)
    program.site = site
    return program


def _record(code: str, program: Program, by: Person | None) -> AuditLine:
    """The trail has the names of variables, and no value."""
    facts: dict[str, Any] = {}
    if code == "hosting.program_put":
        facts = {"runtime": program.runtime, "command": program.command, "variables": sorted(program.environment)}
    return record_about(program.site, code, by=by, **facts)


def _save(program: Program, line: AuditLine) -> None:
    program.state, program.state_code, program.state_sentence = Program.State.WAITING, "", ""
    program.state_advice, program.state_facts = "", {}
    program.save()
    program_wishes.wish(program.site, line)
