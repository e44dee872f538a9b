"""The addresses of the privacy room."""

from django.urls import path

from essaim.manager.privacy import views, views_clients

app_name = "privacy"
urlpatterns = [
    path("privacy/", views.mine, name="mine"),
    path("privacy/register/", views.register, name="register"),
    path("privacy/export/", views.export, name="export"),
    path("privacy/export/<int:pk>/", views.download, name="download"),
    path("privacy/clients/<slug:slug>/export/", views.export_client, name="export_client"),
    path("privacy/erase/", views.erase, name="erase"),
    path("privacy/clients/<slug:slug>/erase/", views_clients.erase_client, name="erase_client"),
    path("privacy/clients/<slug:slug>/erase/stop/", views_clients.stop_client, name="erase_client_stop"),
    path("privacy/erase/stop/", views.stop, name="stop"),
    path("privacy/consents/<slug:purpose>/give/", views.give, name="consent_give"),
    path("privacy/consents/<slug:purpose>/withdraw/", views.withdraw, name="consent_withdraw"),
    path("team/privacy/retention/", views.retention_page, name="retention"),
]
