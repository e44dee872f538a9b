"""`essaim client ...`: persons and organisations that buy services."""

import sys
from typing import Any, BinaryIO

import click

from essaim.cli import client_care, client_people
from essaim.cli.shown import F, Session, listing, moment, speaks, table


@click.group()
def client() -> None:
    """List and create clients, and their people."""


for _command in (*client_care.COMMANDS, *client_people.COMMANDS):
    client.add_command(_command)


@client.command("list")
@listing
@speaks
def list_(session: Session, *, limit: int) -> None:
    """The clients that you may see."""
    clients, more = session.api.items("/clients", limit=limit)
    rows = [(one["slug"], one["name"], one["language"], moment(one["created_at"])) for one in clients]
    session.show(clients, lambda: table(("CLIENT", "NAME", "LANGUAGE", "SINCE"), rows, more=more, nothing="No client."))


@client.command()
@click.argument("name")
@click.option("--slug", default="", help="Its identifier; empty: made from the name.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@speaks
def create(session: Session, name: str, *, slug: str, language: str) -> None:
    """Create a client (team)."""
    made = session.api.post("/clients", {"name": name, "slug": slug, "language": language})
    session.show(made, lambda: click.echo(f"{made['name']} is a client: {made['slug']}."))


@client.command()
@speaks
def duplicates(session: Session) -> None:
    """Clients that are probably one (team)."""
    found = session.api.get("/merges/duplicates")["items"]
    rows = [(one["why"], one["what"], " ".join(one["clients"])) for one in found]
    session.show(found, lambda: table(("IN COMMON", "WHAT", "CLIENTS"), rows, nothing="No duplicates."))


@client.command()
@click.argument("kept")
@click.argument("gone")
@click.option("--reason", default="", help="Why they are one: kept in the trail of both.")
@click.option("--look", is_flag=True, help="Only say what would move.")
@speaks
def merge(session: Session, kept: str, gone: str, *, reason: str, look: bool) -> None:
    """Make the client GONE part of KEPT (team). For thirty days this can be undone."""
    if look:
        seen = session.api.get("/merges/preview", kept=kept, gone=gone)
        rows = [(one["what"], str(one["number"])) for one in seen["moving"]]
        rows += [(name, value) for name, value in seen["filled"].items()]
        session.show(seen, lambda: table(("WOULD MOVE", "HOW MANY, OR WHAT"), rows, nothing="Nothing would move."))
        return
    if not reason:
        raise click.UsageError("Say why: --reason WORDS.")
    made = session.api.post("/merges", {"kept": kept, "gone": gone, "reason": reason})
    undo = f"essaim client unmerge {made['id']}"
    session.show(made, lambda: click.echo(f"{gone} is part of {kept} now. To undo it: {undo}"))


@client.command()
@click.argument("merge_id", type=int)
@speaks
def unmerge(session: Session, merge_id: int) -> None:
    """Make two clients again of what was merged (team)."""
    undone = session.api.post(f"/merges/{merge_id}/undo")
    session.show(undone, lambda: click.echo(f"{undone['gone']} is a client of its own again."))


@client.command("not-one")
@click.argument("one", required=False)
@click.argument("other", required=False)
@click.option("--reason", default="", help="What you know of them.")
@click.option("--undo", type=int, metavar="NUMBER", help="Look at that pair again.")
@speaks
def not_one(session: Session, one: str | None, other: str | None, *, reason: str, undo: int | None) -> None:
    """Say that two clients are no duplicates (team); without names, list what was said."""
    if undo is not None:
        back = session.api.post(f"/merges/apart/{undo}/undo")
        session.show(back, lambda: click.echo(f"Looked at again: {', '.join(back['clients'])}."))
    elif one and other:
        body = {"one": one, "other": other, **({"reason": reason} if reason else {})}
        told = session.api.post("/merges/apart", body)
        session.show(
            told, lambda: click.echo(f"Remembered. To take it back: essaim client not-one --undo {told['id']}")
        )
    elif one:
        raise click.UsageError("Name two clients.")
    else:
        found = session.api.get("/merges/apart")["items"]
        rows = [(str(told["id"]), " ".join(told["clients"]), moment(told["at"]), told["reason"]) for told in found]
        session.show(found, lambda: table(("ID", "CLIENTS", "SAID", "REASON"), rows, nothing="Nothing was said."))


@client.command()
@click.argument("slug")
@click.option("--stop", is_flag=True, help="Think better of it.")
@click.option(
    "--confirm", default="", metavar="SLUG", help="The identifier again: do it. Without, what it would do is shown."
)
@click.option("--reason", default="", help="Why; needed to do it.")
@speaks
def erase(session: Session, slug: str, *, stop: bool, confirm: str, reason: str) -> None:
    """Show what erasing a client after its end would do, do it, or stop it (team)."""
    path = f"/clients/{slug}/erasure"
    if stop:
        told = session.api.post(f"{path}/stop")
    elif confirm:
        told = session.api.post(path, {"confirm": confirm, "reason": reason})
    else:
        told = session.api.get(path)

    def people() -> None:
        rows = [(one["purpose"], str(one["rows"]), one["how"]) for one in told["lines"]]
        table(("WHAT FOR", "ENTRIES", "BECOMES"), rows)
        click.echo(f"\nWho it was is kept sealed until {moment(told['kept_until'])}, as the law asks.")
        if told["is_under_way"]:
            click.echo(f"It is erased on {moment(told['due_at'])}. To stop it: essaim client erase {slug} --stop")
        elif told["refused_because"]:
            click.echo(told["refused_because"])

    session.show(told, people)


@client.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what each line means and write nothing.")
@click.option("--without-broken", is_flag=True, help="Leave broken lines out; otherwise one broken line keeps all out.")
@speaks
def import_(session: Session, file: BinaryIO, *, dry_run: bool, without_broken: bool) -> None:
    """Bring clients in from a table, CSV with a heading (team). The same table again changes nothing.

    Exits 1 when lines are broken and nothing was brought in.
    """
    given = file.read()
    try:
        text = given.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = given.decode("cp1252", errors="replace")  # what office programs in Western Europe write
    body = {"csv": text, "dry_run": dry_run, "without_broken": without_broken}
    report = session.api.post("/imports", body)
    rows = [
        (one["number"], one["reference"], one["name"], f"{one['sentence']} {one['advice']}".strip())
        for one in report["lines"]
        if one["what"] == "broken"
    ]

    def told() -> None:
        if rows:
            table(("LINE", "REFERENCE", "NAME", "WHAT IS WRONG"), rows, nothing="")
        counts = ", ".join(f"{report[word]} {word}" for word in ("new", "changed", "same", "broken"))
        click.echo(f"{'Brought in' if report['is_done'] else 'Nothing was written'}: {counts}.")

    session.show(report, told)
    if rows and not report["is_done"]:
        sys.exit(1)


@client.command()
@click.argument("text")
@speaks
def find(session: Session, text: str) -> None:
    """Search clients and people by what you remember of them (team)."""
    found = session.api.get("/search", text=text)
    rows = [("client", one["slug"], one["name"], one["city"]) for one in found["clients"]]
    rows += [("person", one["email"], one["name"], " ".join(one["clients"])) for one in found["people"]]
    session.show(found, lambda: table(("KIND", "WHO", "NAME", "WHERE"), rows, nothing="Nothing is close to this."))


DETAILS = (
    ("name", "Its name, as others know it."),
    ("kind", "person or organisation."),
    ("legal-name", "Its legal name, if that is another."),
    ("street", "Street, at most three lines."),
    ("postal-code", "Postal code, checked by its country's rules."),
    ("city", "City."),
    ("area", "Province or state, where addresses have one."),
    ("country", "Country, two letters."),
    ("siren", "SIREN, nine digits."),
    ("siret", "SIRET, fourteen digits."),
    ("rna", "RNA number of a French association."),
    ("vat", "VAT number, with its country's letters."),
    ("reference", "What another register calls it."),
    ("language", "fr or en."),
    ("time-zone", "As Europe/Paris."),
)


def _detailed(command: F) -> F:
    """One option a detail; one that is not given stays as it is, an empty one is forgotten."""
    for name, told in reversed(DETAILS):
        command = click.option(f"--{name}", default=None, help=told)(command)
    return command


def _told(shown: dict[str, Any]) -> None:
    for name, _help in DETAILS:
        value = shown[name.replace("-", "_")]
        if value:
            click.echo(f"{name.replace('-', ' '):<12} {value}")
    for contact in shown["contacts"]:
        words = (contact["name"], contact["email"], contact["phone"])
        click.echo(f"{contact['kind']:<12} {', '.join(word for word in words if word)}")


@client.command()
@click.argument("slug")
@speaks
def show(session: Session, slug: str) -> None:
    """What is written of a client, and its contacts."""
    shown = session.api.get(f"/clients/{slug}")
    session.show(shown, lambda: _told(shown))


@client.command()
@click.argument("slug")
@_detailed
@speaks
def change(session: Session, slug: str, **given: str | None) -> None:
    """Change what is written of a client."""
    body = {name: value for name, value in given.items() if value is not None}
    changed = session.api.patch(f"/clients/{slug}", body)
    session.show(changed, lambda: _told(changed))


@client.command()
@click.argument("slug")
@click.argument("kind", type=click.Choice(["owner", "technical", "billing"]))
@click.option("--name", default="", help="Who it is.")
@click.option("--email", default="", help="Where letters go.")
@click.option("--phone", default="", help="With a plus sign, or as one writes it in the client's country.")
@speaks
def contact(session: Session, slug: str, kind: str, *, name: str, email: str, phone: str) -> None:
    """Say whom to write to about one side of a client; without options: nobody in particular."""
    body = {"kind": kind, "name": name, "email": email, "phone": phone}
    changed = session.api.post(f"/clients/{slug}/contacts", body)
    session.show(changed, lambda: _told(changed))


@client.command()
@click.argument("slug")
@speaks
def people(session: Session, slug: str) -> None:
    """Who belongs to a client."""
    members = session.api.get(f"/clients/{slug}/people")["items"]
    rows = [(one["email"], one["name"], one["role"]) for one in members]
    session.show(members, lambda: table(("E-MAIL", "NAME", "ROLE"), rows, nothing="Nobody."))


@client.command("add-person")
@click.argument("slug")
@click.argument("email")
@click.option("--name", default="", help="Their name, for a new sign-in.")
@click.option(
    "--role",
    type=click.Choice(["owner", "manager", "technician", "billing", "reader"]),
    default="owner",
    show_default=True,
)
@click.option("--password-stdin", is_flag=True, help="Read a password for a new sign-in from standard input.")
@speaks
def add_person(session: Session, slug: str, email: str, *, name: str, role: str, password_stdin: bool) -> None:
    """Give a person a place at a client; makes the sign-in if there is none (team)."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    body = {"email": email, "name": name, "role": role, "password": password}
    made = session.api.post(f"/clients/{slug}/people", body)
    session.show(made, lambda: click.echo(f"{made['email']} is {made['role']} of {slug}."))


@client.command("remove-person")
@click.argument("slug")
@click.argument("email")
@speaks
def remove_person(session: Session, slug: str, email: str) -> None:
    """Take a person's place at a client away; of yourself: leave it."""
    left = session.api.post(f"/clients/{slug}/people/remove", {"email": email})["items"]
    session.show(left, lambda: click.echo(f"{email} no longer has a place at {slug}. People left: {len(left)}."))


@client.command()
@click.argument("slug")
@click.argument("email")
@click.argument("accounts", nargs=-1)
@speaks
def technician(session: Session, slug: str, email: str, *, accounts: tuple[str, ...]) -> None:
    """Say which accounts a technician looks after; without ACCOUNTS: none."""
    given = session.api.post(f"/clients/{slug}/people/accounts", {"email": email, "accounts": list(accounts)})
    session.show(given, lambda: click.echo(f"{email} looks after: {', '.join(given['accounts']) or 'nothing'}."))


def owning(command: F) -> F:
    """`--of`: whose name it is."""
    return click.option("--of", "owner", default="", help="The client whose name it is; needed if you have several.")(
        command
    )


def _owner(session: Session, owner: str) -> str:
    """The client that was named, or one's only one."""
    if owner:
        return owner
    mine = session.api.get("/me")["clients"]
    if len(mine) != 1:
        raise click.UsageError("Say whose name it is: --of CLIENT.")
    return str(mine[0])


@client.command()
@click.argument("name")
@click.option("--to", "guest", required=True, help="Identifier of the client that may have the name.")
@owning
@speaks
def consent(session: Session, name: str, *, guest: str, owner: str) -> None:
    """Let another client have a name under your domain, or one that looks like yours."""
    given = session.api.post(f"/clients/{_owner(session, owner)}/consents", {"name": name, "guest": guest})
    session.show(given, lambda: click.echo(f"{given['guest']} may have {given['name_unicode']} now."))


@client.command()
@owning
@speaks
def consents(session: Session, *, owner: str) -> None:
    """What a client consented to, and what others consented to for it."""
    found = session.api.get(f"/clients/{_owner(session, owner)}/consents")["items"]
    rows = [(one["name_unicode"], one["owner"], one["guest"], moment(one["at"])) for one in found]
    session.show(found, lambda: table(("NAME", "OF", "TO", "SINCE"), rows, nothing="No consent."))


@client.command()
@click.argument("name")
@click.option("--to", "guest", required=True, help="Identifier of the client that had the consent.")
@owning
@speaks
def withdraw(session: Session, name: str, *, guest: str, owner: str) -> None:
    """Withdraw a consent. What the other client already has, stays."""
    gone = session.api.post(f"/clients/{_owner(session, owner)}/consents/withdraw", {"name": name, "guest": guest})
    session.show(gone, lambda: click.echo(f"The consent to {name} is withdrawn. What {guest} already has, stays."))
