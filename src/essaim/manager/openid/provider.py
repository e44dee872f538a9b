"""Where django-allauth's provider of OpenID Connect meets the Manager: its address, its key, and what tools are told of a person."""

import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.internal.oauthlib.utils import get_validator_context
from allauth.idp.oidc.models import Client, PrivateKey
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from essaim.manager.openid.models import Visit
from essaim.manager.people.models import Person

SCOPES = ("openid", "profile", "email", "groups", "offline_access")
SCOPES_TOLD = ("openid", "profile", "email", "groups")
RSA_BITS = 3072


def signing_key() -> str:
    """The key with which the Manager signs who somebody is, made once, beside the Manager's own secret: PEM."""
    file = Path(settings.STATE) / "openid-key.pem"
    if not file.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=file.parent)  # readable by us alone
        with os.fdopen(handle, "wb") as opened:
            opened.write(pem)
        try:
            os.link(made, file)  # two processes that start at once agree on the first
        except FileExistsError:
            pass
        finally:
            Path(made).unlink()
    return file.read_text()


class Adapter(DefaultOIDCAdapter):  # type: ignore[misc]  # allauth has no types
    """Named in the settings."""

    scope_display = {
        "openid": _("that it is you"),
        "profile": _("your name"),
        "email": _("your e-mail address"),
        "groups": _("your groups of the team"),
        "offline_access": _("to ask again later, without you"),
    }

    def get_issuer(self) -> str:
        return settings.ORIGIN.rstrip("/")

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],  # noqa: ARG002 - allauth's
        user: Person,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,  # noqa: ARG002 - allauth's
        **_: Any,
    ) -> dict[str, Any]:
        """What `scopes` let a tool know. `sub` stays when name and address change."""
        claims: dict[str, Any] = {"sub": self.get_user_sub(client, user)}
        if "email" in scopes:
            claims |= {"email": user.email, "email_verified": True}
        if "profile" in scopes:
            claims |= {"name": user.name, "preferred_username": user.email, "locale": user.language}
        if "groups" in scopes:
            claims["groups"] = sorted(user.groups_in_force)
        return claims

    def populate_id_token(self, id_token: dict[str, Any], client: Client, scopes: Iterable[str], **_: Any) -> None:  # noqa: ARG002 - allauth's
        """`sid`: the browser's session here, by which the tool is told when it ends."""
        known = get_validator_context()
        grant = known.grant_id or (known.refresh_token.get_grant_id() if known.refresh_token else None)
        visits = Visit.objects.filter(tool=client.pk, person=id_token["sub"]).order_by("-last_at")
        if found := next((visit.sid for visit in visits if grant in visit.grants), ""):
            id_token["sid"] = found

    def list_private_keys(self, **_: Any) -> list[PrivateKey]:
        return [PrivateKey(pem=signing_key(), issued_at=datetime(2026, 1, 1, tzinfo=UTC))]

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        """Only what is open here: no devices, no implicit ways."""
        data["scopes_supported"] = list(SCOPES)
        data["grant_types_supported"] = ["authorization_code", "refresh_token"]
        data["response_types_supported"] = ["code"]
        data["token_endpoint_auth_methods_supported"] = ["client_secret_basic", "client_secret_post"]
        data["claims_supported"] = [
            "sub",
            "sid",
            "name",
            "preferred_username",
            "email",
            "email_verified",
            "locale",
            "groups",
        ]
        data["backchannel_logout_supported"] = True
        data["backchannel_logout_session_supported"] = True
        data.pop("device_authorization_endpoint", None)
