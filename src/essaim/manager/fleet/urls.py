"""The addresses of the fleet room, below `fleet/`."""

from django.urls import path

from essaim.manager.fleet import views

app_name = "fleet"
urlpatterns = [
    path("", views.machines, name="machines"),
    path("add/", views.add, name="add"),
    path("<slug:name>/", views.machine, name="machine"),
    path("<slug:name>/live/", views.machine_live, name="machine_live"),
    path("<slug:name>/token/", views.token, name="token"),
    path("<slug:name>/drain/", views.drain, name="drain"),
    path("<slug:name>/resume/", views.resume, name="resume"),
    path("<slug:name>/revoke/", views.revoke, name="revoke"),
    path("<slug:name>/check/", views.check, name="check"),
]
