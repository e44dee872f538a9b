"""`essaim demo`: a whole Essaim on this machine."""

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from essaim.lab.errors import LabError

if TYPE_CHECKING:  # at run time only where it is needed, for a quick start
    from essaim.lab.demo import Demo


@click.command()
@click.option("--check", is_flag=True, help="Do it all without a hand, order a site, see it proved, and exit 0.")
@click.option("--stop", is_flag=True, help="End the demo; what its machines wrote is kept.")
@click.option("--reset", is_flag=True, help="End the demo and forget its machines. The built image is kept.")
@click.option("--status", is_flag=True, help="Tell what runs.")
@click.option("--port", default=8000, show_default=True, help="Port of the Manager on 127.0.0.1.")
def demo(*, check: bool, stop: bool, reset: bool, status: bool, port: int) -> None:
    """A whole Essaim on this machine: a Manager, a web machine, and a machine that looks at it from outside."""
    from essaim.lab.demo import Demo

    try:
        the_demo = Demo(port=port)
        if status:
            _tell_status(the_demo)
        elif stop or reset:
            _require_root()
            (the_demo.platform.lab.reset if reset else the_demo.platform.lab.down)()
            click.echo("The demo has ended." + (" Its machines are forgotten." if reset else ""))
        else:
            _start(the_demo, check=check, port=port)
    except LabError as wrong:
        click.echo(f"{wrong}\n{wrong.hint}".rstrip(), err=True)
        sys.exit(1)


def _require_root() -> None:
    from essaim.lab.checks import root

    root()


def _tell_status(the_demo: "Demo") -> None:
    state = the_demo.platform.lab.status()
    if not state.machines:
        click.echo("The demo was never started here. Start it: sudo ./essaim demo")
        return
    for machine in state.machines:
        word = "runs" if machine.is_running else "off"
        click.echo(f"{machine.name:<10} {word:<5} {machine.address4:<12} {machine.address6}")
    address = ", ".join(forward.address for forward in state.forwards)
    address = address or "its address is for root to see: sudo ./essaim demo --status"
    click.echo(f"Manager: {address}" if state.is_running else "The demo is off. Start it: sudo ./essaim demo")
    if state.is_running:
        with suppress(LabError):  # who may not read it, or came while it is being made
            click.echo(_sign_in(the_demo))


def _sign_in(the_demo: "Demo") -> str:
    """Who may sign in at the Manager of the demo, one a line."""
    from essaim.lab import demo as lab_demo

    access = the_demo.platform.access
    lines = [("team", access.email, access.password), ("a client", lab_demo.CLIENTS[0].email, lab_demo.PASSWORD)]
    lines.append(("an agency", f"{lab_demo.AGENCY}@example.test", lab_demo.PASSWORD))
    lines += [("team", f"{who}@example.test", lab_demo.PASSWORD) for who in lab_demo.TEAM]
    told = [f"  {who:<9} {email:<28} {password}" for who, email, password in lines]
    vault = f"  The vault of {lab_demo.TEAM[0]} and {lab_demo.TEAM[2]} opens with {lab_demo.PASSWORD}-coffre"
    return "\n".join([*told, vault])


def _start(the_demo: "Demo", *, check: bool, port: int) -> None:
    from essaim.lab import checks
    from essaim.lab import demo as lab_demo
    from essaim.lab.errors import AlreadyRunning

    started = time.monotonic()
    console = Console(highlight=False, soft_wrap=True)
    try:
        checks.root()
        the_demo.refuse_when_running()
        checks.preflight(the_demo.platform.lab.instance, ports=[port])
        _with_progress(console, the_demo)
    except AlreadyRunning:
        if not check:
            raise
    console.print(f"The demo is up after {time.monotonic() - started:.0f} s.")
    if check:
        lab_demo.check(
            the_demo, lambda step: console.print(f"{step.seconds:7.2f} s  {step.name}  [dim]{step.said}[/dim]")
        )
        console.print("The check passed.")
        return
    console.print(f"""
[bold]{the_demo.platform.access.url}[/bold]

{_sign_in(the_demo)}

Command line: ./essaim site list      End: sudo ./essaim demo --stop""")


def _with_progress(console: Console, the_demo: "Demo") -> None:
    if not console.is_terminal:
        said = ""

        def plain(step: str, _fraction: float) -> None:
            nonlocal said
            if step != said:
                said = step
                click.echo(step)

        the_demo.start(plain)
        return
    columns = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()]
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("Starting", total=1.0)
        the_demo.start(lambda step, fraction: shown.update(task, description=step, completed=fraction))
