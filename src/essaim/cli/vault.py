"""`essaim vault ...`: secrets of the house. Values are sealed and opened on this machine: the Manager sees neither them nor a passphrase."""

import sys
from pathlib import Path
from typing import Any

import click

from essaim import age
from essaim.cli.errors import Refused
from essaim.cli.shown import Session, facts, moment, speaks, table

KINDS = click.Choice(["password", "key", "file", "note"])


@click.group()
def vault() -> None:
    """List, show, put, rotate and reseal secrets of the house (team)."""


@vault.command("list")
@click.option("--due", is_flag=True, help="Only what is to be replaced.")
@speaks
def list_(session: Session, *, due: bool) -> None:
    """What is in the vault; no value."""
    secrets = session.api.get("/vault")["items"]
    if due:
        secrets = [one for one in secrets if one["state"] in ("due", "overdue", "exposed")]
    rows = [(one["name"], one["folder"], one["state"], _mine(one), moment(one["due_at"])) for one in secrets]
    session.show(
        secrets,
        lambda: table(
            ("SECRET", "FOLDER", "STATE", "FOR YOU", "TO BE REPLACED"), rows, nothing="Nothing in the vault."
        ),
    )


def _mine(secret: dict[str, Any]) -> str:
    if secret["is_open_to_me"]:
        return "opens"
    return "not sealed for you yet" if secret["is_mine"] else "no"


@vault.command()
@click.argument("name")
@speaks
def about(session: Session, name: str) -> None:
    """What is said of a secret, and who reads it; not its value."""
    one = session.api.get(f"/vault/{name}")
    pairs = [("name", one["name"]), ("folder", one["folder"]), ("kind", one["kind"]), ("user name", one["login"])]
    pairs += [("used at", one["url"]), ("state", one["state"]), ("read by", ", ".join(one["groups"] + one["people"]))]
    pairs += [("value", str(one["version"] or "")), ("replaced", moment(one["rotated_at"]))]
    pairs += [("to be replaced", moment(one["due_at"])), ("note", one["note"])]
    session.show(one, lambda: facts(pairs))


