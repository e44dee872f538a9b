"""What happened, as one sentence a line: the same on a page, through the API and in a terminal."""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from essaim.contract.program import RUNTIMES
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import StoryLine, Wanted
from essaim.manager.hosting.rule_words import said_of
from essaim.manager.web import floods
from essaim.manager.web.acts import ACTS
from essaim.manager.web.templatetags.figures import day

KINDS: dict[str, str | Promise] = {
    "site": _("the site"),
    "account": _("the account"),
    "certificate": _("the certificate"),
    "content": _("the content"),
    "probe": _("the proof"),
    "program": _("the program"),
    "engine": _("the engine"),
    "machine": _("the machine"),
    "client": _("the client"),
    "clients": _("the clients"),
    "person": _("the person"),
    "name": _("the name"),
    "offer": _("the offer"),
    "duty": _("the duty"),
    "agreement": _("the agreement"),
    "campaign": _("the campaign"),
    "candidate": _("the candidate"),
    "secret": _("the secret"),
    "tool": _("the tool"),
    "key": _("the key"),
}
EVENTS: dict[str, str | Promise] = {
    "fleet.rebooted": _("The machine has started anew."),
    "fleet.revision_raised": _("The machine knew a newer revision: what is wanted now was sent again above it."),
    "hosting.own_certificate_ends_30": _(
        "The client's own certificate ends in 30 days: the next one has to be uploaded."
    ),
    "hosting.own_certificate_ends_20": _(
        "The client's own certificate ends in 20 days: the next one has to be uploaded."
    ),
    "hosting.own_certificate_ends_7": _(
        "The client's own certificate ends in 7 days. After that browsers warn every visitor: upload the next one, or use an automatic one."
    ),
    "fleet.answer_lost": _("What the machine had answered was not known here any more: it was asked again."),
}


ENGINES: dict[str, str | Promise] = {
    "nginx": "nginx",
    "apache": _("Apache behind nginx"),
    "program": _("a program of yours"),
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
    ("program", Change.CLOSED): _Way(
        _("The request to put the program away was sent to %(machine)s."),
        _("%(machine)s put the program away."),
        _("%(machine)s could not put the program away."),
    ),
    ("program", Change.NONE): _Way(
        _("What is wanted of the program was sent to %(machine)s."),
        _("The program is as wanted on %(machine)s."),
        _("The program was not started on %(machine)s."),
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
    ("drifted", "program"): _("On %(machine)s the program ends again and again."),
    ("drifted", "certificate"): _("On %(machine)s the certificate is no longer as wanted."),
    ("failed", "engine"): _("Visitors get an error, because Apache cannot do what the site's own files say."),
    ("mended", "engine"): _("The site's own files are in order again."),
    ("mended", "site"): _("%(machine)s put the site right."),
    ("mended", "account"): _("%(machine)s put the account right."),
    ("mended", "certificate"): _("%(machine)s put the certificate right."),
}


def act_words(line: AuditLine) -> str:
    """What the person did; a code without words is shown as it is."""
    did = str(ACTS.get(line.code, line.code))
    what = [*_php_changes(line), *floods.words(line), *_engine_changes(line), *said_of(line.facts)]
    return gettext("%(did)s: %(what)s") % {"did": did, "what": ", ".join(what)} if what else did


def _php_changes(line: AuditLine) -> list[str]:
    """The site's PHP before and after, and each setting that was chosen or given up."""
    if line.code == "hosting.program_put":
        return [f"{RUNTIMES[line.facts['runtime']].label}, {line.facts['command']}"]
    if line.code == "hosting.php_tried":
        return [f"PHP {line.facts.get('php', '')}"]
    if line.code != "hosting.site_changed":
        return []
    words = []
    if "php_before" in line.facts:
        words.append(gettext("PHP %(php_before)s to %(php)s") % line.facts)
    for name, text in sorted(line.facts.get("php_settings", {}).items()):
        words.append(f"{name} = {text}" if text else gettext("%(name)s as usual") % {"name": name})
    return words


def _engine_changes(line: AuditLine) -> list[str]:
    """What answers for the site before and after."""
    if line.code != "hosting.site_changed" or "engine_before" not in line.facts:
        return []
    names = {engine: ENGINES.get(line.facts[engine], line.facts[engine]) for engine in ("engine_before", "engine")}
    return [gettext("%(engine_before)s to %(engine)s") % names]


def who(line: AuditLine) -> str:
    """Who did it, as others know them."""
    return (line.person.name or gettext("somebody erased")) if line.person else gettext("Essaim")


def told(line: StoryLine) -> str:
    """What happened, as one sentence; the machine's own words go beside it."""
    if line.code == floods.FLOODED:
        return floods.seen(line)
    if line.code in EVENTS:
        return str(EVENTS[line.code])
    if line.what == StoryLine.What.DECIDED and line.audit is not None:
        return f"{who(line.audit)} {act_words(line.audit)}."
    if line.what == StoryLine.What.PROVED:
        return _proved(line)
    sentence = _sentence(line)
    if not sentence:
        return f"{line.get_what_display()}: {KINDS.get(line.kind, line.kind)}"
    told = {"machine": line.machine or gettext("the machine"), "moment": _put_at(line)}
    return str(sentence) % {
        **told,
        "issuer": line.facts.get("issuer", ""),
        "directory": line.facts.get("directory", ""),
    }


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
    if (line.what, line.kind) == (StoryLine.What.APPLIED, "certificate") and line.facts.get("directory"):
        if line.facts["directory"] == "own":
            return _("The client's own certificate, of %(issuer)s, is in place on %(machine)s.")
        return _("The certificate of %(issuer)s, from %(directory)s, is in place on %(machine)s.")
    way = _WAYS.get((line.kind, change)) or _WAYS.get((line.kind, Change.NONE))
    return getattr(way, line.what, "") or _FOUND.get((line.what, line.kind), "")


def _put_at(line: StoryLine) -> str:
    text = line.facts.get("put_at", "")
    if not text:
        return ""
    local = timezone.localtime(datetime.fromisoformat(text))
    return f"{day(local)}, {local:%H:%M}"
