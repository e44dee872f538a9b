"""What can be seen of a site from outside."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

_BETWEEN = _("Look at nginx on the site's machine and at the network between.")

WORDS = {
    "probe.no_prober": say(
        _("No machine looks at sites from outside yet: nobody has proved this one."),
        advice=_("The team adds a machine of role “prober” to the fleet."),
    ),
    "probe.resolver_away": say(
        _("The prober's resolver cannot answer for {name}: {detail}."),
        _("The prober's resolver gave no answer for {name} in {seconds} s."),
        advice=_("See the resolver of the prober."),
    ),
    "probe.name_unresolved": say(
        _("{name} has no {family} address in DNS (no {record} record)."),
        _("{name} has no address in DNS."),
        advice=_("Create the missing DNS record, or wait until it is known everywhere."),
    ),
    "probe.name_elsewhere": say(
        _("{name} leads to {address}; this site is served at {expected}."),
        _("{name} leads to {address}, where this site has no address."),
        advice=_("Change the DNS records of the name, or move the site."),
    ),
    "probe.refused": say(
        _("Nothing listens for {name} over {scheme} and {family} at {address}."),
        advice=_BETWEEN,
    ),
    "probe.timeout": say(
        _("No answer from {name} over {scheme} and {family} within {seconds} s."),
        advice=_BETWEEN,
    ),
    "probe.unreachable": say(
        _("{name} over {scheme} and {family} cannot be reached at {address}: {detail}."),
        advice=_BETWEEN,
    ),
    "probe.tls": say(
        _("No encrypted connection to {name} over {scheme} and {family}: {detail}."),
        advice=_("See the certificate's row of this site, and nginx on its machine."),
    ),
    "probe.certificate": say(
        _("The certificate shown for {name} is not valid: {detail}."),
        advice=_("See the certificate's row of this site."),
    ),
    "probe.bad_answer": say(
        _("{name} over {scheme} and {family}: The answer is coded as {coding}, which was not asked for."),
        _("{name} over {scheme} and {family}: {why}"),
        advice=_BETWEEN,
    ),
    "probe.status": say(
        _("{name} answers with status {status} where its proof should be."),
        advice=_BETWEEN,
    ),
    "probe.other_site": say(
        _("What answers as {name} is another site, or an older form of this one."),
        advice=_("Look whether the site's row is applied; ask its machine to check."),
    ),
    "probe.not_served": say(
        _("{name} answers that it is {state}."),
        advice=_BETWEEN,
    ),
    "probe.not_in_maintenance": say(
        _("{name} should answer that it is in maintenance; it answers with {status}."),
        advice=_("Ask the site's machine to check."),
    ),
    "probe.in_maintenance": say(
        _("{name} answers that it is in maintenance, and should not be."),
        advice=_("Ask the site's machine to check."),
    ),
    "probe.php_silent": say(
        _("The PHP of {account} answers with status {status}."),
        advice=_("Look at the account's PHP: `systemctl status 'essaim-php-*@{account}.service'` on its machine."),
    ),
    "probe.other_account": say(
        _("The PHP that answers for {name} is not {account}'s."),
        advice=_BETWEEN,
    ),
    "probe.other_php": say(
        _("PHP {php} answers for {name}, and not PHP {wanted}."),
        advice=_BETWEEN,
    ),
    "probe.other_engine": say(
        _("It is not Apache of {account} that answers for {name} (status {status})."),
        advice=_("Look at the account's Apache: `systemctl status essaim-apache@{account}.service` on its machine."),
    ),
    "probe.still_served": say(
        _("{name} should answer that it is {state}; it answers with {status}."),
        advice=_BETWEEN,
    ),
}
