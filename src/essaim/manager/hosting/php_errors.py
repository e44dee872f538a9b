"""What the hosting room refuses about PHP: versions and settings."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class PhpUnknown(EssaimError):
    """A PHP version that the site's machine does not have."""

    code = "hosting.php_unknown"
    message = _("PHP {php} is not offered.")
    hint = _("Choose one of: {offered}.")
    http_status = 422
    field = "php"


class PhpSettingRefused(EssaimError):
    """Base of what is refused of a site's settings; the fact `name` says which setting."""

    code = "hosting.php_setting_refused"
    http_status = 422
    field = "php_settings"


class PhpSettingUnknown(PhpSettingRefused):
    """None that a client may set."""

    code = "hosting.php_setting_unknown"
    message = _("{name} is no PHP setting that can be chosen here.")
    hint = _("Choose among: {allowed}.")


class PhpSettingNotANumber(PhpSettingRefused):
    """Letters, a unit, a fraction, a sign."""

    code = "hosting.php_setting_not_a_number"
    message = _("“{value}” is not a whole number.")
    hint = _("Write a number from {least} to {most} for {name}, without its unit ({unit}).")


class PhpSettingTooLow(PhpSettingRefused):
    """Below the floor."""

    code = "hosting.php_setting_too_low"
    message = _("{name} is at least {least} {unit}.")
    hint = _("Write a number from {least} to {most}.")


class PhpSettingTooHigh(PhpSettingRefused):
    """Above the ceiling."""

    code = "hosting.php_setting_too_high"
    message = _("{name} is at most {most} {unit}.")
    hint = _("Write a number from {least} to {most}.")


class PhpSettingAboveOffer(PhpSettingRefused):
    """Above the ceiling of the account's offer, and not above what another could let it have."""

    code = "hosting.php_setting_above_offer"
    message = _("{name} is at most {most} {unit} in the offer “{offer}”.")
    hint = _("Write a number from {least} to {most}, or ask the team for another offer.")


class PhpSettingNotASwitch(PhpSettingRefused):
    """Neither on nor off."""

    code = "hosting.php_setting_not_a_switch"
    message = _("{name} is either on or off, not “{value}”.")
    hint = _("Write on or off.")


class PhpSettingNotATimezone(PhpSettingRefused):
    """No name of the IANA time zone database."""

    code = "hosting.php_setting_not_a_timezone"
    message = _("“{value}” is not a time zone.")
    hint = _("Write a continent and a city, for example Europe/Paris, or UTC.")


class PhpTriedAlready(EssaimError):
    """The version to try is the one that the site has."""

    code = "hosting.php_tried_already"
    message = _("{name} has PHP {php} already.")
    hint = _("Choose another version to try.")
    http_status = 422
    field = "php"


class PhpTrialOfProgram(EssaimError):
    """A program of the client's answers, and no PHP."""

    code = "hosting.php_trial_of_program"
    message = _("{name} is answered by a program of its own: there is no PHP to try.")
    hint = _("Give the program up first, if the site is to have PHP.")
    http_status = 409


class PhpNotTried(EssaimError):
    """Nothing to switch to, to compare, to show."""

    code = "hosting.php_not_tried"
    message = _("No other PHP version is being tried on {name}.")
    hint = _("Choose one to try first. A trial ends by itself after 24 hours.")
    http_status = 409


class ExtensionUnknown(EssaimError):
    """None that there is."""

    code = "hosting.extension_unknown"
    message = _("{name} is no PHP extension that can be chosen here.")
    hint = _("Choose among: {allowed}.")
    http_status = 422
    field = "extensions"


class ExtensionNotOffered(EssaimError):
    """There is one, and the account's offer does not have it."""

    code = "hosting.extension_not_offered"
    message = _("The offer “{offer}” does not have the PHP extension {name}.")
    hint = _("Choose among: {allowed}. Or ask the team for another offer.")
    http_status = 422
    field = "extensions"


class ExtensionNotHere(EssaimError):
    """The tree of this version on the account's machine does not have it."""

    code = "hosting.extension_not_here"
    message = _("PHP {php} on {machine} does not have the extension {name}.")
    hint = _("Choose among: {allowed}. The next build of that PHP may have it.")
    http_status = 422
    field = "extensions"
