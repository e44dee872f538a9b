"""Rights as matters of the bus factor, and the groups of the team as a door: both are the people room's, and asked of it here."""

from django.urls import reverse
from django.utils.translation import gettext as words
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import continuity, leaving
from essaim.manager.core.continuity import Matter
from essaim.manager.people import grants
from essaim.manager.people.models import Grant, Person
from essaim.manager.people.rights import GROUPS, RIGHTS
from essaim.manager.team.errors import GrantorMissing


def register() -> None:
    """Let rights count, and groups close."""
    continuity.register("rights", _("Rights"), matters, hand_over=hand_over)
    leaving.register("groups", label=_("groups of the team"), count=count_groups, close=close_groups)


def matters() -> list[Matter]:
    """Each right that some group has, and who holds such a group: one query."""
    holders: dict[str, set[int]] = {}
    held = Grant.objects.in_force().filter(person__is_active=True)
    for group, person_id in held.values_list("group", "person_id"):
        for right in GROUPS[group].rights:
            holders.setdefault(right, set()).add(person_id)
    given = {right for group in GROUPS.values() for right in group.rights}
    url = reverse("team:bus_factor")
    return [
        Matter(key=right.name, name=right.lets, who=frozenset(holders.get(right.name, ())), url=url)
        for right in RIGHTS.values()
        if right.name in given
    ]


def hand_over(leaver: Person, successor: Person, by: Person | None) -> int:
    """Propose for `successor` the groups without which some right would have nobody; a second person confirms them, as always. The
    platform itself gives them at once.
    """
    alone = {matter.key for matter in continuity.lost_without([leaver.pk], matters())}
    wanted = _groups_for(leaver, alone)
    for group in wanted:
        reason = words("Takes over from %(name)s.") % {"name": leaver.name}
        if by is None:
            grants.found(successor, [group], reason=reason)
        elif by.pk == successor.pk:
            raise GrantorMissing(name=successor.name)
        elif not Grant.objects.filter(person=successor, group=group, ended_at=None).exists():
            grants.propose(successor, group, by=by, reason=reason)
    return len(wanted)


def _groups_for(leaver: Person, alone: set[str]) -> list[str]:
    """The fewest groups of `leaver`, most of the missing rights first, that together have all of `alone`."""
    held = [GROUPS[name] for name in leaver.groups_in_force]
    wanted: list[str] = []
    while alone and held:
        best = max(held, key=lambda group: len(group.rights & alone))
        if not best.rights & alone:
            break
        wanted.append(best.name)
        alone = alone - best.rights
        held.remove(best)
    return wanted


def count_groups(person: Person) -> int:
    """Groups held or proposed."""
    return Grant.objects.filter(person=person, ended_at=None).count()


def close_groups(person: Person, by: Person | None) -> None:
    """Withdraw them all.

    Raises:
        LastGrantor, RightMissing.
    """
    grants.withdraw_all(person, by=by, reason=words("Leaves the team."))
