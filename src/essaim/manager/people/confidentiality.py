"""Whether somebody of the team has signed the confidentiality agreement that is in force: the one check, asked at the two doors through
which people come (pages: `web.middleware`; API and command line: `web.api.door`) and by `rights`.

The agreement itself is the team room's. What is kept on the person is a fact that it writes: `agreement_due`. So the check costs no query.
"""

from collections.abc import Callable

from essaim.manager.people.errors import AgreementUnsigned
from essaim.manager.people.models import Person

_in_force: list[Callable[[], bool]] = []


def tell(in_force: Callable[[], bool]) -> None:
    """`in_force` says whether there is an agreement that who gets a sign-in has not signed. Told once, by the room that keeps it."""
    _in_force[:] = [in_force]


def is_due_for_the_new() -> bool:
    """Whether a person that is made now is asked for a signature before the team's things open."""
    return any(asked() for asked in _in_force)


def is_missing(person: Person) -> bool:
    """`person` is of the team and has not signed what is in force. Who is not of the team promised nothing, and sees nothing of it."""
    return person.is_team and person.agreement_due


def require(person: Person) -> None:
    """Refuse who is of the team and has not signed.

    Raises:
        AgreementUnsigned.
    """
    if is_missing(person):
        raise AgreementUnsigned
