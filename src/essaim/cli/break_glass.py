"""`essaim break-glass ...`: the sealed key of the house, and the kit that it opens. `open`, `drill` and `ssh` need nothing of the Manager;
the others speak to it.
"""

import json
from pathlib import Path
from typing import Any

import click

from essaim import age
from essaim.break_glass import entry, shares
from essaim.break_glass import kit as kits
from essaim.cli import break_glass_ssh
from essaim.cli.break_glass_sheets import KIT, SHARES, checked, key_of, read
from essaim.cli.errors import CommandError, Refused

A_LINE = 4
"""Words of a sheet beside each other."""


@click.group("break-glass")
def break_glass() -> None:
    """The sealed key of the house, and the kit that two of five open."""


@break_glass.command()
@click.option("--holder", "holders", multiple=True, required=True, help="Who keeps a sheet: five of them.")
@click.option(
    "--sheets",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder that is not there yet: five sheets to print.",
)
@click.option("--profile", default="", help="A profile of ~/.config/essaim/cli.toml.")
def make(holders: tuple[str, ...], sheets: Path, profile: str) -> None:
    """Make a new key on this machine, split it for five holders, and register its public half at the Manager.

    The same two sheets open the machines, too: they hear of it within a second, and let in by the former key no more.
    """
    if len(set(holders)) != shares.SHARES:
        raise click.UsageError(f"Name {shares.SHARES} different holders, each with --holder.")
    if sheets.exists():
        raise click.UsageError(f"{sheets} is there already.")
    recipient, key = age.new_key()
    secret = shares.new_secret()
    words, locked = shares.split(secret), age.lock(key, secret)
    if age.unlock(locked, shares.join(words[-2:])) != key:
        raise CommandError("The sheets do not give the key back: nothing was kept.")
    authority = entry.public_of(key)
    _register(profile, {"recipient": recipient, "locked": locked, "holders": list(holders), "authority": authority})
    sheets.mkdir(parents=True, mode=0o700)
    for number, (holder, share) in enumerate(zip(holders, words, strict=True), 1):
        sheet = sheets / f"sheet-{number}.txt"
        sheet.touch(mode=0o600)
        sheet.write_text(_sheet(number, holder, share, recipient))
    click.echo(
        f"Five sheets are in {sheets}. Print each for its holder, look at each with `essaim break-glass check`, then delete the folder."
    )
    click.echo(
        "Readers of the vault seal its secrets for the new key now: page of the vault, “Seal anew”. Then make a new kit."
    )


def _register(profile: str, body: dict[str, Any]) -> None:
    from essaim.cli import profiles
    from essaim.cli.calls import Api

    Api(profiles.find(profile)).post("/break-glass", body)


def _sheet(number: int, holder: str, share: str, recipient: str) -> str:
    words = share.split()
    rows = [words[start : start + A_LINE] for start in range(0, len(words), A_LINE)]
    lines = [
        f"{row * A_LINE + 1:>3}  " + "  ".join(f"{word:<12}" for word in found).rstrip()
        for row, found in enumerate(rows)
    ]
    told = [
        f"BREAK-GLASS KEY, SHEET {number} OF {shares.SHARES}, FOR {holder}",
        f"Any {shares.THRESHOLD} of the {shares.SHARES} sheets open the house's vault and its machines. One alone tells nothing.",
        "Keep it where nobody looks, and apart from the others. Never photograph it.",
        f"Public key: {recipient}",
        "",
        *lines,
        "",
        "To open: essaim break-glass open KIT, then type the words of two sheets.",
        "To come into a machine as root: essaim break-glass ssh KIT MACHINE",
    ]
    return "\n".join(told) + "\n"


@break_glass.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--profile", default="", help="A profile of ~/.config/essaim/cli.toml.")
def kit(out: Path, profile: str) -> None:
    """Write the kit: all secrets of the vault, sealed for the break-glass key. It may lie anywhere two sheets do not."""
    from essaim.cli import profiles
    from essaim.cli.calls import Api

    taken = Api(profiles.find(profile)).post("/break-glass/kit")
    given = {name: value for name, value in taken.items() if name != "missing"}
    out.touch(mode=0o600)
    out.write_text(kits.written(**given))
    click.echo(f"{len(taken['secrets'])} secrets and {len(taken['machines'])} machines are in {out}.")
    if not taken["authority"]:
        click.echo("Two sheets open no machine: this key is older than that. Make a new one.", err=True)
    if taken["missing"]:
        click.echo(f"Not sealed for the break-glass key yet, and not in it: {', '.join(taken['missing'])}", err=True)


@break_glass.command()
def check() -> None:
    """Look whether the words of one sheet are whole, without telling anything of the key."""
    checked(click.prompt("Words of the sheet", hide_input=True, err=True))
    click.echo("These words are a whole sheet.")


@break_glass.command("open")
@KIT
@SHARES
@click.option("--name", default="", help="Only this secret.")
@click.option("--json", "as_json", is_flag=True)
def open_(kit: Path, share: tuple[Path, ...], *, name: str, as_json: bool) -> None:
    """Open the kit with two sheets and print what is in it. Nothing of the house needs to be alive."""
    found = read(kit)
    entries, closed = kits.opened(found, key_of(found, share))
    chosen = [one for one in entries if name in ("", one.name)]
    if as_json:
        click.echo(json.dumps([one._asdict() for one in chosen], indent=2, ensure_ascii=False))
    else:
        for one in chosen:
            about = " · ".join(text for text in (one.folder, one.login, one.url) if text)
            click.echo(f"{one.name}{f'  ({about})' if about else ''}\n  {one.value}")
    if closed:
        click.echo(f"These do not open: {', '.join(closed)}", err=True)
    _ring("opened")


def _ring(what: str) -> None:
    """Tell the Manager, which tells the whole team; when it cannot be reached, say who is to."""
    try:
        from essaim.cli import profiles
        from essaim.cli.calls import Api

        Api(profiles.find("")).post("/break-glass/ring", {"what": what})
    except (CommandError, click.ClickException, ImportError):  # not even the library of HTTP need be there
        click.echo("The Manager does not hear of it: tell the whole team that the break-glass key was used.", err=True)
    else:
        click.echo("The whole team gets a letter that the break-glass key was used.", err=True)


@break_glass.command()
@KIT
@SHARES
def drill(kit: Path, share: tuple[Path, ...]) -> None:
    """Try that two sheets open every secret of the kit, and print none."""
    found = read(kit)
    key = key_of(found, share)
    entries, closed = kits.opened(found, key)
    _ring("drill")
    click.echo(f"Kit of {found.get('at', '')}: {len(entries)} of {len(entries) + len(closed)} secrets open.")
    if entry.public_of(key) == found.get("authority"):
        click.echo(f"It signs for {len(found.get('machines', ()))} machines: try one with `essaim break-glass ssh`.")
    else:
        click.echo("It opens no machine: make a new break-glass key, then a new kit.", err=True)
    if closed:
        raise Refused(f"These do not open: {', '.join(closed)}.", hint="Make a new kit.", code="cli.not_opened")


break_glass.add_command(break_glass_ssh.ssh)
