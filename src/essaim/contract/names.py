"""Names from outside, parsed into types before they reach a path, a file or a query.

Only shape is checked here: what an agent may safely use in a path. Policy (public suffixes, who owns
a name, look-alikes) belongs to the manager's `hosting` room.
"""

import re
from typing import ClassVar, Self

_A_LABEL = "xn--"


def as_read(name: str) -> str:
    """A host name as a person reads it: each A-label decoded (RFC 5891, RFC 3492). Never raises; what decodes into nothing that
    can be shown stays as it is.
    """
    return ".".join(map(_label_as_read, name.split(".")))


def _label_as_read(label: str) -> str:
    if not label.startswith(_A_LABEL):
        return label
    try:
        read = label.removeprefix(_A_LABEL).encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return read if read and read.isprintable() else label


class NameRefused(ValueError):
    """A name that is not of the shape its type promises. `str()` is a sentence for a person."""


class _Name(str):
    """A string of a known shape. Building one is the check."""

    __slots__ = ()
    pattern: ClassVar[re.Pattern[str]]
    longest: ClassVar[int]
    expected: ClassVar[str]

    def __new__(cls, value: str) -> Self:
        if len(value) > cls.longest or not cls.pattern.fullmatch(value):
            raise NameRefused(f"{value[:80]!r} is not {cls.expected}.")
        return super().__new__(cls, value)


class Fqdn(_Name):
    """A host name as DNS carries it: lower-case A-labels, at least two, no trailing dot (RFC 1123, RFC 5890).

    A leading `*.` is not accepted: a wildcard is not a host name.
    """

    __slots__ = ()
    pattern = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
    longest = 253
    expected = "a host name such as www.example.org (lower case, no trailing dot)"

    def __new__(cls, value: str) -> Self:
        name = super().__new__(cls, value)
        if value.rsplit(".", 1)[1].isdigit():
            raise NameRefused(f"{value!r} is an address or ends in a number, not a host name.")
        return name


class Login(_Name):
    """The Unix user of an account: 2 to 24 of a-z, 0-9 and -, starting with a letter, not ending with -."""

    __slots__ = ()
    pattern = re.compile(r"[a-z](?:[a-z0-9]|-(?!-))*[a-z0-9]")
    longest = 24
    expected = "a login of 2 to 24 letters, digits and hyphens that starts with a letter"


class PersonLogin(_Name):
    """The Unix user of a person of the team. The underscore keeps it apart from every account's login."""

    __slots__ = ()
    pattern = re.compile(r"v_[a-z0-9]{1,22}")
    longest = 24
    expected = "a login of v_ and 1 to 22 letters and digits"


class MachineName(_Name):
    """A machine's short name, one DNS label that starts with a letter; also a token of a bus subject."""

    __slots__ = ()
    pattern = re.compile(r"[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?")
    longest = 32
    expected = "a machine name of at most 32 letters, digits and hyphens that starts with a letter"
