"""A site's own program: shown, chosen, started anew, stopped, given up."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.hosting import actions, errors, queries
from essaim.manager.hosting import program_errors as refused
from essaim.manager.hosting.models import Program, Site
from essaim.manager.hosting.programs import card_of
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body, Text, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation, rendered
from essaim.manager.web.api.sites import READ, WRITE

router = Router(tags=["sites"])
CHANGE = (errors.SiteNotFound, RightMissing, errors.SiteNotActive)


class ProgramOrder(Body):
    """The program that answers for a site."""

    runtime: Word = Field(description="One of `runtimes`: node, python.")
    command: Text = Field(
        description="What is started, from the folder of the site: `server.js`, `-m gunicorn app:app`."
    )
    environment: dict[Word, Text] = Field(
        {},
        max_length=64,
        description="Variables by name. What is not named stays; an empty value takes one away. Values are never told again.",
    )
    health: Word = Field("/", description="Address that has to answer with a status below 500.")
    share_percent: int = Field(50, description="Of the account's memory and processes: 25, 50 or 75.")
    always_on: Annotated[bool, Field(description="False: it sleeps when nobody asks.")] = False


class ProgramAnswer(Schema):
    """A site's own program, and how its machine last saw it."""

    runtime: str
    command: str
    variables: list[str] = Field(description="Names. Values are told to nobody.")
    health: str
    share_percent: int
    always_on: bool
    state: str = Field(
        description="waiting, running, asleep, failing, stopped, refused; or none: the site has no program."
    )
    answers: bool = Field(description="The site is answered by its program: it has answered itself once.")
    sentence: str
    advice: str
    since: datetime | None
    restarts: int = Field(description="How often it ended by itself since it was started.")
    memory_bytes: int
    lines: list[str] = Field(description="The last that it wrote.")
    looked_at: datetime | None
    runtimes: list[str] = Field(description="Those of the site's machine.")


def _answer(site: Site) -> ProgramAnswer:
    card = card_of(site)
    program = card.program or Program(site=site, share_percent=0, health="", state="")
    return ProgramAnswer(
        runtime=program.runtime,
        command=program.command,
        variables=card.variables,
        health=program.health,
        share_percent=program.share_percent,
        always_on=program.always_on,
        state=program.state or "none",
        answers=site.engine == Site.Engine.PROGRAM,
        sentence=program.said,
        advice=program.advised,
        since=program.since,
        restarts=program.restarts,
        memory_bytes=program.memory_bytes,
        lines=program.lines.splitlines(),
        looked_at=program.looked_at,
        runtimes=[kind.name for kind in card.runtimes],
    )


def _site(request: HttpRequest, fqdn: str) -> Site:
    return queries.get_site(fqdn, seen_by=asker(request))


@operation(
    router,
    "GET",
    "/{fqdn}/program",
    summary="Show a site's program",
    answers=ProgramAnswer,
    scope=READ,
    refusals=(errors.SiteNotFound,),
)
def show_program(request: HttpRequest, fqdn: str) -> HttpResponse:
    """What it is and how it is: looked at once a minute, more often while it fails."""
    return rendered(_answer(_site(request, fqdn)))


@operation(
    router,
    "POST",
    "/{fqdn}/program",
    summary="Have a program answer for a site",
    answers=ProgramAnswer,
    scope=WRITE,
    refusals=(
        *CHANGE,
        refused.ProgramRuntimeUnknown,
        refused.ProgramWithoutCommand,
        refused.ProgramCommandRefused,
        refused.ProgramIsInstaller,
        refused.ProgramVariableRefused,
        refused.ProgramVariableReserved,
        refused.ProgramVariableTooLong,
        refused.ProgramVariablesTooMany,
        refused.ProgramHealthRefused,
        refused.ProgramShareRefused,
    ),
)
def put_program(request: HttpRequest, fqdn: str, order: ProgramOrder) -> ProgramAnswer:
    """It is started beside what answers now, and takes its place once it answers itself. Other content starts it anew."""
    actions.put_program(_site(request, fqdn), by=asker(request), **order.model_dump())
    return _answer(_site(request, fqdn))


Act = Literal["restart", "stop", "start"]
_ACTS = {"restart": actions.restart_program, "stop": actions.stop_program, "start": actions.start_program}


@operation(
    router,
    "POST",
    "/{fqdn}/program/{act}",
    summary="Start a program anew, stop it, start it",
    answers=ProgramAnswer,
    scope=WRITE,
    refusals=(*CHANGE, refused.ProgramNone),
)
def act_on_program(request: HttpRequest, fqdn: str, act: Act) -> ProgramAnswer:
    """`restart`: a second one is started and takes over once it answers. `stop`, `start`: it runs no more until it is started."""
    _ACTS[act](_site(request, fqdn), by=asker(request))
    return _answer(_site(request, fqdn))


@operation(
    router,
    "POST",
    "/{fqdn}/program-drop",
    summary="Give a site's program up",
    answers=ProgramAnswer,
    scope=WRITE,
    refusals=CHANGE,
)
def drop_program(request: HttpRequest, fqdn: str) -> ProgramAnswer:
    """It is stopped, its command and variables are forgotten, and nginx answers for the site again."""
    actions.drop_program(_site(request, fqdn), by=asker(request))
    return _answer(_site(request, fqdn))
