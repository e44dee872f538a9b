"""What can happen to a certificate. What the authority itself says stays in its own words."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

_AGENT_JOURNAL = _("See the journal of essaim-agent.")
_POINTING = _("Check that the A and AAAA records of {name} lead to this machine, also as seen from abroad.")

WORDS = {
    "certificate.ca_slow": say(
        _("The certificate authority has not {what} within {seconds} s."),
        advice=_("Nothing yet: it is asked again. The site is served over HTTP meanwhile."),
    ),
    "certificate.caa_forbids": say(
        _("The CAA record of {name} forbids this certificate authority: {detail}"),
        advice=_("Add the authority to the name's CAA records, or remove them."),
    ),
    "certificate.name_not_pointing": say(
        _("The certificate authority did not find this machine at {name}: {detail}"),
        _("The certificate authority did not find this machine at {name}, and gives no reason."),
        advice=_POINTING,
    ),
    "certificate.ca_odd": say(
        _("The certificate authority answers what cannot be understood: {detail}."),
        advice=_("Check the directory URL in the settings."),
    ),
    "certificate.rate_limited": say(
        _("The certificate authority asks to wait: {detail}"),
        advice=_("Wait: it is asked again at the time shown. Do not order the same names again and again."),
    ),
    "certificate.ca_refused": say(
        _("The certificate authority refuses: {detail}"),
        _("The certificate authority does not accept the check by HTTP for {name}."),
        advice=_("Correct what it names, then change the site or its names; or use another authority."),
    ),
    "certificate.ca_gave_up": say(
        _("The certificate authority gave the order up, without a reason."),
        advice=_("Nothing yet: it is asked again. The site is served over HTTP meanwhile."),
    ),
    "certificate.ca_unreachable": say(
        _("The certificate authority cannot be used: {why} ({detail})."),
        _("The certificate authority cannot be used: {why}."),
        _("The certificate authority cannot be used: {detail}."),
        advice=_("See its status page and this machine's network. The site is served over HTTP meanwhile."),
    ),
    "certificate.key_missing": say(
        _("The key {key_id}, by which {directory} knows us, is not on this machine."),
        advice=_("As root on the machine: essaim-agent acme-key, with the directory and the key id."),
    ),
    "certificate.queued": say(
        _(
            "This machine makes at most {orders} orders in three hours at {directory}: this one is number {place} in the queue."
        ),
        advice=_("Nothing: its turn comes at the time shown."),
    ),
    "certificate.clock_wrong": say(
        _(
            "The clock of this machine is wrong: it says {now} UTC, which does not fit a certificate that was signed a moment ago."
        ),
        advice=_("Set the clock, and have it kept right (systemd-timesyncd or chrony)."),
    ),
    "certificate.own_key_wrong": say(
        _("The key of the certificate that was uploaded for {fqdn} does not belong to it."),
        advice=_("Upload certificate and key once more. What was served before is served on."),
    ),
    "certificate.own_sealed_for_another": say(
        _(
            "The key of the uploaded certificate was sealed for another machine, or for this one before it was made anew."
        ),
        advice=_("Upload certificate and key once more, or use an automatic certificate."),
    ),
    "certificate.helper_died": say(_("The ACME process ended in the middle."), advice=_AGENT_JOURNAL),
    "certificate.bug": say(_("The ACME process failed."), advice=_AGENT_JOURNAL),
    # what was no longer as wanted
    "certificate.due": say(_("The certificate of {fqdn} was missing, changed, or due for renewal.")),
}
