"""What systemd is told of this process (sd_notify(3)): ready, alive, stopping."""

import os
import socket


def tell(state: str) -> None:
    """Say `READY=1`, `WATCHDOG=1`, `STOPPING=1`. Outside systemd nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            door.connect("\0" + address[1:] if address.startswith("@") else address)
            door.send(state.encode())


def watchdog_s() -> float | None:
    """How often systemd wants to hear from us: half of its limit (sd_watchdog_enabled(3)). None: it does not."""
    limit = os.environ.get("WATCHDOG_USEC", "")
    return int(limit) / 2e6 if limit.isdigit() else None
