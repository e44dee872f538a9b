"""What can happen to an account."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

WORDS = {
    "account.uid_refused": say(
        _("Number {uid} is not one for accounts ({first} to {last})."),
        advice=_("Report a fault of the manager."),
    ),
    "account.uid_taken": say(
        _("Number {uid} is that of {holder} on this machine."),
        advice=_("Nothing: the manager gives the account another number."),
    ),
    "account.home_of_another": say(
        _("This machine keeps the home of another account {login}, which the manager's database has lost."),
        advice=_("Erase this account and order one with another login; the home and its sites stay as they are."),
    ),
    "account.path_is_link": say(
        _("In {home}, {name} is not a directory of the account's own."),
        advice=_("Ask the client to rename it, then save the site again."),
    ),
    # what was no longer as wanted
    "account.user_changed": say(_("The user record of {login} was missing or changed.")),
    "account.home_missing": say(_("The home {home} was missing.")),
    "account.logs_changed": say(_("{path} was missing or changed.")),
    "account.home_changed": say(_("The owner or mode of {home} was changed.")),
    "account.quota_changed": say(_("The quota of {home} was changed.")),
    "account.file_changed": say(_("{path} was missing or changed.")),
    "account.php_silent": say(_("The PHP of {login} did not listen.")),
    "account.apache_silent": say(_("Apache of {login} could not be woken.")),
    "account.apache_awake": say(_("Apache of {login} could be woken though it is suspended.")),
    "account.php_crashes": say(
        _(
            "PHP {version} of {login} does not stay up: it failed {count} times in a row, and is tried again ever more rarely."
        ),
        advice=_("See why on its machine: `journalctl -u essaim-php-{version}@{login}.service`."),
    ),
    "account.extensions_crash": say(
        _("PHP {version} of {login} did not stay up with {names}: it was started without."),
        advice=_("Choose fewer extensions on the page of the account, or the same once more to try them again."),
    ),
    "account.extensions_changed": say(_("The extensions of the PHP of {login} were not as chosen.")),
    "account.tree_missing": say(_("The PHP {version} of {login} was in no build that is there.")),
    "account.offer_changed": say(_("What {login} is offered was missing or changed.")),
    "account.php_not_as_warm": say(_("The PHP of {login} was not kept awake as its offer says, or was so against it.")),
    "account.php_awake": say(_("The PHP of {login} listened though it is suspended.")),
}
