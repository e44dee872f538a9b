"""A site of the demo in Python: a page on which visitors talk over a WebSocket. With `websockets`, which the host's Python has."""

import asyncio
import signal
import socket
from http import HTTPStatus

import websockets

PAGE = """<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Le salon</title>
<style>
body { font: 1.125rem/1.6 system-ui, sans-serif; margin: 0 auto; max-width: 40rem; padding: 3rem 1.5rem; }
input, button { font: inherit; }
</style>
<h1>Le salon</h1>
<p>Ce que vous écrivez ici, tous ceux qui sont là le lisent aussitôt.</p>
<ul id="said"></ul>
<form><label>Message <input name="text" required maxlength="200" autocomplete="off"></label> <button>Envoyer</button></form>
<script>
const talk = new WebSocket(location.href.replace(/^http/, 'ws') + 'talk');
talk.onmessage = (event) => {
  const line = document.createElement('li');
  line.textContent = event.data;
  document.getElementById('said').append(line);
};
document.forms[0].onsubmit = (event) => {
  event.preventDefault();
  talk.send(event.target.text.value);
  event.target.reset();
};
</script>
</html>
"""
PING_S = 30
"""nginx lets go of a connection on which nothing was said for two minutes."""
here: set[websockets.WebSocketServerProtocol] = set()


async def talk(visitor: websockets.WebSocketServerProtocol) -> None:
    """Pass on what `visitor` says to everybody who is here."""
    here.add(visitor)
    try:
        async for said in visitor:
            websockets.broadcast(here, str(said)[:200])
    finally:
        here.discard(visitor)


async def page(path: str, headers: object) -> tuple[HTTPStatus, list[tuple[str, str]], bytes] | None:  # noqa: ARG001 (of the library)
    """The page itself; None: a visitor who wants to talk."""
    if path == "/talk":
        return None
    if path != "/":
        return HTTPStatus.NOT_FOUND, [], b"There is no such page.\n"
    return HTTPStatus.OK, [("Content-Type", "text/html; charset=utf-8")], PAGE.encode()


async def main() -> None:
    """Until it is told to stop."""
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set_result, None)
    async with websockets.serve(talk, sock=socket.socket(fileno=3), process_request=page, ping_interval=PING_S):
        print("listening", flush=True)
        await stop


if __name__ == "__main__":
    asyncio.run(main())
