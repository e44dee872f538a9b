"""The command `php-tree`: builds a machine's tree of one PHP, or takes a build that is there, and moves the accounts onto it."""

import sys
import time

from essaim.agent.engines import trees
from essaim.agent.errors import AgentError
from essaim.agent.install import main as install
from essaim.agent.machine import Config, Machine, Paths
from essaim.agent.rollout import Rollout, Step
from essaim.contract.php import VERSIONS, generation

BUSY_PAUSE_S = 2.0
WHY = {
    "tree.start_failed": "its PHP did not start",
    "tree.not_proved": "its PHP did not prove itself",
    "tree.crashes": "its PHP did not stay up",
}


def main(version: str, *, use: str, roles: str, start: bool) -> int:
    """Build `version`, or take the build `use` that is there. Returns the exit status."""
    paths = Paths()
    found = generation(version)
    if found is None:
        sys.stderr.write(f"There is no PHP {version}: choose {', '.join(VERSIONS)}.\n")
        return 2
    build = use or time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    try:
        tree = trees.place(version, build, paths) if use else trees.build(found, build, paths)
    except AgentError as wrong:
        sys.stderr.write(f"{wrong.sentence}\n{wrong.advice}\n")
        return 1
    if not trees.is_whole(version, build, paths):
        sys.stderr.write(f"{tree} is no tree of PHP {version}.\n")
        return 1
    machine = Machine(Config(machine="", roles=()), paths)
    if trees.current(version, paths) is None or not start:
        trees.choose(version, build, paths, machine.files)
        sys.stdout.write(f"PHP {version} starts in {tree}.\n")
    if (status := install(roles, start=start)) or not start:
        return status
    rollout = Rollout(version, machine)
    rollout.begin(build)
    return follow(rollout)


def follow(rollout: Rollout) -> int:
    """Make the steps of a roll-out and say each, until it is done or stopped. Killed, it is gone on with by the agent."""
    while (step := _say(rollout, rollout.step())).state == "under way":
        if step.waits:
            time.sleep(BUSY_PAUSE_S)
    progress = rollout.progress()
    if progress is None:
        return 1
    for login, refusal in sorted(progress.refused.items()):
        sys.stderr.write(f"{login} was put back to build {progress.before}: {WHY[refusal.code]} ({refusal.detail}).\n")
    if step.state == "stopped":
        sys.stderr.write(
            f"The roll-out of PHP {progress.version} is stopped: {len(progress.refused)} accounts were put back. "
            f"Those that were moved have build {progress.build}, all others {progress.before}.\n"
            f"Look at the build; then go on with `essaim-agent php-tree {progress.version} --use {progress.build}`, "
            f"or take all back with `--use {progress.before}`.\n"
        )
        return 1
    sys.stdout.write(f"Every account that is to has PHP {progress.version} of build {progress.build}.\n")
    return 0


def _say(rollout: Rollout, step: Step) -> Step:
    if step.login:
        what = f"put back: {WHY[step.refusal.code]}" if step.refusal else "moved"
        sys.stdout.write(f"PHP {rollout.version} of {step.login}: {what}.\n")
    return step
