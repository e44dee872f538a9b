"""Whether a request is of somebody of the team who sees the Manager as the owner of a client does, for a while and without changing anything.

Only the state stands here; who may begin, and what may be asked meanwhile, is `people.seeing` and `people.rights`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple


class Seeing(NamedTuple):
    """Who sees as the owner of which client, why, and until when."""

    person: int
    client: int
    slug: str
    name: str
    reason: str
    until: datetime


_seeing: ContextVar[Seeing | None] = ContextVar("seeing", default=None)


@contextmanager
def as_owner(seeing: Seeing | None) -> Iterator[None]:
    """Inside the block, that person has the rights of that client's owner and no others."""
    token = _seeing.set(seeing)
    try:
        yield
    finally:
        _seeing.reset(token)


def of(person: int | None) -> Seeing | None:
    """As the owner of which client the person with that number sees now; None: as themselves."""
    seeing = _seeing.get()
    return seeing if seeing is not None and seeing.person == person else None
