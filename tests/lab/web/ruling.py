"""A site whose answers its client has rules for, and what its visitors are told."""

import hashlib
from collections.abc import Callable

from tests.lab.web.serving import Visit

C = "carole.test"
HOME = f"/srv/essaim/accounts/carole/sites/{C}"
PASSWORD = "correct horse"
SECRET = "what only members read"
Wish = Callable[..., None]
ALIKE = (
    "/members/page.html",
    "/members/",
    "/members",
    "//members/page.html",
    "/./members/page.html",
    "/Open/../members/page.html",
    "/Open/%2e%2e/members/page.html",
    "/%6dembers/page.html",
    "/members%2Fpage.html",
    "/MEMBERS/page.html",
    "/members/nothing.php",
    "/members/nothing.php/deeper",
    "/members/pretty",
    "/index.php/members/page.html",
    "/index.php/members",
    "/index.php//members",
    "/index.php/index.php/members",
    "/nothing.php/members/page.html",
    "/members/../members/page.html?x=1",
    "/members/../pretty",
    "/members?/../x",
    "/index.php/x/../members",
)
"""Spellings of one folder."""


def hashed(password: str, *, iterations: int = 20_000) -> str:
    """As a manager writes it."""
    salt = bytes(16)
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations, 32)
    return f"pbkdf2-sha512${iterations}${salt.hex()}${made.hex()}"


def headers(visit: Visit, url: str, *more: str) -> dict[str, str]:
    """Of an answer, by lower-case name; `status` is the status line's."""
    lines = visit(url, "--output", "/dev/null", "--dump-header", "-", *more).text.splitlines()
    found = {"status": lines[0].split()[1]}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            name = name.lower()
            found[name] = f"{found[name]}, {value.strip()}" if name in found else value.strip()
    return found
