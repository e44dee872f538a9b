"""`essaim machine ...`: what runs an agent. For the team."""

from typing import Any

import click

from essaim.cli.shown import Session, facts, listing, moment, size, speaks, table, told, word
from essaim.cli.site import confirm


@click.group()
def machine() -> None:
    """Add, enrol, drain, check, revoke machines (team)."""


def _state(one: dict[str, Any]) -> str:
    return word(one["state"]) + (" (away)" if one["is_away"] else "")


@machine.command("list")
@listing
@speaks
def list_(session: Session, *, limit: int) -> None:
    """The fleet, by name."""
    machines, more = session.api.items("/machines", limit=limit)
    rows = [
        (
            one["name"],
            _state(one),
            ", ".join(one["roles"]),
            f"{one['accounts']}/{one['capacity_accounts']}",
            str(one["sites"]),
            str(one["waiting"]),
            str(one["failing"]),
            str(one["drifted"]),
            moment(one["last_seen_at"]),
        )
        for one in machines
    ]
    titles = ("MACHINE", "STATE", "ROLES", "ACCOUNTS", "SITES", "WAITING", "FAILING", "DRIFTED", "LAST SEEN")
    session.show(machines, lambda: table(titles, rows, more=more, nothing="No machine."))


@machine.command()
@click.argument("name")
@speaks
def show(session: Session, name: str) -> None:
    """One machine, and the wishes that are not yet real."""
    shown = session.api.get(f"/machines/{name}")
    wishes = [
        wish
        for state in ("failing", "drifted", "waiting")
        for wish in session.api.get(f"/machines/{name}/wishes", state=state, limit=20)["items"]
    ]
    session.show(shown | {"troubled": wishes}, lambda: _page(shown, wishes))


def _page(shown: dict[str, Any], wishes: list[dict[str, Any]]) -> None:
    beat = shown["beat"]
    click.echo(f"{shown['name']}  {_state(shown)}")
    facts(
        (
            ("roles", ", ".join(shown["roles"])),
            ("addresses", ", ".join(filter(None, (shown["address4"], shown["address6"])))),
            ("accounts", f"{shown['accounts']} of {shown['capacity_accounts']}"),
            ("sites", str(shown["sites"])),
            ("last seen", moment(shown["last_seen_at"])),
            ("load", f"{beat['load1']:.2f}, processor {beat['cpu_percent']:.0f} %" if beat else ""),
            ("memory", f"{size(beat['memory_used_bytes'])} of {size(beat['memory_bytes'])}" if beat else ""),
            ("disk", f"{size(beat['disk_used_bytes'])} of {size(beat['disk_bytes'])}" if beat else ""),
            (
                "wishes",
                f"{shown['wishes']}: {shown['waiting']} waiting, {shown['failing']} failing, {shown['drifted']} drifted",
            ),
        )
    )
    if shown["strangers"]:
        click.echo("\nIt holds what nobody wants; it is never erased by itself:")
        for name in shown["strangers"]:
            kind, _dot, key = name.partition(".")
            click.echo(f"  {kind} {key}")
    for wish in wishes:
        click.echo(f"\n{wish['kind']} {wish['key']}  {word(wish['outcome'] or 'waiting')}")
        told(wish["sentence"], wish["advice"])


@machine.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, help="web or prober; may be repeated.")
@click.option("--address4", default=None, help="Its IPv4 address.")
@click.option("--address6", default=None, help="Its IPv6 address.")
@click.option("--capacity", default=1000, show_default=True, type=click.IntRange(0), help="Most accounts.")
@click.option("--token/--no-token", "with_token", default=True, show_default=True, help="Issue an enrolment token too.")
@speaks
def add(
    session: Session,
    name: str,
    *,
    roles: tuple[str, ...],
    address4: str | None,
    address6: str | None,
    capacity: int,
    with_token: bool,
) -> None:
    """Expect a machine, and print the command with which it enrols."""
    order = {
        "name": name,
        "roles": list(roles),
        "address4": address4,
        "address6": address6,
        "capacity_accounts": capacity,
    }
    made = session.api.post("/machines", order)
    if not with_token:
        session.show(made, lambda: click.echo(f"{made['name']} is expected."))
        return
    _enrolment(session, name, made)


@machine.command()
@click.argument("name")
@speaks
def token(session: Session, name: str) -> None:
    """Issue a one-time enrolment token; earlier unused ones stop working."""
    _enrolment(session, name, {})


def _enrolment(session: Session, name: str, made: dict[str, Any]) -> None:
    issued = session.api.post(f"/machines/{name}/enrolment-token")

    def people() -> None:
        click.echo(f"On {name}, within the hour:", err=True)
        click.echo(f"/opt/essaim/bin/essaim-agent enrol --manager {session.api.profile.url} --token {issued['token']}")

    session.show(made | {"machine": issued["machine"], "token": issued["token"]}, people)


def _done(session: Session, name: str, verb: str, past: str, body: dict[str, Any] | None = None) -> None:
    answer = session.api.post(f"/machines/{name}/{verb}", body)
    session.show(answer, lambda: click.echo(f"{answer['name']} {past}."))


@machine.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why: kept in the audit trail.")
@speaks
def drain(session: Session, name: str, *, reason: str) -> None:
    """Place no new account on a machine; it goes on serving."""
    _done(session, name, "drain", "takes no new accounts", {"reason": reason})


@machine.command()
@click.argument("name")
@speaks
def resume(session: Session, name: str) -> None:
    """Place accounts on a machine again."""
    _done(session, name, "resume", "takes accounts again")


@machine.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why: kept in the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@speaks
def revoke(session: Session, name: str, *, reason: str, yes: bool) -> None:
    """Take a machine's credentials away, at once."""
    confirm(name, yes=yes)
    _done(session, name, "revoke", "is revoked", {"reason": reason})


@machine.command()
@click.argument("name")
@speaks
def check(session: Session, name: str) -> None:
    """Ask the agent to compare wanted with real now."""
    _done(session, name, "check", "is asked to compare")


@machine.command()
@click.argument("name", default="")
@click.option("--authority", default="", help="Only those from this directory (its host).")
@click.option(
    "--reason",
    default="",
    help="Why: kept in the audit trail. Without it nothing is ordered: how far the last order is.",
)
@speaks
def reissue(session: Session, name: str, *, authority: str, reason: str) -> None:
    """Order certificates anew, of one machine or of all, as when an authority revokes them.

    Those that end first go first; each machine keeps to its budget; what is in place serves meanwhile.
    """
    if reason:
        body = {"machine": name, "authority": authority, "reason": reason}
        answer = session.api.post("/certificates/reissue", body)
    else:
        answer = session.api.get("/certificates")["reissue"]
    session.show(answer, lambda: _reissued(answer))


def _reissued(answer: dict[str, Any] | None) -> None:
    if answer is None:
        click.echo("No certificates were ordered anew yet. Give --reason to do so.")
        return
    facts(
        (
            ("of", f"{answer['machine'] or 'every machine'}, {answer['authority'] or 'every authority'}"),
            ("since", moment(answer["at"])),
            ("reason", answer["reason"]),
            ("replaced", f"{answer['done']} of {answer['total']}" + (", all" if answer["is_over"] else "")),
            ("queued", str(answer["queued"])),
            ("last turn", moment(answer["last_turn"]) if answer["last_turn"] else ""),
            ("failing", str(answer["failing"])),
        )
    )
