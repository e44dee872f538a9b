"""The addresses of the keys room, below `keys/`."""

from django.urls import path

from essaim.manager.keys import views

app_name = "keys"
urlpatterns = [
    path("", views.keys, name="keys"),
    path("confirm/", views.confirm, name="confirm"),
    path("sessions/", views.sessions, name="sessions"),
    path("<int:serial>/revoke/", views.revoke, name="revoke"),
]
