"""`essaim site ...`: order, follow, change, suspend, close sites."""

import sys
from typing import Any

import click

from essaim.cli import (
    site_certificate,
    site_content,
    site_engine,
    site_following,
    site_numbers,
    site_php,
    site_php_trial,
    site_program,
    site_rules,
    site_shield,
)
from essaim.cli.shown import Session, days_left, facts, health, listing, moment, speaks, table, told, word
from essaim.contract.php import DEFAULT


@click.group()
def site() -> None:
    """Order, follow, change, suspend, close sites; put content."""


@site.command("list")
@click.option("--text", default="", help="Part of a name, a client's name or a login.")
@click.option("--state", default="", help="active, suspended, closed, live, failed, waiting ...")
@click.option("--client", default="", help="A client's identifier.")
@click.option("--php", default="", help="A PHP version; of sites that are not closed.")
@listing
@speaks
def list_(session: Session, *, text: str, state: str, client: str, php: str, limit: int) -> None:
    """The sites that you may see, by name."""
    sites, more = session.api.items("/sites", limit=limit, text=text, state=state, client=client, php=php)
    session.show(sites, lambda: _table(sites, more=more))


def _table(sites: list[dict[str, Any]], *, more: bool) -> None:
    rows = [
        (
            one["name_unicode"],
            one["account"],
            health(one),
            word(one["https"]),
            days_left(one["certificate_not_after"]),
            moment(one["proved_at"]),
            one["machine"],
        )
        for one in sites
    ]
    table(("SITE", "ACCOUNT", "STATE", "HTTPS", "CERT", "PROVED", "MACHINE"), rows, more=more, nothing="No site.")


@site.command()
@click.argument("fqdn")
@click.option(
    "--story", "lines", default=12, show_default=True, type=click.IntRange(0, 200), help="Lines of its story."
)
@speaks
def show(session: Session, fqdn: str, *, lines: int) -> None:
    """One site: how far it has come, and its story."""
    shown = session.api.get(f"/sites/{fqdn}")
    told_of = session.api.get(f"/sites/{fqdn}/story", limit=lines)["items"] if lines else []
    session.show(shown | {"story": told_of}, lambda: _page(shown, told_of))


def _page(shown: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    click.echo(f"{shown['name_unicode']}  {health(shown)}")
    told(shown["health_sentence"], shown["health_advice"])
    told(shown["certificate_sentence"], "")
    for trouble in shown["engine_troubles"]:
        told(trouble["sentence"], trouble["advice"])
    content = shown.get("content")
    facts(
        (
            ("name in DNS", shown["fqdn"] if shown["fqdn"] != shown["name_unicode"] else ""),
            ("aliases", ", ".join(shown["aliases"])),
            ("account", f"{shown['account']} of {shown['client']} on {shown['machine']}"),
            ("address", shown["url"]),
            ("https", " ".join(filter(None, (word(shown["https"]), shown["https_sentence"])))),
            (
                "certificate",
                f"until {moment(shown['certificate_not_after'])}{_from(shown)}"
                if shown["certificate_not_after"]
                else "",
            ),
            ("proved", moment(shown["proved_at"])),
            ("front page", f"answers {shown['front_status']}" if shown["front_status"] else ""),
            ("PHP", site_php.in_words(shown)),
            ("engine", shown["engine"]),
            ("published", shown["docroot"]),
            ("maintenance", "visitors are told that it is being worked on" if shown["maintenance"] else ""),
            ("content", f"{content['filename']}, {content['state']}, {moment(content['at'])}" if content else ""),
            ("suspended", shown["suspended_reason"] if shown["state"] == "suspended" else ""),
            ("kept until", moment(shown["erase_after"])),
            ("page", shown["page"]),
        )
    )
    click.echo()
    for step in shown.get("steps", []):
        site_following.tell(step)
    if lines:
        click.echo()
        print_story(lines)


def _from(shown: dict[str, Any]) -> str:
    """Who issued its certificate."""
    who = shown["certificate_issuer"], shown["certificate_directory"]
    return f", {who[0]}, from {who[1]}" if all(who) else ""


@site.command()
@click.argument("fqdn")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200), help="Most lines.")
@speaks
def story(session: Session, fqdn: str, *, limit: int) -> None:
    """What happened to a site, newest first; of an erased one, for the team."""
    lines = session.api.get(f"/sites/{fqdn}/story", limit=limit)["items"]
    session.show(lines, lambda: print_story(lines))


def print_story(lines: list[dict[str, Any]]) -> None:
    """What happened, newest first."""
    rows = [
        (
            moment(line["at"]),
            f"{line['seconds']:.2f} s" if line["seconds"] is not None else "",
            line["told"],
            line["reason"] or line["sentence"],
        )
        for line in lines
    ]
    table(("WHEN", "TOOK", "WHAT", "WHY"), rows)


@site.command()
@click.argument("fqdn")
@click.option("--account", required=True, help="Login of the account that will hold it.")
@click.option("--alias", "aliases", multiple=True, help="Another name with the same content; may be repeated.")
@click.option("--docroot", default="", help="Folder below the site's directory that is published.")
@click.option("--php", default=DEFAULT, show_default=True, help="PHP version.")
@click.option("--engine", default="nginx", show_default=True, help="nginx, or apache where .htaccess files matter.")
@click.option("--redirect-to", default="", metavar="ADDRESS", help="It has no content and leads every visitor there.")
@click.option("--https-only/--no-https-only", default=True, show_default=True, help="Redirect to HTTPS.")
@site_following.waits
@speaks
def create(
    session: Session,
    fqdn: str,
    *,
    account: str,
    aliases: tuple[str, ...],
    docroot: str,
    php: str,
    engine: str,
    https_only: bool,
    redirect_to: str,
    wait: site_following.Wait,
) -> None:
    """Order a site, and on a terminal watch it until it is live."""
    order = {
        "account": account,
        "name": fqdn,
        "aliases": list(aliases),
        "docroot": docroot,
        "php": php,
        "engine": engine,
        "https_only": https_only,
        "elsewhere": redirect_to,
    }
    site_following.decided(session, session.api.post("/sites", order), wait)


