"""Hands one mail to a mail server, and knows what became of it.

Every way of sending ends in one of three: the message id (taken on), `Refused` (certainly not
sent, may be tried again), `Unsure` (it may have been sent, so nobody may simply send it again).
"""

import os
import re
import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from email.generator import BytesGenerator
from email.message import Message
from email.policy import compat32
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from anymail.exceptions import AnymailError, AnymailRequestsAPIError
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address
from django.core.mail.utils import DNS_NAME
from django.utils.text import slugify
from requests import ConnectTimeout
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from portal import clock


class Refused(Exception):
    """The mail was certainly not sent; the message says why."""


class Unsure(Exception):
    """The mail was handed over and no answer came: it may have been sent, or not."""


def accept(message: EmailMessage) -> str:
    """Sends one message by the backend of the settings; returns its id there.

    `Refused` or `Unsure`, as said there.
    """
    backend = get_connection()
    if isinstance(backend, CertainBackend):
        return backend.accept(message)
    return _accept_by_provider(backend, message)


class CertainBackend(BaseEmailBackend):
    """A Django mail backend that says what became of each message."""

    def accept(self, message: EmailMessage) -> str:
        raise NotImplementedError

    def send_messages(self, email_messages):
        sent = 0
        for message in email_messages:
            try:
                self.accept(message)
            except (Refused, Unsure):
                if not self.fail_silently:
                    raise
            else:
                sent += 1
        return sent


class EmlFolder(CertainBackend):
    """Writes each mail as an `.eml` file, for a demonstration or a mail server that polls.

    A file that is there is whole. Its name tells the time in California and the subject line.
    """

    def accept(self, message: EmailMessage) -> str:
        folder = Path(settings.EMAIL_FILE_PATH)
        written = message.message()
        key = written.get("X-Notice-Key") or written["Message-ID"]
        stamp = clock.pacific(clock.now()).strftime("%Y-%m-%d-%H%M%S")
        name = f"{stamp}-{slugify(message.subject)[:60]}-{sha256(key.encode()).hexdigest()[:10]}"
        unfinished = folder / f".{name}.{os.getpid()}.tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with open(unfinished, "wb") as file:
                file.write(_bytes_of(written, "\n"))
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, folder / f"{name}.eml")
        except OSError as problem:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise Refused(f"The mail folder cannot be written: {problem.strerror}.") from problem
        return written["Message-ID"]


def file_away(message: EmailMessage) -> str:
    """Takes on a mail of the demonstration's past: into the mail folder where there is one, and
    never to a mail server. Returns its id."""
    if settings.EMAIL_FILE_PATH:
        return EmlFolder().accept(message)
    return str(message.message()["Message-ID"])


class Smtp(CertainBackend):
    """Speaks to one mail server; every conversation ends within MAIL_TIMEOUT seconds.

    Up to the first byte of the letter a broken connection is a refusal: nothing was handed over.
    From there until the server's answer it leaves us unsure.
    """

    def accept(self, message: EmailMessage) -> str:
        written = message.message()
        letter = re.sub(rb"(?m)^\.", b"..", _bytes_of(written, "\r\n"))
        talk = _Talk(settings.MAIL_TIMEOUT)
        try:
            try:
                talk.begin()
                talk.address(message)
            except smtplib.SMTPResponseException as problem:
                raise Refused(_answered(problem.smtp_code, problem.smtp_error)) from problem
            except (OSError, ValueError, smtplib.SMTPException) as problem:
                raise Refused(f"Nothing was sent: {talk.words(problem)}") from problem
            try:
                talk.send(letter + b"\r\n.\r\n")
                code, said = talk.getreply()
            except (OSError, ValueError, smtplib.SMTPException) as problem:
                raise Unsure(f"The letter was handed over, then {talk.words(problem)}") from problem
        finally:
            talk.end()
        if 200 <= code < 300:
            return written["Message-ID"]
        if 400 <= code < 600:
            raise Refused(_answered(code, said))
        raise Unsure(f"The mail server's answer makes no sense: {_words(said)}")


