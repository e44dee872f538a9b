"""To and from bytes. JSON on the wire: a volunteer with `nats` and no Essaim can read it."""

from typing import Any, TypeVar

import msgspec

from essaim.contract.names import Fqdn, Login, MachineName, NameRefused, PersonLogin
from essaim.contract.wanted import KINDS, Spec, Wanted

T = TypeVar("T")


class ContractError(ValueError):
    """Bytes that are not what the contract promises. `str()` names the field."""


def _from_wire(expected: type, value: object) -> object:
    if expected in (Fqdn, Login, MachineName, PersonLogin) and isinstance(value, str):
        try:
            return expected(value)
        except NameRefused as refused:
            raise ValueError(str(refused)) from None
    raise NotImplementedError(expected)


def _to_wire(value: object) -> object:
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(type(value))


def encode(message: msgspec.Struct) -> bytes:
    """Any struct of the contract as JSON bytes."""
    return msgspec.json.encode(message, enc_hook=_to_wire)


def decode(data: bytes | str, expected: type[T]) -> T:
    """JSON bytes as `expected` (a struct or a union of tagged structs). Unknown fields are ignored.

    Raises:
        ContractError: not JSON, a field missing or of another type, a name of another shape.
    """
    try:
        return msgspec.json.decode(data, type=expected, dec_hook=_from_wire)
    except (msgspec.DecodeError, msgspec.ValidationError) as wrong:
        raise ContractError(str(wrong)) from None


def decode_spec(wanted: Wanted) -> Spec:
    """The typed spec inside `wanted`.

    Raises:
        ContractError: an unknown kind, or a spec that does not fit it.
    """
    if wanted.is_removal:
        raise ContractError(f"{wanted.kind} {wanted.key} is to be removed: it has no spec.")
    if wanted.kind not in KINDS:
        raise ContractError(f"Kind {wanted.kind!r} is not in contract version {wanted.version}.")
    return decode(bytes(wanted.spec), KINDS[wanted.kind])


def _schema_of_name(expected: type) -> dict[str, Any]:
    return {"type": "string", "maxLength": expected.longest, "pattern": f"^{expected.pattern.pattern}$"}  # type: ignore[attr-defined]  # msgspec hands over any type; ours have these


def json_schemas() -> dict[str, Any]:
    """JSON Schema (2020-12) of every message, for the documentation."""
    from essaim.contract import (  # the page needs every type, the wire does not
        engine_reports,
        keys,
        numbers,
        php_reports,
        reports,
        shield,
    )

    messages = [*KINDS.values(), Wanted, reports.Batch, reports.Report, reports.Hello, reports.Inventory]
    messages += [reports.Beat, reports.Enrolment, reports.Enrolled, numbers.Numbers, numbers.LogLines]
    messages += [php_reports.PhpErrors, php_reports.PhpInfo, php_reports.PhpComparison]
    messages += [shield.Defence, engine_reports.EngineTroubles, keys.SshSessions, keys.GlassUses]
    _, components = msgspec.json.schema_components(messages, schema_hook=_schema_of_name)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components}
