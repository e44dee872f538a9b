"""The page that shows every component."""

import pytest
from django.test import RequestFactory

from essaim.manager.people.models import Person
from essaim.manager.web import design


def test_every_tag_says_what_it_promises() -> None:
    assert [tag.name for tag in design.reference() if not tag.promise] == []
    assert {"badge", "card", "stepper", "size", "plot"} <= {tag.name for tag in design.reference()}


@pytest.mark.django_db
def test_the_page_is_for_the_team() -> None:
    request = RequestFactory().get("/design/")
    request.user = Person(email="nadia@example.test", name="Nadia")
    with pytest.raises(design.Http404):
        design.design(request)
    request.user = Person(email="alix@example.test", name="Alix", groups={"administrator": None})
    assert "{% load" not in design.design(request).content.decode()
