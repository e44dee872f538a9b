"""Every act that stands in the trail is said in words."""

import re
from pathlib import Path

from essaim.manager.web.stories import ACTS, KINDS

MANAGER = Path(__file__).parents[3] / "src/essaim/manager"
_CODE = re.compile(r'(?:audit\.record|_record|record_about)\(\s*(?:\w+,\s*)?"([a-z]+\.[a-z_]+)"')
_KIND = re.compile(r'about ?= ?\("([a-z]+)"')


def test_no_act_and_no_noun_is_without_words() -> None:
    sources = [file.read_text() for file in MANAGER.rglob("*.py")]

    codes = {code for source in sources for code in _CODE.findall(source)}
    kinds = {kind for source in sources for kind in _KIND.findall(source)}

    assert len(codes) > 100
    assert not codes - set(ACTS)
    assert not kinds - set(KINDS)
