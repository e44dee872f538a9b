"""What can happen to anything on a machine: its disk, its programs, the agent itself."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

WORDS = {
    "*.disk_full": say(
        _("Nothing was changed, because the machine's disk is full."),
        advice=_("Free space on the machine or enlarge its disk; the agent goes on by itself."),
    ),
    "*.quota_full": say(
        _("Nothing was changed, because the account's disk quota is used up."),
        advice=_("Delete files of this account or give it a larger quota."),
    ),
    "*.system": say(
        _("The system refused at {path}: {detail}."),
        _("The system refused: {detail}."),
        advice=_("See the journal of the machine."),
    ),
    "program.failed": say(
        _("{program} ended with {status}: {detail}"),
        _("{program} ended with {status} and said nothing."),
        advice=_("See the journal of the machine."),
    ),
    "program.slow": say(
        _("{program} did not end within {seconds} s."),
        advice=_("See the machine's load."),
    ),
    "program.missing": say(
        _("{program} is not installed."),
        advice=_("Install it, or run `essaim.agent install`."),
    ),
    "systemd.refused": say(
        _("systemd did not {verb} {unit}: {detail}"),
        _("systemd did not {verb} {unit}."),
        advice=_("Run `systemctl status {unit}` on the machine."),
    ),
    "agent.bug": say(
        _("The agent met a fault of its own ({exception}); its reference is {reference}."),
        advice=_("Report it with what `journalctl -u essaim-agent -g {reference}` says on the machine."),
    ),
    "agent.unreadable": say(
        _("This wish could not be read, and what was there is kept: {detail}"),
        advice=_("Report a fault of the manager."),
    ),
    "agent.too_new": say(
        _("This wish is of contract {version}; this agent reads up to {known} and keeps what it has."),
        advice=_("Upgrade the agent of this machine."),
    ),
    "agent.kind_unknown": say(
        _("This machine has no role for: {kind}."),
        advice=_("Give it the role, or place it elsewhere."),
    ),
    "agent.stale": say(_("This machine already knows a newer revision.")),
}
