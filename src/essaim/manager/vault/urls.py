"""The addresses of the vault."""

from django.urls import path

from essaim.manager.vault import views, views_keys

app_name = "vault"
urlpatterns = [
    path("vault/", views.secrets, name="secrets"),
    path("vault/add/", views.add, name="add"),
    path("vault/seal-anew/", views.seal_anew, name="seal_anew"),
    path("vault/key/", views_keys.key, name="key"),
    path("vault/key/make/", views_keys.make, name="key_make"),
    path("vault/key/register/", views_keys.register, name="key_register"),
    path("vault/key/passphrase/", views_keys.passphrase, name="key_passphrase"),
    path("vault/key/end/", views_keys.end, name="key_end"),
    path("vault/secrets/<str:name>/", views.secret, name="secret"),
    path("vault/secrets/<str:name>/open/", views.open_, name="open"),
    path("vault/secrets/<str:name>/put/", views.put, name="put"),
    path("vault/secrets/<str:name>/change/", views.change, name="change"),
    path("vault/secrets/<str:name>/close/", views.close, name="close"),
]
