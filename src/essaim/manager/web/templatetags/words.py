"""What happened, as sentences: the codes of the audit trail and the lines of a story."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import StoryLine
from essaim.manager.web.templatetags.figures import number, size

register = template.Library()

ACTS: dict[str, str | Promise] = {
    "hosting.account_created": _("asked for the account"),
    "hosting.account_changed": _("changed the account's limits"),
    "hosting.account_renumbered": _("gave the account another user number"),
    "hosting.account_suspended": _("suspended the account"),
    "hosting.account_resumed": _("resumed the account"),
    "hosting.account_closed": _("closed the account"),
    "hosting.account_restored": _("restored the account"),
    "hosting.account_erased": _("erased the account"),
    "hosting.site_created": _("ordered the site"),
    "hosting.site_changed": _("changed the site"),
    "hosting.site_suspended": _("suspended the site"),
    "hosting.site_resumed": _("resumed the site"),
    "hosting.site_closed": _("closed the site"),
    "hosting.site_restored": _("restored the site"),
    "hosting.site_erased": _("erased the site"),
    "hosting.site_proof_asked": _("asked for a new proof"),
    "hosting.content_put": _("put new content"),
    "hosting.content_undone": _("put the former content back"),
    "hosting.consent_given": _("consented to a name"),
    "hosting.consent_withdrawn": _("withdrew a consent"),
    "people.client_created": _("added the client"),
    "people.member_added": _("gave a place at the client"),
    "people.member_removed": _("took a place at the client away"),
    "people.person_created": _("added the person"),
    "people.person_deactivated": _("ended the person's sign-in"),
    "people.password_changed": _("changed the password"),
    "people.token_issued": _("issued an API token"),
    "people.token_revoked": _("revoked an API token"),
    "fleet.machine_added": _("added the machine"),
    "fleet.machine_enrolled": _("enrolled"),
    "fleet.machine_drained": _("drained the machine"),
    "fleet.machine_resumed": _("put the machine back into service"),
    "fleet.machine_revoked": _("revoked the machine"),
    "fleet.machine_check_asked": _("asked the machine to compare"),
    "fleet.token_issued": _("issued an enrolment token"),
}
KINDS: dict[str, str | Promise] = {
    "site": _("the site"),
    "account": _("the account"),
    "certificate": _("the certificate"),
    "content": _("the content"),
    "probe": _("the proof"),
    "machine": _("the machine"),
    "client": _("the client"),
    "person": _("the person"),
    "name": _("the name"),
}
EVENTS: dict[str, str | Promise] = {
    "fleet.rebooted": _("The machine has started anew."),
    "fleet.revision_raised": _("The machine knew a newer revision: what is wanted now was sent again above it."),
    "fleet.answer_lost": _("What the machine had answered was not known here any more: it was asked again."),
}
_TOLD: dict[tuple[str, str], str | Promise] = {
    ("sent", "site"): _("The site was sent to %(machine)s."),
    ("sent", "account"): _("The account was sent to %(machine)s."),
    ("sent", "certificate"): _("A certificate was asked of %(machine)s."),
    ("sent", "content"): _("The content was sent to %(machine)s."),
    ("applied", "site"): _("%(machine)s made the site."),
    ("applied", "account"): _("%(machine)s made the account."),
    ("applied", "certificate"): _("The certificate is in place on %(machine)s."),
    ("applied", "content"): _("The content is in place on %(machine)s."),
    ("failed", "site"): _("%(machine)s could not make the site."),
    ("failed", "account"): _("%(machine)s could not make the account."),
    ("failed", "certificate"): _("%(machine)s has no certificate for it yet."),
    ("failed", "content"): _("The content is not in place on %(machine)s."),
    ("failed", "probe"): _("Seen from outside, it does not answer as it should."),
    ("drifted", "site"): _("On %(machine)s the site is no longer as wanted."),
    ("drifted", "account"): _("On %(machine)s the account is no longer as wanted."),
    ("drifted", "certificate"): _("On %(machine)s the certificate is no longer as wanted."),
    ("mended", "site"): _("%(machine)s put the site right."),
    ("mended", "account"): _("%(machine)s put the account right."),
    ("mended", "certificate"): _("%(machine)s put the certificate right."),
}
FACTS: dict[str, str | Promise] = {
    "system": _("System"),
    "kernel": _("Kernel"),
    "cpus": _("Processors"),
    "memory_bytes": _("Memory"),
    "disk_bytes": _("Disk"),
    "php": _("PHP"),
    "php_versions": _("PHP"),
    "addresses": _("Addresses"),
    "hostname": _("Name it gives itself"),
    "agent": _("Agent"),
    "contract": _("Contract"),
}
TONES = {"sent": "going", "applied": "good", "proved": "good", "mended": "good", "failed": "bad", "drifted": "bad"}
ICONS = {
    "decided": "person",
    "sent": "send",
    "applied": "check",
    "proved": "eye",
    "failed": "cross-round",
    "drifted": "drift",
    "mended": "undo",
}


@register.filter
def act_words(line: AuditLine) -> str:
    """What the person did; a code without words is shown as it is."""
    return str(ACTS.get(line.code, line.code))


@register.filter
def kind_words(kind: str) -> str:
    """The noun of a kind."""
    return str(KINDS.get(kind, kind))


@register.filter
def who(line: AuditLine) -> str:
    """Who did it, as others know them."""
    return line.person.name if line.person else gettext("Essaim")


@register.filter
def told(line: StoryLine) -> str:
    """What happened, as one sentence; the machine's own words stand below it."""
    if line.code in EVENTS:
        return str(EVENTS[line.code])
    if line.what == StoryLine.What.DECIDED and line.audit is not None:
        return f"{who(line.audit)} {act_words(line.audit)}."
    if line.what == StoryLine.What.PROVED:
        over_both = line.facts.get("https") == "live"
        return gettext("Proved from outside, over HTTP and HTTPS.") if over_both else gettext("Proved from outside.")
    sentence = _TOLD.get((line.what, line.kind))
    if sentence is None:
        return f"{line.get_what_display()}: {kind_words(line.kind)}"
    return str(sentence) % {"machine": line.machine or gettext("the machine")}


@register.filter
def tone(line: StoryLine) -> str:
    """The tone of a line."""
    return TONES.get(line.what, "still")


@register.filter
def mark(line: StoryLine) -> str:
    """The drawing beside a line."""
    return ICONS.get(line.what, "info")


@register.filter
def fact_rows(facts: dict[str, object]) -> list[tuple[str, str]]:
    """What a machine said of itself, as words and figures; a fact without words is shown under its own name."""
    return [(str(FACTS.get(name, name)), _fact(name, value)) for name, value in facts.items()]


def _fact(name: str, value: object) -> str:
    if name.endswith("_bytes") and isinstance(value, int | float):
        return size(value)
    return number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)
