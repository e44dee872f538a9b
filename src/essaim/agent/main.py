"""Starting and stopping the agent's process."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import signal
import sys
import time
from pathlib import Path

from essaim.agent import notify
from essaim.agent.apache_watch import ApacheWatch
from essaim.agent.defence import Defender
from essaim.agent.engines import ssh
from essaim.agent.loop import Agent
from essaim.agent.machine import Config, Machine, Paths
from essaim.agent.numbers import NumbersTeller
from essaim.agent.php_duties import php_duties
from essaim.agent.pruning import Pruning
from essaim.agent.reaper import Reaper
from essaim.agent.resources import resources_for
from essaim.agent.ssh_watch import SshWatch
from essaim.agent.store import Store
from essaim.agent.tending import Tending
from essaim.bus.machine import MachineBus
from essaim.contract import MachineName

log = logging.getLogger("essaim.agent")

_libc = ctypes.CDLL(None)

LANE_STUCK_S = 600.0
"""A batch that takes longer means that something hangs for good: systemd then starts us afresh."""


def run(root: Path = Path("/")) -> int:
    """Run until stopped. Returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    paths = Paths(root)
    try:
        config = Config.read(paths.etc / "agent.toml")
    except FileNotFoundError:
        sys.stderr.write("This machine is not enrolled. Run `/opt/essaim/bin/essaim-agent enrol`.\n")
        return 78  # EX_CONFIG
    machine = Machine(config, paths)
    machine.files.directory(paths.state, mode=0o700)
    store = Store(paths.state / "agent.sqlite3")
    bus = MachineBus(
        config.bus_url,
        paths.etc / "bus-ca.pem",
        paths.etc / "agent.jwt",
        paths.etc / "agent.seed",
        MachineName(config.machine),
    )
    agent = Agent(machine, resources_for(config.roles), store, bus)
    gc.collect()
    gc.freeze()
    asyncio.run(_until_stopped(agent, Reaper(machine)))
    agent.close()
    store.close()
    return 0


async def _until_stopped(agent: Agent, reaper: Reaper) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks = [
        asyncio.create_task(agent.run()),
        asyncio.create_task(stop.wait()),
        asyncio.create_task(_stay_alive(agent)),
    ]
    if ssh.is_here(agent.machine.paths):
        tasks.append(asyncio.create_task(SshWatch(agent.machine, agent.teller).run()))
    if "web" in agent.machine.roles:
        tasks.append(asyncio.create_task(reaper.run()))
        tasks.append(asyncio.create_task(ApacheWatch(agent.machine, agent.bus).run()))
        tasks.append(asyncio.create_task(Tending(agent.machine, agent.compare).run()))
        tasks.append(asyncio.create_task(Pruning(agent.machine).run()))
        tasks.append(asyncio.create_task(NumbersTeller(agent.machine, agent.bus, agent.teller.answers).run()))
        tasks += [asyncio.create_task(duty.run()) for duty in php_duties(agent.machine, agent.store, agent.teller)]
        tasks.append(asyncio.create_task(Defender(agent.machine, agent.bus).run()))
    notify.tell("READY=1")
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    notify.tell("STOPPING=1")
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    with contextlib.suppress(Exception):
        await agent.bus.close()
    for task in done:
        task.result()  # a bug of the loop itself ends the process with its trace; systemd starts it again


async def _stay_alive(agent: Agent) -> None:
    every = notify.watchdog_s()
    while every is not None:
        since = agent.lane.busy_since
        if since is None or time.monotonic() - since < LANE_STUCK_S:
            notify.tell("WATCHDOG=1")
        if since is None:
            _libc.malloc_trim(0)  # a large batch must not stay in our resident memory for ever
        await asyncio.sleep(every)
    await asyncio.Event().wait()
