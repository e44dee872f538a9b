"""PHP through the API: errors by page, what it is, a trial; its link is for who may change the site."""

from types import SimpleNamespace

from django.utils import timezone

from essaim import contract
from essaim.contract import Fqdn, PhpComparison, PhpErrorGroup, PhpErrors, PhpInfo, PhpPage
from essaim.manager.fleet import jobs
from essaim.manager.hosting.php_models import PhpInfo as PhpInfoRow
from essaim.manager.hosting.php_models import PhpTrial
from essaim.manager.people.models import Membership
from tests.unit.api.calling import Caller, token_for
from tests.unit.factories import make_person

NAME = Fqdn("garden.example.test")
AT = f"/sites/{NAME}/php"


def tell(message: contract.PhpTold, sequence: int = 1) -> None:
    jobs.take_in("web1", [(sequence, contract.encode(message))])


def test_errors_come_page_by_page_with_all_that_is_known(house: SimpleNamespace) -> None:
    now = timezone.now().timestamp()
    groups = tuple(
        PhpErrorGroup(
            severity="warning", message=f"m{chr(97 + n)}", file="a.php", line=n, first=now, last=now - n, trace=("f()",)
        )
        for n in range(5)
    )
    tell(PhpErrors(fqdn=NAME, version="8.4", groups=groups))
    first = house.as_owner.get(f"{AT}/errors?limit=3").json()
    rest = house.as_owner.get(f"{AT}/errors?limit=3&after={first['next'].replace('+', '%2B')}").json()
    assert [one["message"] for one in first["items"] + rest["items"]] == ["ma", "mb", "mc", "md", "me"]
    assert rest["next"] == ""
    assert first["items"][0] | {"first_seen": 0, "last_seen": 0} == {
        "severity": "warning", "message": "ma", "file": "a.php", "line": 0, "php": "8.4", "count": 1, "is_more": False, "trace": ["f()"],
        "first_seen": 0, "last_seen": 0,
    }  # fmt: skip
    assert house.as_owner.post(f"{AT}/errors/forget").json() == {"errors": 5}


def test_what_php_is_goes_from_never_asked_to_answered(house: SimpleNamespace) -> None:
    assert house.as_owner.get(f"{AT}/info").json()["state"] == "none"
    answer = house.as_owner.post(f"{AT}/info")
    assert (answer.status_code, answer.json()["state"]) == (202, "asked")
    tell(PhpInfo(fqdn=NAME, asked=PhpInfoRow.objects.get().asked, code="php.no_answer"))
    refused = house.as_owner.get(f"{AT}/info").json()
    assert (refused["state"], refused["sentence"]) == ("refused", "The site's PHP did not answer in time.")
    house.as_owner.post(f"{AT}/info")
    tell(PhpInfo(fqdn=NAME, asked=PhpInfoRow.objects.get().asked, version="8.2.29", extensions={"gd": "8.2.29"}), 2)
    told = house.as_owner.get(f"{AT}/info").json()
    assert (told["state"], told["version"], told["extensions"]) == ("answered", "8.2.29", {"gd": "8.2.29"})


def test_a_trial_is_begun_compared_and_left(house: SimpleNamespace) -> None:
    assert house.as_owner.get(f"{AT}/trial").json()["code"] == "hosting.php_not_tried"
    begun = house.as_owner.post(f"{AT}/trial", {"php": "8.4"})
    assert (begun.status_code, begun.json()["state"], begun.json()["tried"]) == (202, "asked", "8.4")
    token = PhpTrial.objects.get().asked
    tell(PhpComparison(fqdn=NAME, token=token, pages=(PhpPage(path="/", status_old=200, status_new=503),)))
    trial = house.as_owner.get(f"{AT}/trial").json()
    assert trial["link"].endswith(token)
    assert [(one["path"], one["verdict"], one["words"]) for one in trial["pages"]] == [("/", "worse", ["fails"])]
    assert house.as_owner.post(f"{AT}/trial/leave").json()["php"] == "8.2"
    assert house.as_owner.get(f"{AT}/trial").status_code == 409


def test_a_reader_gets_errors_and_not_the_key_to_a_trial(house: SimpleNamespace) -> None:
    house.as_owner.post(f"{AT}/trial", {"php": "8.4"})
    reader = Caller(token_for(make_person(client=house.client, role=Membership.Role.READER)))
    assert reader.get(f"{AT}/errors").status_code == 200
    assert reader.get(f"{AT}/info").status_code == 200
    assert reader.get(f"{AT}/trial").status_code == 403
    assert reader.post(f"{AT}/trial", {"php": "7.4"}).status_code == 403


def test_a_version_that_cannot_be_tried_is_refused_in_words(house: SimpleNamespace) -> None:
    assert house.as_owner.post(f"{AT}/trial", {"php": "8.2"}).json()["code"] == "hosting.php_tried_already"
    assert house.as_owner.post(f"{AT}/trial", {"php": "5.6"}).json()["code"] == "hosting.php_unknown"
