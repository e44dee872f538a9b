"""The lab's own certificate authority: signs the ACME server's certificate, and every machine of the image trusts it."""

from pathlib import Path

from essaim.lab.paths import ZONE
from essaim.lab.programs import run

ACME_NAME = f"acme.{ZONE}"
_DAYS = "3650"


def make(directory: Path) -> None:
    """Make `ca.pem`, `ca.key`, and `acme.pem`, `acme.key` signed by them, in a new directory only root can read."""
    directory.mkdir(mode=0o700)
    ca, acme = directory / "ca", directory / "acme"
    key = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", _DAYS]
    run([*key, "-x509", "-keyout", f"{ca}.key", "-out", f"{ca}.pem", "-subj", "/CN=Essaim lab authority",
         "-addext", "keyUsage=critical,keyCertSign,cRLSign"])  # fmt: skip
    run([*key, "-x509", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-keyout", f"{acme}.key", "-out", f"{acme}.pem",
         "-subj", f"/CN={ACME_NAME}", "-addext", f"subjectAltName=DNS:{ACME_NAME}",
         "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"])  # fmt: skip
