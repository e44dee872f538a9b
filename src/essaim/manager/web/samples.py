"""A made-up house for a demo, beyond its team (`team.samples`): what each room has to show, through the rooms' own actions. Nobody in it exists.

On the Manager's own machine: `essaim admin sample-clients`, with the password of all of them on standard input;
their keys in the vault have the passphrase PASSWORD-coffre.
"""

from essaim.manager.keys import samples as keys
from essaim.manager.openid.actions import create_tool, note_visit
from essaim.manager.people import samples as people
from essaim.manager.people.models import Person
from essaim.manager.privacy import samples as privacy
from essaim.manager.vault import samples as vault


def furnish(password: str) -> bool:
    """Write it all, unless that was done: whether it was done now. The made-up team comes first."""
    if not people.furnish(password):
        return False
    vault.furnish(passphrase=f"{password}-coffre")
    keys.furnish()
    privacy.furnish()
    helper = Person.objects.get(email="assistance@example.test")
    for name, host, groups in (
        ("Wiki de l'équipe", "wiki.example.test", ("supporter", "administrator", "board", "president")),
        ("Forum", "forum.example.test", ("supporter", "communication")),
    ):
        tool, _secret = create_tool(
            name=name, redirect_uris=[f"https://{host}/oidc/callback"], groups=groups, by=None,
            logout_url=f"https://{host}/logout",
        )  # fmt: skip
        note_visit(tool, helper, sid="", code="")
    return True
