"""A tool, its own HTTP client (Authlib's, which is not ours), and a browser of somebody of the team."""

import warnings
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client as Browser

from essaim.manager.openid import actions
from tests.unit import factories as make

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have a successor of httpx
    from authlib.integrations.httpx_client import OAuth2Client

BACK = "https://wiki.example.test/callback"
SCOPE = "openid profile email groups"
HOST = "http://testserver"


def to_django(request: httpx.Request) -> httpx.Response:
    """What the tool asks, answered by the Manager."""
    headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
    kind = headers.pop("content-type", "")
    path = request.url.raw_path.decode()
    answer = Browser().generic(request.method, path, request.read(), content_type=kind, headers=headers)
    return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content, request=request)


class ToolSide:
    """What the wiki does."""

    def __init__(self, key: str, secret: str, scope: str = SCOPE) -> None:
        self.client = OAuth2Client(
            key, secret, scope=scope, redirect_uri=BACK, code_challenge_method="S256", transport=httpx.MockTransport(to_django)
        )  # fmt: skip
        self.verifier = "v" * 64

    def discovered(self) -> dict[str, str]:
        """What the Manager says of itself."""
        found: dict[str, str] = self.client.request(
            "GET", f"{HOST}/.well-known/openid-configuration", withhold_token=True
        ).json()
        return found

    def start(self, **more: str) -> str:
        """The address that it sends the browser to."""
        url, self.state = self.client.create_authorization_url(
            f"{HOST}/identity/o/authorize", code_verifier=self.verifier, nonce="once", **more
        )
        return str(url).removeprefix(HOST)

    def finish(self, location: str, *, verifier: str = "") -> dict[str, str]:
        """The code for tokens."""
        found: dict[str, str] = self.client.fetch_token(
            f"{HOST}/identity/o/api/token", authorization_response=location, state=self.state,
            code_verifier=verifier or self.verifier,
        )  # fmt: skip
        return found


def agree(browser: Browser, address: str, *, action: str = "grant") -> str:
    """Press the button on the question; where it leads."""
    page = browser.get(address)
    form = page.context["form"]
    sent = {"request": form["request"].value(), "scopes": form["scopes"].value(), "action": action}
    answer = browser.post("/identity/o/authorize", sent)
    assert answer.status_code == 302
    return str(answer["Location"])


def query(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@pytest.fixture
def wiki(db: None, settings: object) -> SimpleNamespace:
    settings.ORIGIN = HOST  # type: ignore[attr-defined]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    alix = make.make_person("alix@example.test", groups=["administrator", "board"])
    sacha = make.make_person("sacha@example.test", groups=["communication"])
    tool, secret = actions.create_tool(
        name="Wiki of the team", redirect_uris=[BACK], groups=["administrator"], by=alix,
        logout_url="https://wiki.example.test/logout",
    )  # fmt: skip
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(alix)
    return SimpleNamespace(
        alix=alix, sacha=sacha, tool=tool, secret=secret, browser=browser, side=ToolSide(tool.pk, secret)
    )
