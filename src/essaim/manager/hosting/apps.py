"""The hosting room: accounts, sites, certificates, content, proofs."""

from django.apps import AppConfig

HOURLY_S = 3600.0


class HostingConfig(AppConfig):
    name = "essaim.manager.hosting"
    label = "hosting"

    def ready(self) -> None:
        """Tell the fleet what this room does when a machine answers."""
        from essaim.manager.fleet import reactions  # models are loaded only now
        from essaim.manager.hosting import jobs

        reactions.on_report("account", jobs.on_account)
        reactions.on_report("site", jobs.on_site)
        reactions.on_report("certificate", jobs.on_certificate)
        reactions.on_report("probe", jobs.on_probe)
        reactions.on_report("content", jobs.on_content)
        reactions.on_raised("site", jobs.on_site_told_anew)
        reactions.on_raised("certificate", jobs.on_certificate_told_anew)
        reactions.for_story("content", jobs.facts_of_content)
        reactions.before_publish("content", jobs.file_of_content)
        reactions.every(HOURLY_S, "erase what was closed long ago", jobs.erase_closed)
        reactions.every(HOURLY_S, "remove uploads nobody needs", jobs.sweep_uploads)
        reactions.every(30.0, "prove what no prober has looked at", jobs.prove_the_unproved)
