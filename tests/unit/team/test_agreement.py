"""The confidentiality agreement: nothing of the team's opens before it is signed, whatever the way in."""

import hashlib
import re
from types import SimpleNamespace

import pytest
from django.test import Client as Browser
from django.urls import get_resolver, reverse

from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people import rights
from essaim.manager.people.actions import create_person
from essaim.manager.people.models import Person
from essaim.manager.people.rights import RightMissing
from essaim.manager.people.tokens import issue_token
from essaim.manager.team import agreement
from essaim.manager.team.errors import NameNotTyped, NoDraft, SignatureNotFound, TextMovedOn
from essaim.manager.team.models import Signature
from essaim.manager.team.prose import html_of
from tests.unit.factories import make_client, make_machine, make_person
from tests.unit.pages.addresses import routes
from tests.unit.pages.asked_about import OF_A_TOOL, address
from tests.unit.team.conftest import browser_of

TEXT = "# What I promise\n\nI tell **nobody** what I read, œuvre – “ever”.\n\n- not a client’s name\n- not a key\n"
OPEN = {
    "team:agreement", "team:feed", "web:source", "web:source_archive", "web:language", "web:scheme", "people:sign_in", "people:sign_out",
    "people:forgotten", "people:new_password", "people:invitation", "people:password", "people:sessions", "people:session_end",
    "people:sessions_end_others",
}  # fmt: skip


def in_force(by: Person, text: str = TEXT) -> None:
    agreement.write_draft(title="Confidentiality", text=text, by=by)
    agreement.put_in_force(by=by)


def sign(person: Person) -> Signature:
    version = agreement.current()
    assert version is not None
    return agreement.sign(person, number=version.number, typed_name=person.name, origin="web 192.0.2.1")


def fresh(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


def test_a_draft_asks_nobody_and_what_is_in_force_asks_everybody(house: SimpleNamespace) -> None:
    agreement.write_draft(title="Confidentiality", text=TEXT, by=house.president)
    assert not Person.objects.filter(agreement_due=True).exists()

    agreement.put_in_force(by=house.president)

    assert Person.objects.team().filter(agreement_due=False).count() == 0
    assert Mail.objects.filter(kind="agreement").count() == 3
    with pytest.raises(NoDraft):
        agreement.put_in_force(by=house.president)


def test_a_signature_keeps_who_when_which_text_and_a_pdf_with_it(house: SimpleNamespace) -> None:
    in_force(house.president)

    signed = agreement.sign(house.admin, number=1, typed_name="  admin ", origin="web 192.0.2.1")

    assert (signed.typed_name, signed.origin) == ("admin", "web 192.0.2.1")
    assert signed.text_sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert signed.pdf_sha256 == hashlib.sha256(signed.pdf_file).hexdigest()
    assert bytes(signed.pdf_file).startswith(b"%PDF-")
    assert sign(house.admin).pk == signed.pk
    line = AuditLine.objects.filter(code="team.agreement_signed").get()
    assert line.facts["text_sha256"] == signed.text_sha256


@pytest.mark.parametrize("name", ["", "Somebody", "Adm in"])
def test_another_name_is_no_signature(house: SimpleNamespace, name: str) -> None:
    in_force(house.president)
    with pytest.raises(NameNotTyped):
        agreement.sign(house.admin, number=1, typed_name=name)


@pytest.mark.parametrize("name", ["Ada", "Jean-François d’Été de la Tour", "مريم الزهراء", "李"])
def test_names_of_every_kind_are_signed_and_drawn(house: SimpleNamespace, name: str) -> None:
    person = make_person(groups=["observer"])
    Person.objects.filter(pk=person.pk).update(name=name)
    in_force(house.president)
    assert agreement.sign(fresh(person), number=1, typed_name=name.replace("’", "'")).pdf_file


def test_who_read_the_former_version_does_not_sign_the_new_one(house: SimpleNamespace) -> None:
    in_force(house.president)
    sign(house.admin)
    in_force(house.president, TEXT + "\nAnd more.\n")
    assert fresh(house.admin).agreement_due
    with pytest.raises(TextMovedOn):
        agreement.sign(house.admin, number=1, typed_name="Admin")
    sign(house.admin)
    assert not fresh(house.admin).agreement_due
    assert house.admin.signatures.count() == 2


def test_a_right_of_who_has_not_signed_is_missing_and_comes_back(house: SimpleNamespace) -> None:
    in_force(house.president)
    assert not rights.may(fresh(house.admin), "fleet.change")
    with pytest.raises(RightMissing):
        rights.require(fresh(house.admin), "fleet.change")
    sign(house.admin)
    assert rights.may(fresh(house.admin), "fleet.change")


def test_who_is_made_later_is_asked_too(house: SimpleNamespace) -> None:
    in_force(house.president)
    person = create_person(email="late@example.test", name="Late", by=None)
    assert person.agreement_due


def test_no_page_opens_to_who_has_not_signed_but_the_one_where_they_do(house: SimpleNamespace) -> None:
    make_client("abeilles")
    make_machine("web1")
    in_force(house.president)
    browser = browser_of(house.admin)
    for route in routes(get_resolver().url_patterns):
        if route in OPEN or route.startswith((":", "join:")) or _needs_rows(route):
            continue
        answer = browser.get(address(route))
        assert (route, answer.status_code) == (route, 302)
        assert answer["Location"] == reverse("team:agreement"), route
    assert browser.get(reverse("team:agreement")).status_code == 200


def _needs_rows(route: str) -> bool:
    return route == "hosting:consent_withdraw" or route.startswith("people:grant_") or route in OF_A_TOOL


def test_no_operation_of_the_api_opens_either(house: SimpleNamespace) -> None:
    text = issue_token(house.admin, name="t", scopes=["fleet:read"], by=house.admin)[1]
    browser = Browser(headers={"authorization": f"Bearer {text}"})
    assert browser.get("/api/v1/machines").status_code == 200
    in_force(house.president)

    for path in ("/api/v1/machines", "/api/v1/me", "/api/v1/tokens"):
        answer = browser.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "people.agreement_unsigned")

    sign(house.admin)
    assert browser.get("/api/v1/machines").status_code == 200


