"""The table of rights as people read it: on the page `/team/rights/`, from the API, and in the documentation."""

from typing import TYPE_CHECKING, NamedTuple

from essaim.manager.people.rights.table import GROUPS, RIGHTS, ROLES, Group, Role

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Row(NamedTuple):
    """One right, and for each group and role whether it has it, in their order."""

    name: str
    lets: "str | StrPromise"
    needs_agreement: bool
    marks: list[bool]


class Table(NamedTuple):
    """Groups and roles across, rights down."""

    groups: list[Group]
    roles: list[Role]
    rows: list[Row]


def table() -> Table:
    """All of it."""
    groups, roles = list(GROUPS.values()), list(ROLES.values())
    columns: list[Group | Role] = [*groups, *roles]
    rows = [
        Row(right.name, right.lets, right.needs_agreement, [right.name in column.rights for column in columns])
        for right in RIGHTS.values()
    ]
    return Table(groups, roles, rows)


INTRODUCTION = """# Rights

Written by `./essaim fix` from `src/essaim/manager/people/rights/table.py`; do not edit. The Manager shows the same at `/team/rights/`.
Groups are of the team and hold at every client; roles hold at one client. Two who hold a group that has `team.grant` give groups to others:
one proposes, another confirms. How and why: [people](people.md), [0026](decisions/0026-rights-are-a-table.md).

"""


def document() -> str:
    """The page of the documentation, in English."""
    shown = table()
    parts = [INTRODUCTION]
    for title, columns, first in (
        ("Groups of the team", shown.groups, 0),
        ("Roles at a client", shown.roles, len(shown.groups)),
    ):
        parts.append(f"## {title}\n\n| | |\n|---|---|\n")
        parts += [f"| *{column.name}* | {column.is_for} |\n" for column in columns]
        parts.append(f"\n| right | {' | '.join(column.name for column in columns)} |\n|---|{':-:|' * len(columns)}\n")
        for row in shown.rows:
            marks = row.marks[first : first + len(columns)]
            if any(marks):
                parts.append(f"| `{row.name}` | {' | '.join('x' if mark else ' ' for mark in marks)} |\n")
        parts.append("\n")
    parts.append(
        "## What each right lets one do\n\nThose with a star need a valid confidentiality agreement.\n\n| right | lets one |\n|---|---|\n"
    )
    parts += [f"| `{row.name}`{'*' if row.needs_agreement else ''} | {row.lets} |\n" for row in shown.rows]
    return "".join(parts)
