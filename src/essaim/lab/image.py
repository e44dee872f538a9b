"""The tree every machine of every instance starts from: made once, shared read-only, made again only when the recipe changes."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock

from essaim.agent.engines import apache_tree, archives, runtimes, trees
from essaim.agent.engines.files import Files
from essaim.agent.errors import AgentError
from essaim.agent.machine import Paths
from essaim.contract import GENERATIONS, Generation
from essaim.lab import authority, recipe
from essaim.lab.errors import NotReady
from essaim.lab.paths import lab_dir
from essaim.lab.programs import CLEAN_ENVIRONMENT, Progress, lines_of, part, run, silent

# Where mmdebstrap is, as parts of the whole, measured: it says each of these lines once.
_STEPS = {
    "running apt-get update": 0.02,
    "downloading packages": 0.06,
    "extracting archives": 0.20,
    "installing essential": 0.25,
    "installing remaining": 0.40,
    "cleaning package lists": 0.90,
}


def images_dir() -> Path:
    return lab_dir() / "image"


def tree(digest: str) -> Path:
    """The file system of an image."""
    return images_dir() / digest / "tree"


def authority_dir(digest: str) -> Path:
    """The certificate authority an image trusts."""
    return images_dir() / digest / "authority"


def is_built(digest: str | None = None) -> bool:
    """Whether the image is there, whole: it gets its name by a rename at the end."""
    return tree(digest or recipe.digest()).is_dir()


def ensure(progress: Progress = silent) -> str:
    """Build the image unless it is there, and answer its digest. Takes a minute or two; two callers build it once.

    Raises:
        ProgramFailed: apt or a package refused; nothing half-built is left.
    """
    digest = recipe.digest()
    if is_built(digest):
        return digest
    with _one_at_a_time():
        if not is_built(digest):
            _build(digest, progress)
    progress("The image is ready.", 1.0)
    return digest


def remove_unused(used: set[str]) -> None:
    """Remove the images that are neither current nor in `used`. Two callers remove each once."""
    if not images_dir().is_dir():
        return
    for path in images_dir().iterdir():
        if path.name not in used | {recipe.digest()} and not path.name.startswith("."):
            going = path.with_name(f".removing-{path.name}")  # half an image must not be taken for one
            with suppress(OSError):  # the other caller was quicker
                path.rename(going)
                shutil.rmtree(going)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    images_dir().mkdir(parents=True, exist_ok=True)
    with (images_dir() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(digest: str, progress: Progress) -> None:
    for leftover in (*images_dir().glob(".building-*"), *images_dir().glob(".removing-*")):
        shutil.rmtree(leftover, ignore_errors=True)
    building = images_dir() / f".building-{digest}"
    building.mkdir()
    try:
        authority.make(building / "authority")
        argv = archives.debootstrap(recipe.CODENAME, recipe.PACKAGES, building / "tree")
        _build_tree(argv, "the image", part(progress, 0.0, 0.5))
        jobs = [partial(_add_php, building / "tree", generation) for generation in GENERATIONS]
        jobs += [partial(_add_runtimes, building / "tree"), partial(_add_apache, building / "tree")]
        _side_by_side(jobs, part(progress, 0.5, 0.95))
        progress("Fitting the image to the lab", 0.95)
        _fit(building)
        building.rename(images_dir() / digest)
    except AgentError as wrong:
        shutil.rmtree(building, ignore_errors=True)
        raise NotReady(wrong.sentence, hint=wrong.advice) from wrong
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _side_by_side(jobs: Sequence[Callable[[Progress], None]], progress: Progress) -> None:
    """Do the jobs, as many at a time as there are processors: dpkg keeps one busy. The first that fails lets no other begin.

    Raises:
        Exception: of the first job that failed, once those that had begun have ended.
    """
    fractions = [0.0] * len(jobs)
    telling = Lock()

    def told(number: int) -> Progress:
        def tell(step: str, fraction: float) -> None:
            with telling:
                fractions[number] = fraction
                progress(step, sum(fractions) / len(fractions))

        return tell

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = [pool.submit(job, told(number)) for number, job in enumerate(jobs)]
        try:
            for one in as_completed(running):
                one.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _build_tree(argv: list[str], called: str, progress: Progress) -> None:
    with lines_of(argv, env={**CLEAN_ENVIRONMENT, **archives.proxies()}) as lines:
        for line in lines:
            for text, fraction in _STEPS.items():
                if text in line:
                    progress(f"Building {called}: {line.removeprefix('I: ').rstrip('.')}", fraction)


def _add_php(root: Path, generation: Generation, progress: Progress) -> None:
    target = trees.place(generation.version, recipe.PHP_BUILD, Paths(root))
    target.parent.mkdir(parents=True)
    _build_tree(
        trees.debootstrap(generation, target, *recipe.in_tree(generation)), f"PHP {generation.version}", progress
    )
    trees.fit(target)
    trees.leave_off(generation.version, target)
    trees.choose(generation.version, recipe.PHP_BUILD, Paths(root), Files())


def _add_runtimes(root: Path, progress: Progress) -> None:
    target = runtimes.place(recipe.PHP_BUILD, Paths(root))
    target.parent.mkdir(parents=True)
    _build_tree(runtimes.debootstrap(target), "the runtimes of programs", progress)
    trees.fit(target)
    runtimes.choose(recipe.PHP_BUILD, Paths(root), Files())


def _add_apache(root: Path, progress: Progress) -> None:
    target = apache_tree.place(recipe.PHP_BUILD, Paths(root))
    target.parent.mkdir(parents=True)
    _build_tree(apache_tree.debootstrap(target), "Apache", progress)
    trees.fit(target)
    apache_tree.choose(recipe.PHP_BUILD, Paths(root), Files())


def _fit(building: Path) -> None:
    root = building / "tree"
    for junk in ("etc/apt/sources.list", "etc/apt/apt.conf.d/99mmdebstrap", "etc/dpkg/dpkg.cfg.d/99mmdebstrap", "etc/machine-id",
                 "var/lib/dbus/machine-id", "etc/resolv.conf", "etc/hostname"):  # fmt: skip
        (root / junk).unlink(missing_ok=True)  # the image knows no archive, and no machine's identity
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    shutil.copytree(recipe.FILES, root, dirs_exist_ok=True)
    shutil.copy(building / "authority/ca.pem", root / "usr/local/share/ca-certificates/essaim-lab.crt")
    run(["chroot", str(root), "update-ca-certificates"], env=CLEAN_ENVIRONMENT)
    systemctl = ["systemctl", "--quiet", f"--root={root}"]
    run([*systemctl, "disable", *recipe.DISABLED], env=CLEAN_ENVIRONMENT)
    run([*systemctl, "mask", *recipe.MASKED], env=CLEAN_ENVIRONMENT)
    run([*systemctl, "set-default", "multi-user.target"], env=CLEAN_ENVIRONMENT)
    for directory in (root / "etc", root / "var"):
        (directory / ".updated").touch()  # systemd's own first-boot work (sysusers, ldconfig) is done
