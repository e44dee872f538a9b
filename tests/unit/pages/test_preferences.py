"""Colours and language, kept for this browser."""

import pytest
from django.test import Client


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_scheme_is_kept_in_a_cookie(client: Client, scheme: str) -> None:
    answer = client.post("/scheme/", {"scheme": scheme, "next": "/sign-in/?next=/"})
    assert answer.headers["Location"] == "/sign-in/?next=/"
    assert answer.cookies["scheme"].value == scheme


def test_as_the_device_forgets_the_choice(client: Client) -> None:
    client.post("/scheme/", {"scheme": "dark"})
    assert client.post("/scheme/", {"scheme": ""}).cookies["scheme"].value == ""


def test_nobody_is_sent_to_another_host(client: Client) -> None:
    answer = client.post("/scheme/", {"scheme": "dark", "next": "https://elsewhere.example.test/"})
    assert answer.headers["Location"] == "/"


@pytest.mark.django_db
def test_another_language_changes_nothing(client: Client) -> None:
    assert "django_language" not in client.post("/language/", {"language": "xx"}).cookies
