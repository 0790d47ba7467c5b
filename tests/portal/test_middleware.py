"""What holds for every request: readable text, sessions that end, pages that stay private."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import HttpResponse, JsonResponse, UnreadablePostError
from django.test import Client
from django.urls import path

from portal import access, journal, middleware, urls
from portal.models import User
from portal.views import health
from tests import make

pytestmark = pytest.mark.django_db

NOON = datetime(2027, 1, 28, 20, 0, tzinfo=UTC)


@access.public("A page of the tests.")
def echo(request):
    return JsonResponse(
        {
            "fields": dict(request.POST.lists()),
            "files": [file.name for file in request.FILES.values()],
            "address": journal.current_address(),
        }
    )


@access.signed_in
def private(request):
    return HttpResponse(request.user.email)


@access.public("A page of the tests.")
def database_away(request):
    raise OperationalError("could not connect to server")


@access.public("A page of the tests.")
def fault(request):
    raise RuntimeError("the details of a fault")


class Urls:
    urlpatterns = (
        path("echo/", echo),
        path("private/", private),
        path("away/", database_away),
        path("fault/", fault),
        *urls.urlpatterns,
    )
    handler400 = urls.handler400
    handler403 = urls.handler403
    handler404 = urls.handler404
    handler500 = urls.handler500


@pytest.fixture(autouse=True)
def pages_of_the_tests(settings):
    settings.ROOT_URLCONF = Urls


class TestBrokenText:
    @pytest.mark.parametrize(
        "address",
        ["/echo/%00", "/echo/?q=%00", "/echo/%ff", "/echo/?q=%ff", "/echo/?q=%c3%28", "/%00%ff"],
    )
    def test_an_address_with_it_is_refused(self, client, address):
        response = client.get(address)
        assert response.status_code == 400
        assert b"text that can&#x27;t be read" in response.content

    def test_a_raw_byte_in_the_query_is_refused(self, client):
        assert client.get("/echo/", QUERY_STRING="q=\xff").status_code == 400

    def test_a_cookie_with_it_is_refused(self, client):
        response = client.get("/private/", headers={"cookie": r'sessionid="abc\000def"'})
        assert response.status_code == 400

    @pytest.mark.parametrize(
        "body", [b"a=%00", b"a=\0", b"a=%ff", b"a=\xff", b"%00=a", b"%ff=a", b"a=%ed%a0%80"]
    )
    def test_a_form_with_it_is_refused(self, client, body):
        response = client.post("/echo/", body, content_type="application/x-www-form-urlencoded")
        assert response.status_code == 400

    MULTIPART = "multipart/form-data; boundary=cut"

    @pytest.mark.parametrize(
        "part",
        [
            b'Content-Disposition: form-data; name="a"\r\n\r\nx\0y',
            b'Content-Disposition: form-data; name="a"\r\n\r\nx\xffy',
            b'Content-Disposition: form-data; name="x\0y"\r\n\r\ntext',
            b"Content-Disposition: form-data; name=\"f\"; filename*=UTF-8''a%ff.txt\r\n\r\nhello",
        ],
        ids=["NUL in a field", "a byte in a field", "NUL in its name", "a byte in a file name"],
    )
    def test_a_form_with_files_is_refused_for_it_too(self, client, part):
        body = b"--cut\r\n" + part + b"\r\n--cut--\r\n"
        assert client.post("/echo/", body, content_type=self.MULTIPART).status_code == 400

    @pytest.mark.parametrize("name", [b'name="x\xffy"', b'name="f"; filename="a\xff.txt"'])
    def test_a_part_whose_own_name_is_broken_never_arrives(self, client, name):
        body = b"--cut\r\nContent-Disposition: form-data; " + name + b"\r\n\r\nhi\r\n--cut--\r\n"
        arrived = client.post("/echo/", body, content_type=self.MULTIPART).json()
        assert arrived["fields"] == {}
        assert arrived["files"] == []

    @pytest.mark.parametrize("charset", ["utf-7", "utf-16", "unicode_escape", "latin-1"])
    def test_text_in_another_charset_is_refused(self, client, charset):
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=cut"):
            content_type = f"{kind}; charset={charset}"
            assert client.post("/echo/", b"a=b", content_type=content_type).status_code == 400
            assert client.get("/echo/?q=+2AA-", CONTENT_TYPE=content_type).status_code == 400

    def test_a_form_that_was_cut_short_is_no_fault_of_ours(self, client, monkeypatch):
        def cut(self):
            raise UnreadablePostError

        monkeypatch.setattr("django.core.handlers.wsgi.WSGIRequest.body", property(cut))
        form = "application/x-www-form-urlencoded"
        response = client.post("/echo/", b"a=b", content_type=form)
        assert response.status_code == 400
        assert b"connection broke" in response.content

    def test_what_a_file_holds_is_its_own_affair(self, client):
        file = SimpleUploadedFile("plan.pdf", b"%PDF\0\xff\xfe")
        assert client.post("/echo/", {"f": file}).json()["files"] == ["plan.pdf"]

    @pytest.mark.parametrize("text", ["César Chávez", "日本語", "👩🏽‍💻", "a%00b", "“quoted”", ""])
    def test_every_other_text_passes(self, client, text):
        from urllib.parse import urlencode

        form = "application/x-www-form-urlencoded"
        body = urlencode({"a": text})
        assert client.post("/echo/", {"a": text}).json()["fields"] == {"a": [text]}
        assert client.post("/echo/", body, content_type=form).json()["fields"] == (
            {"a": [text]} if text else {"a": [""]}
        )
        assert client.get("/echo/", {"q": text}).status_code == 200

    def test_an_address_that_does_not_exist_costs_no_reading_of_the_form(self, client):
        response = client.post(
            "/nowhere/", b"a=%ff", content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code == 404


class TestLimits:
    def test_too_much_text_gets_its_own_page(self, client, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
        form = "application/x-www-form-urlencoded"
        response = client.post("/echo/", b"a=" + b"x" * 2000, content_type=form)
        assert response.status_code == 413
        assert client.post("/echo/", {"a": "x" * 2000}).status_code == 413

    def test_too_many_fields_get_a_sentence(self, client, settings):
        settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5
        response = client.post("/echo/", {f"f{n}": n for n in range(10)})
        assert response.status_code == 400
        assert b"more fields or files" in response.content


class TestSessionLimits:
    def client_at_noon(self, alice, client_of) -> Client:
        client = client_of(alice)
        with self.at(0):
            assert client.get("/private/").status_code == 200
        return client

    def at(self, minutes: float):
        from portal import clock

        return clock.travel(NOON + timedelta(minutes=minutes))

    def test_half_an_hour_of_silence_ends_it_and_the_sign_in_page_says_why(self, alice, client_of):
        client = self.client_at_noon(alice, client_of)
        with self.at(31):
            response = client.get("/private/", follow=True)
        assert response.redirect_chain == [("/accounts/login/?next=/private/", 302)]
        assert b"nothing happened for 30 minutes" in response.content

    def test_an_ended_session_is_dead_on_the_server(self, alice, client_of):
        client = self.client_at_noon(alice, client_of)
        old = client.cookies["sessionid"].value
        with self.at(31):
            client.get("/private/")
        client.cookies["sessionid"] = old
        with self.at(1):
            assert client.get("/private/").status_code == 302

    def test_whoever_goes_on_stays_signed_in(self, alice, client_of):
        client = self.client_at_noon(alice, client_of)
        for minutes in range(29, 700, 29):
            with self.at(minutes):
                assert client.get("/private/").status_code == 200, minutes

    def test_twelve_hours_end_it_in_any_case(self, alice, client_of):
        client = self.client_at_noon(alice, client_of)
        for minutes in range(20, 721, 20):
            with self.at(minutes):
                assert client.get("/private/").status_code == 200
        with self.at(721):
            response = client.get("/private/", follow=True)
        assert b"after 12 hours" in response.content

    def test_it_is_written_at_most_once_a_minute(self, alice, client_of, django_assert_num_queries):
        client = self.client_at_noon(alice, client_of)
        with self.at(0.9), django_assert_num_queries(2):
            client.get("/private/")
        with self.at(2):
            client.get("/private/")
        assert client.session[middleware.SEEN] == (NOON + timedelta(minutes=2)).timestamp()

    def test_strangers_get_no_session(self, client):
        client.get("/health")
        client.get("/private/")
        assert "sessionid" not in client.cookies


class TestDisabling:
    def test_it_ends_all_sessions_at_the_next_request(self, alice, client_of):
        here, there = client_of(alice), client_of(alice)
        alice.is_active = False
        alice.save()
        assert here.get("/private/").status_code == 302
        assert there.get("/private/").status_code == 302

    def test_they_stay_dead_when_the_person_comes_back(self, alice, client_of):
        client = client_of(alice)
        alice.is_active = False
        alice.save(update_fields=["is_active"])
        alice.is_active = True
        alice.save()
        assert client.get("/private/").status_code == 302

    def test_saving_an_active_person_ends_nothing(self, alice, client_of):
        client = client_of(alice)
        alice.title = "Director"
        alice.save()
        assert client.get("/private/").status_code == 200

    def test_a_change_of_role_is_in_force_at_the_next_request(self, erin, client_of):
        client = client_of(erin)
        assert client.get("/admin/").status_code == 200
        User.objects.filter(pk=erin.pk).update(role="reviewer")
        assert client.get("/admin/", follow=True).status_code == 403


class TestHeaders:
    def test_what_a_signed_in_person_sees_is_stored_nowhere(self, alice, client_of):
        response = client_of(alice).get("/private/")
        assert response["Cache-Control"] == "no-store"

    def test_also_a_page_that_is_not_found(self, alice, client_of):
        assert client_of(alice).get("/nowhere/")["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("address", ["/health", "/private/", "/nowhere/", "/echo/?q=%00"])
    def test_every_response_bears_the_protective_headers(self, client, address):
        response = client.get(address)
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy

    def test_no_page_may_use_camera_microphone_or_place(self, client):
        assert "camera=()" in client.get("/health")["Permissions-Policy"]

    def test_a_foreign_host_is_refused(self, client):
        response = client.get("/health", headers={"host": "evil.example.com"})
        assert response.status_code == 400

    def test_the_journal_learns_where_a_request_came_from(self, client):
        assert client.get("/echo/", REMOTE_ADDR="192.0.2.7").json()["address"] == "192.0.2.7"
        assert journal.current_address() == ""


class TestTrouble:
    def test_without_the_database_the_page_says_so(self, client):
        client.raise_request_exception = False
        response = client.get("/away/")
        assert response.status_code == 503
        assert response["Retry-After"] == "10"
        assert b"not available" in response.content

    def test_neither_page_of_trouble_asks_the_database(
        self, alice, client_of, django_assert_num_queries
    ):
        client = client_of(alice)
        client.get("/private/")
        client.raise_request_exception = False
        with django_assert_num_queries(2):
            assert client.get("/away/").status_code == 503
        with django_assert_num_queries(2):
            assert client.get("/fault/").status_code == 500

    def test_a_fault_gets_a_number_that_stands_in_the_log_too(self, client, caplog):
        client.raise_request_exception = False
        page = client.get("/fault/").content.decode()
        (incident,) = [
            record.args[0] for record in caplog.records if record.name == "portal.errors"
        ]
        assert incident in page
        assert "the details of a fault" in caplog.text
        assert "the details of a fault" not in page

    def test_a_form_without_a_token_is_refused_in_plain_words(self):
        client = Client(enforce_csrf_checks=True)
        response = client.post("/accounts/login/", {"login": "a@b.gov", "password": "x"})
        assert response.status_code == 403
        assert b"Nothing was saved" in response.content

    @pytest.mark.parametrize("address", ["/nowhere/", "/proposals/CIP-2027-9999/x/y/"])
    def test_what_is_not_there_is_404(self, client, address):
        assert client.get(address).status_code == 404


def test_who_presses_a_button_after_the_session_ended_comes_back_to_its_page(client):
    address, page = "/reviews/CIP-2027-0042/take/", "/reviews/CIP-2027-0042/?view=mine"
    answer = client.post(address, headers={"referer": f"http://testserver{page}"})
    assert answer.url == "/accounts/login/?next=/reviews/CIP-2027-0042/%3Fview%3Dmine"
    for elsewhere in ({}, {"referer": "https://elsewhere.example.com/trap/"}):
        answer = client.post(address, headers=elsewhere)
        assert answer.url == f"/accounts/login/?next={address}"


def test_the_wrapped_view_keeps_its_name():
    assert health.__name__ == "health"


def test_a_request_far_larger_than_any_file_is_refused_before_it_is_read(client, db):
    answer = client.post("/accounts/login/", {"login": "x"}, CONTENT_LENGTH=str(60 * 1024 * 1024))
    assert answer.status_code == 413


class TestThinLine:
    def test_a_page_travels_compressed_where_the_browser_takes_that(self, client):
        plain = client.get("/help/")
        packed = client.get("/help/", headers={"accept-encoding": "gzip, br"})
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.content) < len(plain.content) / 2
        assert gzip.decompress(packed.content).startswith(b"<!doctype html>")

    def test_the_length_of_a_page_says_nothing_of_what_is_in_it(self, client):
        lengths = {
            len(client.get("/help/", headers={"accept-encoding": "gzip"}).content)
            for _ in range(10)
        }
        assert len(lengths) > 1

    def test_a_file_travels_as_it_is(self, client_of, alice):
        document = make.original(make.sent().proposal)
        url = f"/proposals/{document.proposal.reference}/documents/{document.pk}/"
        answer = client_of(alice).get(url, headers={"accept-encoding": "gzip"})
        assert "Content-Encoding" not in answer.headers
        assert int(answer.headers["Content-Length"]) == document.size
