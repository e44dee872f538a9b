"""What somebody may do, asked by name in a template: what is closed to the reader is not drawn."""

from django import template

from essaim.manager.people import rights
from essaim.manager.people.models import Person

register = template.Library()


@register.filter
def may(person: object, right: str) -> bool:
    """Whether `person` has `right` as one of the team; a visitor has none."""
    return isinstance(person, Person) and rights.may(person, right)
