"""Each address of the Manager as it is asked for: about one client's own things, under fixed names."""

from django.urls import reverse

from essaim.manager.hosting.models import NameConsent
from essaim.manager.openid.models import Tool
from essaim.manager.people.models import Grant
from tests.unit.pages.addresses import FQDN

ABOUT = {
    "team:version": [9],
    "team:signature": [9],
    "team:absence_remove": [9],
    "team:feed": ["x" * 32, "cover"],
    "team:duty_change": [9],
    "team:duty_remove": [9],
    "team:leave": [0],
    "team:campaign_change": ["no-such-call"],
    "team:candidate": [9],
    "team:candidate_note": [9],
    "team:candidate_accept": [9],
    "team:candidate_decline": [9],
    "join:campaign": ["no-such-call"],
    "join:prove": ["x" * 43],
    "join:welcome": ["x" * 43],
    "people:client": ["abeilles"],
    "people:see_as": ["abeilles"],
    "people:see_as_leave": [],
    "privacy:download": [1],
    "privacy:export_client": ["abeilles"],
    "privacy:consent_give": ["news"],
    "privacy:consent_withdraw": ["news"],
    "people:add_person": ["abeilles"],
    "people:client_change": ["abeilles"],
    "people:leave": ["abeilles"],
    "people:hand_over": ["abeilles"],
    "people:place": ["abeilles", 0],
    "people:note": ["abeilles"],
    "people:note_erase": ["abeilles", 0],
    "people:ending": ["abeilles"],
    "people:ending_document": ["abeilles", 0],
    "people:registration": ["x" * 43],
    "people:merge": ["abeilles", "voisins"],
    "people:merge_undo": [0],
    "privacy:erase_client": ["abeilles"],
    "privacy:erase_client_stop": ["abeilles"],
    "people:tell_apart": ["abeilles", "voisins"],
    "people:apart_take_back": [0],
    "hosting:technician": ["abeilles", 0],
    "people:place_remove": ["abeilles", 0],
    "people:handover": [0],
    "people:client_contacts": ["abeilles"],
    "people:client_history": ["abeilles"],
    "people:token_revoke": [1],
    "people:session_end": [1],
    "people:new_password": ["MQ", "c0ffee-0123456789abcdef"],
    "people:invitation": ["x" * 43],
    "people:email_link": ["x" * 43],
    "people:lost_factor_stop": ["x" * 43],
    "people:lost_factor_confirm": [0],
    "people:lost_factor_approve": [0],
    "people:lost_factor_refuse": [0],
    "people:end_sign_in": [0],
    "people:invite": ["abeilles"],
    "people:invitation_withdraw": ["abeilles", 1],
    "web:email": ["invitation", "fr"],
    ":mfa_edit_webauthn": [1],
    ":mfa_remove_webauthn": [1],
    "keys:revoke": [1],
    "hosting:consents": ["abeilles"],
    "hosting:order": [],
    "hosting:order_check": [],
    "hosting:offers": [],
    "hosting:offer_add": [],
    "hosting:offer_change": ["standard"],
    "hosting:sites": [],
    "hosting:certificates": [],
    "hosting:accounts": [],
    "hosting:account_extensions": ["abeilles", "8.2"],
    "fleet:machines": [],
    "fleet:add": [],
}
"""What an address is about, where its name does not tell."""
OF_A_TOOL = {f"openid:{name}" for name in ("tool", "change", "secret_renew", "close")}
OF_A_SECRET = {f"vault:{name}" for name in ("secret", "open", "put", "change", "close")}


def address(route: str) -> str:  # noqa: PLR0911 - a way each
    """The route's address, about the client's own things."""
    room, _colon, name = route.partition(":")
    if route == "hosting:consent_withdraw":
        return reverse(route, args=["abeilles", NameConsent.objects.get().pk])
    if route.startswith("people:grant_") and route != "people:grant_propose":
        return reverse(route, args=[Grant.objects.earliest("pk").pk])
    if route in ABOUT:
        return reverse(route.removeprefix(":"), args=ABOUT[route])
    if not room:
        return reverse(name)
    if name.startswith("account"):
        return reverse(route, args=["abeilles"])
    if room == "oidc":
        return reverse(f"idp:{route}")
    if route in OF_A_TOOL | OF_A_SECRET:
        return reverse(route, args=[Tool.objects.get().pk if room == "openid" else "registrar"])
    return reverse(route, args={"fleet": ["web1"], "hosting": [FQDN]}.get(room, []))
