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
