"""The addresses of the Manager: one line a room."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("essaim.manager.web.pages")),
    path("", include("essaim.manager.people.urls")),
    path("fleet/", include("essaim.manager.fleet.urls")),
    path("", include("essaim.manager.hosting.urls")),
    path("api/v1/", include("essaim.manager.web.api")),
]
