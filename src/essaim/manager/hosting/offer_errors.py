"""What the hosting room refuses about offers."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class OfferNotFound(EssaimError):
    """No such offer."""

    code = "hosting.offer_not_found"
    message = _("There is no offer “{offer}”.")
    hint = _("The team sees the offers there are under “Offers”.")
    http_status = 404


class OfferUnknown(EssaimError):
    """As it is told to who chose one for an account."""

    code = "hosting.offer_unknown"
    message = _("There is no offer “{offer}”.")
    hint = _("Choose one of: {offered}.")
    http_status = 422
    field = "offer"


class OfferMalformed(EssaimError):
    """An identifier is part of an address."""

    code = "hosting.offer_malformed"
    message = _("“{offer}” cannot be an offer's identifier.")
    hint = _("Use 2 to 40 lower-case letters, digits and hyphens, starting with a letter.")
    http_status = 422
    field = "slug"


class OfferExists(EssaimError):
    """The identifier is another's."""

    code = "hosting.offer_exists"
    message = _("There is an offer “{offer}” already.")
    hint = _("Change that one, or choose another identifier.")
    http_status = 409
    field = "slug"


class OfferNameMissing(EssaimError):
    """Clients read it on their account's page."""

    code = "hosting.offer_name_missing"
    message = _("An offer needs a name.")
    hint = _("Clients read it on the page of their account.")
    http_status = 422
    field = "name"


class CeilingRefused(EssaimError):
    """Below what every site has, or beyond what machines carry."""

    code = "hosting.ceiling_refused"
    message = _("The ceiling of {name} cannot be {value}.")
    hint = _("Between {least}, which every site has unless it chooses otherwise, and {most}.")
    http_status = 422
    field = "php_ceilings"


class CeilingUnknown(EssaimError):
    """Not a number that a site may set."""

    code = "hosting.ceiling_unknown"
    message = _("{name} has no ceiling that an offer could move.")
    hint = _("Choose among: {allowed}.")
    http_status = 422
    field = "php_ceilings"


class OfferedExtensionUnknown(EssaimError):
    """None that a tree of PHP has off until an account chooses it."""

    code = "hosting.offered_extension_unknown"
    message = _("{name} is no PHP extension that an offer could have.")
    hint = _("Choose among: {allowed}.")
    http_status = 422
    field = "php_extensions"


class OfferBelowSite(EssaimError):
    """A site has chosen more than the offer would allow."""

    code = "hosting.offer_below_site"
    message = _("{site} has {name} = {value}, and the offer “{offer}” would allow {most}.")
    hint = _("Lower it on the PHP page of the site first, or leave the ceiling where it is.")
    http_status = 409


class SitesTooMany(EssaimError):
    """The account has as many sites as its offer gives."""

    code = "hosting.sites_too_many"
    message = _("The offer “{offer}” gives at most {most} sites, and {login} has as many.")
    hint = _("Close one that is no longer needed, or ask the team for another offer.")
    http_status = 409
    field = "account"
