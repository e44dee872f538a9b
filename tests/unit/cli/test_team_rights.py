"""`essaim team ...`: rights and grants."""

from types import SimpleNamespace

from allauth.mfa.models import Authenticator

from tests.unit.api.calling import token_for
from tests.unit.cli.conftest import Run
from tests.unit.factories import make_person


def test_a_group_is_proposed_confirmed_and_withdrawn(essaim: Run, house: SimpleNamespace) -> None:
    other = token_for(make_person(groups=["board"]))
    ended = essaim("team", "grant", house.owner.email, "observer", "--reason", "Chosen.")
    assert (ended.code, "another confirms: essaim team confirm" in ended.out) == (0, True)
    number = ended.out.strip().rsplit(" ", 1)[1]
    assert essaim("team", "confirm", number).code == 3
    assert "holds observer" in essaim("team", "confirm", number, ESSAIM_TOKEN=other).out
    assert "observer" in essaim("team", "list").out
    assert "no longer" in essaim("team", "withdraw", number, "--reason", "Left.").out


def test_the_table_is_printed(essaim: Run) -> None:
    assert "sites.change" in essaim("team", "rights").out


def test_a_lost_second_factor_is_reported_and_approved_by_another(essaim: Run, house: SimpleNamespace) -> None:
    Authenticator.objects.create(user=house.owner, type="totp", data={})
    other = token_for(make_person(groups=["president"]))
    ended = essaim("team", "lost-factor", "report", house.owner.email, "--reason", "Stolen.", "--known-by", "A call.")
    number = ended.out.strip().rsplit(" ", 1)[1]
    assert "confirmed" in essaim("team", "lost-factor", "list").out
    assert essaim("team", "lost-factor", "approve", number).code == 3
    assert "makes another" in essaim("team", "lost-factor", "approve", number, ESSAIM_TOKEN=other).out


def test_a_sign_in_is_ended_and_given_back(essaim: Run, house: SimpleNamespace) -> None:
    told = essaim("client", "end-sign-in", house.owner.email, "--reason", "Works there no more.").out
    assert "signs in no more" in told
    assert f"Nobody signs in as an owner for: {house.client.slug}." in told
    told = essaim("client", "give-sign-in-back", house.owner.email, "--reason", "Back.").out
    assert "choose a new password" in told
