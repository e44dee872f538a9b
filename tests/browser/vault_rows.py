"""What the vault and the tools have to show: a secret as it should be, one that is overdue, one whose reader left, one that waits."""

from datetime import timedelta

from allauth.idp.oidc.models import Client as OidcClient
from django.utils import timezone

from essaim import age
from essaim.manager.openid.actions import note_visit
from essaim.manager.openid.models import Tool
from essaim.manager.openid.provider import SCOPES
from essaim.manager.people.models import Person
from essaim.manager.vault import actions, doors
from essaim.manager.vault.models import Key, Secret
from tests.unit import factories as make

SIGN_IN = (
    "/identity/o/authorize?client_id=wiki&response_type=code&scope=openid+profile+email+groups"
    "&redirect_uri=https://wiki.example.test/cb&state=x"
)
PASSPHRASE = "blue heron over the lake"


def furnish_vault(alix: Person) -> None:
    """Alix has signed in to the wiki, and has a key here, Sol keeps one of their own, and Robin has left."""
    client = OidcClient(id="wiki", name="Wiki of the team")
    client.set_redirect_uris(["https://wiki.example.test/cb"])
    client.set_scopes(list(SCOPES))
    client.save()
    tool = Tool.objects.create(client=client, groups=["administrator"], logout_url="https://wiki.example.test/logout")
    note_visit(tool, alix, sid="", code="")
    sol, robin = make.make_person("sol@example.test", is_team=True), make.make_person("gone@example.test", is_team=True)
    actions.make_key(alix, passphrase=PASSPHRASE)
    actions.register_key(robin, recipient=age.new_key()[0])
    named = {"people": [alix.email, robin.email], "by": alix}
    _secret("registrar.example", folder="domains", login="essaim", url="https://registrar.example.test", rotate_days=365,
            note="The second factor is on the telephone of the office.", **named)  # fmt: skip
    _secret("backup.example", folder="storage", kind="file", rotate_days=30, **named)
    Secret.objects.filter(name="backup.example").update(rotated_at=timezone.now() - timedelta(days=40))
    doors.close_for(robin, alix)
    Person.objects.filter(pk=robin.pk).update(is_active=False)
    _secret("wiki.example", people=[alix.email], by=alix)
    actions.register_key(sol, recipient=age.new_key()[0])
    actions.change_secret(Secret.objects.get(name="wiki.example"), people=[alix.email, sol.email], by=alix)
    Key.objects.create(recipient=age.new_key()[0], is_break_glass=True)
    Secret.objects.filter(name="registrar.example").update(exposed_at=None, exposed_why="")
    actions.create_secret(name="mirror.example", people=[alix.email], by=alix)
    actions.put_value(Secret.objects.get(name="mirror.example"), value="secret", by=alix)
    Secret.objects.filter(name="mirror.example").update(exposed_at=timezone.now(), exposed_why="Robin")


def _secret(name: str, **given: object) -> None:
    made = actions.create_secret(name=name, **given)  # type: ignore[arg-type]
    actions.put_value(made, value="a value", by=given["by"])  # type: ignore[arg-type]
