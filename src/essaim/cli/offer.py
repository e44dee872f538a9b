"""`essaim offer ...`: what accounts get."""

from typing import Any

import click

from essaim.cli.shown import F, Session, facts, listing, size, speaks, table


@click.group()
def offer() -> None:
    """Read the offers; make and change them (team)."""


@offer.command("list")
@listing
@speaks
def list_(session: Session, *, limit: int) -> None:
    """The offers, by identifier."""
    offers, more = session.api.items("/offers", limit=limit)
    rows = [
        (
            one["slug"],
            one["name"],
            size(one["quota_bytes"]),
            size(one["memory_bytes"]),
            str(one["processes"]),
            _sites(one),
            _php(one),
            "new accounts" if one["is_usual"] else "",
        )
        for one in offers
    ]
    head = ("OFFER", "NAME", "QUOTA", "MEMORY", "PROCESSES", "SITES", "PHP", "")
    session.show(offers, lambda: table(head, rows, more=more, nothing="No offer."))


def _sites(one: dict[str, Any]) -> str:
    return str(one["sites_max"]) if one["sites_max"] else "any"


def _php(one: dict[str, Any]) -> str:
    return "always awake" if one["is_warm"] else "asleep until asked"


@offer.command()
@click.argument("slug")
@speaks
def show(session: Session, slug: str) -> None:
    """One offer."""
    shown = session.api.get(f"/offers/{slug}")
    session.show(shown, lambda: _page(shown))


def _page(shown: dict[str, Any]) -> None:
    click.echo(f"{shown['slug']}  {shown['name']}")
    facts(
        (
            ("quota", size(shown["quota_bytes"])),
            ("memory", size(shown["memory_bytes"])),
            ("processes", str(shown["processes"])),
            ("sites", _sites(shown)),
            ("PHP", _php(shown)),
            ("ceilings", ", ".join(f"{name} = {value}" for name, value in shown["php_ceilings"].items())),
            ("extensions", ", ".join(shown["php_extensions"])),
            ("new accounts", "get it" if shown["is_usual"] else ""),
        )
    )


def given(command: F) -> F:
    """The options that say what is offered."""
    for option in (
        click.option("--usual", is_flag=True, help="New accounts get it."),
        click.option("--warm/--on-demand", default=None, help="Keep PHP awake, or let it sleep until it is asked."),
        click.option(
            "--ceiling",
            "ceilings",
            multiple=True,
            metavar="NAME=VALUE",
            help="How far a site may set PHP; without a value: as far as usual.",
        ),
        click.option(
            "--extension",
            "extensions",
            multiple=True,
            metavar="NAME",
            help="A PHP extension to choose from; give all of them, or 'none'.",
        ),
        click.option("--sites-max", type=click.IntRange(0), help="Most sites of an account; 0: any number."),
        click.option("--memory-mib", type=click.IntRange(1), help="Most memory in MiB."),
        click.option("--processes", type=click.IntRange(1), help="Most processes at once."),
        click.option("--quota-gib", type=click.FloatRange(0), help="Disk quota in GiB."),
        click.option("--name", help="What clients read."),
    ):
        command = option(command)
    return command


def _wanted(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, as the API names them."""
    quota, memory = options["quota_gib"], options["memory_mib"]
    wanted = {
        "name": options["name"],
        "quota_bytes": int(quota * 1024**3) if quota is not None else None,
        "memory_bytes": memory * 1024**2 if memory is not None else None,
        "processes": options["processes"],
        "sites_max": options["sites_max"],
        "is_warm": options["warm"],
        "is_usual": options["usual"] or None,
        "php_extensions": [name for name in options["extensions"] if name != "none"] if options["extensions"] else None,
        "php_ceilings": dict(map(_ceiling, options["ceilings"])) or None,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _ceiling(text: str) -> tuple[str, int | None]:
    name, equals, value = text.partition("=")
    if not equals or not name or not (value.isdecimal() or not value):
        raise click.UsageError(f"Write --ceiling NAME=NUMBER, not {text!r}.")
    return name, int(value) if value else None


@offer.command()
@click.argument("slug")
@given
@speaks
def create(session: Session, slug: str, **options: Any) -> None:
    """Make an offer (team). What is not given is as in the usual offer of a fresh installation."""
    made = session.api.post("/offers", {"name": slug.capitalize()} | _wanted(options) | {"slug": slug})
    session.show(made, lambda: _page(made))


@offer.command()
@click.argument("slug")
@given
@speaks
def change(session: Session, slug: str, **options: Any) -> None:
    """Offer something else (team). Accounts that have it follow; what is not given stays."""
    wanted = _wanted(options)
    if not wanted:
        raise click.UsageError("Say what to change: see `essaim offer change --help`.")
    answer = session.api.patch(f"/offers/{slug}", wanted)
    session.show(answer, lambda: _page(answer))
