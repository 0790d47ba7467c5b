"""What became of a mail is known, whatever the mail server does."""

import email
import os
import socket
import threading
import time
from datetime import UTC, datetime
from email.policy import default as modern

import pytest
import requests
from anymail.exceptions import AnymailRecipientsRefused, AnymailRequestsAPIError
from django.core.mail import BadHeaderError, EmailMultiAlternatives, get_connection
from urllib3.exceptions import NewConnectionError, ProtocolError

from portal import clock, mail
from tests.smtp_server import CERTIFICATE, SmtpServer, received

# By when a server that hangs was given up on a busy machine, too: seconds, where one is the rule. A
# portal that waited for it would wait without end.
LATE = 20


def letter(body="CDSS received your proposal.", key="receipt:1:alice@example.gov", **headers):
    message = EmailMultiAlternatives(
        "CIP-2027-0042: CDSS received your proposal – Caseload Compass",
        body,
        "CMIPS interface proposals <portal@cdss.example.gov>",
        ["Alice Lee <alice@alameda.example.gov>"],
        headers={"Message-ID": "<1@cdss.example.gov>", "X-Notice-Key": key, **headers},
    )
    message.attach_alternative(f"<p>{body}</p>", "text/html")
    return message


@pytest.fixture
def start(settings, tmp_path):
    """start("slow") is a mail server in that mode, to which the portal is set.

    The portal waits for it as long as a busy machine may take; `patience` is for one that hangs.
    """
    servers = []

    def run(mode, patience=60, **options):
        server = SmtpServer(tmp_path / "inbox", mode, **options)
        servers.append(server)
        settings.EMAIL_BACKEND = "portal.mail.Smtp"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.MAIL_TIMEOUT = patience
        return server

    yield run
    for server in servers:
        server.__exit__()


# --- SMTP -------------------------------------------------------------------------------------


def test_a_letter_arrives_as_it_was_written(start):
    server = start("ok")
    assert mail.accept(letter("First line.\n.\n..two\n.end")) == "<1@cdss.example.gov>"
    (file,) = server.folder.glob("*.eml")
    got = email.message_from_bytes(file.read_bytes(), policy=modern)
    assert got["Subject"] == "CIP-2027-0042: CDSS received your proposal – Caseload Compass"
    assert got["To"] == "Alice Lee <alice@alameda.example.gov>"
    text = got.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.rstrip("\n") == "First line.\n.\n..two\n.end"
    assert got.get_content_type() == "multipart/alternative"


def test_a_slow_server_that_answers_in_time_has_taken_it(start):
    start("slow", wait=0.3)
    assert mail.accept(letter())


@pytest.mark.parametrize("mode", ["refuse-rcpt", "defer-rcpt", "refuse-data", "defer-data"])
def test_a_server_that_says_no_has_refused_it(start, mode):
    server = start(mode)
    with pytest.raises(mail.Refused, match=r"The mail server refused it: (550|451|554) "):
        mail.accept(letter())
    assert not received(server.folder)


@pytest.mark.parametrize("mode", ["drop-connect", "drop-before-data"])
def test_a_connection_lost_before_the_letter_is_a_refusal(start, mode):
    start(mode)
    with pytest.raises(mail.Refused, match="Nothing was sent: the mail server broke the conn"):
        mail.accept(letter())


@pytest.mark.parametrize("mode", ["drop-after-data", "drop-after-data-kept"])
def test_a_connection_lost_after_the_letter_leaves_us_unsure(start, mode):
    start(mode)
    with pytest.raises(mail.Unsure, match="handed over, then the mail server broke the conn"):
        mail.accept(letter())


def test_an_answer_that_makes_no_sense_leaves_us_unsure(start):
    start("nonsense")
    with pytest.raises(mail.Unsure):
        mail.accept(letter())


def test_a_server_that_is_not_there_is_a_refusal(start):
    start("ok").__exit__()
    with pytest.raises(mail.Refused, match="could not be reached"):
        mail.accept(letter())


