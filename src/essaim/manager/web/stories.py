"""What happened, as one sentence a line: the same on a page, through the API and in a terminal."""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import StoryLine, Wanted
from essaim.manager.web.templatetags.figures import day

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
    "fleet.machine_enrolled": _("enrolled the machine"),
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


class _Way(NamedTuple):
    """One change on its way: sent, done, not done."""

    sent: str | Promise
    applied: str | Promise
    failed: str | Promise


Change = Wanted.Change
_WAYS: dict[tuple[str, str], _Way] = {
    ("site", Change.NEW): _Way(
        _("The site was sent to %(machine)s."),
        _("%(machine)s made the site."),
        _("%(machine)s could not make the site."),
    ),
    ("site", Change.CHANGED): _Way(
        _("The request to change the site was sent to %(machine)s."),
        _("%(machine)s changed the site."),
        _("%(machine)s could not change the site."),
    ),
    ("site", Change.SUSPENDED): _Way(
        _("The request to suspend the site was sent to %(machine)s."),
        _("%(machine)s suspended the site."),
        _("%(machine)s could not suspend the site."),
    ),
    ("site", Change.RESUMED): _Way(
        _("The request to resume the site was sent to %(machine)s."),
        _("%(machine)s resumed the site."),
        _("%(machine)s could not resume the site."),
    ),
    ("site", Change.CLOSED): _Way(
        _("The request to close the site was sent to %(machine)s."),
        _("%(machine)s closed the site."),
        _("%(machine)s could not close the site."),
    ),
    ("site", Change.RESTORED): _Way(
        _("The request to restore the site was sent to %(machine)s."),
        _("%(machine)s restored the site."),
        _("%(machine)s could not restore the site."),
    ),
    ("site", Change.ERASED): _Way(
        _("The request to erase the site was sent to %(machine)s."),
        _("%(machine)s erased the site."),
        _("%(machine)s could not erase the site."),
    ),
    ("site", Change.NONE): _Way(
        _("What is wanted of the site was sent to %(machine)s."),
        _("%(machine)s did what was wanted of the site."),
        _("%(machine)s could not do what was wanted of the site."),
    ),
    ("account", Change.NEW): _Way(
        _("The account was sent to %(machine)s."),
        _("%(machine)s made the account."),
        _("%(machine)s could not make the account."),
    ),
    ("account", Change.CHANGED): _Way(
        _("The request to change the account was sent to %(machine)s."),
        _("%(machine)s changed the account."),
        _("%(machine)s could not change the account."),
    ),
    ("account", Change.SUSPENDED): _Way(
        _("The request to suspend the account was sent to %(machine)s."),
        _("%(machine)s suspended the account."),
        _("%(machine)s could not suspend the account."),
    ),
    ("account", Change.RESUMED): _Way(
        _("The request to resume the account was sent to %(machine)s."),
        _("%(machine)s resumed the account."),
        _("%(machine)s could not resume the account."),
    ),
    ("account", Change.ERASED): _Way(
        _("The request to erase the account was sent to %(machine)s."),
        _("%(machine)s erased the account."),
        _("%(machine)s could not erase the account."),
    ),
    ("account", Change.NONE): _Way(
        _("What is wanted of the account was sent to %(machine)s."),
        _("%(machine)s did what was wanted of the account."),
        _("%(machine)s could not do what was wanted of the account."),
    ),
    ("certificate", Change.CLOSED): _Way(
        _("The request to put the certificate away was sent to %(machine)s."),
        _("%(machine)s put the certificate away."),
        _("%(machine)s could not put the certificate away."),
    ),
    ("certificate", Change.ERASED): _Way(
        _("The request to erase the certificate was sent to %(machine)s."),
        _("%(machine)s erased the certificate."),
        _("%(machine)s could not erase the certificate."),
    ),
    ("certificate", Change.NONE): _Way(
        _("A certificate was asked of %(machine)s."),
        _("The certificate is in place on %(machine)s."),
        _("%(machine)s could not get a new certificate."),
    ),
    ("certificate", Change.NEW): _Way(
        _("A certificate was asked of %(machine)s."),
        _("The certificate is in place on %(machine)s."),
        _("%(machine)s has no certificate for it yet."),
    ),
    ("content", Change.UNDONE): _Way(
        _("The request to put the former content back was sent to %(machine)s."),
        _("%(machine)s put the former content back."),
        _("%(machine)s could not put the former content back."),
    ),
    ("content", Change.ERASED): _Way(
        _("The request to erase the former content was sent to %(machine)s."),
        _("%(machine)s erased the former content."),
        _("%(machine)s could not erase the former content."),
    ),
    ("content", Change.NONE): _Way(
        _("The content was sent to %(machine)s."),
        _("The content is in place on %(machine)s."),
        _("The content is not in place on %(machine)s."),
    ),
}
"""By kind and change. `Change.NONE` holds for every change of its kind that has no words of its own."""
_FOUND: dict[tuple[str, str], str | Promise] = {
    ("failed", "probe"): _("Seen from outside, it does not answer as it should."),
    ("drifted", "site"): _("On %(machine)s the site is no longer as wanted."),
    ("drifted", "account"): _("On %(machine)s the account is no longer as wanted."),
    ("drifted", "certificate"): _("On %(machine)s the certificate is no longer as wanted."),
    ("mended", "site"): _("%(machine)s put the site right."),
    ("mended", "account"): _("%(machine)s put the account right."),
    ("mended", "certificate"): _("%(machine)s put the certificate right."),
}


