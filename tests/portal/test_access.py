"""Who may open which page, and that every page says so."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import include, path

from portal import access
from portal.access import Access, every_view_has_access, routes
from portal.models import Role, User
from tests import make

ROLES = ("anonymous", "county", "no county", "reviewer", "approver", "administrator", "auditor")


def page(request, reference=None):
    return HttpResponse("the page")


def open_page(rf, view, user, **kwargs):
    request = rf.get("/somewhere/?a=1")
    request.user = user
    return view(request, **kwargs)


@pytest.fixture
def everyone(alice, carol, dana, erin, frank) -> dict[str, User]:
    return {
        "anonymous": AnonymousUser(),
        "county": alice,
        "no county": make.person("new@butte.example.gov"),
        "reviewer": carol,
        "approver": dana,
        "administrator": erin,
        "auditor": frank,
    }


DECORATORS = [
    (access.public("why"), set(ROLES)),
    (access.signed_in, set(ROLES) - {"anonymous"}),
    (access.county_staff, {"county"}),
    (access.reviewer, {"reviewer", "approver"}),
    (access.approver, {"approver"}),
    (access.administrator, {"administrator"}),
    (access.reads_cases, {"reviewer", "approver", "administrator", "auditor"}),
]


@pytest.mark.parametrize(("decorator", "let_in"), DECORATORS)
def test_each_decorator_lets_in_its_people_and_nobody_else(rf, everyone, decorator, let_in):
    view = decorator(page)
    for name, user in everyone.items():
        if name in let_in:
            assert open_page(rf, view, user).content == b"the page", name
        elif name == "anonymous":
            response = open_page(rf, view, user)
            assert response.url == "/accounts/login/?next=/somewhere/%3Fa%3D1"
        else:
            with pytest.raises(PermissionDenied):
                open_page(rf, view, user)


def test_on_a_page_with_a_reference_the_wrong_role_finds_nothing(rf, everyone):
    view = access.approver(page)
    for name in ("county", "no county", "reviewer", "administrator", "auditor"):
        with pytest.raises(Http404):
            open_page(rf, view, everyone[name], reference="CIP-2027-0042")


@pytest.mark.parametrize("role", Role.values)
def test_a_disabled_person_is_nobody(rf, role):
    user = User(email="gone@example.gov", role=role, is_active=False)
    assert open_page(rf, access.signed_in(page), user).status_code == 302


def test_a_view_says_who_may_open_it_through_further_decorators():
    from django.views.decorators.http import require_POST

    view = require_POST(access.reviewer(page))
    assert view.access == Access("reviewer")
    assert access.public("It is a sign.")(page).access == Access("public", "It is a sign.")


class TestCheck:
    def test_every_page_of_the_portal_says_who_may_open_it(self):
        assert every_view_has_access() == []

    def test_it_is_asked_whenever_the_portal_starts(self):
        from django.core.checks import registry

        assert every_view_has_access in registry.registry.get_checks()

    def test_it_names_a_view_that_says_nothing_however_deep_it_is_included(self, settings):
        class Urls:
            urlpatterns = (
                path("fine/", access.signed_in(page)),
                path("deep/", include([path("er/<int:n>/", page, name="bare")])),
            )

        settings.ROOT_URLCONF = Urls
        (error,) = every_view_has_access()
        assert error.id == "portal.E001"
        assert "/deep/er/<int:n>/ (tests.portal.test_access.page)" in error.msg

    def test_our_own_view_is_not_excused_by_a_foreign_name(self, settings):
        def own(request): ...

        own.__module__ = "portal.views"

        class Urls:
            urlpatterns = (path("accounts/login/", own, name="account_login"),)

        settings.ROOT_URLCONF = Urls
        assert len(every_view_has_access()) == 1

    def test_no_row_of_the_foreign_table_is_left_over(self):
        names = {route.name for route in routes()}
        used = names | {name.partition(":")[0] + ":" for name in names if ":" in name}
        assert set(access.FOREIGN) <= used

    def test_each_public_page_gives_its_reason(self):
        for route in routes():
            assert route.access.who != "public" or route.access.why, route.path


def test_public_pages_alone_are_open_before_their_view_is_reached():
    served = {route.path: route for route in reversed([*routes()])}
    for route in served.values():
        public = route.access.who == "public"
        assert getattr(route.view, "login_required", True) is not public, route.path


class TestPasswordGivenLately:
    def session_of(self, rf, seconds_ago):
        from portal import clock

        request = rf.get("/proposals/CIP-2027-0042/send/?a=1")
        request.session = {}
        if seconds_ago is not None:
            request.session[access.PASSWORD_AT] = clock.now().timestamp() - seconds_ago
        return request

    @pytest.mark.parametrize(
        ("seconds_ago", "lately"), [(0, True), (290, True), (310, False), (None, False)]
    )
    def test_it_counts_for_five_minutes(self, rf, seconds_ago, lately):
        assert access.signed_in_lately(self.session_of(rf, seconds_ago)) is lately

    def test_a_moment_to_come_does_not_count(self, rf):
        assert not access.signed_in_lately(self.session_of(rf, -60))

    def test_asking_again_leads_back_to_where_one_was(self, rf):
        request = self.session_of(rf, None)
        assert access.ask_again(request).url == (
            "/accounts/reauthenticate/?next=%2Fproposals%2FCIP-2027-0042%2Fsend%2F%3Fa%3D1"
        )
        assert access.ask_again(request, "/").url == "/accounts/reauthenticate/?next=%2F"


class TestAddress:
    def test_it_is_that_of_the_connection_whatever_the_client_claims(self, rf, settings):
        settings.TRUSTED_PROXY = False
        request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="203.0.113.9")
        assert access.client_address(request) == "192.0.2.1"

    def test_behind_a_trusted_proxy_it_is_what_that_proxy_added(self, rf, settings):
        settings.TRUSTED_PROXY = True
        request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9")
        assert access.client_address(request) == "203.0.113.9"

    def test_where_there_is_none_it_says_so(self, rf, settings):
        settings.TRUSTED_PROXY = False
        assert access.client_address(rf.get("/", REMOTE_ADDR="")) == "unknown"
