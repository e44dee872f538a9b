"""Where control groups are, read from the kernel's table of mounts."""

from pathlib import Path

from essaim.lab import cgroups

HYBRID = """\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
"""
UNIFIED = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def test_cgroup2_beside_the_older_hierarchies_is_found() -> None:
    assert cgroups.mount_point(HYBRID) == Path("/sys/fs/cgroup/unified")
    assert cgroups.mirrors(HYBRID) == [Path("/sys/fs/cgroup/systemd")]


def test_cgroup2_alone_is_found() -> None:
    assert cgroups.mount_point(UNIFIED) == Path("/sys/fs/cgroup")
    assert cgroups.mirrors(UNIFIED) == []


def test_a_machine_without_cgroup2_has_none() -> None:
    assert cgroups.mount_point("22 1 0:21 / /proc rw - proc proc rw\n") is None
