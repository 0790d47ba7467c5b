"""What was typed when the session had ended comes back after signing in, to its writer alone."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal import clock, kept
from portal.demonstration import PASSWORD
from portal.models import User
from portal.sign_off import SEEN
from reviews.models import Message
from tests import make
from tests.pages import soup, words

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
# With a word that no page says by itself: a page tells the day on which it is printed.
TEXT = "We changed the vendor.\nPlease call us before harvest."


@pytest.fixture(autouse=True)
def no_attempts_yet():
    cache.clear()


@pytest.fixture
def at(alice) -> str:
    """Where Alice writes to CDSS."""
    return f"/proposals/{make.sent().reference}/messages/"


def browser() -> Client:
    """One that keeps cookies and is asked for a form's token, as every real one is."""
    return Client(enforce_csrf_checks=True)


def sign_in(client: Client, person: User, **more: str):
    page = soup(client.get(LOGIN)) if not more else None
    token = page.select_one("[name=csrfmiddlewaretoken]")["value"] if page else more.pop("token")
    form = {"login": person.email, "password": PASSWORD, "csrfmiddlewaretoken": token, **more}
    return client.post(LOGIN, form)


def opened(client: Client, path: str) -> dict[str, str]:
    """What the page's form would send if nothing were typed."""
    form = soup(client.get(path)).select_one("main form")
    return {one["name"]: one.get("value", "") for one in form.select("input[name]")} | {
        one["name"]: one.text.strip() for one in form.select("textarea")
    }


def fall_silent(client: Client, minutes: int = 31) -> None:
    """Half an hour goes by for this browser's session."""
    session = client.session
    session[SEEN] = (clock.now() - timedelta(minutes=minutes)).timestamp()
    session.save()


def hidden(page: BeautifulSoup) -> dict[str, str]:
    return {one["name"]: one["value"] for one in page.select("main form input[type=hidden]")}


def carry(answer, person: User, client: Client):
    """Signs in on the page that came, as a browser would: with all its hidden fields."""
    fields = hidden(soup(answer))
    token = fields.pop("csrfmiddlewaretoken")
    return sign_in(client, person, token=token, **fields)


