"""The addresses of the hosting room. GET of an act shows its form; acts without a form answer to POST only."""

from django.urls import path

from essaim.manager.hosting import views

app_name = "hosting"
urlpatterns = [
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/<str:login>/", views.account, name="account"),
    path("accounts/<str:login>/change/", views.change_account, name="account_change"),
    path("accounts/<str:login>/suspend/", views.suspend_account, name="account_suspend"),
    path("accounts/<str:login>/resume/", views.resume_account, name="account_resume"),
    path("accounts/<str:login>/close/", views.close_account, name="account_close"),
    path("accounts/<str:login>/restore/", views.restore_account, name="account_restore"),
    path("accounts/<str:login>/erase/", views.erase_account, name="account_erase"),
    path("clients/<slug:slug>/consents/", views.consents, name="consents"),
    path("clients/<slug:slug>/consents/<int:pk>/withdraw/", views.withdraw_consent, name="consent_withdraw"),
    path("sites/", views.sites, name="sites"),
    path("sites/order/", views.order, name="order"),
    path("sites/order/check/", views.order_check, name="order_check"),
    path("sites/<str:fqdn>/", views.site, name="site"),
    path("sites/<str:fqdn>/live/", views.site_live, name="site_live"),
    path("sites/<str:fqdn>/change/", views.change_site, name="change"),
    path("sites/<str:fqdn>/php/", views.change_php, name="php"),
    path("sites/<str:fqdn>/php/back/", views.put_php_back, name="php_back"),
    path("sites/<str:fqdn>/suspend/", views.suspend_site, name="suspend"),
    path("sites/<str:fqdn>/resume/", views.resume_site, name="resume"),
    path("sites/<str:fqdn>/close/", views.close_site, name="close"),
    path("sites/<str:fqdn>/restore/", views.restore_site, name="restore"),
    path("sites/<str:fqdn>/erase/", views.erase_site, name="erase"),
    path("sites/<str:fqdn>/prove/", views.prove_again, name="prove"),
    path("sites/<str:fqdn>/content/", views.content, name="content"),
    path("sites/<str:fqdn>/undo/", views.undo_content, name="undo"),
]
