"""The addresses of the tools' pages; those of OpenID Connect itself are in `oidc`."""

from django.urls import path

from essaim.manager.openid import views

app_name = "openid"
urlpatterns = [
    path("tools/", views.tools, name="tools"),
    path("tools/add/", views.add, name="add"),
    path("tools/of/<str:key>/", views.tool, name="tool"),
    path("tools/of/<str:key>/change/", views.change, name="change"),
    path("tools/of/<str:key>/secret/", views.renew, name="secret_renew"),
    path("tools/of/<str:key>/close/", views.close, name="close"),
]
