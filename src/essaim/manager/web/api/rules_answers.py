"""A site's rules and its maintenance, as the API has them: the same words as the contract's, without a password or its hash."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from essaim.contract.rules import (
    FOLDERS_MAX,
    HEADERS_MAX,
    LONGEST_HEADER,
    LONGEST_TARGET,
    NETWORKS_MAX,
    REDIRECTS_MAX,
    USERS_MAX,
    FileKind,
)
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.rules import as_row, maintenance_of, rules_of
from essaim.manager.hosting.serving import pass_address
from essaim.manager.web.api.answers import Body, Count, Text, Word, plain

Long = Annotated[str, StringConstraints(max_length=max(LONGEST_TARGET, LONGEST_HEADER)), AfterValidator(plain)]


class RedirectBody(Body):
    """A path that leads elsewhere, or is gone for good."""

    path: Word = Field(examples=["/old"])
    below: Annotated[bool, Field(description="The folder and everything in it.")] = False
    target: Long = Field(
        "", description="A path or an http(s) address; a final `*` stands for what followed the folder."
    )
    status: Literal[301, 302, 307, 308, 410] = 301
    keep_query: Annotated[bool, Field(description="What follows the `?` goes along.")] = True


class HeaderBody(Body):
    """Said with each answer that has content, in place of what a program says under that name."""

    name: Word
    value: Long


class HstsBody(Body):
    """Browsers use HTTPS alone for so long. Refused while HTTPS is not proved."""

    max_age_s: Count
    subdomains: bool = False


class ProtectedBody(Body):
    """A folder that asks for a name and a password."""

    path: Word
    users: dict[Word, Word] = Field(
        max_length=USERS_MAX, description="Passwords by name. Empty: the one there is; answers have them empty."
    )


class AllowedBody(Body):
    """A folder that some networks alone reach."""

    path: Word
    networks: list[Word] = Field(max_length=NETWORKS_MAX, examples=[["203.0.113.7", "2001:db8::/32"]])


class ElsewhereBody(Body):
    """The site has no content: every address of it leads to another."""

    target: Long
    status: Literal[301, 302, 307, 308] = 301
    keep_path: bool = True


class RulesBody(Body):
    """All rules of a site. What is left out is as usual."""

    absent: Word = Field(
        "",
        description="Where there is no file: empty, `/index.php` if there is one; `none`; or a file such as `/index.html`.",
    )
    redirects: list[RedirectBody] = Field([], max_length=REDIRECTS_MAX, description="The first that fits counts.")
    headers: list[HeaderBody] = Field([], max_length=HEADERS_MAX)
    cache: dict[FileKind, Count] = Field({}, description="Seconds for which browsers may keep files of a kind.")
    hsts: HstsBody | None = None
    protected: list[ProtectedBody] = Field([], max_length=FOLDERS_MAX)
    allowed: list[AllowedBody] = Field([], max_length=FOLDERS_MAX)
    canonical: Word | None = Field(None, description="The one of the site's names that the others lead to.")
    elsewhere: ElsewhereBody | None = None


class MaintenanceBody(Body):
    """What visitors are told while a site is being worked on."""

    sentence: Text = Field("", description="The client's own words; at most 500 characters.")
    until: AwareDatetime | None = Field(None, description="When it is expected back; with a time zone.")
    networks: list[Word] = Field([], max_length=NETWORKS_MAX, description="Who comes from there sees the site.")
    new_link: Annotated[bool, Field(description="Make a new secret link; the present one stops working.")] = False


class MaintenanceAnswer(Schema):
    """The maintenance that a site is in."""

    sentence: str
    until: datetime | None
    networks: list[str]
    link: str = Field(description="Who opens it sees the site; told to those who may change it.")


def rules_answer(site: Site) -> RulesBody:
    """The rules of `site`, as a `PATCH` would take them again."""
    row = as_row(rules_of(site))
    for folder in row.get("protected", []):
        folder["users"] = dict.fromkeys(folder["users"], "")
    return RulesBody.model_validate(row)


def maintenance_answer(site: Site, *, may_pass: bool) -> MaintenanceAnswer | None:
    """The maintenance of `site`; None: it is in none. `may_pass`: whoever reads it is told the secret link."""
    now = maintenance_of(site)
    if now is None:
        return None
    return MaintenanceAnswer(
        sentence=now.sentence,
        until=datetime.fromtimestamp(now.until, UTC) if now.until else None,
        networks=list(now.networks),
        link=pass_address(site, now) if may_pass else "",
    )
