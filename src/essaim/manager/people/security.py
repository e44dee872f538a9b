"""The addresses of signing in twice. Their names are django-allauth's own, which finds its pages by them; its other pages have none."""

from allauth.account.views import reauthenticate
from django.urls import URLPattern, URLResolver, include, path

from essaim.manager.people import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("security/again/", reauthenticate, name="account_reauthenticate"),
    path("security/", include("allauth.mfa.urls")),
]
