"""What can happen to who may come into a machine."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

WORDS = {
    "keys.no_sshd": say(
        _("This machine has no sshd that Essaim knows of."),
        advice=_("Install openssh-server and sudo, then run `/opt/essaim/bin/essaim-agent install`."),
    ),
    "keys.of_another_machine": say(
        _("This is about who may come into {machine}."), advice=_("Report a fault of the manager.")
    ),
    "keys.host_key_changed": say(
        _("The key of this machine is another than the one that was signed."),
        advice=_("Nothing: the manager signs the new one when it hears of it."),
    ),
    "keys.uid_refused": say(
        _("Number {uid} is not one for people ({first} to {last})."), advice=_("Report a fault of the manager.")
    ),
    "keys.file_changed": say(_("{path} was missing or changed.")),
}
