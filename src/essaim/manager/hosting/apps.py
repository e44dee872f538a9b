"""The hosting room: accounts, sites, certificates, content, proofs."""

from django.apps import AppConfig


class HostingConfig(AppConfig):
    name = "essaim.manager.hosting"
    label = "hosting"
