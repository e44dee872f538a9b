"""Which requests prove a site, and what an answer means. No I/O here."""

import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from msgspec import structs

from essaim.agent.errors import Fact
from essaim.agent.prober.http import Answer, BadAnswer
from essaim.agent.prober.resolve import FAMILIES, Addresses, Family, sort_addresses
from essaim.contract import Fqdn, Probe, ProbeResult
from essaim.contract.php import VERSIONS

PROOF_PATH = "/.well-known/essaim/proof"
PHP_PATH = "/.well-known/essaim/php"
ENGINE_PATH = "/.well-known/essaim/engine"
STATE_HEADER = "x-essaim-state"
FAMILY_NAMES = {"ipv4": "IPv4", "ipv6": "IPv6"}
_RECORDS = {"ipv4": "A", "ipv6": "AAAA"}
_STATES = {"suspended": ("suspended",), "gone": ("unknown", "closed")}
_OFF = {state for states in _STATES.values() for state in states}
MAINTENANCE = "maintenance"
OF_MAINTENANCE = frozenset({"probe.not_in_maintenance", "probe.in_maintenance"})
"""Faults of what visitors see, where the proof itself holds."""
_OK, _UNAVAILABLE = 200, 503
_REDIRECTS = (301, 302, 307, 308)
Facts = dict[str, Fact]


@dataclass(frozen=True)
class Fault:
    """What is not as expected. `facts`: what varies in the sentence, beside the name asked for and the way to it."""

    code: str
    sentence: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One request to make."""

    name: str
    address: str
    scheme: Literal["http", "https"]
    family: Family
    check: Literal["proof", "php", "front", "engine"] = "proof"
    nonce: str = ""

    def path(self, expect: str) -> str:
        """What to ask for. A site that is not to be live is looked at where a visitor would look."""
        if self.check == "front" or expect != "live":
            return "/"
        if self.check == "engine":
            return ENGINE_PATH
        return f"{PHP_PATH}?nonce={self.nonce}" if self.check == "php" else PROOF_PATH


def checks_of(spec: Probe, found: Mapping[Fqdn, Addresses], *, nonce: str) -> list[Check]:
    """The requests that prove `spec`. `nonce`: also have the account's PHP answer, and look at the front page."""
    schemes: tuple[Literal["http", "https"], ...] = ("http", "https") if spec.https else ("http",)
    checks = [
        Check(name=name, address=addresses.of(family)[0], scheme=scheme, family=family)
        for name, addresses in found.items()
        for family in FAMILIES
        if addresses.of(family)
        for scheme in (schemes if name not in spec.wildcards else schemes[:1])  # no certificate covers those
    ]
    own = [check for check in checks if check.name == spec.fqdn]
    if nonce and own and spec.expect == "live":
        checks += [replace(own[-1], check="php", nonce=nonce), replace(own[-1], check="front")]
        checks += [replace(own[-1], check="engine")] if spec.engine == "apache" else []
    return checks


def where_it_leads(spec: Probe, name: str, found: Addresses) -> Fault | None:
    """What is wrong when DNS does not lead to the machine that serves the site."""
    wanted = sort_addresses(spec.addresses)
    for family in FAMILIES:
        if wanted.of(family) and not found.of(family):
            said, record = FAMILY_NAMES[family], _RECORDS[family]
            sentence = f"{name} has no {said} address in DNS (no {record} record)."
            return Fault("probe.name_unresolved", sentence, {"name": str(name), "family": said, "record": record})
        stray = sorted(set(found.of(family)) - set(wanted.of(family)))
        if stray and spec.addresses:
            ours = " or ".join(wanted.of(family)) or "none of this family"
            facts: Facts = {"name": str(name), "address": stray[0], "expected": ", ".join(wanted.of(family))}
            sentence = f"{name} leads to {stray[0]}; this site is served at {ours}."
            return Fault("probe.name_elsewhere", sentence, facts)
    if not found.ipv4 and not found.ipv6:
        return Fault("probe.name_unresolved", f"{name} has no address in DNS.", {"name": str(name)})
    return None


def judge(spec: Probe, check: Check, answer: Answer, seconds: float) -> ProbeResult:
    """What `answer` proves."""
    is_fact = check.check == "front"  # a client's own error is not the platform's
    fault = _fault_of_maintenance(spec, check, answer) if is_fact else _fault(spec, check, answer)
    result = _result(check, fault, seconds=seconds, status=answer.status)
    if answer.certificate_not_after is None:
        return result
    return structs.replace(result, facts={**result.facts, "certificate_not_after": answer.certificate_not_after})


def _fault_of_maintenance(spec: Probe, check: Check, answer: Answer) -> Fault | None:
    is_told = answer.headers.get(STATE_HEADER, "") == MAINTENANCE
    if spec.maintenance and not is_told and not _leads_to_https(check, answer):
        sentence = f"{check.name} should answer that it is in maintenance; it answers with {answer.status}."
        return Fault("probe.not_in_maintenance", sentence, {"status": answer.status})
    if is_told and not spec.maintenance:
        return Fault("probe.in_maintenance", f"{check.name} answers that it is in maintenance, and should not be.")
    return None


def _fault(spec: Probe, check: Check, answer: Answer) -> Fault | None:
    if spec.expect != "live":
        return _fault_of_absence(spec, check, answer)
    name, state = check.name, answer.headers.get(STATE_HEADER, "")
    if state in _OFF:
        return Fault("probe.not_served", f"{name} answers that it is {state}.", {"state": state})
    if check.check == "php":
        return _fault_of_php(spec, check, answer)
    if check.check == "engine":
        return _fault_of_engine(spec, check, answer)
    return _fault_of_proof(spec, check, answer)


