"""What the people room refuses about a client's own facts, and why."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class ContactKindUnknown(EssaimError):
    """Not a side of a client."""

    code = "people.contact_kind_unknown"
    message = _("“{kind}” is not a kind of contact.")
    hint = _("Kinds are: owner, technical, billing.")
    http_status = 422
    field = "kind"


class StreetMissing(EssaimError):
    """An address without a street."""

    code = "people.street_missing"
    message = _("The street is missing from the address.")
    hint = _("Write it as on an envelope, on at most three lines.")
    http_status = 422
    field = "street"


class PostalCodeRefused(EssaimError):
    """Not a postal code of that country, or missing where it has them."""

    code = "people.postal_code_refused"
    message = _("“{postal_code}” is not a postal code of {country}.")
    hint = _("One looks like {example}.")
    http_status = 422
    field = "postal_code"


class CityMissing(EssaimError):
    """An address without a city."""

    code = "people.city_missing"
    message = _("The city is missing from the address.")
    hint = _("Write the town or the village that the post delivers to.")
    http_status = 422
    field = "city"


class AreaRefused(EssaimError):
    """A country whose addresses name a province or state."""

    code = "people.area_refused"
    message = _("“{area}” is not a province or state of {country}.")
    hint = _("Write one of: {offered}.")
    http_status = 422
    field = "area"


class CountryUnknown(EssaimError):
    """Not two letters of a country."""

    code = "people.country_unknown"
    message = _("“{country}” is not a country.")
    hint = _("Write its two letters, as FR, BE or CA.")
    http_status = 422
    field = "country"


class SirenRefused(EssaimError):
    """Nine digits whose checksum is wrong."""

    code = "people.siren_refused"
    message = _("“{number}” is not a SIREN: its digits do not add up.")
    hint = _("It has nine digits. Copy it from a notice of INSEE.")
    http_status = 422
    field = "siren"


class SiretRefused(EssaimError):
    """Fourteen digits whose checksum is wrong, or that belong to another SIREN."""

    code = "people.siret_refused"
    message = _("“{number}” is not a SIRET of this client.")
    hint = _("It has fourteen digits and begins with the SIREN. Copy it from a notice of INSEE.")
    http_status = 422
    field = "siret"


class RnaRefused(EssaimError):
    """Not the number of a French association."""

    code = "people.rna_refused"
    message = _("“{number}” is not an RNA number.")
    hint = _("It is a W and nine more characters, as W751234567. It stands on the receipt of the prefecture.")
    http_status = 422
    field = "rna"


class VatRefused(EssaimError):
    """Its checksum is wrong, or it belongs to another SIREN."""

    code = "people.vat_refused"
    message = _("“{number}” is not a VAT number of this client.")
    hint = _("Write it with the two letters of its country, as FR83404833048.")
    http_status = 422
    field = "vat"


class PhoneRefused(EssaimError):
    """Not a telephone number."""

    code = "people.phone_refused"
    message = _("“{phone}” is not a telephone number.")
    hint = _("Write it with a plus sign and the country's digits, as +33 1 99 00 12 34.")
    http_status = 422
    field = "phone"


class TimeZoneUnknown(EssaimError):
    """Not a name of the time zone database."""

    code = "people.time_zone_unknown"
    message = _("“{time_zone}” is not a time zone.")
    hint = _("Write a continent and a city, as Europe/Paris or America/Montreal.")
    http_status = 422
    field = "time_zone"


class KindUnknown(EssaimError):
    """Neither a person nor an organisation."""

    code = "people.kind_unknown"
    message = _("“{kind}” is not a kind of client.")
    hint = _("Kinds are: person, organisation.")
    http_status = 422
    field = "kind"


class ReferenceTaken(EssaimError):
    """Another client has that number."""

    code = "people.reference_taken"
    message = _("The number {reference} is already another client's.")
    hint = _("Each client has its own number in the other register.")
    http_status = 409
    field = "reference"


class DetailTooLong(EssaimError):
    """More than the database keeps."""

    code = "people.detail_too_long"
    message = _("“{start}…” is too long: at most {most} characters.")
    hint = _("Shorten it.")
    http_status = 422
    field = "name"


class ImportEmpty(EssaimError):
    """No table, or no line in it."""

    code = "people.import_empty"
    message = _("There is no line to read in this file.")
    hint = _("Give a table in CSV, in UTF-8, with a heading.")
    http_status = 422
    field = "file"


class ImportColumnsMissing(EssaimError):
    """The heading lacks what every client needs."""

    code = "people.import_columns_missing"
    message = _("The heading has no column {missing}.")
    hint = _("Columns are: {known}.")
    http_status = 422
    field = "file"


class ImportTooLong(EssaimError):
    """More than is read at once."""

    code = "people.import_too_long"
    message = _("This file is too long.")
    hint = _("At most {most} lines and two megabytes at once: cut it in two.")
    http_status = 422
    field = "file"


class ImportLineUneven(EssaimError):
    """More or fewer cells than the heading."""

    code = "people.import_line_uneven"
    message = _("This line has more or fewer cells than the heading.")
    hint = _("A cell with a separator or a line break in it stands in quotation marks.")
    http_status = 422


class ReferenceMissing(EssaimError):
    """Nothing by which the client is found again."""

    code = "people.reference_missing"
    message = _("The reference is missing.")
    hint = _("Write the number by which the other register knows the client: by it, it is found again.")
    http_status = 422
    field = "reference"


class ReferenceTwice(EssaimError):
    """Two lines of one table."""

    code = "people.reference_twice"
    message = _("The reference {reference} stands above already.")
    hint = _("Each client has one line.")
    http_status = 422
    field = "reference"


class KnownOtherwise(EssaimError):
    """Another client is registered under that number."""

    code = "people.known_otherwise"
    message = _("The client {slug} is registered under {number} already.")
    hint = _("If it is the same, write this reference on its page; otherwise one of the two numbers is wrong.")
    http_status = 409
    field = "siren"


class MergeWithItself(EssaimError):
    """One client, named twice."""

    code = "people.merge_with_itself"
    message = _("{slug} is the same client twice.")
    hint = _("Choose two clients.")
    http_status = 422


class MergeAgain(EssaimError):
    """One of the two is part of another already."""

    code = "people.merge_again"
    message = _("{slug} was merged into another client.")
    hint = _("Choose the one that was kept, or undo that merge first.")
    http_status = 409


class MergeTooOld(EssaimError):
    """Its time is over, or the two were changed in a way that cannot be put back."""

    code = "people.merge_too_old"
    message = _("The merge of {slug} can no longer be undone.")
    hint = _("It can for {days} days, and as long as neither of the two was merged again.")
    http_status = 409


class ClientMerged(EssaimError):
    """It was, and is part of another now."""

    code = "people.client_merged"
    message = _("The client {slug} is part of {kept} now.")
    hint = _("Open {kept} instead.")
    http_status = 410


class MergeMissing(EssaimError):
    """Nothing was merged under that number."""

    code = "people.merge_missing"
    message = _("There is no such merge.")
    hint = _("Look at the page of duplicates.")
    http_status = 404


class NoteEmpty(EssaimError):
    """Nothing was written."""

    code = "people.note_empty"
    message = _("The note is empty.")
    hint = _("Write what the next of the team should know.")
    http_status = 422
    field = "text"


class EndingThere(EssaimError):
    """One procedure at a time, for a client that is active."""

    code = "people.ending_there"
    message = _("The end of {client} is under way, or over.")
    hint = _("Look at its page.")
    http_status = 409


class EndingGone(EssaimError):
    """Services have ended, or it was withdrawn."""

    code = "people.ending_gone"
    message = _("The end of {client} is no longer under way.")
    hint = _("Look at its history. Accounts that were closed can be restored for thirty days.")
    http_status = 409


class SecondVolunteerMissing(EssaimError):
    """Two of the team look at the papers."""

    code = "people.second_volunteer_missing"
    message = _("Somebody else of the team has to approve this.")
    hint = _("Ask another who may end a client: two look at the papers.")
    http_status = 403


class DocumentMissing(EssaimError):
    """A death or a dissolution is shown by a paper."""

    code = "people.document_missing"
    message = _("There is no document yet that shows it.")
    hint = _("Add the certificate of death, or the notice of dissolution.")
    http_status = 409


class DocumentNotFound(EssaimError):
    """No such paper of this client."""

    code = "people.document_not_found"
    message = _("{client} has no such document.")
    hint = _("Look at the procedure of its end.")
    http_status = 404


class DocumentRefused(EssaimError):
    """Not a file that we keep."""

    code = "people.document_refused"
    message = _("“{filename}” is not kept.")
    hint = _("Give a PDF, a PNG or a JPEG of at most five megabytes.")
    http_status = 422
    field = "document"


class ApartMissing(EssaimError):
    """Taken back, or never said."""

    code = "people.apart_missing"
    message = _("There are no such two clients of which it was said that they are not one.")
    hint = _("Look at the page of duplicates: somebody may have taken it back.")
    http_status = 404
