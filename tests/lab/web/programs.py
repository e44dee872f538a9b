"""Programs of clients for the tests of a web machine, and the client that speaks WebSocket with them from another machine."""

import json
import subprocess
from typing import Any

import msgspec

from essaim.contract import Fqdn, Login, Program, encode
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, Told, apply
from tests.lab.web.serving import A

NODE = """
const http = require('http'), crypto = require('crypto');
const server = http.createServer((request, response) => {
  if (request.url === '/die') process.exit(3);
  if (request.url === '/never') return;
  if (request.url === '/slow') return setTimeout(() => response.end('slow'), 1500);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ version: process.env.VERSION, pid: process.pid, cwd: process.cwd(), uid: process.getuid(),
    secret: process.env.SECRET, ...request.headers }));
});
server.on('upgrade', (request, socket) => {
  const key = crypto.createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' +
    key.digest('base64') + '\\r\\n\\r\\n');
  socket.on('data', (frame) => {
    const mask = frame.subarray(2, 6), said = Buffer.from(frame.subarray(6).map((byte, at) => byte ^ mask[at % 4]));
    socket.write(Buffer.concat([Buffer.from([0x81, said.length]), said]));
  });
  socket.on('error', () => socket.destroy());
});
server.listen(8080, '127.0.0.1', () => console.log('listening', process.env.VERSION));
"""
"""Says in JSON what it is told of a visit; over a WebSocket, what it is told. It believes to listen on a port of its own."""

PYTHON = """
import asyncio, http, json, os, signal, socket
from websockets import serve

async def echo(visitor):
    async for said in visitor:
        await visitor.send("x" * int(said[5:]) if said.startswith("much ") else said)

async def page(path, headers):
    if headers.get("Upgrade"):
        return None
    told = {k.lower(): v for k, v in headers.raw_items()} | {"version": os.environ.get("VERSION"), "cwd": os.getcwd(), "uid": os.getuid()}
    return http.HTTPStatus.OK, [("Content-Type", "application/json")], json.dumps(told).encode()

async def main():
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set_result, None)
    async with serve(echo, sock=socket.socket(fileno=3), process_request=page):
        print("listening", os.environ.get("VERSION"))
        await stop

asyncio.run(main())
"""
TALK = r"""
import base64, json, os, socket, ssl, struct, sys, time
address, port, host, many, idle, much = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6])
def receive(talk, count):
    got = b""
    while len(got) < count:
        part = talk.recv(count - len(got))
        if not part:
            raise SystemExit(json.dumps({"ended": True}))
        got += part
    return got
def open_talk():
    talk = socket.create_connection((address, port), 20)
    if port == 443:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        talk = context.wrap_socket(talk)
    key = base64.b64encode(os.urandom(16)).decode()
    talk.sendall(f"GET /talk HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                 f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += receive(talk, 1)
    return talk, int(head.split()[1])
def say(talk, text):
    mask = os.urandom(4)
    talk.sendall(bytes([0x81, 0x80 | len(text)]) + mask + bytes(b ^ mask[n % 4] for n, b in enumerate(text)))
def hear(talk):
    kind, size = receive(talk, 2)
    while kind != 0x81:
        receive(talk, size); kind, size = receive(talk, 2)
    if size == 126: size = struct.unpack(">H", receive(talk, 2))[0]
    elif size == 127: size = struct.unpack(">Q", receive(talk, 8))[0]
    return receive(talk, size)
opened = [open_talk() for _ in range(many)]
heard = []
for n, (talk, status) in enumerate(opened):
    if status == 101:
        say(talk, b"hello %d" % n); heard.append(hear(talk) == b"hello %d" % n)
time.sleep(idle)
if idle:
    say(opened[0][0], b"still"); heard.append(hear(opened[0][0]) == b"still")
slow = 0
if much:
    say(opened[0][0], b"much %d" % much); time.sleep(3)
    slow = len(hear(opened[0][0]))
print(json.dumps({"statuses": [status for _, status in opened], "heard": heard, "slow": slow}), flush=True)
if os.environ.get("STAY"): sys.stdin.read()
"""
"""Opens `many` WebSockets, says something on each, is silent for `idle` seconds, has `much` sent and reads it slowly."""

LOOK = """
import asyncio, json, sys
from essaim.agent.machine import Config, Machine
from essaim.agent.resources import resources_for
from essaim.contract import KINDS, decode
import msgspec
machine = Machine(Config(machine="test", roles=("web",)))
resource, spec = resources_for(("web",))["program"], decode(sys.stdin.read(), KINDS["program"])
async def main():
    for _ in range(int(sys.argv[1])):
        seen = await resource.look(spec, machine, drifted=False)
    print(json.dumps([seen.code, seen.facts]))
asyncio.run(main())
"""


def program(**changed: Any) -> Program:
    """A program of alice's site in Node."""
    wanted = Program(
        fqdn=Fqdn(A),
        account=Login("alice"),
        runtime="node",
        words=("app.js",),
        environment={"VERSION": "one"},
        patience_s=20,
        memory_bytes=400_000_000,
        processes=30,
    )
    return msgspec.structs.replace(wanted, **changed)


def put(web: Machine, name: str, text: str, login: str = "alice", fqdn: str = A) -> None:
    """A file of the site's."""
    web.write_file(f"/srv/essaim/accounts/{login}/sites/{fqdn}/{name}", text.encode(), owner=f"{login}:{login}")


def run(web: Machine, **changed: Any) -> Told:
    """Have the program in its place, or not."""
    return apply(web, "web", program(**changed))[0]


def look(web: Machine, spec: Program, times: int = 1) -> tuple[str, dict[str, Any]]:
    """What the agent sees of it when it looks, the last of so many looks in a row."""
    argv = web.argv_inside([*AGENT, "-c", LOOK, str(times)])
    ran = subprocess.run(argv, input=encode(spec), capture_output=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    code, facts = json.loads(ran.stdout)
    return code, facts


def talk_argv(
    outside: Machine, address: str, *, port: int = 80, many: int = 1, idle: float = 0, much: int = 0
) -> list[str]:
    """The command that speaks WebSocket with alice's site from outside."""
    return outside.argv_inside(["python3", "-c", TALK, address, str(port), A, str(many), str(idle), str(much)])


def talk(outside: Machine, address: str, **how: Any) -> dict[str, Any]:
    """What came of it."""
    ran = subprocess.run(talk_argv(outside, address, **how), capture_output=True, timeout=200, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    told: dict[str, Any] = json.loads(ran.stdout)
    return told
