"""A site, its order and its change, as the API has them."""

from datetime import date, datetime
from typing import Annotated

from django.conf import settings
from django.urls import reverse
from ninja import Schema
from pydantic import Field

from essaim.contract.php import DEFAULT, SETTINGS
from essaim.manager.hosting import queries
from essaim.manager.hosting.certificates import authority_of
from essaim.manager.hosting.engines import engines_of, hint_of
from essaim.manager.hosting.models import Site, Upload
from essaim.manager.hosting.php import generations_of, is_supported_now
from essaim.manager.hosting.troubles import troubles_of
from essaim.manager.hosting.wanted import is_suspended, is_unserved
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.rules_answers import MaintenanceAnswer, RulesBody, maintenance_answer, rules_answer


class SiteOrder(Body):
    """A site to make."""

    account: Word = Field(description="Login of the account that will hold it.")
    name: Word = Field(description="As people write it; IDNA 2008. Upper case and a trailing dot are dropped.")
    aliases: list[Word] = Field([], max_length=50, description="Other names with the same content.")
    docroot: Word = Field("", description="Folder below the site's directory that is published; empty: all of it.")
    php: Word = Field(DEFAULT, description="A version that the machine has.")
    engine: Word = Field("nginx", description="What answers for its files: nginx, or apache where `.htaccess` matters.")
    https_only: Annotated[bool, Field(description="Redirect to HTTPS once a certificate is in place.")] = True
    elsewhere: Word = Field(
        "", description="An address: the site has no content and leads every visitor there, with what follows the name."
    )


class SiteChange(Body):
    """What to change. A field that is left out stays as it is."""

    aliases: list[Word] | None = Field(None, max_length=50)
    docroot: Word | None = None
    php: Word | None = Field(None, description="A version of `php_offered`.")
    php_settings: dict[Word, Word] | None = Field(
        None,
        max_length=len(SETTINGS),
        description="By the name that PHP has for it, as text: numbers without their unit, switches `on` or `off`. What is "
        "not named stays; an empty text gives a setting up for the usual.",
        examples=[{"memory_limit": "256", "date.timezone": "Europe/Paris", "display_errors": ""}],
    )
    engine: Word | None = Field(None, description="One of `engines_offered`.")
    https_only: bool | None = None
    tls: Word | None = Field(
        None, description="modern (TLS 1.3), intermediate (TLS 1.2 too), or empty: as usual in this house."
    )
    rules: RulesBody | None = Field(None, description="All of them: what is left out is as usual again.")


class SiteAnswer(Schema):
    """One site: what is wanted (`state`) and how far it has come (`health`, `https`)."""

    fqdn: str = Field(description="As DNS has it, lower-case A-labels.")
    name_unicode: str = Field(description="As people read it.")
    aliases: list[str]
    account: str
    client: str
    machine: str
    state: str = Field(description="active, suspended or closed")
    suspended_reason: str
    health: str = Field(description="waiting, applying, proving, live, failed, changed or off")
    health_sentence: str
    health_advice: str
    https: str = Field(description="none, pending, live or failed")
    https_sentence: str
    certificate_not_after: datetime | None = Field(description="As last seen from outside.")
    certificate_sentence: str = Field(
        description="That the certificate is ending and its renewal fails, and why; else empty."
    )
    proved_at: datetime | None = Field(description="When a probe from outside last proved the newest wish.")
    live_seconds: float | None = Field(description="From order to proof.")
    front_status: int | None = Field(
        description="HTTP status of the front page: the site's own affair, told as a fact. Null: not looked at, or off."
    )
    docroot: str
    php: str
    php_before: str = Field(description="The version before the last change, to put back; empty: none.")
    php_settings: dict[str, str] = Field(description="Those that differ from the usual.")
    engine: str = Field(description="What answers for its files: nginx, apache or program.")
    engine_before: str = Field(description="The engine before the last change, to put back; empty: none.")
    https_only: bool
    tls: str = Field(description="modern or intermediate, as the site chose; empty: as usual in this house.")
    url: str = Field(description="Where visitors find it.")
    page: str = Field(description="Its page in the Manager.")
    created_at: datetime
    closed_at: datetime | None
    erase_after: datetime | None


def site_answer(site: Site) -> SiteAnswer:
    """`site` as the API tells it. Reads account, client, machine and aliases: fetch them with the site."""
    return SiteAnswer(
        fqdn=site.fqdn,
        name_unicode=site.name_unicode,
        aliases=[alias.fqdn for alias in site.aliases.all()],
        account=site.account.login,
        client=site.account.client.slug,
        machine=site.account.machine.name,
        state=site.state,
        suspended_reason=site.suspended_reason,
        health=site.health,
        health_sentence=site.health_said,
        health_advice=site.health_advised,
        https=site.https,
        https_sentence=site.https_said,
        certificate_not_after=site.certificate_not_after,
        certificate_sentence=site.certificate_said,
        proved_at=site.proved_at,
        live_seconds=site.live_seconds,
        front_status=None if is_suspended(site) or is_unserved(site) else site.front_status,
        docroot=site.docroot,
        php=site.php,
        php_before=site.php_before,
        php_settings=site.php_settings,
        engine=site.engine,
        engine_before=site.engine_before,
        https_only=site.https_only,
        tls=site.tls,
        url=f"{'https' if site.https == Site.Https.LIVE else 'http'}://{site.fqdn}/",
        page=settings.ORIGIN + reverse("hosting:site", args=[site.fqdn]),
        created_at=site.created_at,
        closed_at=site.closed_at,
        erase_after=site.erase_after,
    )