def test_a_host_that_has_no_address_is_a_refusal(start, settings):
    start("ok")
    settings.EMAIL_HOST = "nowhere.invalid"
    with pytest.raises(mail.Refused, match="could not be reached"):
        mail.accept(letter())


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("hang-connect", mail.Refused),
        ("trickle", mail.Refused),
        ("hang-data", mail.Unsure),
        ("hang-data-kept", mail.Unsure),
    ],
)
def test_a_server_that_hangs_is_given_up_at_the_deadline(start, mode, outcome):
    start(mode, patience=1)
    began = time.monotonic()
    with pytest.raises(outcome, match="did not answer within 1 seconds"):
        mail.accept(letter())
    assert 0.9 < time.monotonic() - began < LATE


def test_a_server_that_accepts_no_connection_is_given_up_at_the_deadline(start, settings):
    start("ok", patience=1)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        settings.EMAIL_PORT = full.getsockname()[1]
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(full.getsockname())
            waiting.append(one)
        began = time.monotonic()
        with pytest.raises(mail.Refused, match="did not answer within 1 seconds"):
            mail.accept(letter())
        assert time.monotonic() - began < LATE
        for one in waiting:
            one.close()


def test_the_watchdog_ends_with_the_conversation(start):
    start("ok")
    mail.accept(letter())
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            # Far less than the patience after which it would end by itself.
            thread.join(timeout=30)
            assert not thread.is_alive()


def test_no_letter_leaves_in_clear_text_where_tls_is_demanded(start, settings):
    server = start("ok")
    settings.EMAIL_USE_TLS = True
    with pytest.raises(mail.Refused, match="Nothing was sent: STARTTLS"):
        mail.accept(letter())
    assert not received(server.folder)


def test_no_password_leaves_for_a_server_that_asks_for_none(start, settings):
    start("ok")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "secret"
    with pytest.raises(mail.Refused, match="Nothing was sent: SMTP AUTH"):
        mail.accept(letter())


def test_a_header_that_breaks_into_two_is_not_sent(start):
    server = start("ok")
    with pytest.raises(BadHeaderError):
        mail.accept(letter(**{"X-Odd": "one\r\nBcc: all@example.com"}))
    assert not received(server.folder)


def test_django_s_own_way_of_sending_goes_through_the_same_door(start):
    server = start("ok")
    assert get_connection().send_messages([letter(), letter(key="2")]) == 2
    assert received(server.folder).total() == 2
    start("refuse-data")
    with pytest.raises(mail.Refused):
        get_connection().send_messages([letter()])
    assert get_connection(fail_silently=True).send_messages([letter()]) == 0


# --- A folder ---------------------------------------------------------------------------------


def test_a_file_is_named_so_that_a_person_finds_it(mail_folder):
    with clock.travel(datetime(2027, 1, 28, 23, 58, 5, tzinfo=UTC)):
        assert mail.accept(letter()) == "<1@cdss.example.gov>"
    (file,) = mail_folder.iterdir()
    assert file.name.startswith("2027-01-28-155805-cip-2027-0042-cdss-received-your-proposal")
    assert file.suffix == ".eml"
    got = email.message_from_bytes(file.read_bytes(), policy=modern)
    assert got["X-Notice-Key"] == "receipt:1:alice@example.gov"


def test_two_letters_of_the_same_second_are_two_files(mail_folder):
    with clock.travel(datetime(2027, 1, 28, 23, 58, 5, tzinfo=UTC)):
        mail.accept(letter())
        mail.accept(letter(key="receipt:1:amir@example.gov"))
    assert len(list(mail_folder.iterdir())) == 2