def test_it_is_signed_on_its_page_and_everything_opens(house: SimpleNamespace) -> None:
    in_force(house.president)
    browser = browser_of(house.admin)
    page = browser.get(reverse("team:agreement")).content.decode()
    assert "I tell <strong>nobody</strong> what I read" in page

    wrong = browser.post(reverse("team:agreement"), {"number": 1, "typed_name": "Nobody"})
    assert wrong.status_code == 422
    answer = browser.post(reverse("team:agreement"), {"number": 1, "typed_name": "Admin"})

    assert answer["Location"] == reverse("team:agreement")
    assert browser.get(reverse("team:team")).status_code == 200
    pdf = browser.get(reverse("team:signature", args=[Signature.objects.get().pk]))
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_signing_asks_again_who_it_is_after_ten_minutes(house: SimpleNamespace) -> None:
    in_force(house.president)
    browser = browser_of(house.admin)
    session = browser.session
    session["shown_at"] = 0
    session.save()

    answer = browser.post(reverse("team:agreement"), {"number": 1, "typed_name": "Admin"})

    assert "/security/again/" in answer["Location"] or "reauthenticate" in answer["Location"]
    assert not Signature.objects.exists()


def test_anothers_signature_is_absent_but_for_who_looks_after_the_agreement(house: SimpleNamespace) -> None:
    in_force(house.president)
    for person in (house.president, house.admin, house.observer):
        sign(person)
    signed = house.observer.signatures.get()
    assert agreement.get_signature(signed.pk, seen_by=fresh(house.president)) == signed
    with pytest.raises(SignatureNotFound):
        agreement.get_signature(signed.pk, seen_by=fresh(house.admin))


def test_only_who_may_writes_it(house: SimpleNamespace) -> None:
    for person in (house.admin, house.observer):
        with pytest.raises(RightMissing):
            agreement.write_draft(title="Mine", text=TEXT, by=person)


def test_what_is_written_runs_and_loads_nothing(house: SimpleNamespace) -> None:
    nasty = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](https://elsewhere.example.org/y.png)\n"
    in_force(house.president, nasty)
    page = browser_of(house.admin).get(reverse("team:agreement")).content.decode()
    prose = re.search(r'<div class="prose">(.*?)</div>', page, re.DOTALL)
    assert prose is not None
    assert not re.search(r"<script|<img|href=.javascript|onerror=alert\(1\)>", prose[1])


def test_headings_of_a_text_skip_no_level() -> None:
    html = html_of("## A\n\n#### B\n\n# C\n\n###### D\n")
    assert re.findall(r"<(h\d)>", html) == ["h2", "h3", "h2", "h3"]
    assert re.findall(r"<(h\d)>", html_of("## A\n\n## B\n\n### C\n")) == ["h2", "h2", "h3"]