class TestAfterTheSessionEnded:
    def typed(self, client, alice, at):
        assert sign_in(client, alice).status_code == 302
        form = opened(client, at) | {"text": TEXT}
        fall_silent(client)
        return form, client.post(at, form)

    def test_the_sign_in_page_says_so_and_nothing_is_stored(self, alice, at):
        client = browser()
        _, answer = self.typed(client, alice, at)
        assert answer.status_code == 403
        assert answer["Cache-Control"] == "no-store"
        assert "nothing happened for 30 minutes" in words(answer)
        assert "What you typed is not lost" in words(answer)
        assert not Message.objects.exists()
        assert not [one for one in Session.objects.all() if "vendor" in str(one.get_decoded())]

    def test_after_signing_in_it_is_shown_and_one_press_sends_it(self, alice, at):
        client = browser()
        _, answer = self.typed(client, alice, at)
        page = carry(answer, alice, client)
        assert page.status_code == 200
        assert "Please call us before harvest." in words(page)
        form = soup(page).select_one("main form")
        assert form["action"] == at
        assert client.post(form["action"], hidden(soup(page))).status_code == 302
        assert Message.objects.get().text == TEXT

    def test_pressing_twice_sends_it_once(self, alice, at):
        client = browser()
        _, answer = self.typed(client, alice, at)
        fields = hidden(soup(carry(answer, alice, client)))
        for _ in range(2):
            assert client.post(at, fields).status_code == 302
        assert Message.objects.count() == 1

    def test_a_wrong_password_loses_nothing(self, alice, at):
        client = browser()
        _, answer = self.typed(client, alice, at)
        fields = hidden(soup(answer)) | {"login": alice.email, "password": "wrong"}
        again = client.post(LOGIN, fields)
        assert again.status_code == 200
        assert "What you typed is not lost" in words(again)
        assert "call us before harvest" in words(carry(again, alice, client))

    @pytest.mark.parametrize("name", ["amir", "bob", "carol"])
    def test_another_person_never_sees_it(self, request, name, alice, at):
        client = browser()
        _, answer = self.typed(client, alice, at)
        page = carry(answer, request.getfixturevalue(name), client)
        assert page.status_code == 302
        assert kept.KEPT not in client.session
        fall_silent(client)
        assert b"harvest" not in client.get(at, follow=True).content

    def test_a_sign_in_in_another_tab_does_not_lose_it_either(self, alice, at):
        client = browser()
        sign_in(client, alice)
        form = opened(client, at) | {"text": TEXT}
        fall_silent(client)
        client.get(at)
        sign_in(client, alice)
        page = client.post(at, form)
        assert page.status_code == 403
        assert "Please call us before harvest." in words(page)
        assert not Message.objects.exists()
        assert client.post(at, hidden(soup(page))).status_code == 302
        assert Message.objects.get().text == TEXT

    def test_nor_do_several(self, alice, at):
        client = browser()
        sign_in(client, alice)
        form = opened(client, at) | {"text": TEXT}
        for _ in range(3):
            fall_silent(client)
            client.get(at)
            sign_in(client, alice)
        fall_silent(client)
        answer = client.post(at, form)
        assert "What you typed is not lost" in words(answer)
        assert "call us before harvest" in words(carry(answer, alice, client))

    def test_a_page_of_the_one_before_shows_nothing_to_the_next(self, alice, amir, at):
        client = browser()
        sign_in(client, alice)
        form = opened(client, at) | {"text": TEXT}
        fall_silent(client)
        client.get(at)
        sign_in(client, amir)
        answer = client.post(at, form)
        assert answer.status_code == 403
        assert "too old to be sent" in words(answer)
        assert b"harvest" not in answer.content

    def test_nothing_comes_back_once_one_has_signed_out(self, alice, at):
        client = browser()
        sign_in(client, alice)
        form = opened(client, at) | {"text": TEXT}
        token = form["csrfmiddlewaretoken"]
        client.post("/accounts/logout/", {"csrfmiddlewaretoken": token})
        assert client.post(at, form).url.startswith(LOGIN)
        sign_in(client, alice)
        assert b"harvest" not in client.post(at, form).content

    def test_a_session_that_ended_from_elsewhere_keeps_it_too(self, alice, at):
        client = browser()
        sign_in(client, alice)
        form = opened(client, at) | {"text": TEXT}
        alice.session_salt = "another salt"
        alice.save()
        answer = client.post(at, form)
        assert "You were signed out. Sign in to go on." in words(answer)
        assert "call us before harvest" in words(carry(answer, alice, client))

    def test_who_may_not_sign_in_any_more_is_led_to_sign_in_like_a_stranger(self, alice, at):
        client = browser()
        sign_in(client, alice)
        form = opened(client, at) | {"text": TEXT}
        alice.is_active = False
        alice.save()
        assert client.post(at, form).url.startswith(LOGIN)

    def test_reading_the_page_again_loses_nothing(self, alice, at):
        client = browser()
        _, answer = self.typed(client, alice, at)
        fields = hidden(soup(answer)) | {"login": alice.email, "password": PASSWORD}
        assert client.post(LOGIN, fields).status_code == 200
        again = client.post(LOGIN, fields)
        assert again.status_code == 403
        assert "call us before harvest" in words(again)

    def test_a_sign_in_page_that_grew_old_carries_it_on(self, alice, at):
        client = browser()
        _, answer = self.typed(client, alice, at)
        fields = hidden(soup(answer)) | {"login": alice.email, "password": PASSWORD}
        sign_in(client, alice)
        fall_silent(client)
        client.get(at)
        again = client.post(LOGIN, fields)
        assert again.status_code == 403
        assert "What you typed is not lost" in words(again)
        assert "call us before harvest" in words(carry(again, alice, client))

    @pytest.mark.parametrize("origin", ["https://elsewhere.example.com", "null", "//["])
    def test_another_page_brings_nothing_back_even_with_what_was_signed(self, alice, at, origin):
        client = browser()
        _, answer = self.typed(client, alice, at)
        given = {kept.KEPT: hidden(soup(answer))[kept.KEPT]}
        for stranger in (True, False):
            if not stranger:
                sign_in(client, alice)
            again = client.post(LOGIN, given, headers={"Origin": origin})
            assert again.status_code == 403
            assert "too old to be sent" in words(again)
            assert not soup(again).select(f"[name={kept.KEPT}]")
            assert b"harvest" not in again.content

    @pytest.mark.parametrize(
        ("referer", "page"),
        [
            ("http://testserver/proposals/?a=1#b", "/proposals/?a=1"),
            ("http://testserver//elsewhere.example.com/", "/"),
            ("https://elsewhere.example.com/", "/"),
            ("", "/"),
        ],
    )
    def test_discarding_it_leads_back_and_never_off_the_host(self, alice, at, referer, page):
        client = browser()
        sign_in(client, alice)
        form = opened(client, at) | {"text": TEXT}
        fall_silent(client)
        shown = carry(client.post(at, form, headers={"Referer": referer}), alice, client)
        (link,) = [one for one in soup(shown).select("main a") if one.text == "Discard it"]
        assert link["href"] == page

    @pytest.mark.parametrize("referer", ["http://[", "http://testserver]/", "//[x]/"])
    def test_a_page_whose_address_is_none_is_not_known(self, alice, at, referer):
        client = browser()
        _, answer = self.typed(client, alice, at)
        form = hidden(soup(answer))
        odd = {"Referer": referer}
        assert client.post(at, form, headers=odd).status_code == 403
        for path in ("/accessibility/report/", "/help/"):
            assert client.get(path, headers=odd).status_code == 200


