"""Names on the bus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essaim.bus import subjects
from essaim.contract import MachineName

WEB1 = MachineName("web1")


def test_a_wish_stands_under_kind_and_key_in_the_machines_bucket() -> None:
    assert subjects.wanted_subject(WEB1, "site", "www.example.test") == "$KV.wanted_web1.site.www.example.test"


def test_a_wishs_subject_is_read_back() -> None:
    name = subjects.parse_wanted("$KV.wanted_web1.site.www.example.test")

    assert name == (WEB1, "site", "www.example.test")


@pytest.mark.parametrize("key", ["*", ">", "a.>", "a.*", "", ".", "a..b", "a.", ".a", "a b", "a\r\nPUB x 0", "é"])
def test_a_key_never_becomes_a_wildcard_or_another_command(key: str) -> None:
    with pytest.raises(ValueError, match="cannot be the key"):
        subjects.wanted_subject(WEB1, "site", key)


@given(st.text(max_size=80))
def test_an_upload_is_one_token_or_is_refused(upload: str) -> None:
    try:
        subject = subjects.blob_subject(WEB1, upload, 0)
    except ValueError:
        return
    assert len(subject.split(".")) == 4
    assert not set(subject) & set("*> \r\n\t")


def test_what_a_machine_may_publish_names_no_other_machine_and_no_wildcard_above_it() -> None:
    for subject in subjects.machine_publishes(WEB1) + subjects.machine_subscribes(WEB1):
        assert "web1" in subject.split("*")[0].split(">")[0]
