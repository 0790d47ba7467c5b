"""Where everything is. The wings' pages follow the hall's."""

from allauth.account import views as account
from django.urls import include, path, re_path

from portal import barriers, views
from portal.admin.base import site
from portal.letter_page import governing_letter
from portal.session import session

accounts = [
    path("accounts/session/", session, name="session"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/signup/", account.signup, name="account_signup"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/reset/", account.password_reset, name="account_reset_password"),
    path(
        "accounts/password/reset/done/",
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

urlpatterns = [
    path("health", views.health, name="health"),
    path("ready", views.ready, name="ready"),
    path("version", views.version, name="version"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("accessibility/report/", barriers.report_barrier, name="report_barrier"),
    path("accessibility/reported/", barriers.barrier_reported, name="barrier_reported"),
    path("privacy/", views.privacy, name="privacy"),
    path("conditions/", views.conditions, name="conditions"),
    path("help/", views.help_page, name="help"),
    path("letter/", governing_letter, name="governing_letter"),
    path("letter/<int:version>/", governing_letter, name="letter_version"),
    *accounts,
    # Before the admin's own: there is one page to sign in, one to sign out, one for passwords.
    path("admin/login/", views.admin_sign_in, name="admin_sign_in"),
    path("admin/logout/", account.logout, name="admin_sign_out"),
    path("admin/password_change/", views.admin_password, name="admin_password"),
    path("admin/", site.urls),
    path("", include("proposals.urls")),
    path("", include("reviews.urls")),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler429 = "portal.errors.too_many_requests"
handler500 = "portal.errors.server_error"
