"""The root of the command line. A command's module is imported when the command runs, so that help is quick.

To add a command: write its module, and a line in `COMMANDS`.
"""

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple, NoReturn

import click

from essaim.cli.errors import CommandError


class Lazy(NamedTuple):
    """Where a command is, and its line of help."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    "site": Lazy("essaim.cli.site", "site", "Order, follow, change, suspend, close sites; put content."),
    "account": Lazy("essaim.cli.account", "account", "Create and look after accounts."),
    "offer": Lazy("essaim.cli.offer", "offer", "What accounts get: list, make, change (team) offers."),
    "client": Lazy("essaim.cli.client", "client", "List and create clients, their people and consents."),
    "machine": Lazy("essaim.cli.machine", "machine", "Add, enrol, drain, check, revoke machines (team)."),
    "ssh": Lazy("essaim.cli.ssh", "ssh", "Come into a machine, with a certificate of an hour (team)."),
    "keys": Lazy("essaim.cli.keys", "keys", "Certificates that were given, sessions on machines (team)."),
    "tool": Lazy("essaim.cli.tool", "tool", "Tools that people sign in to with the Manager (team)."),
    "break-glass": Lazy(
        "essaim.cli.break_glass", "break_glass", "The key of the house that two of five open, and its kit."
    ),
    "team": Lazy("essaim.cli.team", "team", "Who is there, cover, bus factor, leaving; rights and groups (team)."),
    "vault": Lazy("essaim.cli.vault", "vault", "Secrets of the house: list, show, put, rotate (team)."),
    "audit": Lazy("essaim.cli.audit", "audit", "Read and verify the audit trail (team)."),
    "token": Lazy("essaim.cli.token", "token", "Your API tokens."),
    "privacy": Lazy("essaim.cli.privacy", "privacy", "Your own data: take it with you, have it erased."),
    "login": Lazy("essaim.cli.sign_in", "login", "Keep a Manager's address and your token."),
    "whoami": Lazy("essaim.cli.sign_in", "whoami", "Who you are at the Manager, and what your token opens."),
    "email": Lazy("essaim.cli.address", "email", "The e-mail address that you sign in with."),
    "completion": Lazy("essaim.cli.completion", "completion", "Print shell completion."),
    "version": Lazy("essaim.cli.completion", "version", "Print the version."),
    "admin": Lazy("essaim.cli.admin", "admin", "First administrator and tokens, on the Manager's own machine."),
    "manager": Lazy("essaim.cli.manager", "manager", "Install and run the Manager, on its own machine."),
    "bus": Lazy("essaim.cli.bus", "bus", "Make the keys of the bus, on the Manager's own machine."),
    "demo": Lazy("essaim.cli.demo", "demo", "A whole Essaim on this machine."),
    "test": Lazy("essaim.cli.dev", "test", "Run the tests."),
    "check": Lazy("essaim.cli.dev", "check", "Lint, types, layers, templates, translations."),
    "fix": Lazy("essaim.cli.dev", "fix", "Put right what a tool can."),
    "pack": Lazy("essaim.cli.pack", "pack", "Pack the agent or the manager for a real machine."),
    "lock": Lazy("essaim.cli.dev", "lock", "Resolve the requirements anew."),
    "bench": Lazy("essaim.cli.bench", "bench", "Run a benchmark."),
}

ROOMS = {
    "What is hosted": (
        "site",
        "account",
        "offer",
        "client",
        "machine",
        "ssh",
        "keys",
        "vault",
        "break-glass",
        "tool",
        "audit",
        "team",
    ),
    "You": ("login", "whoami", "token", "email", "privacy", "completion", "version"),
    "On the Manager's machine": ("manager", "admin", "bus", "pack"),
    "For contributors": ("demo", "test", "check", "fix", "lock", "bench"),
}

EXIT_CODES = (
    ("0", "done"),
    ("1", "unexpected: a bug, or not a Manager's answer"),
    ("2", "wrong usage"),
    ("3", "refused: sentence, hint and code are printed"),
    ("4", "nobody answers"),
    ("5", "decided, not proved in time"),
    ("6", "not signed in, or not allowed"),
)


class LazyGroup(click.Group):
    """A group whose commands are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands whose module is here: a machine's installation has not all of them."""
        return [name for name, command in COMMANDS.items() if find_spec(command.module) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        lazy = COMMANDS.get(cmd_name)
        if lazy is None or cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(import_module(lazy.module), lazy.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """By room, from the lines above: nothing is imported for help."""
        present = self.list_commands(ctx)
        for room, names in ROOMS.items():
            rows = [(name, COMMANDS[name].help) for name in names if name in present]
            if rows:
                with formatter.section(room):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # of click's signature
        """The exit codes, which scripts lean on."""
        with formatter.section("Exit codes"):
            formatter.write_dl(EXIT_CODES)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def essaim() -> None:
    """Essaim runs a non-profit web host: it decides, a machine does, a probe from outside proves."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code: Any = essaim.main(given, prog_name="essaim", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except CommandError as wrong:
        _tell(wrong, as_json="--json" in given)
        sys.exit(wrong.exit_code)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except BrokenPipeError:  # `essaim ... | head`
        sys.stderr.close()
        sys.exit(0)


def _tell(wrong: CommandError, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(wrong.as_json(), indent=2, ensure_ascii=False))
        return
    code = f" [{wrong.code}]" if wrong.code else ""
    click.echo(f"{wrong}{code}", err=True)
    for line in (wrong.hint, *_fields(wrong)):
        if line:
            click.echo(f"  {line}", err=True)


def _fields(wrong: CommandError) -> list[str]:
    return [f"{error['field']}: {error['sentence']}" for error in wrong.problem.get("errors", [])]
