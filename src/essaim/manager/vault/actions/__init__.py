"""Everything that can happen in the vault: `keys` of people, `secrets`, and their `values`."""

from essaim.manager.vault.actions.keys import change_passphrase, end_key, make_key, register_key
from essaim.manager.vault.actions.secrets import change_secret, close_secret, create_secret
from essaim.manager.vault.actions.values import open_value, put_sealed, put_value, reseal, seal_anew, take_sealed

__all__ = [
    "change_passphrase",
    "change_secret",
    "close_secret",
    "create_secret",
    "end_key",
    "make_key",
    "open_value",
    "put_sealed",
    "put_value",
    "register_key",
    "reseal",
    "seal_anew",
    "take_sealed",
]