def act_words(line: AuditLine) -> str:
    """What the person did; a code without words is shown as it is."""
    did, what = str(ACTS.get(line.code, line.code)), _php_changes(line)
    return gettext("%(did)s: %(what)s") % {"did": did, "what": ", ".join(what)} if what else did


def _php_changes(line: AuditLine) -> list[str]:
    """The site's PHP before and after, and each setting that was chosen or given up."""
    if line.code != "hosting.site_changed":
        return []
    words = []
    if "php_before" in line.facts:
        words.append(gettext("PHP %(php_before)s to %(php)s") % line.facts)
    for name, text in sorted(line.facts.get("php_settings", {}).items()):
        words.append(f"{name} = {text}" if text else gettext("%(name)s as usual") % {"name": name})
    return words


def who(line: AuditLine) -> str:
    """Who did it, as others know them."""
    return line.person.name if line.person else gettext("Essaim")


def told(line: StoryLine) -> str:
    """What happened, as one sentence; the machine's own words go beside it."""
    if line.code in EVENTS:
        return str(EVENTS[line.code])
    if line.what == StoryLine.What.DECIDED and line.audit is not None:
        return f"{who(line.audit)} {act_words(line.audit)}."
    if line.what == StoryLine.What.PROVED:
        return _proved(line)
    sentence = _sentence(line)
    if not sentence:
        return f"{line.get_what_display()}: {KINDS.get(line.kind, line.kind)}"
    return str(sentence) % {"machine": line.machine or gettext("the machine"), "moment": _put_at(line)}


def _proved(line: StoryLine) -> str:
    match line.facts.get("expect"):
        case "suspended":
            return gettext("Seen from outside: visitors are told that it is suspended.")
        case "gone":
            return gettext("Seen from outside: it is no longer served.")
    over_both = line.facts.get("https") == "live"
    return gettext("Proved from outside, over HTTP and HTTPS.") if over_both else gettext("Proved from outside.")


def _sentence(line: StoryLine) -> str | Promise:
    change = line.facts.get("change", "")
    if (line.what, line.kind, change) == (StoryLine.What.APPLIED, "content", Change.UNDONE) and "put_at" in line.facts:
        if not line.facts["put_at"]:
            return _("%(machine)s put back what stood there before the first upload.")
        return _("%(machine)s put back the content of %(moment)s.")
    way = _WAYS.get((line.kind, change)) or _WAYS.get((line.kind, Change.NONE))
    return getattr(way, line.what, "") or _FOUND.get((line.what, line.kind), "")


def _put_at(line: StoryLine) -> str:
    text = line.facts.get("put_at", "")
    if not text:
        return ""
    local = timezone.localtime(datetime.fromisoformat(text))
    return f"{day(local)}, {local:%H:%M}"
