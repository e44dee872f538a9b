"""What makes one machine itself, written before its first boot: who it is, and what its role starts."""

import uuid

from essaim.lab import image
from essaim.lab.machine import Machine
from essaim.lab.paths import InstancePaths, MachineName
from essaim.lab.resolver import Resolver

SYSTEM = "etc/systemd/system"
ACME = ("essaim-lab-acme.service", "essaim-lab-acme-watch.service")
STARTED = {"manager": (), "web": (), "outside": ("essaim-lab-resolver.service", *ACME)}


def ensure(paths: InstancePaths, name: MachineName, digest: str) -> None:
    """Write the files of a machine that has never booted; one that has is left as it is."""
    root = paths.root(name)
    if (root / "etc/machine-id").exists():
        return
    (root / "etc/hostname").write_text(f"{name}\n")
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n")
    wanted = root / SYSTEM / "multi-user.target.wants"
    wanted.mkdir(exist_ok=True)
    for unit in STARTED[name.role]:
        (wanted / unit).symlink_to(f"/{SYSTEM}/{unit}")
    if name.role == "outside":
        machine = Machine(paths, name)
        for suffix, mode in (("pem", 0o644), ("key", 0o600)):
            content = (image.authority_dir(digest) / f"acme.{suffix}").read_bytes()
            machine.write_file(f"/etc/essaim-lab/acme.{suffix}", content, mode=mode)
        Resolver(machine).prepare()
    # Last, because it says that all of the above is there. With an identity given, systemd sees no first boot (machine-id(5)).
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{paths.instance}.essaim")
    (root / "etc/machine-id").write_text(f"{identity.hex}\n")
