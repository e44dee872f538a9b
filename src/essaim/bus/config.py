"""The text of nats-server's configuration. Paths are relative to the file, so that the directory may be moved.

Source: docs.nats.io, "Configuring NATS Server" (2.9): full resolver, JetStream, TLS.
"""

from collections.abc import Mapping

import msgspec

MAX_PAYLOAD = 1024 * 1024

_TEMPLATE = """\
# Written by `essaim bus init`. Change nothing here: it is written again.
server_name: {name}
listen: {listen}
max_payload: {max_payload}
max_connections: 4096
write_deadline: "10s"
ping_interval: "15s"
logtime: false

tls {{
  cert_file: {cert}
  key_file: {key}
  timeout: 5
}}

jetstream {{
  store_dir: {jetstream}
  max_mem: 64MB
  max_file: {max_file}
}}

operator: {operator}
system_account: {system_account}
resolver {{
  type: full
  dir: {accounts}
  allow_delete: false
  interval: "2m"
  limit: 10000
}}
include preload.conf
"""


def _quoted(value: object) -> str:
    return msgspec.json.encode(str(value)).decode()


def server_config(
    *, name: str, listen: str, max_file: str, cert: str, key: str, operator: str, system_account: str, store: str
) -> str:
    """The server's whole configuration, but for the accounts' claims, which `preload_config` renders beside it."""
    return _TEMPLATE.format(
        name=_quoted(name), listen=_quoted(listen), max_payload=MAX_PAYLOAD, max_file=max_file,
        cert=_quoted(cert), key=_quoted(key), operator=_quoted(operator), system_account=system_account,
        jetstream=_quoted(f"{store}/jetstream"), accounts=_quoted(f"{store}/accounts"),
    )  # fmt: skip


def preload_config(accounts: Mapping[str, str]) -> str:
    """Claims that a server with an empty store starts from: the revocations among them."""
    lines = "".join(f"  {public}: {token}\n" for public, token in accounts.items())
    return f"resolver_preload {{\n{lines}}}\n"
