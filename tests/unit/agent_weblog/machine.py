"""A machine that is a directory: nginx' log as it writes it, sites as the agent links them, accounts' directories of logs."""

import json
import os
from pathlib import Path

from essaim.agent.weblog.reader import Places, Reader

NOON = 1_795_694_400.0  # 26 November 2026, 12:00 UTC
DAY = "2026-11-26"


def request(site: str = "a.example.test", *, at: float = NOON, **changed: object) -> str:
    """A line as nginx writes it."""
    said = {
        "at": at, "site": site, "address": "192.0.2.7", "user": "", "method": "GET", "uri": "/", "protocol": "HTTP/1.1",
        "status": "200", "sent": 500, "body": 300, "received": 120, "seconds": 0.012, "upstream": "0.011",
        "referrer": "", "agent": "Mozilla/5.0", "tls": "TLSv1.3", "state": "",
    }  # fmt: skip
    return json.dumps(list((said | changed).values()), separators=(",", ":"), ensure_ascii=False) + "\n"


class WebMachine:
    """Below one directory."""

    def __init__(self, root: Path) -> None:
        self.places = Places(root)
        self.now = NOON
        for path in (self.places.raw / "kept", self.places.sites, self.places.logs, self.places.told):
            path.mkdir(parents=True)
        self.site("a.example.test", "alice")

    def site(self, fqdn: str, login: str, *, aliases: tuple[str, ...] = ()) -> None:
        """A site of an account, as nginx finds it."""
        links = self.places.sites / fqdn
        links.mkdir()
        (links / "content").symlink_to(f"/srv/essaim/accounts/{login}/sites/{fqdn}")
        for alias in aliases:
            (self.places.sites / alias).symlink_to(fqdn)
        (self.places.logs / login).mkdir(exist_ok=True)

    def write(self, *lines: str | bytes, name: str = "access.log") -> None:
        """nginx appends to a log."""
        with (self.places.raw / name).open("ab") as file:
            file.write(b"".join(line if isinstance(line, bytes) else line.encode() for line in lines))

    def rotate(self, to: str, name: str = "access.log") -> None:
        """What the keeping does, without compressing."""
        (self.places.raw / name).rename(self.places.raw / to)

    def reader(self) -> Reader:
        """A process that has just started."""
        return Reader(self.places, clock=lambda: self.now)

    def read(self) -> None:
        """A process that starts, reads all there is, and ends."""
        reader = self.reader()
        while reader.read_once():
            pass
        reader.close()

    def file(self, fqdn: str = "a.example.test", login: str = "alice", sort: str = "access", day: str = DAY) -> str:
        """A client's file of one day; empty: there is none."""
        path = self.places.logs / login / fqdn / f"{sort}-{day}.log"
        return path.read_text() if path.exists() else ""

    def counted(self, fqdn: str = "a.example.test") -> int:
        """Requests of a site, over all days."""
        reader = self.reader()
        try:
            rows = reader._store._database.execute("SELECT start FROM day WHERE site=?", (fqdn,)).fetchall()
            reader._store._database.execute("UPDATE day SET is_new=1 WHERE site=?", (fqdn,))
            found = reader._store.numbers_of(fqdn)
        finally:
            reader.close()
        assert len(rows) == len(found.days)
        return sum(day.requests for day in found.days)


def is_root() -> bool:
    """Root writes where nobody may."""
    return os.geteuid() == 0
