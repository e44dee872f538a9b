"""What the hosting room refuses about rules: each with the line or the number of what it is about, where there are several."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from essaim.contract.rule_bounds import Odd
from essaim.manager.core.errors import EssaimError


class RuleRefused(EssaimError):
    """Base. `at`: which one of the part, from 1; `part`: the field of the rules it is about."""

    code = "hosting.rule_refused"
    http_status = 422
    field = "rules"

    def __init__(self, *, part: str = "", at: int = 0, **facts: object) -> None:
        super().__init__(**facts, **({"at": at} if at else {}))
        self.at = at
        if part:
            self.field = part  # type: ignore[misc]  # which part it is about is known only here

    def __str__(self) -> str:
        said = super().__str__()
        return gettext("Line %(at)d: %(said)s") % {"at": self.at, "said": said} if self.at else said


class RulePath(RuleRefused):
    """`..`, a query, an address where a path is meant."""

    code = "hosting.rule_path"
    message = _("“{path}” is not a path of the site.")
    hint = _("Write what follows the name, from the slash on, without ? or #: /old/page.")


class RuleTarget(RuleRefused):
    """Neither a path nor an address."""

    code = "hosting.rule_target"
    message = _("“{target}” is nothing that visitors can be sent to.")
    hint = _(
        "Write a path such as /new, or a whole address such as https://example.org/. A final * needs one at the end of the old path."
    )


class RuleGoneWithTarget(RuleRefused):
    """What is gone leads nowhere."""

    code = "hosting.rule_gone_with_target"
    message = _("What is gone for good (410) leads nowhere, and there stands {target}.")
    hint = _("Leave the target out, or choose another status.")


class RulesTooMany(RuleRefused):
    """Beyond what nginx should look through for each visitor."""

    code = "hosting.rules_too_many"
    message = _("There are {given} of them.")
    hint = _("At most {most} are possible. A folder with * at its end stands for all that is in it.")


class RuleHeaderName(RuleRefused):
    """No name of a header."""

    code = "hosting.rule_header_name"
    message = _("“{name}” is not the name of a header.")
    hint = _("Write Name: value, with letters, digits and hyphens in the name.")


class RuleHeaderReserved(RuleRefused):
    """How an answer is carried, or a rule of its own."""

    code = "hosting.rule_header_reserved"
    message = _("{name} cannot be set here.")
    hint = _(
        "It says how an answer is carried, or has its own place: HTTPS alone, redirects, passwords, your program for cookies."
    )


class RuleHeaderValue(RuleRefused):
    """Empty, a line break, letters beyond ASCII."""

    code = "hosting.rule_header_value"
    message = _("The value of {name} cannot be sent.")
    hint = _("Write plain letters, digits and signs without accents, at most {most} of them.")


class RuleSeconds(RuleRefused):
    """Longer than anybody means."""

    code = "hosting.rule_seconds"
    message = _("{seconds} seconds are too long, or less than nothing ({name}).")
    hint = _("From 0 to {most} seconds.")


class RuleUser(RuleRefused):
    """A colon, nothing."""

    code = "hosting.rule_user"
    message = _("“{user}” cannot be a name here.")
    hint = _("Write 1 to 60 characters without a colon.")


class RulePassword(RuleRefused):
    """Too short, or not what a browser can send."""

    code = "hosting.rule_password"
    message = _("This password of {user} is too short.")
    hint = _("Take at least {least} characters, for example four words. At most {most}.")


class RuleNetwork(RuleRefused):
    """Not an address or a network."""

    code = "hosting.rule_network"
    message = _("“{network}” is not a network.")
    hint = _("Write an address, or a network with its prefix: 203.0.113.7, 192.0.2.0/24, 2001:db8::/32.")


class RuleNobody(RuleRefused):
    """A folder that no network reaches."""

    code = "hosting.rule_nobody"
    message = _("Nobody could reach {path}: no network is named.")
    hint = _("Name those that may, or take the line away.")


class RuleSentence(RuleRefused):
    """Longer than a page for visitors bears."""

    code = "hosting.rule_sentence"
    message = _("The sentence for your visitors is too long.")
    hint = _("Write at most {most} characters.")


class RuleUntil(RuleRefused):
    """Not a moment to come."""

    code = "hosting.rule_until"
    message = _("“{until}” is not a moment to come.")
    hint = _("Give a day and an hour in the future, or leave it out.")


class RedirectLoop(RuleRefused):
    """A browser would give up."""

    code = "hosting.redirect_loop"
    message = _("Visitors of {path} would go round in a circle: {way}.")
    hint = _("Let one of them lead to a page that stays.")


class RedirectTwice(RuleRefused):
    """The second would never be looked at."""

    code = "hosting.redirect_twice"
    message = _("{path} stands there twice: only the first line would count.")
    hint = _("Keep one of the two.")


class RedirectLine(RuleRefused):
    """A line that cannot be read."""

    code = "hosting.redirect_line"
    message = _("“{line}” cannot be read.")
    hint = _("Write the old path, then where it leads, then a status if it is not 301: /old /new 302.")


class RuleFolderTwice(RuleRefused):
    """Two lines for one folder."""

    code = "hosting.rule_folder_twice"
    message = _("{path} stands there twice.")
    hint = _("Write all that holds for a folder on one line.")


class HstsWithoutHttps(RuleRefused):
    """Browsers would find no site at all."""

    code = "hosting.hsts_without_https"
    message = _("HTTPS of {name} is not proved yet: browsers that use HTTPS alone would find nothing.")
    hint = _("Wait until the site's page says that HTTPS is live.")


class CanonicalUnknown(RuleRefused):
    """A name that is not the site's."""

    code = "hosting.canonical_unknown"
    message = _("{name} is none of the site's names.")
    hint = _("Choose one of: {names}.")


