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
from essaim.manager.hosting.actions.certificates import put_certificate, reissue, take_certificate_off
from essaim.manager.hosting.actions.consents import give_consent, withdraw_consent
from essaim.manager.hosting.actions.content import put_content, undo_content
from essaim.manager.hosting.actions.engine import look_at_files, put_engine_back
from essaim.manager.hosting.actions.extensions import choose_extensions
from essaim.manager.hosting.actions.offers import change_offer, create_offer, give_offer
from essaim.manager.hosting.actions.php import (
    ask_php,
    compare_php,
    forget_php_errors,
    leave_php,
    require_change_of,
    switch_php,
    trial_of,
    try_php,
)
from essaim.manager.hosting.actions.programs import (
    drop_program,
    put_program,
    restart_program,
    start_program,
    stop_program,
)
from essaim.manager.hosting.actions.rules import (
    begin_maintenance,
    change_rules,
    end_maintenance,
    protect,
    put_rules_back,
    unprotect,
)
from essaim.manager.hosting.actions.shields import lower_shield, raise_shield, widen_limits
from essaim.manager.hosting.actions.site_states import (
    close_site,
    erase_site,
    restore_site,
    resume_site,
    suspend_site,
)
from essaim.manager.hosting.actions.sites import change_site, create_site, prove_again, put_php_back

__all__ = [
    "ask_php",
    "begin_maintenance",
    "change_account",
    "change_offer",
    "change_rules",
    "change_site",
    "choose_extensions",
    "close_account",
    "close_site",
    "compare_php",
    "create_account",
    "create_offer",
    "create_site",
    "drop_program",
    "end_maintenance",
    "erase_account",
    "erase_site",
    "forget_php_errors",
    "give_consent",
    "give_offer",
    "leave_php",
    "look_at_files",
    "lower_shield",
    "protect",
    "prove_again",
    "put_certificate",
    "put_content",
    "put_engine_back",
    "put_php_back",
    "put_program",
    "put_rules_back",
    "raise_shield",
    "reissue",
    "require_change_of",
    "restart_program",
    "restore_account",
    "restore_site",
    "resume_account",
    "resume_site",
    "start_program",
    "stop_program",
    "suspend_account",
    "suspend_site",
    "switch_php",
    "take_certificate_off",
    "trial_of",
    "try_php",
    "undo_content",
    "unprotect",
    "widen_limits",
    "withdraw_consent",
]
