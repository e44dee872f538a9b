"""What a client with bad intentions tries by system calls: this very file is run by the account's own PHP, on the machine.

Only the standard library. Each attempt answers whether it succeeded; an `OSError` is a refusal. Imported by the tests for its list alone.
"""

import ctypes
import errno
import fcntl
import json
import os
import resource
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

ATTEMPTS: dict[str, Callable[[SimpleNamespace], object]] = {}
CONTROLS: dict[str, Callable[[SimpleNamespace], object]] = {}
"""What must succeed: the same means, used where they may be."""
CALLS = {
    "x86_64": {"ptrace": 101, "personality": 135, "chroot": 161, "mount": 165, "unshare": 272, "setns": 308, "bpf": 321,
               "userfaultfd": 323, "perf_event_open": 298, "add_key": 248, "keyctl": 250, "io_uring_setup": 425,
               "process_vm_readv": 310, "init_module": 175, "kexec_load": 246, "open_by_handle_at": 304, "open_tree": 428,
               "fsopen": 430, "pidfd_getfd": 438, "pidfd_open": 434, "fchmodat2": 452, "sethostname": 170, "swapon": 167,
               "sched_setattr": 314, "syslog": 103, "iopl": 172, "quotactl": 179, "acct": 163, "pivot_root": 155},
}["x86_64"]  # fmt: skip
_libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    """A system call; its answer, or minus the error's number."""
    done: int = _libc.syscall(CALLS[name], *arguments)
    return done if done >= 0 else -ctypes.get_errno()


def reaches(name: str, *arguments: object) -> bool:
    """The kernel looked at what was asked, whatever it answered: the call is in reach."""
    return call(name, *arguments) not in (-errno.EPERM, -errno.ENOSYS)


Tried = Callable[[SimpleNamespace], object]


def into(group: dict[str, Tried]) -> Callable[[str], Callable[[Tried], Tried]]:
    return lambda sentence: lambda tried: group.setdefault(sentence, tried)


attempt, control = into(ATTEMPTS), into(CONTROLS)


def connects(host: str, port: int, protocol: int = 0) -> bool:
    """Something answers there over TCP."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as talk:
        talk.settimeout(3)
        talk.connect(address)
    return True


def answers(host: str, port: int) -> bool:
    """Something answers there over UDP."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as talk:
        talk.settimeout(1)
        talk.sendto(b"hello", address)
        return bool(talk.recv(100))


