"""What can happen to an upload: refused as an archive, or on its way to its place."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences.words import say

_SEND_AGAIN = _("Send the archive again.")
_PACK_ANEW = _("Make a new archive from the folder rather than adding to an old one.")
_SMALLER = _("Send it in several smaller archives.")
_JOURNAL = _("See the journal of the machine.")

WORDS = {
    # the archive
    "content.not_an_archive": say(
        _("The file is a {kind} archive."),
        _("The file is not an archive that can be read here."),
        advice=_("Send a .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz."),
    ),
    "content.archive_damaged": say(
        _("The archive is damaged or incomplete: {name} has {size} bytes where {announced} are announced."),
        _("The archive is damaged: {name} is a folder or a link, and yet has data."),
        _("The archive is damaged or incomplete: {detail}."),
        advice=_("Make the archive again and send it again."),
    ),
    "content.archive_encrypted": say(
        _("The archive is protected by a password ({name})."),
        advice=_("Make it again without a password."),
    ),
    "content.archive_method": say(
        _("{name} is stored in a way that is not read here ({method})."),
        advice=_("Make a plain zip (method Deflate), or a .tar.gz."),
    ),
    "content.archive_empty": say(
        _("The archive holds no file."),
        advice=_("Check what was packed; to empty a site, erase it."),
    ),
    "content.unsafe_path": say(
        _("{name} would be written outside the site."),
        advice=_("Pack the site's folder with relative names: no leading /, no drive letter, no \\ and no `..`."),
    ),
    "content.unsafe_name": say(
        _("{name} is not a name a file can have here: too long, too deep, empty, or with control characters."),
        _("A file has no name."),
        advice=_("Rename the file and make the archive again."),
    ),
    "content.unsafe_link": say(
        _("{name} is a link that leads out of the site ({target})."),
        advice=_("Replace the link by the file it means, or make it relative and inside the site."),
    ),
    "content.special_file": say(
        _("{name} is a device, a pipe or a socket, not a file."),
        advice=_("Leave it out of the archive."),
    ),
    "content.name_twice": say(
        _("{name} is in the archive twice, or is both a file and a folder."),
        advice=_PACK_ANEW,
    ),
    "content.through_link": say(
        _("{name} would be written through a link of the same archive."),
        advice=_PACK_ANEW,
    ),
    "content.too_large": say(
        _("Unpacked, the archive is larger than the {megabytes} MB that it may be."),
        _("A file in it is larger than an upload may be."),
        advice=_("Leave out what the site does not need, or ask for more space."),
    ),
    "content.too_many_files": say(
        _("The archive holds more than {files_max} files and folders."),
        advice=_("Leave out caches and development folders such as node_modules."),
    ),
    "content.bomb": say(
        _("The archive unfolds to more than {ratio_max} times its size."),
        advice=_("If the files are really like that, send them in several smaller archives."),
    ),
    "content.too_complex": say(
        _("Unpacking it takes more {what} than it may."),
        advice=_SMALLER,
    ),
    # on its way
    "content.replaced": say(_("Another upload took its place before it was on the machine.")),
    "content.upload_odd": say(_("{upload} is not the id of an upload."), advice=_SEND_AGAIN),
    "content.upload_changed": say(
        _("The upload arrived as {size} bytes that are not the {sent} bytes which were sent."),
        advice=_SEND_AGAIN,
    ),
    "content.upload_gone": say(_("Part {chunk} of the upload is no longer on the bus."), advice=_SEND_AGAIN),
    "content.bus_away": say(
        _("The bus does not give the upload to the machine."),
        advice=_("Nothing: the machine goes on when the bus is back."),
    ),
    "content.quota_full": say(
        _("The account's disk quota cannot hold it beside what is served now."),
        advice=_("Delete files of this account or give it a larger quota, then send the archive again."),
    ),
    "content.unpacker_died": say(_("Unpacking ended unexpectedly ({status})."), advice=_JOURNAL),
    "content.version_gone": say(_("What was to be put in place is no longer there."), advice=_SEND_AGAIN),
    "content.nothing_before": say(
        _("There is no earlier version of {fqdn} to go back to."),
        advice=_("Send an archive."),
    ),
    "content.account_missing": say(
        _("The account {account} is not on this machine yet."),
        advice=_("It follows by itself."),
    ),
    "content.account_broken": say(_("{home} belongs to user {uid}, not to an account."), advice=_JOURNAL),
}
