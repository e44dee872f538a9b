"""Rules in words: what a form is about to change, and what a line of the story says was changed."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from essaim.contract.rules import NO_FILE, Rules
from essaim.manager.hosting.redirect_lines import redirect_line

PARTS: dict[str, str | Promise] = {
    "absent": _("where there is no file"),
    "redirects": _("redirects"),
    "headers": _("headers"),
    "cache": _("how long files are kept"),
    "hsts": _("HTTPS alone"),
    "protected": _("passwords"),
    "allowed": _("networks"),
    "canonical": _("the site's own name"),
    "elsewhere": _("where the name leads"),
}
KINDS: dict[str, str | Promise] = {
    "pages": _("Pages (HTML)"),
    "styles": _("Styles (CSS)"),
    "scripts": _("Scripts"),
    "images": _("Images"),
    "fonts": _("Fonts"),
    "media": _("Sound and video"),
    "documents": _("Documents and archives"),
}
MOST_NAMED = 5
"""So many of a part a line of the story names."""

Row = tuple[str, str, str]
"""Words, before, after: as the component `difference` takes them."""


def span(seconds: int) -> str:
    """A time that a rule holds for."""
    known: dict[int, str | Promise] = {
        0: _("asked for each time"),
        300: _("5 minutes"),
        3600: _("an hour"),
        86400: _("a day"),
        604800: _("a week"),
        2592000: _("a month"),
        31536000: _("a year"),
        63072000: _("two years"),
    }
    return str(known[seconds]) if seconds in known else gettext("%(seconds)d seconds") % {"seconds": seconds}


def flat(rules: Rules) -> dict[str, dict[str, str]]:
    """Each part as what it says of what: of a folder its networks, of a path where it leads."""
    found: dict[str, dict[str, str]] = {part: {} for part in PARTS}
    found["absent"] = {"": _absent(rules.absent)} if rules.absent else {}
    found["redirects"] = {(line := redirect_line(one)).split()[0]: line for one in rules.redirects}
    found["headers"] = {header.name: header.value for header in rules.headers}
    found["cache"] = {kind: span(seconds) for kind, seconds in rules.cache.items()}
    if rules.hsts is not None:
        also = gettext(", and all names below") if rules.hsts.subdomains else ""
        found["hsts"] = {"": span(rules.hsts.max_age_s) + also}
    found["protected"] = {folder.path: ", ".join(sorted(folder.users)) for folder in rules.protected}
    found["allowed"] = {folder.path: ", ".join(folder.networks) for folder in rules.allowed}
    found["canonical"] = {"": str(rules.canonical)} if rules.canonical else {}
    found["elsewhere"] = {"": rules.elsewhere.target} if rules.elsewhere else {}
    return found


def _absent(file: str) -> str:
    return gettext("nothing is shown") if file == NO_FILE else file


def difference(before: Rules, after: Rules) -> list[Row]:
    """What changes between the two, a row for each thing that does."""
    rows: list[Row] = []
    flat_before, flat_after = flat(before), flat(after)
    for part, words in PARTS.items():
        one, other = flat_before[part], flat_after[part]
        rows.extend(
            (_about(part, key, words), one.get(key, ""), other.get(key, ""))
            for key in dict.fromkeys([*one, *other])
            if one.get(key, "") != other.get(key, "")
        )
    if before.redirects != after.redirects and not rows:
        rows.append((str(PARTS["redirects"]), gettext("another order"), gettext("as the lines stand now")))
    return rows


def _about(part: str, key: str, words: "str | Promise") -> str:
    if part == "cache":
        return str(KINDS[key])
    return f"{words}: {key}" if key else str(words)


def changed_parts(before: Rules, after: Rules) -> dict[str, list[str]]:
    """What a line of the trail keeps: the parts that changed, and of each what is named in it."""
    flat_before, flat_after = flat(before), flat(after)
    found: dict[str, list[str]] = {}
    for part in PARTS:
        if getattr(before, part) != getattr(after, part):
            one, other = flat_before[part], flat_after[part]
            found[part] = [key for key in dict.fromkeys([*one, *other]) if key and one.get(key) != other.get(key)]
    return found


def said_of(facts: Mapping[str, Any]) -> list[str]:
    """What a line of the trail says was changed: a phrase a part."""
    phrases = []
    for part, keys in facts.get("rules", {}).items():
        words = str(PARTS.get(part, part))
        named = [str(KINDS.get(key, key)) if part == "cache" else key for key in keys[:MOST_NAMED]]
        if len(keys) > MOST_NAMED:
            named.append(gettext("and %(count)d more") % {"count": len(keys) - MOST_NAMED})
        phrases.append(f"{words} ({', '.join(named)})" if named else words)
    return phrases
