"""What the manager may want of a machine, and what a machine answers.

This floor imports nothing of ours. The agent and the manager never import each other: all that ties
them is what stands here. A change to a type is a change to the wire: raise `VERSION` when an older
agent could misread it, and keep decoding what older managers and agents send.
"""

from essaim.contract.codec import ContractError, decode, decode_spec, encode, json_schemas
from essaim.contract.engine_reports import EngineTrouble, EngineTroubles
from essaim.contract.keys import Became, GlassUse, GlassUses, MachinePerson, SshSession, SshSessions
from essaim.contract.names import Fqdn, Login, MachineName, NameRefused, PersonLogin, as_read
from essaim.contract.numbers import LogLines, Numbers, SiteNumbers, Sum, Tops
from essaim.contract.php import GENERATIONS, SETTINGS, Generation, Setting, SettingRefused
from essaim.contract.php_reports import PhpComparison, PhpErrorGroup, PhpErrors, PhpInfo, PhpPage, PhpSetting, PhpTold
from essaim.contract.reports import (
    Batch,
    Beat,
    Enrolled,
    Enrolment,
    Hello,
    Inventory,
    Outcome,
    PhpTree,
    ProbeResult,
    Report,
)
from essaim.contract.rules import Maintenance, Rules
from essaim.contract.shield import Defence, HeldBack, Shield, Way
from essaim.contract.wanted import (
    KINDS,
    NOTHING,
    VERSION,
    Account,
    AcmeDirectory,
    Certificate,
    Content,
    Engine,
    Keys,
    Kind,
    OwnCertificate,
    Probe,
    Program,
    Site,
    Spec,
    TlsProfile,
    Wanted,
)

__all__ = [
    "GENERATIONS",
    "KINDS",
    "NOTHING",
    "SETTINGS",
    "VERSION",
    "Account",
    "AcmeDirectory",
    "Batch",
    "Beat",
    "Became",
    "Certificate",
    "Content",
    "ContractError",
    "Defence",
    "Engine",
    "EngineTrouble",
    "EngineTroubles",
    "Enrolled",
    "Enrolment",
    "Fqdn",
    "Generation",
    "GlassUse",
    "GlassUses",
    "HeldBack",
    "Hello",
    "Inventory",
    "Keys",
    "Kind",
    "LogLines",
    "Login",
    "MachineName",
    "MachinePerson",
    "Maintenance",
    "NameRefused",
    "Numbers",
    "Outcome",
    "OwnCertificate",
    "PersonLogin",
    "PhpComparison",
    "PhpErrorGroup",
    "PhpErrors",
    "PhpInfo",
    "PhpPage",
    "PhpSetting",
    "PhpTold",
    "PhpTree",
    "Probe",
    "ProbeResult",
    "Program",
    "Report",
    "Rules",
    "Setting",
    "SettingRefused",
    "Shield",
    "Site",
    "SiteNumbers",
    "Spec",
    "SshSession",
    "SshSessions",
    "Sum",
    "TlsProfile",
    "Tops",
    "Wanted",
    "Way",
    "as_read",
    "decode",
    "decode_spec",
    "encode",
    "json_schemas",
]
