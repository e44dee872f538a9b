"""What the manager may want of a machine, and what a machine answers.

This floor imports nothing of ours. The agent and the manager never import each other: all that ties
them is what stands here. A change to a type is a change to the wire: raise `VERSION` when an older
agent could misread it, and keep decoding what older managers and agents send.
"""

from essaim.contract.codec import ContractError, decode, decode_spec, encode, json_schemas
from essaim.contract.names import Fqdn, Login, MachineName, NameRefused, as_read
from essaim.contract.php import GENERATIONS, SETTINGS, Generation, Setting, SettingRefused
from essaim.contract.reports import (
    Batch,
    Beat,
    Enrolled,
    Enrolment,
    Hello,
    Inventory,
    Outcome,
    ProbeResult,
    Report,
)
from essaim.contract.wanted import (
    KINDS,
    NOTHING,
    VERSION,
    Account,
    Certificate,
    Content,
    Kind,
    Probe,
    Site,
    Spec,
    Wanted,
)

__all__ = [
    "GENERATIONS",
    "KINDS",
    "NOTHING",
    "SETTINGS",
    "VERSION",
    "Account",
    "Batch",
    "Beat",
    "Certificate",
    "Content",
    "ContractError",
    "Enrolled",
    "Enrolment",
    "Fqdn",
    "Generation",
    "Hello",
    "Inventory",
    "Kind",
    "Login",
    "MachineName",
    "NameRefused",
    "Outcome",
    "Probe",
    "ProbeResult",
    "Report",
    "Setting",
    "SettingRefused",
    "Site",
    "Spec",
    "Wanted",
    "as_read",
    "decode",
    "decode_spec",
    "encode",
    "json_schemas",
]
