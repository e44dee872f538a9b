"""The addresses of the people room."""

from django.urls import path

from essaim.manager.people import views

app_name = "people"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password, name="password"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.revoke, name="token_revoke"),
    path("clients/", views.clients, name="clients"),
    path("clients/<slug:slug>/", views.client, name="client"),
    path("clients/<slug:slug>/people/add/", views.add_person, name="add_person"),
    path(
        "add-client/", views.add_client, name="add_client"
    ),  # not below clients/, where every identifier is a client's
]
