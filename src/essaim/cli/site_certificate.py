"""`essaim site certificate`: what a site is served with over HTTPS; one's own brought, and taken off again."""

import base64
import sys
from pathlib import Path
from typing import Any

import click

from essaim.cli.shown import Session, facts, moment, speaks, told

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command()
@click.argument("fqdn")
@click.option("--chain", type=_FILE, help="PEM: the certificate, then those above it; or a PKCS#12 file.")
@click.option("--key", type=_FILE, help="PEM: the private key, where it is in a file of its own.")
@click.option("--passphrase-stdin", is_flag=True, help="Read what opens the key from standard input.")
@click.option("--acme", is_flag=True, help="Take one's own off and have an automatic one.")
@click.option("--reissue", metavar="REASON", help="Have an automatic one replaced before its time, with a new key.")
@click.option(
    "--tls", type=click.Choice(["modern", "intermediate", "usual"]), help="TLS 1.3; 1.2 too; as usual in the house."
)
@speaks
def certificate(
    session: Session,
    fqdn: str,
    *,
    chain: Path | None,
    key: Path | None,
    passphrase_stdin: bool,
    acme: bool,
    tls: str | None,
    reissue: str | None,
) -> None:
    """Show a site's certificate, bring one's own, or go back to an automatic one.

    The key is checked, sealed for the site's machine, and kept nowhere else:
    essaim site certificate shop.example.org --chain fullchain.pem --key key.pem
    """
    if reissue and (acme or chain):
        raise click.UsageError("Give --reissue alone.")
    if acme and chain:
        raise click.UsageError("Give --chain or --acme, not both.")
    if key and not chain:
        raise click.UsageError("Give --chain too: the certificate that the key belongs to.")
    if tls:
        session.api.patch(f"/sites/{fqdn}", {"tls": "" if tls == "usual" else tls})
    if chain:
        shown = session.api.post(f"/sites/{fqdn}/certificate", _given(chain, key, is_asked=passphrase_stdin))
    elif reissue:
        shown = session.api.post(f"/sites/{fqdn}/certificate/reissue", {"reason": reissue})
    elif acme:
        shown = session.api.post(f"/sites/{fqdn}/certificate/off")
    else:
        shown = session.api.get(f"/sites/{fqdn}/certificate")
    session.show(shown, lambda: _page(shown))


def _given(chain: Path, key: Path | None, *, is_asked: bool) -> dict[str, str]:
    passphrase = sys.stdin.readline().rstrip("\n") if is_asked else ""
    data = chain.read_bytes()
    if b"-----BEGIN" not in data:
        return {"pkcs12": base64.b64encode(data).decode(), "passphrase": passphrase}
    text = key.read_text(errors="replace") if key else ""
    return {"chain": data.decode(errors="replace"), "key": text, "passphrase": passphrase}


def _queue(shown: dict[str, Any]) -> str:
    if not shown["waiting"]:
        return ""
    return f"{shown['waiting']} on its machine, the last one until {moment(shown['last_turn'])}"


def _page(shown: dict[str, Any]) -> None:
    facts(
        (
            ("certificate", "your own" if shown["is_own"] else "automatic"),
            ("from", " ".join(filter(None, (shown["issuer"], "" if shown["is_own"] else f"({shown['directory']})")))),
            ("for", ", ".join(shown["names"])),
            ("valid", f"{moment(shown['not_before'])} to {moment(shown['not_after'])}" if shown["not_after"] else ""),
            ("renewed", moment(shown["renewal_at"]) if shown["renewal_at"] else ""),
            (
                "window",
                f"{moment(shown['window_start'])} to {moment(shown['window_end'])}, as its authority asks"
                if shown["window_end"]
                else "",
            ),
            (
                "anew",
                "another one is being ordered; this one serves until it is there" if shown["is_ordered_anew"] else "",
            ),
            ("waiting", _queue(shown)),
            ("its turn", moment(shown["turn"]) if shown["turn"] else ""),
            ("key", shown["key_kind"]),
            ("fingerprint", shown["fingerprint"]),
            ("TLS", "1.2 and 1.3" if shown["tls"] == "intermediate" else "1.3"),
            ("not covered", ", ".join(shown["uncovered"])),
        )
    )
    if "private_root" in shown["warnings"]:
        click.echo("\nOnly visitors who know your authority trust it.")
    told(shown["sentence"], "")