@vault.command()
@click.argument("name")
@click.option("--identity", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own age key file.")
@click.option("--passphrase-stdin", is_flag=True, help="Read your key's passphrase from standard input.")
@speaks
def show(session: Session, name: str, *, identity: Path | None, passphrase_stdin: bool) -> None:
    """Open a secret on this machine, and print its value. The trail says that you took it."""
    taken = session.api.post(f"/vault/{name}/take")
    value = _opened(taken, identity=identity, passphrase_stdin=passphrase_stdin)
    session.show({"name": name, "version": taken["version"], "value": value}, lambda: click.echo(value))


def _opened(taken: dict[str, Any], *, identity: Path | None, passphrase_stdin: bool) -> str:
    return _unsealed(taken, _key(taken, identity=identity, passphrase_stdin=passphrase_stdin))


def _key(taken: dict[str, Any], *, identity: Path | None, passphrase_stdin: bool) -> str:
    """One's own key: of a file, or as the Manager keeps it, unlocked here."""
    if identity is not None:
        return _key_in(identity.read_text())
    if not taken["locked_key"]:
        raise Refused("Your key is not at the Manager.", hint="--identity FILE names it.", code="cli.no_identity")
    try:
        return age.unlock(taken["locked_key"], _passphrase(from_stdin=passphrase_stdin))
    except age.AgeError as wrong:
        raise Refused(f"It does not open: {wrong}.", code="cli.not_opened") from None


def _unsealed(taken: dict[str, Any], key: str) -> str:
    try:
        return age.unseal(taken["sealed"], key)
    except age.AgeError as wrong:
        raise Refused(f"It does not open: {wrong}.", code="cli.not_opened") from None


def _key_in(text: str) -> str:
    """The key in a file of age-keygen, whose other lines are comments."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0] if lines else ""


def _passphrase(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Passphrase of your key", hide_input=True, err=True))


def _value() -> str:
    """From standard input, whole but for its last line's end; from a terminal, twice and unseen."""
    if sys.stdin.isatty():
        return str(click.prompt("Value", hide_input=True, confirmation_prompt=True, err=True))
    value = sys.stdin.read()
    return value[:-1] if value.endswith("\n") and value.count("\n") == 1 else value


@vault.command()
@click.argument("name")
@click.option("--group", "groups", multiple=True, help="A group that may read it; may be repeated.")
@click.option("--person", "people", multiple=True, help="E-mail of who may read it; may be repeated.")
@click.option("--folder", default="")
@click.option("--kind", type=KINDS, default="password", show_default=True)
@click.option("--login", default="", help="The user name that goes with it.")
@click.option("--url", default="", help="Where it is used.")
@click.option("--note", default="", help="What others must know.")
@click.option("--every", "rotate_days", type=click.IntRange(1, 3650), help="To be replaced every so many days.")
@speaks
def put(session: Session, name: str, *, groups: tuple[str, ...], people: tuple[str, ...], **details: Any) -> None:
    """Add a secret; its value comes from standard input, or is asked for."""
    value = _value()
    given = {field: text for field, text in details.items() if text}
    made = session.api.post("/vault", {"name": name, "groups": groups, "people": people, **given})
    kept = _send(session, made, value)
    session.show(kept, lambda: click.echo(f"{name} is in the vault, sealed for {len(kept['recipients'])} keys."))


@vault.command()
@click.argument("name")
@speaks
def rotate(session: Session, name: str) -> None:
    """Replace a value; the new one comes from standard input, or is asked for."""
    now = session.api.get(f"/vault/{name}")
    kept = _send(session, now, _value())
    said = f"{name} has value {kept['version']} now, sealed for {len(kept['recipients'])} keys."
    session.show(kept, lambda: click.echo(said))


@vault.command()
@click.argument("names", nargs=-1)
@click.option("--identity", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own age key file.")
@click.option("--passphrase-stdin", is_flag=True, help="Read your key's passphrase from standard input.")
@speaks
def reseal(session: Session, names: tuple[str, ...], *, identity: Path | None, passphrase_stdin: bool) -> None:
    """Seal anew what you can open, for readers who were added or left: all of it, or NAMES. Values stay as they are."""
    secrets = session.api.get("/vault")["items"]
    unknown = set(names) - {one["name"] for one in secrets}
    if unknown:
        raise Refused(f"Not in the vault: {', '.join(sorted(unknown))}.", code="cli.secret_unknown")
    stale = [one for one in secrets if one["is_stale"] and one["is_open_to_me"] and (not names or one["name"] in names)]
    done: list[str] = []
    key = ""
    for one in stale:
        taken = session.api.post(f"/vault/{one['name']}/take")
        key = key or _key(taken, identity=identity, passphrase_stdin=passphrase_stdin)
        _say_for_whom(one)
        recipients = [other["recipient"] for other in one["recipients"]]
        body = {
            "version": taken["version"],
            "sealed": age.seal(_unsealed(taken, key), recipients),
            "recipients": recipients,
        }
        session.api.post(f"/vault/{one['name']}/reseal", body)
        done.append(one["name"])
    said = (
        f"{len(done)} sealed anew: {', '.join(done)}." if done else "Nothing that you can open waits to be sealed anew."
    )
    session.show(done, lambda: click.echo(said))


def _say_for_whom(secret: dict[str, Any]) -> None:
    for one in secret["recipients"]:
        click.echo(f"sealing for {one['person'] or 'the break-glass key'}  {one['recipient']}", err=True)


def _send(session: Session, secret: dict[str, Any], value: str) -> Any:
    """Seal here, for those whom the Manager names; they are printed, so that a stranger among them is seen."""
    if not value.strip():
        raise Refused("The value is empty.", code="cli.value_empty")
    _say_for_whom(secret)
    recipients = [one["recipient"] for one in secret["recipients"]]
    if not recipients:
        raise Refused("Nobody who may read it has a key yet.", hint="Page “Your key” of the vault.", code="cli.no_keys")
    body = {"sealed": age.seal(value, recipients), "recipients": recipients}
    return session.api.post(f"/vault/{secret['name']}/values", body)


@vault.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why it is used no more.")
@speaks
def close(session: Session, name: str, *, reason: str) -> None:
    """Close a secret that is used no more."""
    closed = session.api.post(f"/vault/{name}/close", {"reason": reason})
    session.show(closed, lambda: click.echo(f"{name} is closed."))
