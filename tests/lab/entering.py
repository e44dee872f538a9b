"""Coming into machines of a platform by SSH, as a person of the team does, from the machine outside."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from essaim.lab.paths import CHECKOUT
from essaim.lab.platform import ADMIN, Platform
from tests.lab.whole import beside_manager

DJANGO = "import django, json, sys; django.setup()\n"
CONFIRM = f"""{DJANGO}
from essaim.manager.keys import actions
from essaim.manager.people.models import Person
actions.confirm(Person.objects.get(email=sys.argv[1]))
print(json.dumps(True))
"""
"""What the page does once the person has shown that it is them."""


def confirm(platform: Platform, email: str = ADMIN) -> None:
    """This person has just shown in the browser that it is them."""
    beside_manager(platform, CONFIRM, email)


@dataclass
class Computer:
    """A person's own computer: `essaim ssh`, and plain ssh with what that left there."""

    platform: Platform
    runtime: Path
    token: str = ""
    more: dict[str, str] = field(default_factory=dict)

    def essaim(self, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """`essaim WORDS`, to its end."""
        return subprocess.run(
            self._argv(*words), input=stdin, capture_output=True, timeout=90, check=False, env=self._env
        )

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """`essaim WORDS`, going on."""
        pipe = subprocess.PIPE
        return subprocess.Popen(self._argv(*words), stdin=pipe, stdout=pipe, stderr=pipe, env=self._env)

    def ssh(self, *words: str, **options: str) -> subprocess.CompletedProcess[bytes]:
        """Plain ssh, with these options, to its end."""
        argv = ["ssh", "-F", "none", "-n"]
        for name, value in {"BatchMode": "yes", "StrictHostKeyChecking": "yes", **options}.items():
            argv += ["-o", f"{name}={value}"]
        outer = self.platform.lab.outside_argv("outside1", [*argv, *words])
        return subprocess.run(outer, capture_output=True, timeout=60, check=False, env=self._env)

    def folder(self, machine: str, role: str = "operator") -> Path:
        """Where `essaim ssh` keeps its key and certificate."""
        return self.runtime / "essaim-ssh" / f"10.77.0.2_8000_{machine}_{role}"

    def given(self, machine: str, role: str = "operator") -> dict[str, Any]:
        """What the Manager answered when it gave the certificate."""
        found: dict[str, Any] = json.loads((self.folder(machine, role) / "given.json").read_text())
        return found

    def options(self, machine: str, role: str = "operator") -> dict[str, str]:
        """What `essaim ssh` tells ssh, for `ssh`."""
        folder = self.folder(machine, role)
        return {
            "IdentityFile": str(folder / "key"),
            "CertificateFile": str(folder / "key-cert.pub"),
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": str(folder / "known_hosts"),
            "HostKeyAlias": machine,
        }

    def _argv(self, *words: str) -> list[str]:
        return self.platform.lab.outside_argv("outside1", [sys.executable, "-m", "essaim.cli", *words])

    @property
    def _env(self) -> dict[str, str]:
        own = {
            "ESSAIM_URL": "http://10.77.0.2:8000",
            "ESSAIM_TOKEN": self.token or self.platform.access.token,
            "XDG_RUNTIME_DIR": str(self.runtime),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(CHECKOUT / "src"),
        }
        return {**os.environ, **own, **self.more}
