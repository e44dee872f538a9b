"""The core room: what every room leans on, without a domain word."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "essaim.manager.core"
    label = "core"