class ElsewhereIsItself(RuleRefused):
    """It would lead to itself."""

    code = "hosting.elsewhere_is_itself"
    message = _("{name} would lead back to itself: {way}.")
    hint = _("Give an address that answers by itself.")


class NothingToPutBack(EssaimError):
    """The rules were never changed, or were put back already."""

    code = "hosting.no_rules_before"
    message = _("There are no former rules of {name} to put back.")
    hint = _("One step back is kept.")
    http_status = 409


_CLASSES: dict[str, type[RuleRefused]] = {
    "rules.path": RulePath,
    "rules.target": RuleTarget,
    "rules.gone_with_target": RuleGoneWithTarget,
    "rules.redirects_too_many": RulesTooMany,
    "rules.headers_too_many": RulesTooMany,
    "rules.folders_too_many": RulesTooMany,
    "rules.users_too_many": RulesTooMany,
    "rules.networks_too_many": RulesTooMany,
    "rules.header_name": RuleHeaderName,
    "rules.header_reserved": RuleHeaderReserved,
    "rules.header_value": RuleHeaderValue,
    "rules.seconds": RuleSeconds,
    "rules.user": RuleUser,
    "rules.hash": RuleUser,
    "rules.network": RuleNetwork,
    "rules.nobody": RuleNobody,
    "rules.sentence": RuleSentence,
    "rules.until": RuleUntil,
}
RULES: tuple[type[RuleRefused], ...] = (
    *dict.fromkeys(_CLASSES.values()),
    RulePassword,
    RedirectLoop,
    RedirectTwice,
    RuleFolderTwice,
    HstsWithoutHttps,
    CanonicalUnknown,
    ElsewhereIsItself,
)
"""All that may be refused of rules given as a whole."""


def refusal_of(odd: Odd) -> RuleRefused:
    """The refusal that says what is odd."""
    return _CLASSES[odd.code](part=odd.part, at=odd.at, **odd.facts)