@site.command()
@click.argument("fqdn")
@click.option("--alias", "aliases", multiple=True, help="All of its other names; may be repeated.")
@click.option("--no-aliases", is_flag=True, help="Take every alias away.")
@click.option("--docroot", default=None, help="Folder that is published; empty: the site's whole directory.")
@click.option("--php", default=None, help="PHP version.")
@click.option("--engine", default=None, help="nginx, or apache where .htaccess files matter.")
@click.option("--https-only/--no-https-only", default=None, help="Redirect to HTTPS.")
@site_following.waits
@speaks
def change(
    session: Session,
    fqdn: str,
    *,
    aliases: tuple[str, ...],
    no_aliases: bool,
    docroot: str | None,
    php: str | None,
    engine: str | None,
    https_only: bool | None,
    wait: site_following.Wait,
) -> None:
    """Change a site. What is not given stays."""
    given: dict[str, Any] = {"docroot": docroot, "php": php, "engine": engine, "https_only": https_only}
    given["aliases"] = list(aliases) if aliases or no_aliases else None
    change = {name: value for name, value in given.items() if value is not None}
    if not change:
        raise click.UsageError("Say what to change: --alias, --docroot, --php, --engine, --https-only.")
    site_following.decided(session, session.api.patch(f"/sites/{fqdn}", change), wait)


def _done(session: Session, fqdn: str, verb: str, past: str, body: dict[str, Any] | None = None) -> None:
    answer = session.api.post(f"/sites/{fqdn}/{verb}", body)
    session.show(answer, lambda: click.echo(f"{answer['name_unicode']} is {past}."))


@site.command()
@click.argument("fqdn")
@click.option("--reason", required=True, help="Why: shown in the story.")
@speaks
def suspend(session: Session, fqdn: str, *, reason: str) -> None:
    """Stop serving a site and keep its files."""
    _done(session, fqdn, "suspend", "suspended", {"reason": reason})


@site.command()
@click.argument("fqdn")
@speaks
def resume(session: Session, fqdn: str) -> None:
    """Serve a suspended site again."""
    _done(session, fqdn, "resume", "resumed")


@site.command()
@click.argument("fqdn")
@click.option("--reason", default="", help="Why: shown in the story.")
@speaks
def close(session: Session, fqdn: str, *, reason: str) -> None:
    """Stop serving a site; it can be restored for 30 days."""
    answer = session.api.post(f"/sites/{fqdn}/close", {"reason": reason})
    session.show(
        answer,
        lambda: click.echo(f"{answer['name_unicode']} is closed, and kept until {moment(answer['erase_after'])}."),
    )


@site.command()
@click.argument("fqdn")
@speaks
def restore(session: Session, fqdn: str) -> None:
    """Bring a closed site back as it was."""
    _done(session, fqdn, "restore", "restored")


@site.command()
@click.argument("fqdn")
@click.option("--yes", is_flag=True, help="Do not ask.")
@speaks
def erase(session: Session, fqdn: str, *, yes: bool) -> None:
    """Destroy a closed site's files and free its name. Nothing brings it back."""
    confirm(fqdn, yes=yes)
    _done(session, fqdn, "erase", "erased")


def confirm(name: str, *, yes: bool) -> None:
    """Let a person type the name of what is to be destroyed; a script says --yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here: give --yes.")
    if click.prompt(f"This cannot be undone. Type {name} to go on") != name:
        raise click.Abort


@site.command()
@click.argument("fqdn")
@site_following.waits
@speaks
def prove(session: Session, fqdn: str, *, wait: site_following.Wait) -> None:
    """Ask the prober to look at a site now, and on a terminal wait for what it saw."""
    asked = session.api.post(f"/sites/{fqdn}/prove")
    if wait.is_wanted:
        asked = site_following.next_proof(session.api, asked, wait)
    seen = f"proved at {moment(asked['proved_at'])}" if wait.is_wanted else "being looked at"
    session.show(asked, lambda: click.echo(f"{asked['name_unicode']} is {health(asked)}, {seen}."))


@site.command("open")
@click.argument("fqdn")
@click.option("--print", "only_print", is_flag=True, help="Print the address and open nothing.")
@speaks
def open_(session: Session, fqdn: str, *, only_print: bool) -> None:
    """Open a site in the browser."""
    shown = session.api.get(f"/sites/{fqdn}")
    session.show(shown, lambda: click.echo(shown["url"]))
    if not only_print and not session.as_json and sys.stdout.isatty():
        click.launch(shown["url"])


site.add_command(site_certificate.certificate)
site.add_command(site_content.put)
site.add_command(site_content.undo)
site.add_command(site_php.php)
site.add_command(site_program.program)
site.add_command(site_engine.engine)
site.add_command(site_numbers.numbers)
site.add_command(site_numbers.logs)
site.add_command(site_php_trial.errors)
site.add_command(site_shield.shield)
site.add_command(site_shield.limits)
site.add_command(site_rules.rules)
site.add_command(site_rules.maintenance)
