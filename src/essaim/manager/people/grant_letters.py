"""Letters about groups of the team: to who may confirm, and to who is given, refused or loses one."""

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from essaim.manager.core import mail
from essaim.manager.core.mail import Letter
from essaim.manager.people import rights
from essaim.manager.people.models import Grant, Person


def group_proposed(*, name: str, person: str, group: str, by: str, reason: str, url: str) -> Letter:
    """Somebody is proposed for a group: to each who may confirm it."""
    said = {"name": name, "person": person, "group": group, "by": by, "house": settings.HOUSE}
    return Letter(
        subject=_("To confirm: %(person)s for the group “%(group)s”") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("%(by)s proposes that %(person)s holds the group “%(group)s” at %(house)s:") % said,
            reason,
            _("It is in force once somebody else who may grant has confirmed it."),
        ],
        action=_("Confirm or refuse"),
        url=url,
        why=_("You get this because you may give groups of the team."),
    )


def group_given(*, name: str, group: str, reason: str, url: str) -> Letter:
    """Somebody holds a group from now on."""
    said = {"name": name, "group": group, "house": settings.HOUSE}
    return Letter(
        subject=_("You hold the group “%(group)s” at %(house)s") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("Two of the team gave you the group “%(group)s” at %(house)s:") % said,
            reason,
            _("The page of rights says what it lets you do."),
        ],
        action=_("See what you may do"),
        url=url,
    )


def group_refused(*, name: str, person: str, group: str, by: str, reason: str, url: str) -> Letter:
    """A proposal was refused: to who made it."""
    said = {"name": name, "person": person, "group": group, "by": by}
    return Letter(
        subject=_("Refused: %(person)s for the group “%(group)s”") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("%(by)s refused your proposal that %(person)s holds the group “%(group)s”:") % said,
            reason,
        ],
        action=_("See who holds what"),
        url=url,
    )


def group_withdrawn(*, name: str, group: str, reason: str) -> Letter:
    """Somebody no longer holds a group."""
    said = {"name": name, "group": group, "house": settings.HOUSE}
    return Letter(
        subject=_("You no longer hold the group “%(group)s” at %(house)s") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("The group “%(group)s” at %(house)s was withdrawn from you:") % said,
            reason,
            _("If you did not expect this, answer whoever of the team you know."),
        ],
    )


def _grants_page() -> str:
    return settings.ORIGIN + reverse("people:grants")


def _group(grant: Grant) -> str:
    return str(grant.get_group_display())


def proposed(grant: Grant) -> None:
    """To everybody who may confirm, but who proposed it and who it is for."""
    by = grant.granted_by.name if grant.granted_by else settings.HOUSE
    for reader in rights.holders("team.grant").exclude(pk__in=[grant.granted_by_id, grant.person_id]):
        facts = {"name": reader.name, "person": grant.person.name, "by": by, "reason": grant.reason}
        _write(
            "group proposed",
            reader,
            lambda facts=facts: group_proposed(**facts, group=_group(grant), url=_grants_page()),  # type: ignore[misc]
        )


def given(grant: Grant) -> None:
    """To who holds it now."""
    name, url = grant.person.name, settings.ORIGIN + reverse("people:rights")
    _write(
        "group given", grant.person, lambda: group_given(name=name, group=_group(grant), reason=grant.reason, url=url)
    )


def refused(grant: Grant) -> None:
    """To who proposed it, if somebody else refused."""
    if grant.granted_by is None or grant.ended_by is None or grant.granted_by_id == grant.ended_by_id:
        return
    facts = {"name": grant.granted_by.name, "person": grant.person.name, "by": grant.ended_by.name}
    _write(
        "group refused",
        grant.granted_by,
        lambda: group_refused(**facts, group=_group(grant), reason=grant.ended_reason, url=_grants_page()),
    )


def withdrawn(grant: Grant) -> None:
    """To who held it, unless they laid it down."""
    if grant.ended_by_id != grant.person_id:
        facts = {"name": grant.person.name, "reason": grant.ended_reason}
        _write("group withdrawn", grant.person, lambda: group_withdrawn(**facts, group=_group(grant)))


def _write(kind: str, to: Person, letter: Callable[[], Letter]) -> None:
    mail.write(kind, to=to.email, language=to.language, letter=letter)
