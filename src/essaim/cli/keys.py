"""`essaim keys ...`: certificates that were given, and who was on machines. For the team."""

import click

from essaim.cli.shown import Session, listing, moment, speaks, table


@click.group()
def keys() -> None:
    """Certificates that were given, sessions on machines (team)."""


@keys.command("list")
@listing
@speaks
def list_(session: Session, *, limit: int) -> None:
    """Certificates, the newest first."""
    found, more = session.api.items("/keys/certificates", limit=limit)
    rows = [
        (
            one["serial"],
            one["who"],
            one["role"],
            ", ".join(one["machines"]),
            "good" if one["is_valid"] else "revoked" if one["revoked_at"] else "over",
            moment(one["valid_until"]),
            one["reason"],
        )
        for one in found
    ]
    titles = ("SERIAL", "WHO", "ROLE", "MACHINES", "STATE", "UNTIL", "REASON")
    session.show(found, lambda: table(titles, rows, more=more, nothing="No certificate."))


@keys.command()
@click.argument("serial")
@click.option("--reason", required=True, help="Why: kept in the audit trail.")
@speaks
def revoke(session: Session, serial: str, *, reason: str) -> None:
    """Take a certificate away, on every machine within five seconds; its sessions end."""
    answer = session.api.post(f"/keys/certificates/{serial}/revoke", {"reason": reason})
    session.show(answer, lambda: click.echo(f"The certificate {answer['serial']} of {answer['who']} is revoked."))


@keys.command()
@listing
@speaks
def sessions(session: Session, *, limit: int) -> None:
    """Who was on which machine, the newest first."""
    found, more = session.api.items("/keys/sessions", limit=limit)
    rows = [
        (
            one["machine"],
            one["who"] or f"{one['login']} (no certificate of ours)",
            one["role"],
            one["origin"],
            moment(one["opened_at"]),
            moment(one["ended_at"]) or "open",
            one["command"] or "a shell",
            "; ".join([one["reason"], *(root["reason"] for root in one["became_root"])]).strip("; "),
        )
        for one in found
    ]
    titles = ("MACHINE", "WHO", "ROLE", "FROM", "OPENED", "ENDED", "WHAT", "WHY")
    session.show(found, lambda: table(titles, rows, more=more, nothing="No session."))
