"""Everything that can happen in the hosting room, by noun. Nothing else changes its rows, apart from `jobs` (what machines
answered).

Each act: refuse, lock, return if already so, change, record, want. All of it in one transaction; no machine is spoken to.
"""

from essaim.manager.hosting.actions.accounts import (
    change_account,
    close_account,
    create_account,
    erase_account,
    restore_account,
    resume_account,
    suspend_account,
)
from essaim.manager.hosting.actions.consents import give_consent, withdraw_consent
from essaim.manager.hosting.actions.content import put_content, undo_content
from essaim.manager.hosting.actions.site_states import (
    close_site,
    erase_site,
    restore_site,
    resume_site,
    suspend_site,
)
from essaim.manager.hosting.actions.sites import change_site, create_site, prove_again, put_php_back

__all__ = [
    "change_account",
    "change_site",
    "close_account",
    "close_site",
    "create_account",
    "create_site",
    "erase_account",
    "erase_site",
    "give_consent",
    "prove_again",
    "put_content",
    "put_php_back",
    "restore_account",
    "restore_site",
    "resume_account",
    "resume_site",
    "suspend_account",
    "suspend_site",
    "undo_content",
    "withdraw_consent",
]