class _Talk(smtplib.SMTP):
    """One conversation, cut off when its time is over, whatever the server sends or holds back.

    A limit for each single read would not do: a server that sends a byte now and then never
    reaches it.
    """

    def __init__(self, seconds: float):
        super().__init__(local_hostname=DNS_NAME.get_fqdn(), timeout=seconds)
        self.over = False
        self._ends = time.monotonic() + seconds
        self._wire: socket.socket | None = None
        self._watchdog = threading.Timer(seconds, self._cut)
        self._watchdog.daemon = True
        self._watchdog.start()

    def begin(self) -> None:
        """Greets the server, by TLS and with the password where the settings say so."""
        self._host = settings.EMAIL_HOST  # the name that smtplib demands of the certificate
        _wants(self.connect(settings.EMAIL_HOST, settings.EMAIL_PORT), 220)
        self.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            _wants(self.starttls(context=ssl.create_default_context()), 220)
            self.ehlo()
        if settings.EMAIL_HOST_USER:
            self.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)

    def address(self, message: EmailMessage) -> None:
        """Names sender and recipients, and asks for leave to send the letter."""
        _wants(self.mail(sanitize_address(message.from_email, "utf-8")), 250)
        for recipient in message.recipients():
            _wants(self.rcpt(sanitize_address(recipient, "utf-8")), 250, 251)
        _wants(self.docmd("DATA"), 354)

    def end(self) -> None:
        """Hangs up. The letter's fate is known: how the server says goodbye changes nothing."""
        self._watchdog.cancel()
        with suppress(OSError, smtplib.SMTPException):
            self.putcmd("QUIT")
        self.close()
        if self._wire:
            self._wire.close()

    def words(self, problem: Exception) -> str:
        """What broke the conversation, to complete a sentence."""
        # smtplib calls a connection that was silent for too long a broken one.
        silent = isinstance(problem, TimeoutError) or isinstance(problem.__context__, TimeoutError)
        if self.over or silent:
            return f"the mail server did not answer within {self.timeout} seconds."
        if isinstance(problem, smtplib.SMTPServerDisconnected | ConnectionResetError):
            return "the mail server broke the connection."
        if isinstance(problem, ConnectionRefusedError | socket.gaierror):
            return "the mail server could not be reached."
        return f"{_words(str(problem)) or type(problem).__name__}."

    def _get_socket(self, host, port, timeout):
        wire = self._connected(host, port)
        wire.settimeout(timeout)
        # A second handle on the connection: it stays valid when TLS takes over the first.
        self._wire = wire.dup()
        if self.over:
            raise TimeoutError
        if settings.EMAIL_USE_SSL:
            return ssl.create_default_context().wrap_socket(wire, server_hostname=host)
        return wire

    def _connected(self, host: str, port: int) -> socket.socket:
        """Connects to the first of the host's addresses that answers in its share of the time."""
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        problem: OSError = TimeoutError()
        for index, (family, kind, protocol, _, address) in enumerate(addresses):
            wire = socket.socket(family, kind, protocol)
            left = self._ends - time.monotonic()
            wire.settimeout(max(0.1, left / (len(addresses) - index)))
            try:
                wire.connect(address)
                return wire
            except OSError as this:
                wire.close()
                problem = this
        raise problem

    def _cut(self) -> None:
        self.over = True
        if self._wire:
            with suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)


def _bytes_of(written: Message, line_end: str) -> bytes:
    """The mail as bytes. Long headers stay on their first line: some readers show a header that
    begins on its second with a blank before it."""
    out = BytesIO()
    policy = compat32.clone(max_line_length=900)
    BytesGenerator(out, mangle_from_=False, policy=policy).flatten(written, linesep=line_end)
    return out.getvalue()


def _wants(answer: tuple[int, bytes], *codes: int) -> None:
    if answer[0] not in codes:
        raise smtplib.SMTPResponseException(*answer)


def _answered(code: int, said: bytes | str) -> str:
    return f"The mail server refused it: {code} {_words(said)}"


def _words(said: bytes | str) -> str:
    """What a server said, as one short line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:300]


def _accept_by_provider(backend: BaseEmailBackend, message: EmailMessage) -> str:
    """Sends by a mail provider's interface (Anymail), or by one of Django's own backends."""
    try:
        sent = backend.send_messages([message])
    except AnymailRequestsAPIError as problem:
        if _never_arrived(problem):
            raise Refused(f"The mail provider refused it: {_words(str(problem))}") from problem
        raise Unsure(f"The mail provider gave no clear answer: {_words(str(problem))}") from problem
    except (AnymailError, ImproperlyConfigured, ValueError) as problem:
        raise Refused(f"The mail provider refused it: {_words(str(problem))}") from problem
    if not sent:
        raise Refused("The mail provider did not take it.")
    status = getattr(message, "anymail_status", None)
    identity = status and status.message_id
    return str(identity or message.extra_headers.get("Message-ID", ""))


def _never_arrived(problem: AnymailRequestsAPIError) -> bool:
    """Whether the provider said no, or was not reached at all."""
    if problem.status_code is not None:
        return 400 <= problem.status_code < 500
    cause = problem.__cause__
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    return isinstance(cause, ConnectTimeout) or isinstance(
        reason, NewConnectionError | ConnectTimeoutError
    )
