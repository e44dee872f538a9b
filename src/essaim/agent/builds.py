"""Which build of each PHP the accounts have, as beats tell it."""

from pathlib import Path

from essaim.agent.engines import trees
from essaim.agent.machine import Machine
from essaim.agent.rollout import Rollout
from essaim.contract import PhpTree
from essaim.contract.php import VERSIONS

NAMED = 20


class Builds:
    """Counts the accounts of each version anew only when one of them was moved."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._rollouts = [Rollout(version, machine) for version in VERSIONS]
        self._told: dict[str, tuple[object, PhpTree | None]] = {}

    def told(self) -> tuple[PhpTree, ...]:
        """Each version that this machine has, from the oldest."""
        return tuple(tree for rollout in self._rollouts if (tree := self._tree(rollout)) is not None)

    def _tree(self, rollout: Rollout) -> PhpTree | None:
        paths, version = self._machine.paths, rollout.version
        changed = [_changed_at(path) for path in (paths.trees_given / version, paths.php_trees / version, rollout.file)]
        was, tree = self._told.get(version, ([], None))
        if was != changed:
            tree = _counted(rollout)
            self._told[version] = (changed, tree)
        return tree


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _counted(rollout: Rollout) -> PhpTree | None:
    paths, version = rollout.machine.paths, rollout.version
    usual, progress = trees.current(version, paths), rollout.progress()
    if usual is None:
        return None
    build = progress.build if progress is not None and progress.state != "done" else usual.name
    builds = [given for _, given in trees.holders(version, paths)]
    if progress is None or progress.build != build:
        return PhpTree(version=version, build=build, accounts=len(builds), on_it=builds.count(build))
    refused = {login: refusal.code for login, refusal in sorted(progress.refused.items())[:NAMED]}
    return PhpTree(
        version=version,
        build=build,
        accounts=len(builds),
        on_it=builds.count(build),
        state=progress.state,
        refused={login: str(code) for login, code in refused.items()},
    )
