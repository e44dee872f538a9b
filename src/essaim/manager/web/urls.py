"""The addresses of the Manager: one line a room."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("essaim.manager.web.pages")),
    path("", include("essaim.manager.people.urls")),
    path("", include("essaim.manager.people.security")),
    path("fleet/", include("essaim.manager.fleet.urls")),
    path("keys/", include("essaim.manager.keys.urls")),
    path("", include("essaim.manager.hosting.urls")),
    path("", include("essaim.manager.openid.urls")),
    path("", include("essaim.manager.openid.oidc")),
    path("team/", include("essaim.manager.team.urls")),
    path("join/", include("essaim.manager.team.join_urls")),
    path("", include("essaim.manager.vault.urls")),
    path("", include("essaim.manager.privacy.urls")),
    path("api/v1/", include("essaim.manager.web.api")),
]
