"""`python -m essaim.lab`: the lab by hand, for whoever works on Essaim."""

import argparse
import sys

from essaim.lab import Lab, LabError, checks
from essaim.lab.paths import DEFAULT


def main(arguments: list[str] | None = None) -> int:
    """Do one thing with one instance; answers the exit status: 0, 1 for a refusal, or that of the program inside."""
    options = _parser().parse_args(arguments)
    try:
        checks.root()
        return _do(options, Lab(options.instance))
    except (LabError, ValueError) as refusal:
        print(refusal, getattr(refusal, "hint", ""), file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m essaim.lab", description="Real Debian machines on this machine.")
    parser.add_argument("--instance", default="dev", help="which set of machines (default: dev)")
    words = parser.add_subparsers(dest="word", required=True)
    up = words.add_parser("up", help="boot the machines, building what is missing")
    up.add_argument("machines", nargs="*", default=[str(name) for name in DEFAULT], help="default: %(default)s")
    words.add_parser("down", help="switch the machines off; their disks stay")
    words.add_parser("reset", help="switch the machines off and forget their disks")
    words.add_parser("status", help="say what runs")
    words.add_parser("shell", help="a root shell in a machine").add_argument("machine")
    run = words.add_parser("run", help="run a program in a machine: run web1 -- systemctl status")
    run.add_argument("machine")
    run.add_argument("argv", nargs="+")
    return parser


def _do(options: argparse.Namespace, lab: Lab) -> int:
    match options.word:
        case "up":
            checks.preflight(lab.instance, progress=_say)
            lab.up(options.machines, progress=_say)
        case "down":
            lab.down()
        case "reset":
            lab.reset()
        case "status":
            _show(lab)
        case "shell":
            return lab.machine(options.machine).shell()
        case "run":
            return lab.machine(options.machine).call(options.argv)
    return 0


def _say(step: str, fraction: float) -> None:
    print(f"{fraction:4.0%}  {step}", file=sys.stderr, flush=True)


def _show(lab: Lab) -> None:
    status = lab.status()
    if not status.machines:
        print(f"The instance {lab.instance} does not exist.")
    for machine in status.machines:
        state = "on" if machine.is_running else "off"
        print(f"{machine.name:10} {state:4} {machine.address4:12} {machine.address6}")
    for forward in status.forwards:
        print(f"{'forward':10} {'on':4} {forward.address}")


if __name__ == "__main__":
    sys.exit(main())
