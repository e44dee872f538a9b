"""`essaim site php`: a site's PHP version and settings, shown and changed."""

from typing import Any

import click

from essaim.cli import site_following, site_php_trial
from essaim.cli.shown import Session, facts, speaks, table
from essaim.contract.php import SETTINGS


@click.command()
@click.argument("fqdn")
@click.option("--version", default="", help="The PHP version to have from now on.")
@click.option("--back", is_flag=True, help="Put the version back that it had before the last change.")
@click.option("--set", "chosen", multiple=True, metavar="NAME=VALUE", help="Choose a setting; may be repeated.")
@click.option("--unset", "given_up", multiple=True, metavar="NAME", help="Have a setting as usual; may be repeated.")
@site_php_trial.acts
@site_following.waits
@speaks
def php(
    session: Session,
    fqdn: str,
    *,
    version: str,
    back: bool,
    chosen: tuple[str, ...],
    given_up: tuple[str, ...],
    act: site_php_trial.Act | None,
    wait: site_following.Wait,
) -> None:
    """Show a site's PHP, or change its version and settings. What is not given stays.

    Numbers are written without their unit (MiB, seconds), switches as on or off:
    essaim site php chorale.example.org --version 8.4 --set memory_limit=256
    """
    if version and back:
        raise click.UsageError("Give --version or --back, not both.")
    if act and (version or back or chosen or given_up):
        raise click.UsageError(site_php_trial.ALONE)
    if act:
        act(session, fqdn, wait)
        return
    change: dict[str, Any] = {}
    if settings := dict(map(_pair, chosen)) | dict.fromkeys(given_up, ""):
        change["php_settings"] = settings
    if version:
        change["php"] = version
    if back:
        change["php"] = _before(session.api.get(f"/sites/{fqdn}"))
    if change:
        site_following.decided(session, session.api.patch(f"/sites/{fqdn}", change), wait)
        return
    shown = session.api.get(f"/sites/{fqdn}")
    kept = {name: shown[name] for name in ("php", "php_before", "php_settings", "php_offered")}
    session.show(kept, lambda: _page(shown))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise click.UsageError(f"Write --set NAME=VALUE, not {text!r}.")
    return name, value


def _before(shown: dict[str, Any]) -> str:
    if not shown["php_before"]:
        raise click.UsageError(
            f"The PHP version of {shown['name_unicode']} was not changed: there is none to put back."
        )
    return str(shown["php_before"])


def in_words(shown: dict[str, Any]) -> str:
    """Version and chosen settings in one line."""
    settings = ", ".join(f"{name} = {value}" for name, value in sorted(shown["php_settings"].items()))
    return f"{shown['php']} ({settings})" if settings else str(shown["php"])


def _page(shown: dict[str, Any]) -> None:
    offered = [
        f"{one['version']}{'' if one['is_supported'] else ' (no security updates since ' + one['supported_until'] + ')'}"
        for one in shown["php_offered"]
    ]
    facts((("PHP", shown["php"]), ("before", shown["php_before"]), ("offered", ", ".join(offered))))
    click.echo()
    rows = [
        (
            setting.name,
            shown["php_settings"].get(setting.name, setting.default),
            setting.unit,
            setting.default,
            f"{setting.least} to {setting.most}" if setting.sort == "number" else _KINDS[setting.sort],
        )
        for setting in SETTINGS.values()
    ]
    table(("SETTING", "NOW", "UNIT", "USUALLY", "ALLOWED"), rows)


_KINDS = {"switch": "on or off", "timezone": "a continent and a city, or UTC"}
