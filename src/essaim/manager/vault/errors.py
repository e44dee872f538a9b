"""What the vault refuses, and why."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class SecretNotFound(EssaimError):
    """No such secret, or not for this person to know of."""

    code = "vault.secret_not_found"
    message = _("There is no secret {name}.")
    hint = _("Check the spelling in the list of the vault.")
    http_status = 404


class SecretNameRefused(EssaimError):
    """A name that would not do in an address or on a command line."""

    code = "vault.name_refused"
    message = _("“{name}” cannot be a secret's name.")
    hint = _("Use 1 to 80 lower-case letters, digits, hyphens, dots: registrar.example.")
    http_status = 422
    field = "name"


class SecretExists(EssaimError):
    """Two secrets never share a name."""

    code = "vault.secret_exists"
    message = _("There is already a secret {name}.")
    hint = _("Choose another name, or replace the value of that one.")
    http_status = 409
    field = "name"


class SecretClosed(EssaimError):
    """A closed secret is kept, not used."""

    code = "vault.secret_closed"
    message = _("{name} is closed.")
    hint = _("Add a new secret if there is a new one of its kind.")
    http_status = 409


class ValueRefused(EssaimError):
    """Nothing, or more than a secret has."""

    code = "vault.value_refused"
    message = _("This value cannot be kept: it is empty or longer than {most} characters.")
    hint = _("Keep large files elsewhere, and their passphrase here.")
    http_status = 422
    field = "value"


class SealRefused(EssaimError):
    """What a program sent as sealed is not."""

    code = "vault.seal_refused"
    message = _("This is not a value sealed with age.")
    hint = _("Seal it for the public keys that the secret names, in ASCII: essaim vault put does.")
    http_status = 422
    field = "sealed"


class ReadersChanged(EssaimError):
    """It was sealed for others than may read it now."""

    code = "vault.readers_changed"
    message = _("Who may read {name} has changed meanwhile: nothing was kept.")
    hint = _("Ask for the public keys again, and seal the value for all of them.")
    http_status = 409


class ReaderUnknown(EssaimError):
    """Neither a person of the team nor a group."""

    code = "vault.reader_unknown"
    message = _("{reader} is neither a group nor somebody of the team.")
    hint = _("Name a group of rights, or the e-mail of somebody of the team.")
    http_status = 422
    field = "people"


class ReadersMissing(EssaimError):
    """A secret that nobody may read is lost."""

    code = "vault.readers_missing"
    message = _("Nobody may read this secret.")
    hint = _("Choose at least one group or one person.")
    http_status = 422
    field = "people"


class NobodyHasKey(EssaimError):
    """There is no public key to seal for."""

    code = "vault.nobody_has_key"
    message = _("None of those who may read {name} has a key yet.")
    hint = _("Each makes a key on the page “Your key” of the vault. Make yours first if you are among them.")
    http_status = 409


class KeyMissing(EssaimError):
    """A person without a key opens nothing."""

    code = "vault.key_missing"
    message = _("You have no key to the vault yet.")
    hint = _("Make one on the page “Your key”. Those who read the vault already then seal its secrets for you, too.")
    http_status = 409


class KeyElsewhere(EssaimError):
    """The Manager does not have the other half."""

    code = "vault.key_elsewhere"
    message = _("The Manager does not have your key: you keep it yourself.")
    hint = _("Open the secret with essaim vault show, on your own machine.")
    http_status = 409


class KeyExists(EssaimError):
    """One open key a person."""

    code = "vault.key_exists"
    message = _("You have a key already.")
    hint = _("End it first. What only you could read then opens with the break-glass key alone.")
    http_status = 409


class RecipientRefused(EssaimError):
    """Not the public half of an age key, or another's."""

    code = "vault.recipient_refused"
    message = _("This is not a public key that can be yours.")
    hint = _("age-keygen prints one; it begins with age1. A key that was somebody's before is not taken again.")
    http_status = 422
    field = "recipient"


class PassphraseRefused(EssaimError):
    """Too short, or known to everyone."""

    code = "vault.passphrase_refused"
    message = _("This passphrase cannot be used: {why}")
    hint = _("Use at least 12 characters, and not your password; several words make a good one.")
    http_status = 422
    field = "passphrase"


class PassphraseWrong(EssaimError):
    """The key does not open with it."""

    code = "vault.passphrase_wrong"
    message = _("This is not the passphrase of your key.")
    hint = _("Nobody can tell it to you or set another one. If it is lost, end the key and make a new one.")
    http_status = 422
    field = "passphrase"


class BreakGlassMissing(EssaimError):
    """No sealed key was made yet."""

    code = "vault.break_glass_missing"
    message = _("There is no break-glass key yet.")
    hint = _("Make one with essaim break-glass make, on a machine that you trust.")
    http_status = 409


class NotSealedForYou(EssaimError):
    """One may read it, and nobody has sealed it for them yet."""

    code = "vault.not_sealed_for_you"
    message = _("{name} is not sealed for your key yet.")
    hint = _("Somebody who reads it must seal it for you: ask {who} to press “Seal anew” in the vault.")
    http_status = 409


class NotAReader(EssaimError):
    """Seen in the list, not to be opened."""

    code = "vault.not_a_reader"
    message = _("{name} is not for you to read.")
    hint = _("Who may change the vault can name you among its readers.")
    http_status = 403
