"""The addresses of the team room, below `team/`."""

from django.urls import path

from essaim.manager.team.views import agreement, cover, duties, hours, leaving, overview, recruiting

app_name = "team"
urlpatterns = [
    path("", overview.team, name="team"),
    path("agreement/", agreement.agreement, name="agreement"),
    path("agreement/versions/", agreement.versions, name="versions"),
    path("agreement/versions/<int:number>/", agreement.version, name="version"),
    path("agreement/draft/", agreement.draft, name="draft"),
    path("agreement/draft/in-force/", agreement.in_force, name="in_force"),
    path("agreement/signatures/<int:pk>/", agreement.signature, name="signature"),
    path("hours/", hours.hours, name="hours"),
    path("hours/absences/", hours.add_absence, name="absence_add"),
    path("hours/absences/<int:pk>/remove/", hours.remove_absence, name="absence_remove"),
    path("hours/feed/", hours.make_feed, name="feed_make"),
    path("hours/feed/revoke/", hours.revoke_feed, name="feed_revoke"),
    path("feeds/<str:text>/<str:kind>.ics", hours.feed, name="feed"),
    path("awake/", cover.awake, name="awake"),
    path("cover/", cover.cover, name="cover"),
    path("windows/", cover.windows, name="windows"),
    path("bus-factor/", duties.bus_factor, name="bus_factor"),
    path("duties/", duties.duties, name="duties"),
    path("duties/add/", duties.add, name="duty_add"),
    path("duties/<int:pk>/change/", duties.change, name="duty_change"),
    path("duties/<int:pk>/remove/", duties.remove, name="duty_remove"),
    path("members/<int:pk>/leave/", leaving.leave, name="leave"),
    path("campaigns/", recruiting.campaigns, name="campaigns"),
    path("campaigns/add/", recruiting.add, name="campaign_add"),
    path("campaigns/<slug:slug>/change/", recruiting.change, name="campaign_change"),
    path("candidates/", recruiting.candidates, name="candidates"),
    path("candidates/<int:pk>/", recruiting.candidate, name="candidate"),
    path("candidates/<int:pk>/note/", recruiting.note, name="candidate_note"),
    path("candidates/<int:pk>/accept/", recruiting.accept, name="candidate_accept"),
    path("candidates/<int:pk>/decline/", recruiting.decline, name="candidate_decline"),
]
