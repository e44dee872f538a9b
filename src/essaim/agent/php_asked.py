"""Answers what a person asks of a site's PHP: what it says of itself, and how the site's pages do in another version.

A question is asked again while it has no answer, so one that is being answered is not begun twice, and few are at once.
"""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from essaim.agent.engines import fastcgi, php_preview, python
from essaim.agent.errors import AgentError
from essaim.agent.machine import Machine
from essaim.agent.telling import Teller
from essaim.bus.errors import BusAway
from essaim.contract import Fqdn, Login, NameRefused, PhpComparison, PhpInfo, PhpPage, PhpSetting, encode
from essaim.contract.php_reports import BYTES_MAX, PAGES_MAX, SETTINGS_MAX, PhpTold

log = logging.getLogger("essaim.agent")

AT_ONCE = 2
WAITING_MAX = 50
INFO_S = 15.0
INFO_BYTES_MAX = 512 * 1024
COMPARE_S = 150.0
TEXT_MAX = 400


class _Told(msgspec.Struct):
    """What info.php answers."""

    version: str
    sapi: str
    system: str
    ini_files: list[str]
    extensions: dict[str, str]
    settings: list[tuple[str, str, str, bool]]


class Asked:
    """Two at once, each question once."""

    def __init__(self, machine: Machine, teller: Teller) -> None:
        self._machine, self._teller = machine, teller
        self._waiting: asyncio.Queue[tuple[str, Callable[[], Awaitable[PhpTold]]]] = asyncio.Queue(WAITING_MAX)
        self._under_way: set[str] = set()
        teller.answers["php-info"] = partial(self._take, self.info)
        teller.answers["php-compare"] = partial(self._take, self.compare)

    def _take(self, answer: Callable[[str, Fqdn], Awaitable[PhpTold]], argument: str) -> None:
        asked, _, name = argument.partition(" ")
        if argument in self._under_way or self._waiting.full():
            return
        with contextlib.suppress(NameRefused):
            self._under_way.add(argument)
            self._waiting.put_nowait((argument, partial(answer, asked, Fqdn(name))))

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._answer_all())

    async def _answer_all(self) -> None:
        while True:
            argument, answer = await self._waiting.get()
            try:
                await self._teller.say(await answer())
            except (AgentError, BusAway, OSError) as wrong:  # asked again
                log.warning("%s is not answered: %s", argument, wrong)
            except Exception:  # whatever a client's PHP answered, it does not end the agent
                log.exception("%s cannot be answered.", argument)
            finally:
                self._under_way.discard(argument)

    async def info(self, asked: str, fqdn: Fqdn) -> PhpInfo:
        """What the PHP of the site says of itself."""
        return await asyncio.to_thread(self._info, asked[:26], fqdn)

    def _info(self, asked: str, fqdn: Fqdn) -> PhpInfo:
        nothing = partial(PhpInfo, fqdn=fqdn, asked=asked, at=time.time())
        links = self._machine.paths.site_links(fqdn)
        try:
            socket = links / os.readlink(links / "php")  # noqa: PTH115  one link, without what a Path would resolve
            folder = os.path.relpath(os.readlink(links / "docroot"), os.readlink(links / "content"))  # noqa: PTH115  as above
        except OSError:
            return nothing(code="php.no_site")
        try:
            told, _ = fastcgi.get(socket, _parameters(fqdn, folder), seconds=INFO_S, bytes_max=INFO_BYTES_MAX)
            answer = _info_of(msgspec.json.decode(told.partition(b"\r\n\r\n")[2], type=_Told), asked, fqdn)
            return answer if len(encode(answer)) <= BYTES_MAX else nothing(code="php.odd_answer")
        except (fastcgi.BadAnswer, msgspec.DecodeError):
            return nothing(code="php.odd_answer")
        except OSError:
            return nothing(code="php.no_answer")

    async def compare(self, token: str, fqdn: Fqdn) -> PhpComparison:
        """The pages of the site in the version it has and in the one that is tried."""
        nothing = PhpComparison(fqdn=fqdn, token=token[:26], at=time.time(), code="php.no_preview")
        links = self._machine.paths.site_links(fqdn)
        if not php_preview.is_token(token):
            return nothing
        try:
            old, new = (os.readlink(links / name) for name in ("php", f"php-{token}"))  # noqa: PTH115  as above
            login, _, old_version = old.rpartition("/")[2].removesuffix(".sock").partition(".")
            new_version = new.rpartition("/")[2].removesuffix(".sock").partition(".")[2]
        except OSError:
            return nothing
        question = {
            "root": str(self._machine.paths.root), "fqdn": fqdn, "login": Login(login), "token": token,
            "old": old_version, "new": new_version,
        }  # fmt: skip
        ran = await self._machine.run.run_async(
            python.command("essaim.agent.php_compare"),
            stdin=json.dumps(question).encode(),
            timeout_s=COMPARE_S,
            environment=python.environment(),
        )
        answer = msgspec.json.decode(ran.out)
        pages = tuple(msgspec.convert(page, PhpPage) for page in answer["pages"][:PAGES_MAX])
        return PhpComparison(fqdn=fqdn, token=token, at=time.time(), pages=pages, code=answer["code"])


def _parameters(fqdn: Fqdn, folder: str) -> dict[str, str]:
    root = f"/srv/home/sites/{fqdn}" if folder == "." else f"/srv/home/sites/{fqdn}/{folder}"
    return {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "essaim-agent",
        "REDIRECT_STATUS": "200",
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": "/",
        "SCRIPT_NAME": "/info.php",
        "SCRIPT_FILENAME": "/usr/local/share/essaim/info.php",
        "DOCUMENT_ROOT": root,
        "SERVER_NAME": str(fqdn),
        "REMOTE_ADDR": "127.0.0.1",
        "ESSAIM_SITE": str(fqdn),
    }


def _info_of(told: _Told, asked: str, fqdn: Fqdn) -> PhpInfo:
    return PhpInfo(
        fqdn=fqdn,
        asked=asked,
        at=time.time(),
        version=_plain(told.version, 40),
        sapi=_plain(told.sapi, 40),
        system=_plain(told.system, 80),
        ini_files=tuple(_plain(file) for file in told.ini_files[:200]),
        extensions={_plain(name, 60): _plain(version, 60) for name, version in sorted(told.extensions.items())[:300]},
        settings=tuple(
            PhpSetting(name=_plain(name, 100), value=_plain(value), usual=_plain(usual), by_script=by_script)
            for name, value, usual, by_script in sorted(told.settings)[:SETTINGS_MAX]
        ),
    )


def _plain(text: str, most: int = TEXT_MAX) -> str:
    """Nothing that a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:most])
