"""The public addresses of the team room, below `join/`."""

from django.urls import path

from essaim.manager.team.views import join

app_name = "join"
urlpatterns = [
    path("", join.campaigns, name="campaigns"),
    path("address/<str:text>/", join.prove, name="prove"),
    path("welcome/<str:text>/", join.welcome, name="welcome"),
    path("<slug:slug>/", join.campaign, name="campaign"),
]
