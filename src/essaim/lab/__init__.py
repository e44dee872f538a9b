"""Real Debian machines on this machine: systemd-nspawn in network namespaces of their own.

The demo, the lab tests and the benchmarks are *instances*, side by side. The law of this floor: the outer machine's network, services and
accounts are not touched; what an instance put into the kernel goes when it is taken down; what runs is looked up, never remembered.
"""

from essaim.lab.errors import LabError
from essaim.lab.instance import Lab
from essaim.lab.machine import Machine

__all__ = ["Lab", "LabError", "Machine"]