def sends(host: str, port: int) -> bool:
    """A datagram leaves for there."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as talk:
        talk.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        return talk.sendto(b"hello", address) > 0


# -- the network; `see` has addresses at which something listens that answers everybody else

control("reach the world")(lambda see: connects(see.world4, 2525) and connects(see.world6, 2525))
control("reach the web of the house")(lambda see: connects(see.house4, 80) and connects(see.house6, 80))
control("reach an own site by its name")(lambda see: connects(see.own, 80) and connects(see.own, 443))
control("find names")(lambda see: socket.gethostbyname(see.site) == see.machine4)
control("ask a resolver")(lambda see: connects(see.house4, 53))
attempt("send mail to the world (port 25)")(lambda see: connects(see.world4, 25))
attempt("send mail to the world over IPv6")(lambda see: connects(see.world6, 25))
attempt("send mail to the world by submission (587)")(lambda see: connects(see.world4, 587))
attempt("send mail to the world by submission over TLS (465)")(lambda see: connects(see.world6, 465))
attempt("send mail to the world over multipath TCP")(lambda see: connects(see.world4, 25, 262))
attempt("reach the bus")(lambda see: connects(see.manager4, 4222))
attempt("reach the bus over IPv6")(lambda see: connects(see.manager6, 4222))
attempt("reach the Manager behind its web port")(lambda see: connects(see.manager4, 8000))
attempt("reach a service of the house")(lambda see: connects(see.house4, 2525))
attempt("reach a service of the house over UDP")(lambda see: answers(see.house4, 2525))
attempt("reach a service on the loopback")(lambda see: connects("127.0.0.1", see.port))
attempt("reach a service on another address of the loopback")(lambda see: connects("127.1.2.3", see.port))
attempt("reach a service on the loopback over IPv6")(lambda see: connects("::1", see.port))
attempt("reach a service on the loopback over UDP")(lambda see: answers("127.0.0.1", see.port))
attempt("reach a service on the loopback by the address nought")(lambda see: connects("0.0.0.0", see.port))  # noqa: S104  # a client connects there, nobody listens
attempt("reach a service on the loopback by a mapped address")(lambda see: connects("::ffff:127.0.0.1", see.port))
attempt("reach a service on the loopback by a name that leads there")(lambda see: connects(see.rebound, see.port))
attempt("reach the web server by the loopback")(lambda see: connects("127.0.0.1", 80))
attempt("reach a service on the machine's own address")(lambda see: connects(see.machine4, see.port))
attempt("reach a service on the machine's own address over IPv6")(lambda see: connects(see.machine6, see.port))
attempt("reach what is link-local over IPv6")(lambda see: connects(see.linklocal6, 80))
attempt("read a cloud's metadata (169.254.169.254)")(lambda see: connects("169.254.169.254", 80))
attempt("speak to all machines of the house")(lambda see: sends("224.0.0.251", 5353) or sends(see.broadcast4, 9))


@attempt("send mail with the first packet (fast open)")
def fast_open(see: SimpleNamespace) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as talk:
        talk.settimeout(3)
        talk.sendto(b"EHLO", socket.MSG_FASTOPEN, (see.world4, 25))
        return bool(talk.recv(10))


@attempt("listen on a port below 1024")
def low_port(see: SimpleNamespace) -> bool:
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as talk:
        talk.bind(("::", 81))
    return True


@attempt("open a raw socket over IPv4 or IPv6")
def raw(see: SimpleNamespace) -> bool:
    return opens(socket.AF_INET, socket.SOCK_RAW, 1) or opens(socket.AF_INET6, socket.SOCK_RAW, 58)


attempt("open a socket on the cable")(lambda see: opens(socket.AF_PACKET, socket.SOCK_RAW, 3))


@attempt("open a socket of a family that no site needs")
def families(see: SimpleNamespace) -> bool:
    return any(opens(family, socket.SOCK_RAW, 0) or opens(family, socket.SOCK_DGRAM, 0) or opens(family, socket.SOCK_SEQPACKET, 0)
               for family in range(3, 46) if family != socket.AF_INET6)  # fmt: skip


def opens(family: int, kind: int, protocol: int) -> bool:
    try:
        socket.socket(family, kind, protocol).close()
    except OSError:
        return False
    return True


attempt("learn the name of a neighbour's abstract socket")(lambda see: "@" in Path("/proc/self/net/unix").read_text())


# -- processes


@attempt("trace the neighbour's PHP")
def trace(see: SimpleNamespace) -> bool:
    return call("ptrace", 16, see.pid, 0, 0) >= 0 or call("ptrace", 0x4206, see.pid, 0, 0) >= 0


@attempt("read the memory of the neighbour's PHP")
def vm(see: SimpleNamespace) -> bool:
    space = ctypes.create_string_buffer(8)
    local, far = struct.pack("PN", ctypes.addressof(space), 8), struct.pack("PN", 0x400000, 8)
    return call("process_vm_readv", see.pid, local, 1, far, 1, 0) > 0


@attempt("take an open file out of the neighbour's PHP")
def getfd(see: SimpleNamespace) -> bool:
    held = call("pidfd_open", see.pid, 0)
    return held >= 0 and call("pidfd_getfd", held, 0, 0) >= 0


@attempt("signal the neighbour, nginx or the agent")
def signals(see: SimpleNamespace) -> bool:
    return any(can(lambda pid=pid: os.kill(pid, 0)) for pid in (see.pid, see.nginx, see.agent, 1))


@attempt("signal the neighbour by a handle")
def pidfd(see: SimpleNamespace) -> bool:
    held = call("pidfd_open", see.pid, 0)
    return held >= 0 and can(lambda: signal.pidfd_send_signal(held, 0))


@attempt("read the agent's environment and memory")
def environment(see: SimpleNamespace) -> bool:
    return any(
        can(lambda name=name: Path(f"/proc/{see.agent}/{name}").read_bytes()) for name in ("environ", "cmdline", "maps")
    )


@attempt("change how the neighbour's PHP is scheduled or limited")
def others(see: SimpleNamespace) -> bool:
    return can(lambda: os.setpriority(os.PRIO_PROCESS, see.pid, 10)) or can(
        lambda: resource.prlimit(see.pid, resource.RLIMIT_NOFILE, (10, 10))
    )


def can(do: Callable[[], object]) -> bool:
    try:
        do()
    except OSError:
        return False
    return True


@attempt("find the memory that the neighbour shares with itself")
def shared(see: SimpleNamespace) -> bool:
    ids = [_libc.shmget(key, 0, 0) for key in (0x45535341, 1, 2)] + [_libc.msgget(0x45535341, 0)]
    return any(each >= 0 for each in ids) or can(lambda: Path("/dev/shm/of-the-neighbour").read_bytes())  # noqa: S108  # where the neighbour put it


# -- limits


@attempt("raise an own limit")
def limits(see: SimpleNamespace) -> bool:
    kinds = (
        resource.RLIMIT_NPROC,
        resource.RLIMIT_DATA,
        resource.RLIMIT_NOFILE,
        resource.RLIMIT_CORE,
        resource.RLIMIT_MEMLOCK,
    )
    return any(
        can(lambda kind=kind: resource.prlimit(0, kind, (resource.getrlimit(kind)[1] + 1,) * 2)) for kind in kinds
    )


@attempt("run before others")
def urgency(see: SimpleNamespace) -> bool:
    real_time = can(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
    longer = can(lambda: os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)))  # turns of the usual length
    together = can(lambda: Path("/proc/self/autogroup").write_text("-10"))
    return (
        real_time
        or longer
        or together
        or can(lambda: os.setpriority(os.PRIO_PROCESS, 0, -5))
        or reaches("sched_setattr", 0, 0, 0)
    )


@attempt("leave the own control group")
def cgroup(see: SimpleNamespace) -> bool:
    groups = [*Path("/sys/fs/cgroup").rglob("cgroup.procs")]
    return any(can(lambda group=group: group.write_text(str(os.getpid()))) for group in groups)


@attempt("write a core dump")
def core(see: SimpleNamespace) -> bool:
    child = subprocess.run([sys.executable, "-c", "import os; os.abort()"], check=False)
    return child.returncode == -signal.SIGABRT and any(Path().glob("core*"))


@attempt("make a subvolume, which has a quota of its own")
def subvolume(see: SimpleNamespace) -> bool:
    home = os.open("/srv/home", os.O_RDONLY)
    # BTRFS_IOC_SUBVOL_CREATE and BTRFS_IOC_SNAP_CREATE, and their second forms
    calls = (0x5000940E, 0x50009418, 0x50009401, 0x50009417)
    return any(can(lambda code=code: fcntl.ioctl(home, code, volume(home, code))) for code in calls)


def volume(home: int, code: int) -> bytearray:
    head = struct.pack("q", home if code in (0x50009401, 0x50009417) else 0)
    name = f"sub{code & 0xFF}".encode()
    if code in (0x50009418, 0x50009417):
        return bytearray((head + bytes(48) + name).ljust(4096, b"\0"))
    return bytearray((head + name).ljust(4096, b"\0"))


# -- the kernel


def _files(*pairs: tuple[str, str]) -> bool:
    return any(can(lambda path=path, text=text: Path(path).write_text(text)) for path, text in pairs)


attempt("change settings of the kernel")(
    lambda see: _files(
        ("/proc/sys/kernel/core_pattern", "|/tmp/x"),
        ("/proc/sys/net/ipv4/ip_forward", "1"),
        ("/proc/sysrq-trigger", "s"),
    )
)
attempt("be spared when memory ends")(lambda see: _files(("/proc/self/oom_score_adj", "-1000")))
attempt("have a core dump written as root")(lambda see: _libc.prctl(4, 2, 0, 0, 0) == 0)
attempt("set the clock")(lambda see: time.clock_settime(time.CLOCK_REALTIME, 1_000_000_000) is None)
attempt("write into the kernel's devices")(
    lambda see: _files(("/sys/power/state", "mem"), ("/sys/kernel/mm/ksm/run", "1"))
)
attempt("load a program into the kernel (bpf)")(lambda see: reaches("bpf", 0, 0, 0))
attempt("handle page faults (userfaultfd)")(lambda see: reaches("userfaultfd", 0))
attempt("ask the kernel by its queues (io_uring)")(
    lambda see: reaches("io_uring_setup", 8, ctypes.create_string_buffer(120))
)
attempt("count the machine's events (perf)")(lambda see: reaches("perf_event_open", 0, 0, -1, -1, 0))
attempt("use the kernel's keyrings")(
    lambda see: reaches("keyctl", 0, -3, 1) or reaches("add_key", b"user", b"x", b"x", 1, -3)
)
attempt("load a module or another kernel")(
    lambda see: reaches("init_module", 0, 0, b"") or reaches("kexec_load", 0, 0, 0, 0)
)
attempt("mount something")(
    lambda see: (
        reaches("mount", b"/etc", b"/tmp", 0, 4096, 0)
        or reaches("fsopen", b"tmpfs", 0)
        or reaches("open_tree", -100, b"/tmp", 1)
    )
)
attempt("change the root")(lambda see: reaches("chroot", b"/tmp") or reaches("pivot_root", b"/tmp", b"/tmp"))
attempt("make a namespace by a system call")(
    lambda see: any(
        call("unshare", flag) == 0 for flag in (0x10000000, 0x20000, 0x40000000, 0x8000000, 0x4000000, 0x2000000)
    )
)
attempt("enter the machine's namespaces")(
    lambda see: (
        any(can(lambda name=name: os.open(f"/proc/1/ns/{name}", os.O_RDONLY)) for name in ("mnt", "net"))
        or reaches("setns", -1, 0)
    )
)
attempt("open a file by its handle")(lambda see: reaches("open_by_handle_at", -100, 0, 0))
attempt("have memory laid out as foreseen (personality)")(lambda see: call("personality", 0x0040000) >= 0)
attempt("name the machine anew")(lambda see: reaches("sethostname", b"x", 1))
attempt("read the kernel's messages by a system call")(
    lambda see: call("syslog", 3, ctypes.create_string_buffer(100), 100) > 0
)
attempt("speak to the processor's ports")(lambda see: reaches("iopl", 3))
attempt("change quotas, accounting or swap")(
    lambda see: reaches("quotactl", 0, 0, 0, 0) or reaches("acct", 0) or reaches("swapon", b"/tmp/x", 0)
)


@attempt("get rights back by a program that has them")
def new_rights(see: SimpleNamespace) -> bool:
    return bool(_libc.prctl(39, 0, 0, 0, 0) != 1) or can(lambda: os.setuid(0)) or can(lambda: os.setgroups([0]))


@attempt("make a device")
def device(see: SimpleNamespace) -> bool:
    return can(lambda: os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0))) or can(
        lambda: os.mknod("mem", 0o600 | stat.S_IFCHR, os.makedev(1, 1))
    )


@attempt("make a program that runs as its owner, by any call that sets modes")
def setuid(see: SimpleNamespace) -> bool:
    can(lambda: os.close(os.open("s1", os.O_CREAT | os.O_WRONLY, 0o4755)))
    Path("s2").touch()
    can(lambda: Path("s2").chmod(0o6755))
    call("fchmodat2", -100, b"s2", 0o4755, 0)
    can(lambda: Path("s3").mkdir(0o2755))
    memory = os.memfd_create("x")
    can(lambda: os.fchmod(memory, 0o4755))
    modes = [
        os.fstat(memory).st_mode,
        *(Path(name).stat().st_mode for name in ("s1", "s2", "s3") if Path(name).exists()),
    ]
    return any(mode & (stat.S_ISUID | stat.S_ISGID) for mode in modes)


@attempt("give a file rights of root (xattr)")
def capabilities(see: SimpleNamespace) -> bool:
    Path("c").touch()
    root = struct.pack("<IIIII", 0x02000001, 0xFFFFFFFF, 0, 0, 0)
    return can(lambda: os.setxattr("c", "security.capability", root)) or can(
        lambda: os.setxattr("c", "trusted.x", b"1")
    )


@attempt("give a file to somebody else")
def chown(see: SimpleNamespace) -> bool:
    Path("c").touch()
    return can(lambda: os.chown("c", see.uid, -1)) or can(lambda: os.chown("c", -1, 33))


@attempt("find the neighbour's login anywhere on the machine")
def login(see: SimpleNamespace) -> list[str]:
    named = [Path(place, name) for place, folders, files in os.walk("/", followlinks=False)
             if (place != "/" or folders.remove("proc") is None) for name in (*folders, *files)
             if see.b in name]  # fmt: skip
    told = [Path("/proc/self") / name for name in ("mountinfo", "cgroup", "maps", "net/unix")]
    return [str(path) for path in [*named, *(one for one in told if can(one.read_text) and see.b in one.read_text())]]


def _told(tried: Callable[[SimpleNamespace], object], see: SimpleNamespace) -> object:
    try:
        return tried(see) or False
    except OSError:
        return False


if __name__ == "__main__":
    seen = SimpleNamespace(**json.loads(sys.argv[1]))
    answers_of = [{name: _told(tried, seen) for name, tried in group.items()} for group in (ATTEMPTS, CONTROLS)]
    sys.stdout.write(json.dumps(answers_of))
