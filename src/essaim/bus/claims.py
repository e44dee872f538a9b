"""What tokens say: who exports and imports which subjects, who may publish and subscribe, which keys are refused.

Each machine has an account of its own that imports its own subjects from the host's account. Permissions alone would not
do: nats-server (2.9.10) checks where a client publishes, not where the client wants the answer. A machine that asks its own
consumer with `$JS.API.STREAM.DELETE.KV_wanted_other` as the reply would have the server delete it. Across accounts an answer
ends in the account that asked (docs/decisions/0003).
"""

from collections.abc import Iterable

from essaim.bus import subjects
from essaim.bus.jwt import Claims
from essaim.contract import MachineName

FOR_EVER = 253_402_300_799
"""The last second of the year 9999: a revoked key stays so, whatever a clock says."""
_NO_LIMIT = -1
_MACHINE_CONNECTIONS = 8  # a new connection may come before the old one is known dead
_MACHINE_SUBSCRIPTIONS = 256


def operator(system_account: str) -> Claims:
    """Of the operator, who signs accounts."""
    return {"type": "operator", "system_account": system_account}


def host_account() -> Claims:
    """Of the account that owns the streams: JetStream without limits, and exports that machines' accounts may import.

    Exports are open to every account because every account is signed by our operator, with its imports in it.
    """
    exports = [_export(subject, stream=stream) for subject, stream in subjects.EXPORTED_SERVICES.items()]
    exports += [{"name": subject, "subject": subject, "type": "stream"} for subject in subjects.EXPORTED_STREAMS]
    return {"type": "account", "limits": _limits(disk=_NO_LIMIT), "exports": exports}


def system_account() -> Claims:
    """Of the server's own account."""
    return {"type": "account", "limits": _limits()}


def machine_account(machine: MachineName, *, host: str, revoked: Iterable[str]) -> Claims:
    """Of one machine: no storage, no exports, its own subjects of `host` (a public key), and keys that are refused."""
    imports = [_import(subject, host, "service") for subject in subjects.machine_publishes(machine)]
    imports.append(_import(subjects.ask(machine), host, "stream"))
    limits = _limits() | {"exports": 0, "conn": _MACHINE_CONNECTIONS, "subs": _MACHINE_SUBSCRIPTIONS}
    claims: Claims = {"type": "account", "limits": limits, "imports": imports}
    refused = dict.fromkeys(revoked, FOR_EVER)
    return claims | ({"revocations": refused} if refused else {})


def user(publishes: list[str], subscribes: list[str]) -> Claims:
    """Of a user who may publish and subscribe to these subjects and no other."""
    limits = {"subs": _NO_LIMIT, "data": _NO_LIMIT, "payload": _NO_LIMIT}
    return {"type": "user", "pub": {"allow": publishes}, "sub": {"allow": subscribes}, **limits}


def machine_user(machine: MachineName) -> Claims:
    """Of the agent on a machine."""
    return user(subjects.machine_publishes(machine), subjects.machine_subscribes(machine))


def _export(subject: str, *, stream: bool) -> Claims:
    return {
        "name": subject, "subject": subject, "type": "service",
        "response_type": "Stream" if stream else "Singleton",
    }  # fmt: skip


def _import(subject: str, host: str, kind: str) -> Claims:
    return {"name": subject, "subject": subject, "account": host, "local_subject": subject, "type": kind}


def _limits(*, disk: int = 0) -> Claims:
    return {
        "subs": _NO_LIMIT, "data": _NO_LIMIT, "payload": _NO_LIMIT, "imports": _NO_LIMIT, "exports": _NO_LIMIT,
        "wildcards": True, "disallow_bearer": True, "conn": _NO_LIMIT, "leaf": 0,
        "mem_storage": 0, "disk_storage": disk, "streams": _NO_LIMIT, "consumer": _NO_LIMIT,
    }  # fmt: skip
