"""Other generations of PHP for the time of a test, in every module that has read them."""

import sys
from datetime import date

import pytest

from essaim.contract import php
from essaim.contract.php import Generation

NEW = Generation(version="8.5", codename="forky", supported_until=date(2032, 6, 30))


def with_generations(monkeypatch: pytest.MonkeyPatch, *generations: Generation) -> None:
    """As if `GENERATIONS` were these in the source."""
    lists = {"GENERATIONS": php.GENERATIONS, "VERSIONS": php.VERSIONS}
    values = {"GENERATIONS": generations, "VERSIONS": tuple(one.version for one in generations)}
    for name, module in list(sys.modules.items()):
        for word, was in lists.items():
            if name.startswith("essaim.") and getattr(module, word, None) is was:
                monkeypatch.setattr(module, word, values[word])