def test_a_letter_without_a_key_is_written_too(mail_folder):
    message = letter()
    del message.extra_headers["X-Notice-Key"]
    mail.accept(message)
    assert len(list(mail_folder.iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_a_refusal(settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.EMAIL_FILE_PATH = tmp_path / "file" / "mail"
    with pytest.raises(mail.Refused, match="The mail folder cannot be written"):
        mail.accept(letter())


def test_a_full_disk_is_a_refusal_and_leaves_no_half_file(mail_folder, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(mail.Refused, match="No space left on device"):
        mail.accept(letter())
    assert list(mail_folder.iterdir()) == []


# --- A mail provider --------------------------------------------------------------------------


@pytest.fixture
def provider(settings, monkeypatch):
    """A mail provider's interface that answers as told: a response or an exception."""
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "secret"}

    class Provider:
        answer = None
        asked = None

        def request(self, session, **asked):
            self.asked = asked
            if isinstance(self.answer, Exception):
                raise self.answer
            response = requests.Response()
            response.status_code, response._content = self.answer
            response.reason = "as told"
            return response

    provider = Provider()
    monkeypatch.setattr(
        requests.Session, "request", lambda session, **asked: provider.request(session, **asked)
    )
    return provider


TAKEN = (
    b'[{"ErrorCode":0,"Message":"OK","MessageID":"abc-1","To":"alice@alameda.example.gov",'
    b'"SubmittedAt":"2027-01-28T15:58:00"}]'
)


def test_a_provider_that_takes_it_gives_its_own_id_and_keeps_our_token(provider):
    provider.answer = (200, TAKEN)
    message = letter()
    message.metadata = {"notice": "receipt:1:alice@example.gov"}
    assert mail.accept(message) == "abc-1"
    assert b"receipt:1:alice@example.gov" in str(provider.asked["data"]).encode()


@pytest.mark.parametrize("status", [400, 401, 422, 429])
def test_a_provider_that_says_no_has_refused_it(provider, status):
    provider.answer = (status, b'{"ErrorCode":1,"Message":"no"}')
    with pytest.raises(mail.Refused, match="The mail provider refused it"):
        mail.accept(letter())


@pytest.mark.parametrize("answer", [(500, b"oops"), (502, b""), (200, b"no json")])
def test_a_provider_whose_answer_says_nothing_leaves_us_unsure(provider, answer):
    provider.answer = answer
    with pytest.raises(mail.Unsure, match="The mail provider gave no clear answer"):
        mail.accept(letter())


def unreachable():
    class Refusing:
        reason = NewConnectionError(None, "refused")

    return requests.ConnectionError(Refusing())


@pytest.mark.parametrize("problem", [requests.ConnectTimeout("slow"), unreachable()])
def test_a_provider_that_is_not_reached_is_a_refusal(provider, problem):
    provider.answer = problem
    with pytest.raises(mail.Refused):
        mail.accept(letter())


@pytest.mark.parametrize(
    "problem",
    [requests.ReadTimeout("slow"), requests.ConnectionError(ProtocolError("broken off"))],
)
def test_a_provider_lost_after_the_letter_leaves_us_unsure(provider, problem):
    provider.answer = problem
    with pytest.raises(mail.Unsure):
        mail.accept(letter())


def test_a_provider_that_refuses_the_recipient_has_refused_it(provider, monkeypatch):
    def refuse(backend, messages):
        raise AnymailRecipientsRefused

    monkeypatch.setattr("anymail.backends.postmark.EmailBackend.send_messages", refuse)
    with pytest.raises(mail.Refused, match="rejected or invalid"):
        mail.accept(letter())


def test_a_provider_s_words_stay_one_short_line(provider):
    provider.answer = (422, b'{"Message":"' + b"no\\r\\n" * 2000 + b'"}')
    with pytest.raises(mail.Refused) as told:
        mail.accept(letter())
    assert len(str(told.value)) < 400
    assert "\n" not in str(told.value)
    assert isinstance(told.value.__cause__, AnymailRequestsAPIError)


# --- TLS --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["starttls", "at once"])
def test_the_letter_travels_by_tls_to_a_server_whose_name_is_proved(
    start, settings, monkeypatch, tls
):
    server = start("ok", tls=tls)
    settings.EMAIL_HOST = "localhost"
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = tls == "starttls", tls == "at once"
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert mail.accept(letter())
    assert received(server.folder).total() == 1


@pytest.mark.parametrize("tls", ["starttls", "at once"])
def test_a_server_that_cannot_prove_its_name_gets_no_letter(start, settings, tls):
    server = start("ok", tls=tls)
    settings.EMAIL_HOST = "localhost"
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = tls == "starttls", tls == "at once"
    with pytest.raises(mail.Refused, match="certificate"):
        mail.accept(letter())
    assert not received(server.folder)
