"""What the hosting room refuses, and why: names, accounts, sites, content.

Absent and hidden sound the same. A refusal says who holds a name to the team and to that client's own people, to nobody else.
"""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class NameMalformed(EssaimError):
    """Not of the shape of a host name."""

    code = "hosting.name_malformed"
    message = _("“{name}” is not a site's name.")
    hint = _("Write letters, digits and hyphens, in parts separated by dots: www.example.org.")
    http_status = 422
    field = "name"


class NameIsUrl(NameMalformed):
    """An address was pasted from a browser."""

    code = "hosting.name_is_url"
    message = _("“{name}” is a web address, not a name alone.")
    hint = _("Keep the name only: {suggestion}")


class NameIsEmail(NameMalformed):
    """An e-mail address was typed."""

    code = "hosting.name_is_email"
    message = _("“{name}” is an e-mail address.")
    hint = _("Write what stands after the @, if that is your domain: {suggestion}")


class NameIsWildcard(NameMalformed):
    """A site has a name of its own; a wildcard is another name of it."""

    code = "hosting.name_is_wildcard"
    message = _("“{name}” stands for many names, and a site needs one of its own.")
    hint = _("Order {suggestion}, and give {name} as another name of it.")


class NameHasUnderscore(NameMalformed):
    """DNS carries underscores, host names do not (RFC 1123)."""

    code = "hosting.name_has_underscore"
    message = _("“{name}” has an underscore (_), which a site's name cannot have.")
    hint = _("Use a hyphen (-) instead.")


class NameWithoutDomain(NameMalformed):
    """One label alone."""

    code = "hosting.name_without_domain"
    message = _("“{name}” is not complete: the domain is missing.")
    hint = _("Write the whole name, for example {name}.example.org.")


class NameTooLong(NameMalformed):
    """Above 100 characters, or a label above 63."""

    code = "hosting.name_too_long"
    message = _("“{name}” is too long.")
    hint = _("A name has at most 100 characters, and at most 63 between two dots. Accented letters count for more.")


class NameIsAddress(NameMalformed):
    """An IP address in any of its forms."""

    code = "hosting.name_is_address"
    message = _("“{name}” is a machine's address, not a name.")
    hint = _("A site needs a name such as www.example.org: it keeps it when it moves to another machine.")


class NameIsPublicSuffix(NameMalformed):
    """A suffix under which anyone registers."""

    code = "hosting.name_is_public_suffix"
    message = _("“{name}” is shared by everyone who registers a domain under it.")
    hint = _("Write the domain that is yours, for example my-association.{name}.")


class NameReserved(NameMalformed):
    """Ours, or never on the Internet."""

    code = "hosting.name_reserved"
    message = _("“{name}” is reserved and cannot be a site's name.")
    hint = _("Choose a name under your own domain.")


class NameLooksLike(NameMalformed):
    """Letters of several scripts, or of one that passes for another."""

    code = "hosting.name_looks_like"
    message = _("In “{name}”, “{label}” could be taken for “{looks_like}”: its letters come from another alphabet.")
    hint = _("Type the name again with one keyboard. If it is meant so, write to the team.")


class NameResembles(EssaimError):
    """Taken for another client's name at a glance."""

    code = "hosting.name_resembles"
    message = _("{name} could be taken for {resembles}, which is a site here.")
    hint = _(
        "Choose a name that is not mistaken for it. If its people agree, they consent on their client's page, under "
        "“Consents”, to {resembles} for {guest}. If both are yours, ask the team."
    )
    http_status = 409
    field = "name"


class SiteTaken(EssaimError):
    """The name is a site or an alias already."""

    code = "hosting.site_taken"
    message = _("{name} is already a site here.")
    hint = _("If the domain is yours, write to the team: they see who holds it and can ask them to let it go.")
    http_status = 409
    field = "name"


class SiteTakenByYou(SiteTaken):
    """As it is told to who belongs to the client that has the name."""

    message = _("{name} is already yours, in the account {account}.")
    hint = _(
        "Look at your site {site}: it answers to this name. If it is closed, restore it, or erase it to order it anew."
    )


class SiteTakenByClient(SiteTaken):
    """As it is told to the team."""

    message = _("{name} is already a site of {client}, in the account {account}.")
    hint = _("Look at the site {site}: it answers to this name. {client} can let it go.")


class NameUnderOthers(EssaimError):
    """Another client has names under the same registrable domain and did not consent."""

    code = "hosting.name_under_others"
    message = _("{domain}, which {name} belongs to, is used by another client here.")
    hint = _(
        "If its people agree, they consent on their client's page, under “Consents”, to {name} for {guest}. If the domain "
        "is yours, write to the team."
    )
    http_status = 409
    field = "name"


class NameBeingErased(EssaimError):
    """A site of that name was erased and the machine has not done it yet."""

    code = "hosting.name_being_erased"
    message = _("The former site {name} is still being erased from its machine.")
    hint = _("Try again in a minute; if it lasts, the team sees what keeps it.")
    http_status = 409
    field = "name"


class AliasesTooMany(EssaimError):
    """One certificate covers a site and its aliases, and has an end (100 names)."""

    code = "hosting.aliases_too_many"
    message = _("A site has at most {most} aliases.")
    hint = _("Order another site for the names that do not fit.")
    http_status = 422
    field = "aliases"


class DocrootMalformed(EssaimError):
    """The published folder must be below the site's directory."""

    code = "hosting.docroot_malformed"
    message = _("“{docroot}” cannot be the published folder.")
    hint = _("Name a folder of your site, for example public or web/public; leave it empty to publish everything.")
    http_status = 422
    field = "docroot"


