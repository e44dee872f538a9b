"""The hosting room's pages, by noun: sites and their stories, ordering one, what is done to one, content, accounts."""

from essaim.manager.hosting.views.accounts import (
    account,
    accounts,
    change_account,
    close_account,
    erase_account,
    restore_account,
    resume_account,
    suspend_account,
)
from essaim.manager.hosting.views.acts import (
    change_php,
    change_site,
    close_site,
    erase_site,
    prove_again,
    put_php_back,
    restore_site,
    resume_site,
    suspend_site,
)
from essaim.manager.hosting.views.consents import consents, withdraw_consent
from essaim.manager.hosting.views.content import content, undo_content
from essaim.manager.hosting.views.order import order, order_check
from essaim.manager.hosting.views.sites import site, site_live, sites

__all__ = [
    "account",
    "accounts",
    "change_account",
    "change_php",
    "change_site",
    "close_account",
    "close_site",
    "consents",
    "content",
    "erase_account",
    "erase_site",
    "order",
    "order_check",
    "prove_again",
    "put_php_back",
    "restore_account",
    "restore_site",
    "resume_account",
    "resume_site",
    "site",
    "site_live",
    "sites",
    "suspend_account",
    "suspend_site",
    "undo_content",
    "withdraw_consent",
]
