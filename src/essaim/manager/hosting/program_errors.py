"""What the hosting room refuses about a client's own program."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class ProgramNone(EssaimError):
    """The site has none."""

    code = "hosting.program_none"
    message = _("{name} has no program of its own.")
    hint = _("Say first which program answers for it.")
    http_status = 404


class ProgramRuntimeUnknown(EssaimError):
    """A runtime that the site's machine does not have."""

    code = "hosting.program_runtime_unknown"
    message = _("{runtime} is not on this site's machine.")
    hint = _("Choose one of: {offered}. If there is none, ask the team.")
    http_status = 422
    field = "runtime"


class ProgramWithoutCommand(EssaimError):
    """Nothing to start."""

    code = "hosting.program_without_command"
    message = _("It is not said which file is started.")
    hint = _("Name a file of your site, for example server.js or app.py.")
    http_status = 422
    field = "command"


class ProgramCommandRefused(EssaimError):
    """Quotes that do not end, too many words, a word that is too long."""

    code = "hosting.program_command_refused"
    message = _("The command cannot be read near “{what}”.")
    hint = _("Write a file and its options on one line, at most {most} words; put what has blanks between quotes.")
    http_status = 422
    field = "command"


class ProgramIsInstaller(EssaimError):
    """`npm start` and the like."""

    code = "hosting.program_is_installer"
    message = _("{what} is not run here.")
    hint = _("Name the file that it starts: it stands in package.json under “start”, for example server.js.")
    http_status = 422
    field = "command"


class ProgramVariableRefused(EssaimError):
    """A name that no shell takes, or a line without “=”."""

    code = "hosting.program_variable_refused"
    message = _("“{what}” is not a variable.")
    hint = _("Write NAME=value, one on each line; a name has letters, digits and underscores.")
    http_status = 422
    field = "environment"


class ProgramVariableReserved(EssaimError):
    """One that the platform gives."""

    code = "hosting.program_variable_reserved"
    message = _("{what} is set by the platform.")
    hint = _("Give your variable another name.")
    http_status = 422
    field = "environment"


class ProgramVariableTooLong(EssaimError):
    """A value that is too long. It is not repeated: it may be secret."""

    code = "hosting.program_variable_too_long"
    message = _("The value of {what} is too long.")
    hint = _("At most {longest} characters; put longer values into a file of your account.")
    http_status = 422
    field = "environment"


class ProgramVariablesTooMany(EssaimError):
    """More than there is room for."""

    code = "hosting.program_variables_too_many"
    message = _("A program has at most {most} variables.")
    hint = _("Put the others into a file of your account.")
    http_status = 422
    field = "environment"


class ProgramHealthRefused(EssaimError):
    """Not a path of the site."""

    code = "hosting.program_health_refused"
    message = _("“{what}” is not an address of your site.")
    hint = _("Write a path that begins with /, for example /health.")
    http_status = 422
    field = "health"


class ProgramShareRefused(EssaimError):
    """Not one of the shares."""

    code = "hosting.program_share_refused"
    message = _("A program cannot have {share} % of its account.")
    hint = _("Choose one of: {allowed}.")
    http_status = 422
    field = "share_percent"