class StateUnknown(EssaimError):
    """A filter that is misspelt must not pass for no filter."""

    code = "hosting.state_unknown"
    message = _("“{state}” is no state of a site.")
    hint = _("Choose one of: {allowed}.")
    http_status = 422
    field = "state"


class AccountNotFound(EssaimError):
    """No such account, or not one this person may see."""

    code = "hosting.account_not_found"
    message = _("There is no account {login} among yours.")
    hint = _("Check the spelling, or ask its owner to invite you.")
    http_status = 404


class SiteNotFound(EssaimError):
    """No such site, or not one this person may see."""

    code = "hosting.site_not_found"
    message = _("There is no site {fqdn} among yours.")
    hint = _("Check the spelling, or ask its owner to invite you.")
    http_status = 404


class LoginMalformed(EssaimError):
    """Not a Unix login of ours."""

    code = "hosting.login_malformed"
    message = _("“{login}” cannot be a login.")
    hint = _("Use 2 to 24 lower-case letters, digits and single hyphens, starting with a letter.")
    http_status = 422
    field = "login"


class LoginTaken(EssaimError):
    """An account or the system has it."""

    code = "hosting.login_taken"
    message = _("The login {login} is already taken.")
    hint = _("Choose another, or leave it empty: one is made from the client's name.")
    http_status = 409
    field = "login"


class LimitRefused(EssaimError):
    """A quota of nothing, or beyond what a machine has."""

    code = "hosting.limit_refused"
    message = _("A limit of {value} is not possible.")
    hint = _("Between {least} and {most}.")
    http_status = 422

    def __init__(self, *, limit: str, **facts: object) -> None:
        super().__init__(limit=limit, **facts)
        self.field = limit  # type: ignore[misc]  # which of the three limits is known only here


class AccountNotActive(EssaimError):
    """Nothing new in an account that is suspended or closed."""

    code = "hosting.account_not_active"
    message = _("The account {login} is {state}.")
    hint = _("Resume or restore the account first.")
    http_status = 409


class SiteNotActive(EssaimError):
    """What only a served site can do."""

    code = "hosting.site_not_active"
    message = _("The site {name} is {state}.")
    hint = _("Resume or restore the site first.")
    http_status = 409


class SiteNotClosed(EssaimError):
    """What is deleted can be brought back for a stated time: closing comes before erasing."""

    code = "hosting.site_not_closed"
    message = _("The site {name} is not closed: nothing of it is erased.")
    hint = _("Close it first. It is then kept for {days} days, and can be restored, or erased before its time.")
    http_status = 409


class AccountNotClosed(EssaimError):
    """As for a site: closing comes before erasing."""

    code = "hosting.account_not_closed"
    message = _("The account {login} is not closed: nothing of it is erased.")
    hint = _("Close it first. It is then kept for {days} days, and can be restored, or erased before its time.")
    http_status = 409


class SuspendedByTeam(EssaimError):
    """What the team suspended, the team resumes."""

    code = "hosting.suspended_by_team"
    message = _("{name} was suspended by the team: {reason}")
    hint = _("Answer the team's message, or write to them: they resume it once it is settled.")
    http_status = 403


class NoProber(EssaimError):
    """Nobody looks from outside."""

    code = "hosting.no_prober"
    message = _("No machine looks at sites from outside now.")
    hint = _("The team adds a machine of role “prober” to the fleet.")
    http_status = 503


class ConsentNotYours(EssaimError):
    """A consent is given by who holds the name."""

    code = "hosting.consent_not_yours"
    message = _("{client} has no site under {name}: there is nothing to consent to.")
    hint = _("A consent is given for a name under which the client has a site.")
    http_status = 409
    field = "name"


class GuestUnknown(EssaimError):
    """Who consents must know whom they let in: an identifier that is nobody's is told so."""

    code = "hosting.guest_unknown"
    message = _("No client here has the identifier “{guest}”.")
    hint = _("Ask them for it: it stands below their name on their client's page.")
    http_status = 422
    field = "guest"


class ConsentNeedless(EssaimError):
    """One's own names are free to oneself."""

    code = "hosting.consent_needless"
    message = _("{client} needs no consent for its own names.")
    hint = _("Give the identifier of another client.")
    http_status = 422
    field = "guest"


class ConsentNotFound(EssaimError):
    """Never given, withdrawn before, or another client's to withdraw."""

    code = "hosting.consent_not_found"
    message = _("There is no such consent of {client}.")
    hint = _("The consents that were given are listed on the client's page, under “Consents”.")
    http_status = 404


class UploadTooLarge(EssaimError):
    """More bytes than a single upload may have."""

    code = "hosting.upload_too_large"
    message = _("{filename} is larger than {most_mib} MiB.")
    hint = _("Leave out what the site does not need (archives, backups, videos), or send it in parts over SFTP later.")
    http_status = 413
    field = "file"


class UploadRefused(EssaimError):
    """The archive is not one that may be unpacked. Its own sentence says why."""

    code = "hosting.upload_refused"
    message = _("{filename} was refused: {sentence}")
    hint = "{advice}"
    http_status = 422
    field = "file"


class ContentUnderWay(EssaimError):
    """One change of the content at a time."""

    code = "hosting.content_under_way"
    message = _("The content of {name} is being changed.")
    hint = _("Wait until it is in place, then try again.")
    http_status = 409


class NothingToUndo(EssaimError):
    """No upload in place, or it was undone already: one step back is kept."""

    code = "hosting.nothing_to_undo"
    message = _("There is nothing to undo on {name}.")
    hint = _("One step back is kept: upload the content that you want.")
    http_status = 409