class TestWhatIsCarried:
    def test_files_are_named_and_passwords_left_out(self, rf, alice):
        request = rf.post(
            "/proposals/",
            {"a": ["1", "two words"], "password": "secret", "Oldpassword": "x", "f": pdf()},
        )
        request.resolver_match = type("Match", (), {"url_name": "proposals"})
        typed = kept.typed_in(request, "someone")
        assert typed.fields == [["a", "1"], ["a", "two words"]]
        assert typed.texts == ["two words"]
        assert typed.files == ["plan.pdf"]

    @pytest.mark.parametrize("name", ["account_login", "account_change_password"])
    def test_a_form_about_an_account_never_is(self, rf, name):
        request = rf.post("/accounts/", {"email": "a@b.example.gov"})
        request.resolver_match = type("Match", (), {"url_name": name})
        assert kept.typed_in(request, "someone") is None

    def test_nor_one_that_is_too_long(self, rf):
        request = rf.post("/proposals/", {"text": "x" * kept.MOST_TEXT})
        request.resolver_match = type("Match", (), {"url_name": "proposals"})
        assert kept.typed_in(request, "someone") is None

    def test_it_can_not_be_altered_and_is_gone_after_half_a_day(self, time_machine):
        typed = kept.Typed("someone", "/a/", "/b/", [["a", "two words"]], [])
        text = typed.packed()
        assert kept.unpacked(text) == typed
        assert kept.unpacked(text[:-1]) is None
        assert kept.unpacked(signing.dumps({"of": "someone"})) is None
        time_machine.move_to(clock.now() + timedelta(hours=13))
        assert kept.unpacked(text) is None

    def test_a_script_that_saves_by_itself_is_led_to_sign_in(self, alice, client_of):
        client = client_of(alice)
        client.get("/")
        fall_silent(client)
        answer = client.post("/proposals/new/", {"tool_name": "A tool"}, headers=BY_SCRIPT)
        assert answer.status_code == 302


BY_SCRIPT = {"Sec-Fetch-Mode": "cors", "Referer": "http://testserver/"}


def pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("plan.pdf", b"%PDF-1.4")


class TestForeignForms:
    FOREIGN = "https://elsewhere.example.com"

    def test_one_with_a_right_old_token_from_another_origin_shows_nothing(self, alice, at):
        client = browser()
        sign_in(client, alice)
        form = opened(client, at) | {"text": TEXT}
        fall_silent(client)
        client.get(at)
        sign_in(client, alice)
        answer = client.post(at, form, headers={"Origin": self.FOREIGN})
        assert answer.status_code == 403
        assert b"harvest" not in answer.content

    def test_one_without_a_token_shows_nothing(self, alice, at):
        client = browser()
        sign_in(client, alice)
        fall_silent(client)
        client.get(at)
        sign_in(client, alice)
        for token in ("", "w" * 32, "w" * 64):
            answer = client.post(at, {"text": TEXT, "csrfmiddlewaretoken": token})
            assert answer.status_code == 403
            assert b"harvest" not in answer.content

    def test_a_form_of_another_persons_making_is_not_shown(self, alice, bob, at):
        theirs = kept.Typed("0" * 12, at, "/", [["text", TEXT]], []).packed()
        client = browser()
        token = opened(client, LOGIN)["csrfmiddlewaretoken"]
        answer = sign_in(client, alice, token=token, kept=theirs)
        assert answer.status_code == 302
        again = client.post(LOGIN, {"kept": theirs, "csrfmiddlewaretoken": "w" * 32})
        assert again.status_code == 403
        assert b"harvest" not in again.content

    @pytest.mark.parametrize("text", ["", "x", "x:y:z", ".eJx", "\x00"[:0], "é" * 50])
    def test_what_is_no_such_text_is_passed_over(self, text, client, alice):
        form = {"login": alice.email, "password": PASSWORD, "kept": text}
        assert client.post(LOGIN, form).url == "/"
