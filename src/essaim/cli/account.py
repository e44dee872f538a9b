"""`essaim account ...`: one Unix user with its quota, sites and access."""

from typing import Any

import click

from essaim.cli.shown import F, Session, facts, listing, moment, size, speaks, table, word
from essaim.cli.site import confirm, print_story


@click.group()
def account() -> None:
    """Create and look after accounts."""


@account.command("list")
@click.option("--client", default="", help="A client's identifier.")
@listing
@speaks
def list_(session: Session, *, client: str, limit: int) -> None:
    """The accounts that you may see, by login."""
    accounts, more = session.api.items("/accounts", limit=limit, client=client)
    rows = [
        (one["login"], one["client"], word(one["state"]), size(one["quota_bytes"]), one["machine"]) for one in accounts
    ]
    session.show(
        accounts,
        lambda: table(("ACCOUNT", "CLIENT", "STATE", "QUOTA", "MACHINE"), rows, more=more, nothing="No account."),
    )


@account.command()
@click.argument("login")
@speaks
def show(session: Session, login: str) -> None:
    """One account, and its story."""
    shown = session.api.get(f"/accounts/{login}")
    story = session.api.get(f"/accounts/{login}/story", limit=12)["items"]

    def people() -> None:
        _page(shown)
        click.echo()
        print_story(story)

    session.show(shown | {"story": story}, people)


def _page(shown: dict[str, Any]) -> None:
    click.echo(f"{shown['login']}  {word(shown['state'])}")
    facts(
        (
            ("client", shown["client"]),
            ("machine", f"{shown['machine']}: {shown['placed_because']}"),
            (
                "offer",
                shown["offer"] + (f" (its own: {', '.join(shown['own_limits'])})" if shown["own_limits"] else ""),
            ),
            ("quota", size(shown["quota_bytes"])),
            ("processes", str(shown["processes"])),
            ("memory", size(shown["memory_bytes"])),
            *(
                (f"PHP {version}", ", ".join(shown["php_extensions"].get(version, ())) or _choices(choices))
                for version, choices in shown["php_extensions_offered"].items()
                if choices or version in shown["php_extensions"]
            ),
            ("suspended", shown["suspended_reason"] if shown["state"] == "suspended" else ""),
            ("kept until", moment(shown["erase_after"])),
        )
    )


def _choices(choices: list[str]) -> str:
    return f"no extension beyond the usual ones (to choose from: {', '.join(choices)})"


def limits(command: F) -> F:
    """The options that say how much an account may use."""
    for option in (
        click.option("--memory-mib", type=click.IntRange(1), help="Most memory in MiB (team)."),
        click.option("--processes", type=click.IntRange(1), help="Most processes at once (team)."),
        click.option("--quota-gib", type=click.FloatRange(0), help="Disk quota in GiB (team)."),
        click.option("--offer", default="", help="Identifier of its offer (team)."),
    ):
        command = option(command)
    return command


@account.command()
@click.option("--client", required=True, help="Identifier of the client whose account it will be.")
@click.option("--login", default="", help="Its Unix user; empty: made from the client's identifier.")
@limits
@speaks
def create(
    session: Session,
    *,
    client: str,
    login: str,
    offer: str,
    quota_gib: float | None,
    processes: int | None,
    memory_mib: int | None,
) -> None:
    """Create an account; the machine is chosen by free capacity."""
    order = {"client": client, "login": login} | _limits(offer, quota_gib, processes, memory_mib)
    made = session.api.post("/accounts", order)
    session.show(
        made, lambda: click.echo(f"{made['login']} is decided, on {made['machine']}: {made['placed_because']}")
    )


def _limits(offer: str, quota_gib: float | None, processes: int | None, memory_mib: int | None) -> dict[str, Any]:
    """The offer and the limits that were given, in the API's units."""
    given = {
        "offer": offer or None,
        "quota_bytes": int(quota_gib * 1024**3) if quota_gib is not None else None,
        "processes": processes,
        "memory_bytes": memory_mib * 1024**2 if memory_mib is not None else None,
    }
    return {name: value for name, value in given.items() if value is not None}


@account.command()
@click.argument("login")
@limits
@speaks
def change(
    session: Session,
    login: str,
    *,
    offer: str,
    quota_gib: float | None,
    processes: int | None,
    memory_mib: int | None,
) -> None:
    """Give an account another offer, or other limits than its offer's (team). What is not given stays."""
    wanted = _limits(offer, quota_gib, processes, memory_mib)
    if not wanted:
        raise click.UsageError("Say what to change: --offer, --quota-gib, --processes, --memory-mib.")
    answer = session.api.patch(f"/accounts/{login}", wanted)
    session.show(answer, lambda: _page(answer))


@account.command()
@click.argument("login")
@click.argument("names", nargs=-1)
@click.option("--php", required=True, help="The version whose extensions are chosen.")
@speaks
def extensions(session: Session, login: str, names: tuple[str, ...], *, php: str) -> None:
    """Choose what an account's PHP of one version loads: all names; none: only the usual ones.

    It holds for all sites of the account that have this version: essaim account extensions chorale --php 8.4 apcu redis
    """
    answer = session.api.post(f"/accounts/{login}/extensions", {"php": php, "extensions": list(names)})
    chosen = ", ".join(answer["php_extensions"].get(php, ())) or "no extension beyond the usual ones"
    session.show(answer, lambda: click.echo(f"PHP {php} of {answer['login']} loads {chosen}."))


def _done(session: Session, login: str, verb: str, past: str, body: dict[str, Any] | None = None) -> None:
    answer = session.api.post(f"/accounts/{login}/{verb}", body)
    session.show(answer, lambda: click.echo(f"{answer['login']} is {past}."))


@account.command()
@click.argument("login")
@click.option("--reason", required=True, help="Why: shown in the story.")
@speaks
def suspend(session: Session, login: str, *, reason: str) -> None:
    """Stop an account with all its sites and keep its files."""
    _done(session, login, "suspend", "suspended", {"reason": reason})


@account.command()
@click.argument("login")
@speaks
def resume(session: Session, login: str) -> None:
    """Serve a suspended account again."""
    _done(session, login, "resume", "resumed")


@account.command()
@click.argument("login")
@click.option("--reason", default="", help="Why: shown in the story.")
@speaks
def close(session: Session, login: str, *, reason: str) -> None:
    """Close an account with its sites; it can be restored for 30 days."""
    _done(session, login, "close", "closed", {"reason": reason})


@account.command()
@click.argument("login")
@speaks
def restore(session: Session, login: str) -> None:
    """Bring a closed account back as it was."""
    _done(session, login, "restore", "restored")


@account.command()
@click.argument("login")
@click.option("--yes", is_flag=True, help="Do not ask.")
@speaks
def erase(session: Session, login: str, *, yes: bool) -> None:
    """Destroy a closed account's home with all its sites. Nothing brings it back."""
    confirm(login, yes=yes)
    _done(session, login, "erase", "erased")
