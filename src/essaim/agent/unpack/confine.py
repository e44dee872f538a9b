"""What the process gives up before it reads the first byte of an archive."""

import contextlib
import ctypes
import os
import resource
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_MIB = 1024 * 1024
MEMORY_BYTES_MAX = 512 * _MIB  # a zip of 100,000 entries takes 120 MiB, xz at its largest 128
CPU_S_MAX = 600


def confine(*, file_bytes_max: int) -> None:
    """Bound memory, processor time, open files and the size of a file; never gain a privilege again, end with the agent.

    Raises:
        OSError: the kernel refused, and nothing must be unpacked.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    ends_with_parent = (_PR_SET_PDEATHSIG, signal.SIGKILL)  # two at work on one site would spoil each other's
    for words in ((_PR_SET_NO_NEW_PRIVS, 1), ends_with_parent):
        if libc.prctl(*words, 0, 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES_MAX,
        resource.RLIMIT_CPU: CPU_S_MAX,
        resource.RLIMIT_FSIZE: file_bytes_max,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")  # we inherit the agent's, which is to be spared
    os.umask(0o022)
    os.nice(5)