class Step(Schema):
    """One step from order to proof."""

    name: str = Field(description="asked, sent, applied, proved or https")
    state: str = Field(description="done, doing, waiting, failed or none")
    at: datetime | None
    seconds: float | None
    sentence: str


class Steps(Schema):
    """How far a site has come."""

    mark: str = Field(description="Give it as `since` to wait for the next change.")
    health: str
    health_sentence: str
    health_advice: str
    https: str
    https_sentence: str
    live_seconds: float | None
    items: list[Step]


def steps_answer(site: Site, steps: list[queries.Step], mark: str) -> Steps:
    """The steps of the hosting room as the API tells them."""
    return Steps(
        mark=mark,
        health=site.health,
        health_sentence=site.health_said,
        health_advice=site.health_advised,
        https=site.https,
        https_sentence=site.https_said,
        live_seconds=site.live_seconds,
        items=_steps(steps),
    )


def _steps(steps: list[queries.Step]) -> list[Step]:
    return [
        Step(name=one.name, state=one.state, at=one.at, seconds=one.seconds, sentence=one.sentence) for one in steps
    ]


class UploadAnswer(Schema):
    """What was put as a site's content."""

    upload: str
    filename: str
    archive: str
    sha256: str
    size_bytes: int
    files: int
    unpacked_bytes: int
    state: str = Field(description="received, sent, in_place, refused or undone")
    sentence: str
    advice: str
    at: datetime


def upload_answer(upload: Upload) -> UploadAnswer:
    """`upload` as the API tells it."""
    answer = UploadAnswer.from_orm(upload)
    return answer.model_copy(update={"sentence": upload.said, "advice": upload.advised})


class PhpVersion(Schema):
    """A PHP version that a site's machine has."""

    version: str
    supported_until: date = Field(description="The last day with security updates.")
    is_supported: bool


class EngineHint(Schema):
    """What the machine saw in the site's `.htaccess` files when it last looked."""

    files: int
    needs: list[str] = Field(description="Directives that nginx alone does not follow; empty: Apache is not needed.")
    where: str = Field(description="The first file with one.")
    of_php: bool = Field(description="One sets PHP: an error with Apache, not followed by nginx.")
    at: datetime | None


class TroubleAnswer(Schema):
    """What keeps the engine from answering: a client's own file."""

    code: str
    sentence: str
    advice: str
    at: datetime


class SiteDetail(SiteAnswer):
    """One site with how far it has come, what was put there last, and the PHP it may have."""

    steps: list[Step]
    php_offered: list[PhpVersion]
    engines_offered: list[str]
    engine_hint: EngineHint | None = Field(description="Null: the machine has not looked yet.")
    engine_troubles: list[TroubleAnswer]
    rules: RulesBody = Field(description="What its client chose of names and paths; no password is told.")
    rules_before: bool = Field(description="Whether `POST /sites/{fqdn}/rules/back` has something to put back.")
    maintenance: MaintenanceAnswer | None = Field(description="Null: visitors see the site.")
    certificate_issuer: str = Field(description="Who signed the certificate in place; empty: there is none.")
    certificate_directory: str = Field(description="The ACME directory it came from.")
    content: UploadAnswer | None = Field(description="The newest upload; null: nothing was put yet.")


def site_detail(site: Site, *, may_change: bool = False) -> SiteDetail:
    """`site` with its steps and content: two queries more. `may_change`: the reader may change it."""
    newest, wishes = site.uploads.first(), queries.wishes_about(site)
    authority = authority_of(site, wishes)
    return SiteDetail(
        **site_answer(site).model_dump(),
        steps=_steps(queries.steps_of_site(site, wishes)),
        php_offered=_offered(site),
        engines_offered=list(engines_of([site.account.machine])),
        engine_hint=EngineHint(**hint._asdict()) if (hint := hint_of(wishes)) else None,
        engine_troubles=[
            TroubleAnswer(code=one.code, sentence=one.said, advice=one.advised, at=one.at) for one in troubles_of(site)
        ],
        rules=rules_answer(site),
        rules_before=site.rules_before is not None,
        maintenance=maintenance_answer(site, may_pass=may_change),
        certificate_issuer=authority.issuer,
        certificate_directory=authority.directory,
        content=upload_answer(newest) if newest else None,
    )


def _offered(site: Site) -> list[PhpVersion]:
    return [
        PhpVersion(
            version=one.version,
            supported_until=one.supported_until,
            is_supported=is_supported_now(one.version),
        )
        for one in generations_of([site.account.machine])
    ]
