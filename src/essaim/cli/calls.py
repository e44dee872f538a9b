"""Speaks the API. A request that got no answer is sent again with the same Idempotency-Key: it happens once."""

import os
import time
from collections.abc import Callable, Iterator
from typing import IO, Any, cast
from uuid import uuid4

import httpx

import essaim
from essaim import unanswered
from essaim.cli.errors import CommandError, NotAllowed, Refused, Unreachable
from essaim.cli.profiles import Profile, is_of_demo

RETRIED_FOR_S = 5.0
AWAY = (502, 503, 504)
CHUNK = 256 * 1024
Progress = Callable[[int], None]


def language() -> str:
    """The language that the Manager's sentences are asked for in: French where the locale is, English otherwise."""
    wanted = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "fr" if wanted.lower().startswith("fr") else "en"


class Api:
    """One Manager, one token."""

    def __init__(self, profile: Profile, *, transport: httpx.BaseTransport | None = None) -> None:
        self.profile = profile
        headers = {
            "Authorization": f"Bearer {profile.token}",
            "Accept-Language": language(),
            "User-Agent": f"essaim-cli/{essaim.__version__}",
        }
        timeout = httpx.Timeout(60, connect=10)
        self._http = httpx.Client(
            base_url=f"{profile.url}/api/v1", headers=headers, timeout=timeout, transport=transport
        )

    def get(self, path: str, **query: Any) -> Any:
        """One answer. Query parameters that are empty are left out."""
        return self._send("GET", path, params=_given(query))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask for something, once however often it must be sent."""
        return self._send("POST", path, json=body or {}, headers={"Idempotency-Key": str(uuid4())})

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Change something."""
        return self._send("PATCH", path, json=body)

    def put_file(self, path: str, file: IO[bytes], size: int, *, progress: Progress, **query: Any) -> Any:
        """Send a file from its beginning; `progress` is told how many bytes have gone."""
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}

        def body() -> Iterator[bytes]:
            file.seek(0)
            gone = 0
            while chunk := file.read(CHUNK):
                yield chunk
                gone += len(chunk)
                progress(gone)

        return self._send("PUT", path, params=_given(query), headers=headers, body=body)

    def get_file(self, path: str) -> bytes:
        """A file, whole."""
        answer = self._http.get(path)
        return answer.content if answer.is_success else cast("bytes", _read(answer))

    def items(self, path: str, *, limit: int, **query: Any) -> tuple[list[dict[str, Any]], bool]:
        """At most `limit` entries of a list, over as many pages as it takes; and whether there are more."""
        found: list[dict[str, Any]] = []
        after = ""
        while len(found) < limit:
            page = self.get(path, after=after, limit=min(200, limit - len(found)), **query)
            found += page["items"]
            after = page["next"]
            if not after:
                return found, False
        return found, True

    def _send(
        self, method: str, path: str, *, body: Callable[[], Iterator[bytes]] | None = None, **request: Any
    ) -> Any:
        started, pause = time.monotonic(), 0.1
        while True:
            try:
                answer = self._http.request(method, path, content=body() if body else None, **request)
            except httpx.UnsupportedProtocol:
                raise Unreachable(f"{self.profile.url} is not an address.", hint="It starts with https://") from None
            except httpx.TransportError as wrong:
                if time.monotonic() - started > RETRIED_FOR_S:
                    raise _unreachable(self.profile.url, wrong) from wrong
            else:
                if answer.status_code not in AWAY or time.monotonic() - started > RETRIED_FOR_S:
                    return _read(answer)
            time.sleep(pause)
            pause = min(pause * 2, 2.0)


def _unreachable(url: str, wrong: httpx.TransportError) -> Unreachable:
    """Nobody answers at `url`; of the demo's address it is known what brings somebody there."""
    if is_of_demo(url):
        return Unreachable(
            f"The demo does not answer at {url}: {unanswered.why(wrong)}.",
            hint="Start it: sudo ./essaim demo. What runs of it: sudo ./essaim demo --status",
            code="cli.unreachable",
        )
    hint = "Is the address right, and the Manager in service?"
    return Unreachable(f"{url} does not answer: {unanswered.why(wrong)}.", hint=hint, code="cli.unreachable")


def _given(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value not in ("", None)}


def _read(answer: httpx.Response) -> Any:
    """The answer's JSON.

    Raises:
        NotAllowed, Refused, Unreachable, CommandError: with the Manager's own words.
    """
    if answer.is_success:
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise CommandError(
                f"{answer.request.url} did not answer as a Manager does.", code="cli.not_essaim"
            ) from None
    try:
        problem = dict(answer.json())
    except (ValueError, TypeError):
        problem = {}
    code, status = str(problem.get("code", "")), answer.status_code
    sentence = str(problem.get("title") or f"{answer.request.url.host} answered {status}.")
    if status in (401, 403):
        kind: type[CommandError] = NotAllowed
    elif status in AWAY and not code:
        kind = Unreachable
    elif code and code != "core.bug":
        kind = Refused
    else:
        kind = CommandError
        reference = problem.get("reference", "")
        return _raise(kind(sentence, hint=f"Tell the team this reference: {reference}" if reference else "", code=code))
    return _raise(kind(sentence, hint=str(problem.get("detail", "")), code=code, problem=problem))


def _raise(error: CommandError) -> Any:
    raise error