def _fault_of_proof(spec: Probe, check: Check, answer: Answer) -> Fault | None:
    name = check.name
    if answer.status != _OK:
        sentence = f"{name} answers with status {answer.status} where its proof should be."
        return Fault("probe.status", sentence, {"status": answer.status})
    if answer.body.strip() != spec.proof.encode():
        return Fault("probe.other_site", f"What answers as {name} is another site, or an older form of this one.")
    return None


def _fault_of_php(spec: Probe, check: Check, answer: Answer) -> Fault | None:
    account, said = str(spec.account), answer.body.strip()
    if answer.status != _OK:
        facts: Facts = {"account": account, "status": answer.status}
        return Fault("probe.php_silent", f"The PHP of {account} answers with status {answer.status}.", facts)
    found = next((version for version in VERSIONS if said == _digest(account, version, check.nonce)), None)
    if found is None:
        sentence = f"The PHP that answers for {check.name} is not {account}'s."
        return Fault("probe.other_account", sentence, {"account": account})
    if spec.php not in ("", found):
        sentence = f"PHP {found} answers for {check.name}, and not PHP {spec.php}."
        return Fault("probe.other_php", sentence, {"php": found, "wanted": spec.php})
    return None


def _fault_of_engine(spec: Probe, check: Check, answer: Answer) -> Fault | None:
    if answer.status == _OK and answer.body.strip() == f"{spec.engine} {spec.account}".encode():
        return None
    facts: Facts = {"account": str(spec.account), "status": answer.status}
    sentence = f"It is not Apache of {spec.account} that answers for {check.name} (status {answer.status})."
    return Fault("probe.other_engine", sentence, facts)


def _digest(account: str, version: str, nonce: str) -> bytes:
    return hashlib.sha256(f"{account}:{version}:{nonce}".encode()).hexdigest().encode()


def _fault_of_absence(spec: Probe, check: Check, answer: Answer) -> Fault | None:
    seen = answer.headers.get(STATE_HEADER, "")
    if seen in _STATES[spec.expect] and (spec.expect == "gone" or answer.status == _UNAVAILABLE):
        return None
    if spec.https and _leads_to_https(check, answer):
        return None  # HTTPS has the answer, and is asked too
    wanted = _STATES[spec.expect][0]
    sentence = f"{check.name} should answer that it is {wanted}; it answers with {answer.status}."
    return Fault("probe.still_served", sentence, {"state": wanted, "status": answer.status})


def _leads_to_https(check: Check, answer: Answer) -> bool:
    to_https = answer.headers.get("location", "").startswith(f"https://{check.name}/")
    return check.scheme == "http" and answer.status in _REDIRECTS and to_https


def failed(check: Check, wrong: BaseException, seconds: float) -> ProbeResult:
    """What a request without an answer tells."""
    way = f"{check.name} over {check.scheme.upper()} and {FAMILY_NAMES[check.family]}"
    detail: str
    match wrong:
        case ssl.SSLCertVerificationError():
            detail = wrong.verify_message
            sentence = f"The certificate shown for {check.name} is not valid: {detail}."
            fault = Fault("probe.certificate", sentence, {"detail": detail})
        case ssl.SSLError():
            detail = str(getattr(wrong, "reason", None) or wrong)  # only those of OpenSSL have a reason
            fault = Fault("probe.tls", f"No encrypted connection to {way}: {detail}.", {"detail": detail})
        case TimeoutError():
            fault = Fault("probe.timeout", f"No answer from {way} within {seconds:.0f} s.", {"seconds": round(seconds)})
        case ConnectionRefusedError():
            fault = Fault("probe.refused", f"Nothing listens for {way} at {check.address}.")
        case BadAnswer():
            fault = Fault("probe.bad_answer", f"{way}: {wrong}", {"why": str(wrong), "coding": wrong.coding})
        case OSError():
            detail = str(wrong.strerror or wrong)
            fault = Fault(
                "probe.unreachable", f"{way} cannot be reached at {check.address}: {detail}.", {"detail": detail}
            )
        case _:
            raise wrong
    return _result(check, fault, seconds=seconds)


def _result(check: Check, fault: Fault | None, *, seconds: float, status: int = 0) -> ProbeResult:
    asked: Facts = {"name": str(check.name), "scheme": check.scheme.upper(), "address": check.address}
    return ProbeResult(
        scheme=check.scheme,
        family=check.family,
        name=str(check.name),
        address=check.address,
        status=status,
        seconds=round(seconds, 4),
        ok=fault is None,
        code=fault.code if fault else "",
        sentence=fault.sentence if fault else "",
        facts={**asked, "family": FAMILY_NAMES[check.family], **fault.facts} if fault else {},
        check=check.check,
    )


_ADVICE = {
    "probe.name_unresolved": "Create the missing DNS record, or wait until it is known everywhere.",
    "probe.name_elsewhere": "Change the DNS records of the name, or move the site.",
    "probe.resolver_away": "See the resolver of the prober.",
    "probe.certificate": "See the certificate's row of this site.",
    "probe.tls": "See the certificate's row of this site, and nginx on its machine.",
    "probe.other_site": "Look whether the site's row is applied; ask its machine to check.",
    "probe.other_engine": "Look at the account's Apache: `systemctl status essaim-apache@LOGIN.service` on its machine.",
    "probe.not_in_maintenance": "Ask the site's machine to check.",
    "probe.in_maintenance": "Ask the site's machine to check.",
    "probe.php_silent": "Look at the account's PHP: `systemctl status essaim-php-VERSION@LOGIN.service` on its machine.",
}


def advice_for(code: str) -> str:
    """What a volunteer can do."""
    return _ADVICE.get(code, "Look at nginx on the site's machine and at the network between.")
