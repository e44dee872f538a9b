"""The web room: settings, addresses, base templates, static files, the public pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "essaim.manager.web"
    label = "web"
