"""When a group was last of use: told to who reviews what others hold. Noted at most once an hour a person and group, by each process."""

from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from essaim.manager.core.asides import write_if_free
from essaim.manager.people.models import Grant, Person


def note(person: Person, groups: list[str]) -> None:
    """A right that `groups` give was asked for `person`. Costs nothing but a look into memory, but once an hour.

    While another process holds the database it is left for the next time.
    """
    every = settings.RIGHTS_USE_NOTED_EVERY
    if every is None or person.pk is None:
        return
    for group in groups:
        known = f"people.used.{person.pk}.{group}"
        if cache.add(known, 1, timeout=every.total_seconds()):
            held = Grant.objects.in_force().filter(person=person, group=group)
            if not write_if_free(partial(held.update, last_used_at=timezone.now())):
                cache.delete(known)
