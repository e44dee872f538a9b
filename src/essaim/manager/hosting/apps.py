"""The hosting room: accounts, sites, certificates, content, proofs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

HOURLY_S = 3600.0


class HostingConfig(AppConfig):
    name = "essaim.manager.hosting"
    label = "hosting"

    def ready(self) -> None:
        """Tell the fleet what this room does when a machine answers."""
        from essaim import contract
        from essaim.manager.fleet import reactions  # models are loaded only now
        from essaim.manager.hosting import (
            certificate_jobs,
            defence,
            jobs,
            log_tails,
            numbers_jobs,
            php_told,
            program_states,
            troubles,
        )
        from essaim.manager.hosting.actions import consents, shields
        from essaim.manager.hosting.actions.accounts import close_accounts_of
        from essaim.manager.hosting.actions.offers import follow_offers
        from essaim.manager.hosting.actions.php import end_over
        from essaim.manager.hosting.models import Account, NameConsent
        from essaim.manager.people import endings, merging

        endings.on_end("accounts", close_accounts_of)
        reactions.every(HOURLY_S, "end the services of clients whose day has come", endings.end_due)
        merging.register("accounts", label=_("Accounts and their sites"), model=Account)
        merging.register(
            "consents given", label=_("Consents given"), model=NameConsent, field="owner", stays=consents.given_twice
        )
        merging.register(
            "consents received",
            label=_("Consents received"),
            model=NameConsent,
            field="guest",
            stays=consents.received_twice,
        )
        reactions.on_report("account", jobs.on_account)
        reactions.on_report("site", jobs.on_site)
        reactions.on_report("certificate", jobs.on_certificate)
        reactions.on_report("probe", jobs.on_probe)
        reactions.on_report("content", jobs.on_content)
        reactions.on_report("program", program_states.on_program)
        reactions.on_told(contract.EngineTroubles, troubles.take_in)
        reactions.on_raised("site", jobs.on_site_told_anew)
        reactions.on_raised("certificate", jobs.on_certificate_told_anew)
        reactions.for_story("content", jobs.facts_of_content)
        reactions.before_publish("content", jobs.file_of_content)
        reactions.on_told(contract.Defence, defence.take_in)
        reactions.every(10.0, "note that shields are down whose time is over", shields.end_shields)
        reactions.every(HOURLY_S, "forget what was held back long ago", defence.forget_old)
        reactions.every(HOURLY_S, "erase what was closed long ago", jobs.erase_closed)
        reactions.every(HOURLY_S, "remove uploads nobody needs", jobs.sweep_uploads)
        reactions.on_told(contract.Numbers, numbers_jobs.take_numbers)
        reactions.on_told(contract.LogLines, log_tails.take_log_lines)
        reactions.ask_for(log_tails.take_log_asks)
        reactions.every(HOURLY_S, "forget old numbers", numbers_jobs.forget_old_numbers)
        reactions.every(60.0, "forget lines of logs", log_tails.forget_old_lines)
        reactions.on_told(contract.PhpErrors, php_told.take_errors)
        reactions.on_told(contract.PhpInfo, php_told.take_info)
        reactions.on_told(contract.PhpComparison, php_told.take_comparison)
        reactions.ask_for(php_told.asks)
        reactions.every(HOURLY_S, "forget what PHP said long ago", php_told.forget_old)
        reactions.every(60.0, "end trials of PHP", end_over)
        reactions.every(1.0, "order certificates anew", certificate_jobs.advance_reissues)
        reactions.every(HOURLY_S, "tell of own certificates that end", certificate_jobs.tell_own_endings)
        reactions.every(30.0, "prove what no prober has looked at", jobs.prove_the_unproved)
        reactions.every(2.0, "give accounts what their offer says now", follow_offers)
