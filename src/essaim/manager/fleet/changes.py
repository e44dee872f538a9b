"""What a wish changes of the one before it: by this word its story and its page say what was done. No database here."""

from collections.abc import Mapping

from essaim.manager.fleet.models import Wanted

Change = Wanted.Change


def change_of(before: Wanted | None, spec: Mapping[str, object] | None, *, erase: bool) -> Wanted.Change:
    """What is done to what `before` describes when `spec` takes its place. None: absent; `erase`: with its data."""
    if spec is None:
        return Change.ERASED if erase else Change.CLOSED
    if spec.get("restore_previous"):
        return Change.UNDONE
    if before is None or before.spec is None:
        return Change.NEW if before is None or before.erase else Change.RESTORED
    return _between(before.spec, spec)


def _between(before: Mapping[str, object], after: Mapping[str, object]) -> Wanted.Change:
    was_suspended, is_suspended = bool(before.get("suspended")), bool(after.get("suspended"))
    if was_suspended != is_suspended:
        return Change.SUSPENDED if is_suspended else Change.RESUMED
    return Change.NONE if before == after else Change.CHANGED
