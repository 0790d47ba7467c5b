"""Signing in and out, and what keeps guessers away."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from portal import access
from portal.demonstration import PASSWORD
from portal.models import JournalEntry, Notice, NoticeRecipient, User

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
HERE, THERE = "192.0.2.1", "198.51.100.7"
NEW = "four words in a row"


@pytest.fixture(autouse=True)
def no_attempts_yet():
    cache.clear()


def sign_in(client, email, password=PASSWORD, at="", **extra):
    return client.post(f"{LOGIN}{at}", {"login": email, "password": password}, **extra)


def acts() -> list[str]:
    return list(JournalEntry.objects.order_by("number").values_list("act", flat=True))


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


class TestSigningIn:
    def test_with_the_right_password_one_is_in_and_it_is_on_record(self, client, alice):
        response = sign_in(client, alice.email, REMOTE_ADDR=HERE)
        assert (response.status_code, response.url) == (302, "/")
        entry = JournalEntry.objects.latest("number")
        assert (entry.act, entry.actor, entry.address) == ("sign in", alice, HERE)
        assert entry.subject == alice.email

    def test_the_address_may_be_written_in_capitals(self, client, alice):
        assert sign_in(client, f" {alice.email.upper()} ").status_code == 302

    def test_it_counts_as_having_given_the_password(self, client, alice):
        sign_in(client, alice.email)
        assert access.PASSWORD_AT in client.session

    def test_the_session_gets_a_new_id(self, client, alice):
        session = client.session
        session["something"] = "kept"
        session.save()
        before = session.session_key
        client.cookies["sessionid"] = before
        sign_in(client, alice.email)
        assert client.cookies["sessionid"].value != before

    def test_a_wrong_password_is_refused_and_on_record(self, client, alice):
        response = sign_in(client, alice.email, "wrong", REMOTE_ADDR=HERE)
        assert response.status_code == 200
        assert not is_signed_in(client)
        entry = JournalEntry.objects.latest("number")
        assert (entry.act, entry.actor, entry.subject) == ("fail to sign in", None, alice.email)
        assert entry.address == HERE
        assert "wrong" not in str(entry.data)

    def test_no_address_but_the_persons_own_opens_the_account(self, client, alice):
        sign_in(client, alice.email)
        assert not EmailAddress.objects.exists()
        alice.email = "alice.new@alameda.example.gov"
        alice.save()
        stranger = Client()
        assert sign_in(stranger, "alice@alameda.example.gov").status_code == 200
        assert sign_in(stranger, alice.email).status_code == 302

    def test_a_disabled_person_is_told_so_and_stays_out(self, client, alice):
        User.objects.filter(pk=alice.pk).update(is_active=False)
        assert sign_in(client, alice.email).url == "/accounts/inactive/"
        assert not is_signed_in(client)
        assert client.get("/accounts/inactive/").status_code == 200

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example.com/",
            "//evil.example.com/",
            "/\\evil.example.com",
            "https:evil.example.com",
            "javascript:alert(1)",
            "http://testserver@evil.example.com/",
        ],
    )
    def test_next_never_leaves_the_host(self, client, alice, elsewhere):
        response = client.post(
            LOGIN, {"login": alice.email, "password": PASSWORD, "next": elsewhere}
        )
        assert response.url == "/"

    def test_next_leads_back_to_the_page_that_asked(self, client, alice):
        data = {"login": alice.email, "password": PASSWORD, "next": "/help/?q=1"}
        assert client.post(LOGIN, data).url == "/help/?q=1"

    def test_nobody_signs_up(self, client):
        page = client.get("/accounts/signup/")
        assert page.status_code == 200
        data = {"email": "me@example.com", "password1": NEW}
        client.post("/accounts/signup/", data)
        assert not User.objects.filter(email="me@example.com").exists()


class TestGuessing:
    def fail(self, client, email, times, address=HERE):
        for _ in range(times):
            response = sign_in(client, email, "wrong", REMOTE_ADDR=address)
            assert response.status_code == 200
        return response

    def test_after_five_failures_the_right_password_is_refused_too(self, client, alice):
        self.fail(client, alice.email, 5)
        response = sign_in(client, alice.email, REMOTE_ADDR=HERE)
        assert response.status_code == 200
        assert b"Wait ten minutes" in response.content
        assert not is_signed_in(client)

    def test_after_four_it_is_not(self, client, alice):
        self.fail(client, alice.email, 4)
        assert sign_in(client, alice.email, REMOTE_ADDR=HERE).status_code == 302

    def test_from_another_address_the_account_stays_open(self, client, alice):
        self.fail(client, alice.email, 5)
        assert sign_in(Client(), alice.email, REMOTE_ADDR=THERE).status_code == 302

    def test_other_people_at_that_address_are_not_affected(self, client, alice, amir):
        self.fail(client, alice.email, 5)
        assert sign_in(Client(), amir.email, REMOTE_ADDR=HERE).status_code == 302

    def test_capitals_are_no_way_around(self, client, alice):
        self.fail(client, alice.email, 4)
        self.fail(client, alice.email.upper(), 1)
        assert sign_in(client, alice.email, REMOTE_ADDR=HERE).status_code == 200

    def test_it_opens_again_after_ten_minutes(self, client, alice):
        with time_machine.travel(datetime(2027, 1, 28, 20, tzinfo=UTC), tick=False) as now:
            self.fail(client, alice.email, 5)
            now.shift(599)
            assert sign_in(client, alice.email, REMOTE_ADDR=HERE).status_code == 200
            now.shift(2)
            assert sign_in(client, alice.email, REMOTE_ADDR=HERE).status_code == 302

    def test_attempts_while_it_is_locked_do_not_prolong_it(self, client, alice):
        with time_machine.travel(datetime(2027, 1, 28, 20, tzinfo=UTC), tick=False) as now:
            self.fail(client, alice.email, 5)
            now.shift(500)
            self.fail(client, alice.email, 3)
            now.shift(101)
            assert sign_in(client, alice.email, REMOTE_ADDR=HERE).status_code == 302

    def test_five_failures_in_more_than_fifteen_minutes_lock_nothing(self, client, alice):
        with time_machine.travel(datetime(2027, 1, 28, 20, tzinfo=UTC), tick=False) as now:
            self.fail(client, alice.email, 4)
            now.shift(15 * 60 + 1)
            self.fail(client, alice.email, 1)
            assert sign_in(client, alice.email, REMOTE_ADDR=HERE).status_code == 302

    def test_after_the_lock_there_are_five_attempts_again(self, client, alice):
        with time_machine.travel(datetime(2027, 1, 28, 20, tzinfo=UTC), tick=False) as now:
            self.fail(client, alice.email, 5)
            now.shift(601)
            self.fail(client, alice.email, 4)
            assert sign_in(client, alice.email, REMOTE_ADDR=HERE).status_code == 302

    def test_the_lock_is_on_record_once(self, client, alice):
        self.fail(client, alice.email, 8)
        locks = [entry.data for entry in JournalEntry.objects.all() if entry.data]
        assert locks == [{"locked_for_seconds": 600}]
        assert acts() == ["fail to sign in"] * 5

    def test_an_address_has_twenty_failures_a_minute(self, client, alice):
        for number in range(20):
            self.fail(client, f"guess{number}@example.gov", 1)
        response = sign_in(client, alice.email, REMOTE_ADDR=HERE)
        assert response.status_code in (200, 429)
        assert not is_signed_in(client)
        assert sign_in(Client(), alice.email, REMOTE_ADDR=THERE).status_code == 302

    def test_an_unknown_person_is_treated_like_a_known_one(self, client, alice):
        def page(email):
            cache.clear()
            pages = [sign_in(Client(), email, "wrong", REMOTE_ADDR=HERE) for _ in range(6)]
            return [
                (
                    page.status_code,
                    re.sub(r'value="[^"]*"', "", page.content.decode()).replace(email, ""),
                )
                for page in pages
            ]

        assert page(alice.email) == page("nobody@alameda.example.gov")

    def test_a_password_is_hashed_for_an_unknown_person_too(self, client, alice, monkeypatch):
        hashed = []
        plain = User.set_password
        monkeypatch.setattr(
            User, "set_password", lambda self, raw: (hashed.append(raw), plain(self, raw))
        )
        sign_in(client, "nobody@alameda.example.gov", "wrong")
        assert hashed == ["wrong"]


class TestSigningOut:
    def test_the_session_is_dead_on_the_server(self, client, alice):
        sign_in(client, alice.email)
        old = client.cookies["sessionid"].value
        assert client.post("/accounts/logout/").status_code == 302
        client.cookies["sessionid"] = old
        assert client.get("/accounts/password/change/").status_code == 302
        assert acts() == ["sign in", "sign out"]

    def test_a_link_signs_nobody_out(self, client, alice):
        sign_in(client, alice.email)
        client.get("/accounts/logout/")
        assert is_signed_in(client)

    def test_signing_out_twice_is_no_fault_and_recorded_once(self, client, alice):
        sign_in(client, alice.email)
        client.post("/accounts/logout/")
        assert client.post("/accounts/logout/").status_code == 302
        assert acts().count("sign out") == 1


class TestPassword:
    def change(self, client, new=NEW):
        data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        return client.post("/accounts/password/change/", data)

    def test_a_change_ends_the_other_sessions_and_keeps_this_one(self, alice):
        here, there = Client(), Client()
        sign_in(here, alice.email)
        sign_in(there, alice.email)
        assert self.change(here).status_code == 302
        assert here.get("/accounts/password/change/").status_code == 200
        assert there.get("/accounts/password/change/").status_code == 302
        assert acts().count("change password") == 1

    def test_who_is_shut_out_while_they_change_it_stays_so(self, client, alice, monkeypatch):
        """The new password is worked out for a while, after it was read who asks."""
        sign_in(client, alice.email)
        hashed = User.set_password

        def slowly(person, password):
            shut_out = User.objects.get(pk=alice.pk)
            shut_out.is_active, shut_out.role = False, "auditor"
            shut_out.save()
            hashed(person, password)

        monkeypatch.setattr(User, "set_password", slowly)
        self.change(client)
        alice.refresh_from_db()
        assert (alice.is_active, alice.role) == (False, "auditor")
        assert alice.check_password(NEW)
        assert client.get("/accounts/password/change/").status_code == 302

    @pytest.mark.parametrize("bad", ["short", "x" * 129, "passwordpassword"[:14]])
    def test_a_bad_one_is_refused(self, client, alice, bad):
        sign_in(client, alice.email)
        assert self.change(client, bad).status_code == 200
        alice.refresh_from_db()
        assert alice.check_password(PASSWORD)

    def ask(self, client, email):
        return client.post("/accounts/password/reset/", {"email": email})

    def test_someone_who_forgot_it_gets_a_letter_and_sets_a_new_one(self, client, alice):
        elsewhere = Client()
        sign_in(elsewhere, alice.email)
        assert self.ask(client, alice.email).url == "/accounts/password/reset/done/"
        notice = Notice.objects.get()
        (recipient,) = NoticeRecipient.objects.all()
        assert recipient.email == alice.email
        assert notice.secret
        assert "[" not in notice.heading
        link = re.search(r"http://127\.0\.0\.1:8000(/accounts/\S+)", notice.text).group(1)
        assert link not in notice.event
        page = client.get(link, follow=True)
        assert page.status_code == 200
        done = client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
        assert done.url == "/accounts/password/reset/key/done/"
        assert elsewhere.get("/accounts/password/change/").status_code == 302
        assert sign_in(Client(), alice.email, NEW).status_code == 302
        assert acts()[1:] == ["ask for new password", "change password", "sign in"]

    def test_a_link_works_once(self, client, alice):
        self.ask(client, alice.email)
        link = re.search(r"(/accounts/\S+)", Notice.objects.get().text).group(1)
        page = client.get(link, follow=True)
        client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
        again = Client().get(link, follow=True)
        assert b'type="password"' not in again.content

    def test_a_stranger_gets_the_same_answer_and_no_letter(self, client, alice):
        assert self.ask(client, "nobody@example.gov").url == "/accounts/password/reset/done/"
        assert not Notice.objects.exists()

    def test_neither_does_a_disabled_person(self, client, alice):
        User.objects.filter(pk=alice.pk).update(is_active=False)
        assert self.ask(client, alice.email).url == "/accounts/password/reset/done/"
        assert not Notice.objects.exists()

    def test_asking_without_end_is_stopped(self, client, alice):
        answers = [self.ask(client, alice.email).status_code for _ in range(7)]
        assert answers[:5] == [302] * 5
        assert answers[-1] == 429


class TestGivingItAgain:
    AGAIN = "/accounts/reauthenticate/"

    def test_it_leads_back_and_counts_from_now(self, client_of, alice):
        client = client_of(alice)
        session = client.session
        session.pop(access.PASSWORD_AT, None)
        session.save()
        data = {"password": PASSWORD, "next": "/help/"}
        assert client.post(self.AGAIN, data).url == "/help/"
        assert access.PASSWORD_AT in client.session
        assert acts() == ["give password again"]

    def test_a_wrong_one_does_not_and_counts_as_a_failure(self, client_of, alice):
        client = client_of(alice)
        session = client.session
        session.pop(access.PASSWORD_AT, None)
        session.save()
        assert client.post(self.AGAIN, {"password": "wrong"}).status_code == 200
        assert access.PASSWORD_AT not in client.session
        assert acts() == ["fail to sign in"]

    def test_it_never_leads_off_the_host(self, client_of, alice):
        data = {"password": PASSWORD, "next": "https://evil.example.com/"}
        assert client_of(alice).post(self.AGAIN, data).url == "/"


class TestAdmin:
    def test_strangers_are_led_to_the_one_page_for_signing_in(self, client):
        response = client.get("/admin/", follow=True)
        assert response.redirect_chain[-1][0].startswith(LOGIN)
        assert "next=" in response.redirect_chain[-1][0]

    def test_an_administrator_comes_in(self, erin, client_of):
        assert client_of(erin).get("/admin/").status_code == 200

    @pytest.mark.parametrize("name", ["alice", "carol", "dana", "frank"])
    def test_nobody_else_does(self, request, client_of, name):
        client = client_of(request.getfixturevalue(name))
        assert client.get("/admin/", follow=True).status_code == 403

    def test_its_own_pages_for_passwords_and_signing_out_lead_to_ours(self, erin, client_of):
        client = client_of(erin)
        assert client.get("/admin/password_change/").url == "/accounts/password/change/"
        client.post("/admin/logout/")
        assert not is_signed_in(client)
        assert acts() == ["sign out"]
