"""What can happen to a client's own program on its machine."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

_MEND = _("Read its last lines and mend it: other content or another command starts it again.")

WORDS = {
    "program.ended": say(
        _("The program ended before it answered (status {status}). What was there before goes on."),
        _("The program ended before it answered (signal {signal}). What was there before goes on."),
        advice=_MEND,
    ),
    "program.silent": say(
        _("The program answered at {path} with status {status}. What was there before goes on."),
        _("The program did not answer at {path} within {seconds} s. What was there before goes on."),
        advice=_MEND,
    ),
    "program.failing": say(
        _("The program of {fqdn} has ended {count} times, last with status {status}, and is started again."),
        _("The program of {fqdn} has ended {count} times, last with signal {signal}, and is started again."),
        advice=_MEND,
    ),
    "program.runtime_missing": say(
        _("{runtime} is not on this machine."),
        advice=(_("Choose {offered}."), _("Give the machine the tree of runtimes: `essaim-agent program-tree`.")),
    ),
    "program.refused": say(
        _("What is said of the program cannot be: {what} ({why})."),
        _("What is said of the program cannot be ({why})."),
        advice=_("Report a fault of the manager."),
    ),
    "program.account_missing": say(
        _("The account {account} is not on this machine yet."),
        advice=_("It follows by itself."),
    ),
    "program.gone": say(
        _("The program of {fqdn} is no longer in its place."),
        advice=_("The agent puts it there again by itself."),
    ),
}
