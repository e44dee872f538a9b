"""The one check of the confidentiality agreement: rights that need it open only to who has a valid signature."""

from collections.abc import Callable

from essaim.manager.people.models import Person


def _nobody_asks(person: Person) -> bool:  # noqa: ARG001 - the shape of every check
    return True


class Agreement:
    """Asks whether a person has signed. Until a room says how to know, no agreement is asked of anybody."""

    def __init__(self) -> None:
        self.is_signed_by: Callable[[Person], bool] = _nobody_asks

    def ask(self, check: Callable[[Person], bool]) -> None:
        """From now on `check` says whether somebody has a valid signature. It is asked often: it must be quick."""
        self.is_signed_by = check


agreement = Agreement()
