"""What can happen to a site on its machine."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

WORDS = {
    "site.docroot_refused": say(
        _("{docroot} is not a folder inside the site."),
        advice=_("Choose a folder such as `public`."),
    ),
    "site.php_missing": say(
        _("PHP {php} is not on this machine."),
        advice=_("Choose {versions}."),
    ),
    "site.php_setting_refused": say(
        _("{name} cannot be “{value}”."),
        advice=_("Report a fault of the manager."),
    ),
    "site.engine_missing": say(
        _("This machine does not have the engine {engine}."),
        advice=_("Choose nginx, or give the machine a tree of Apache: `essaim-agent apache-tree`."),
    ),
    "site.engine_silent": say(
        _("Apache of {account} did not take over the settings of {fqdn} within {seconds} s."),
        advice=_("Run `systemctl status essaim-apache@{account}.service` on the machine."),
    ),
    # what a client's own files say, and Apache cannot do
    "site.htaccess_refused": say(
        _("Apache refuses {file}, line {line}: {detail}"),
        _("Apache refuses {file}: {detail}"),
        advice=_("Mend the line or take it out: until then visitors get an error where this file holds."),
    ),
    "site.htaccess_of_php": say(
        _("Apache refuses {file}, line {line}: {detail}"),
        _("Apache refuses {file}: {detail}"),
        advice=_("Set it under PHP on the site's page, or in a file .user.ini, and take the line out."),
    ),
    "site.rewrite_loop": say(
        _("The rules of {file} go round in circles."),
        advice=_("See that its rules do not match what they lead to."),
    ),
    "site.shield_refused": say(
        _("The site's limits or its shield are none."),
        advice=_("Report a fault of the manager."),
    ),
    "site.proof_refused": say(
        _("The proof is not 26 of a-z2-7."),
        advice=_("Report a fault of the manager."),
    ),
    "site.rules_refused": say(
        _("A rule of {fqdn} cannot be: {rule}."),
        advice=_("Report a fault of the manager."),
    ),
    "site.account_missing": say(
        _("The account {account} is not on this machine yet."),
        advice=_("It follows by itself."),
    ),
    "site.alias_taken": say(
        _("{alias} is a site of its own on this machine, so it cannot be an alias of {fqdn}."),
        advice=_("Close that site first; the agent goes on by itself."),
    ),
    # what was no longer as wanted
    "site.account_gone": say(_("The account {account} was missing.")),
    "site.links_changed": say(_("What nginx finds for {fqdn} was missing or changed.")),
    "site.alias_changed": say(_("The alias {alias} was missing or changed.")),
    "site.php_changed": say(_("What {fqdn} has PHP do was missing or changed.")),
    "site.engine_changed": say(_("What Apache knows of {fqdn} was missing or changed.")),
    "site.folder_missing": say(_("The directory of {fqdn} was missing.")),
}
