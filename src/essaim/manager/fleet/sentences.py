"""What machines say, in the reader's language. An agent and the reader of archives write English, with names and figures in
the middle; here stand the forms of their sentences, `{}` for what varies, so that the catalogue has them.

A sentence that fits no form is shown as it was said. A test compares this list with the agent's source.
"""

import re
from functools import cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

FORMS = (
    # probes
    _("{} has no {} address in DNS (no {} record)."),
    _("{} has no address in DNS."),
    _("{} leads to {}; this site is served at {}."),
    _("{} answers that it is {}."),
    _("{} answers with status {} where its proof should be."),
    _("What answers as {} is another site, or an older form of this one."),
    _("The PHP of {} answers with status {}."),
    _("The PHP that answers for {} is not {}'s."),
    _("{} should answer that it is {}; it answers with {}."),
    _("The certificate shown for {} is not valid: {}."),
    _("No encrypted connection to {}: {}."),
    _("No answer from {} within {} s."),
    _("Nothing listens for {} at {}."),
    _("{} cannot be reached at {}: {}."),
    _("{}: The answer is larger than a proof's."),
    _("{}: The answer is larger than a proof's, or not HTTP."),
    _("{}: What was answered is not HTTP."),
    _("{}: The connection was closed in the middle of the answer."),
    _("{}: The answer is coded as {}, which was not asked for."),
    _("The prober's resolver cannot answer for {}: {}."),
    _("The prober's resolver gave no answer for {} in {} s."),
    _("Create the missing DNS record, or wait until it is known everywhere."),
    _("Change the DNS records of the name, or move the site."),
    _("See the resolver of the prober."),
    _("See the certificate's row of this site."),
    _("See the certificate's row of this site, and nginx on its machine."),
    _("Look whether the site's row is applied; ask its machine to check."),
    _("Look at the account's PHP: `systemctl status essaim-php@LOGIN.service` on its machine."),
    _("Look at nginx on the site's machine and at the network between."),
    # certificates
    _("The certificate authority has not {} within {} s."),
    _("Nothing yet: it is asked again. The site is served over HTTP meanwhile."),
    _("The CAA record of {} forbids this certificate authority: {}"),
    _("Add the authority to the name's CAA records, or remove them."),
    _("The certificate authority did not find this machine at {}: {}"),
    _("Check that the A and AAAA records of {} lead to this machine, also as seen from abroad."),
    _("The certificate authority answers what cannot be understood: {}."),
    _("Check the directory URL in the settings."),
    _("The certificate authority asks to wait: {}"),
    _("Wait: it is asked again at the time shown. Do not order the same names again and again."),
    _("The certificate authority refuses: {}"),
    _("Correct what it names, then change the site or its names."),
    _("The certificate authority cannot be used: {}."),
    _("See its status page and this machine's network. The site is served over HTTP meanwhile."),
    _("The certificate authority does not accept the check by HTTP for {}."),
    _("Use another authority for this name."),
    _("The certificate authority gave the order up, without a reason."),
    _("The ACME process ended in the middle."),
    _("The ACME process failed."),
    _("See the journal of essaim-agent."),
    _("The certificate of {} was missing, changed, or due for renewal."),
    # accounts and sites
    _("Number {} is not one for accounts ({} to {})."),
    _("This is a fault of the manager: report it."),
    _("The user record of {} was missing or changed."),
    _("The home {} was missing."),
    _("The owner or mode of {} was changed."),
    _("The quota of {} was changed."),
    _("The PHP of {} did not listen."),
    _("The PHP of {} listened though it is suspended."),
    _("The account {} was missing."),
    _("What nginx finds for {} was missing or changed."),
    _("The alias {} was missing or changed."),
    _("The directory of {} was missing."),
    _("{} was missing or changed."),
    _("{} is not a folder inside the site."),
    _("Choose a folder such as `public`."),
    _("PHP {} is not on this machine."),
    _("Choose {}."),
    _("The account {} is not on this machine yet."),
    _("It follows by itself."),
    _("{} is a site of its own on this machine, so it cannot be an alias of {}."),
    _("Close that site first; the agent goes on by itself."),
    _("The proof is not 26 of a-z2-7."),
    _("In {}, {} is not a directory of the account's own."),
    _("Ask the client to rename it, then save the site again."),
    # content
    _("The account's disk quota cannot hold it beside what is served now."),
    _("The machine's disk is full."),
    _("A file in it is larger than an upload may be."),
    _("Unpacking it takes more memory than it may."),
    _("Unpacking it takes longer than it may."),
    _("Unpacking ended unexpectedly ({})."),
    _("Send it in several smaller archives."),
    _("Delete files of this account or give it a larger quota, then send the archive again."),
    _("Free space on the machine; the agent goes on by itself."),
    _("{} is not the id of an upload."),
    _("Send it again."),
    _("The upload arrived as {} bytes that are not the {} bytes which were sent."),
    _("Send the archive again."),
    _("Nothing: the machine goes on when the bus is back."),
    _("There is no earlier version of {} to go back to."),
    _("Send an archive."),
    _("Account {} is not on this machine."),
    _("Wait for it."),
    _("{} belongs to user {}, not to an account."),
    _("See why."),
    _("What was to be put in place is no longer there."),
    # archives
    _("The file is not an archive that can be read here."),
    _("The file is a {} archive."),
    _("Send a .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz."),
    _("The archive is damaged or incomplete: {}."),
    _("Make the archive again and send it again."),
    _("The archive is protected by a password ({})."),
    _("Make it again without a password."),
    _("{} is stored in a way that is not read here ({})."),
    _("Make a plain zip (method Deflate), or a .tar.gz."),
    _("The archive holds no file."),
    _("Check what was packed; to empty a site, erase it."),
    _("{} would be written outside the site."),
    _("Pack the site's folder with relative names: no leading /, no drive letter, no \\ and no `..`."),
    _("{} is not a name a file can have here: too long, too deep, empty, or with control characters."),
    _("Rename the file and make the archive again."),
    _("{} is a link that leads out of the site ({})."),
    _("Replace the link by the file it means, or make it relative and inside the site."),
    _("{} is a device, a pipe or a socket, not a file."),
    _("Leave it out of the archive."),
    _("{} is in the archive twice, or is both a file and a folder."),
    _("Make a new archive from the folder rather than adding to an old one."),
    _("{} would be written through a link of the same archive."),
    _("Unpacked, the archive is larger than the {} MB that it may be."),
    _("Leave out what the site does not need, or ask for more space."),
    _("The archive holds more than {} files and folders."),
    _("Leave out caches and development folders such as node_modules."),
    _("The archive unfolds to more than {} times its size."),
    _("If the files are really like that, send them in several smaller archives."),
    # the machine itself
    _("Nothing was changed, because its disk is full."),
    _("Nothing was changed, because the account's disk quota is used up."),
    _("Free space on the machine or enlarge its disk; the agent goes on by itself."),
    _("Delete files of this account or give it a larger quota."),
    _("The system refused at {}: {}."),
    _("The system refused: {}"),
    _("See the journal."),
    _("See the journal of the machine."),
    _("{} ended with {}: {}"),
    _("{} did not end within {} s."),
    _("See the machine's load."),
    _("{} is not installed."),
    _("Install it, or run `essaim.agent install`."),
    _("systemd did not {} {}: {}"),
    _("Run `systemctl status {}` on the machine."),
    _("The agent met a fault of its own ({}); its reference is {}."),
    _("Report it with what `journalctl -u essaim-agent -g {}` says on the machine."),
    _("A wish could not be read: {}"),
    _("This wish is of contract {}; this agent reads up to {} and keeps what it has."),
    _("This machine has no role for a {}."),
    _("This wish could not be read, and what was there is kept: {}"),
    _("Upgrade the agent of this machine."),
    _("Give it the role, or place it elsewhere."),
    _("Report a fault of the manager."),
    _("This machine already knows a newer revision."),
)
FRAGMENTS = (
    _("{} over {} and {}"),
    _("it gives no reason."),
    _("it does not answer in time"),
    _("it has an error of its own ({})"),
    _("its own certificate is not trusted here ({})"),
    _("The key is {}, but the spec is about {}."),
    _("unknown here"),
    _("it said nothing"),
)
"""What may stand in place of a `{}`, itself to be translated."""


def said(sentence: str) -> str:
    """`sentence` in the reader's language, as far as the catalogue has it."""
    return _translated(sentence, FORMS) if sentence else ""


def _translated(text: str, forms: tuple[str, ...]) -> str:
    whole = gettext(text)
    if whole != text:
        return whole
    for form, pattern in _patterns(forms):
        found = pattern.fullmatch(text)
        if found:
            return gettext(form).format(*(_translated(part, FRAGMENTS) for part in found.groups()))
    return text


@cache
def _patterns(forms: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    """The forms with something that varies, the most particular first."""
    varying = sorted((form for form in forms if "{}" in form), key=lambda form: -len(form.replace("{}", "")))
    return [(form, re.compile("(.+?)".join(map(re.escape, form.split("{}"))), re.DOTALL)) for form in varying]
