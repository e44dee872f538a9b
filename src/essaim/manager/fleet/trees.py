"""Builds of PHP as machines tell them in their beats, for pages and the API. No query: the machines are read already."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from essaim.contract import PhpTree
from essaim.manager.fleet.models import Machine
from essaim.manager.fleet.sentences import sentence_of


class TreeRow(NamedTuple):
    """One PHP of one machine."""

    machine: Machine
    tree: PhpTree
    refused: list[tuple[str, str]]
    """Accounts that were put back, each with the reason in the reader's language."""

    @property
    def is_news(self) -> bool:
        """Somebody may want to look: accounts are being moved, or not all of them could be."""
        return self.tree.state != "done" or bool(self.refused)


def tree_rows(machines: Iterable[Machine]) -> list[TreeRow]:
    """Every PHP of `machines`, from the oldest version, a machine after the other. What cannot be read is left out."""
    rows = [_row(machine, told) for machine in machines for told in machine.beat.get("php", ())]
    return sorted((row for row in rows if row is not None), key=lambda row: row.tree.version)


def _row(machine: Machine, told: object) -> TreeRow | None:
    try:
        tree = msgspec.convert(told, PhpTree)
    except msgspec.ValidationError:
        return None
    return TreeRow(
        machine, tree, [(login, sentence_of(code, {}, code)) for login, code in sorted(tree.refused.items())]
    )
