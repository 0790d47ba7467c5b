"""How allauth works in this portal: closed to strangers, slow to guessers, on record.

Every way in and out passes through here: signing in and out, failures, giving the password again,
and new passwords; each is written into the journal in the transaction that does it.
"""

from email.message import Message
from hashlib import sha256
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from portal import access, journal, middleware, notices
from portal.models import User

LOCK_SECONDS = 10 * 60
PERSON = "person"


class AccountAdapter(DefaultAccountAdapter):
    """The portal's rules for accounts."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": (
            "The email address and the password don't belong together. Check both and try again."
        ),
        "incorrect_password": "This isn't your password. Type it again.",
        "too_many_login_attempts": (
            "Too many attempts. Wait ten minutes and try again, or ask for a new password."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return access.client_address(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return settings.LOGIN_REDIRECT_URL

    # --- Signing in and out ------------------------------------------------------------------

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuses even the right password while the account is locked from this address."""
        if cache.get(self._lock_key(request, credentials)):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts and records a failure; the last one allowed locks the account from here."""
        email = credentials.get("email", "")
        attempts = self._get_login_attempts_cache_key(request, **credentials)
        more_allowed = ratelimit.consume(request, action="login_failed", key=attempts, dry_run=True)
        if not more_allowed:
            cache.set(self._lock_key(request, credentials), True, LOCK_SECONDS)
        with transaction.atomic():
            journal.record(
                "sign-in failed",
                by=None,
                subject=(PERSON, email),
                data={} if more_allowed else {"locked_for_seconds": LOCK_SECONDS},
            )

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # With the address, so that nobody can lock another person out from elsewhere.
        return f"{self.get_client_ip(request)} {credentials.get('email', '').lower()}"

    def _lock_key(self, request: HttpRequest, credentials: dict[str, Any]) -> str:
        attempts = self._get_login_attempts_cache_key(request, **credentials)
        return f"sign-in-lock:{sha256(attempts.encode()).hexdigest()}"

    @transaction.atomic
    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        for leftover in (middleware.ENDED, middleware.BEGAN, middleware.SEEN):
            request.session.pop(leftover, None)
        access.remember_password(request)
        _record("signed in", user)

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        _record("signed out", user)

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Asks for the password again, as before a signature."""
        right = super().reauthenticate(user, password)
        if right:
            access.remember_password(self.request)
            with transaction.atomic():
                _record("password given again", user)
        return right

    @transaction.atomic
    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """A new password, by change or by reset: every other session of this person ends."""
        super().set_password(user, password)
        _record("password changed", user)

    # --- Mail --------------------------------------------------------------------------------

    def format_email_subject(self, subject: str) -> str:
        return subject

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.SITE_URL + path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Puts allauth's mail into the outbox like every other letter, with its text kept secret.

        The event is named by a digest of the key in the letter, which can't be traced back.
        """
        message = self.render_mail(template_prefix, email, context)
        key = f"{template_prefix} {context.get('uid', '')} {context.get('key', '')}"
        user = context.get("user")
        person = notices.To(
            email,
            user.name if isinstance(user, User) else "",
            "account holder",
            "someone asked for a new password for this address",
        )
        with transaction.atomic():
            notices.tell(
                f"account:{sha256(key.encode()).hexdigest()}",
                subject=(PERSON, email.lower()),
                to=[person],
                heading=str(message.subject),
                text=_body(message),
                html=_html(message),
                secret=True,
            )
            journal.record("new password asked for", by=None, subject=(PERSON, email.lower()))


def _record(act: str, user: AbstractBaseUser) -> None:
    """Writes what a person did with their own account into the journal."""
    assert isinstance(user, User)
    journal.record(act, by=user, subject=(PERSON, user.email))


def _body(message: EmailMessage) -> str:
    return str(message.body)


def _html(message: EmailMessage) -> str:
    if isinstance(message, EmailMultiAlternatives) and message.alternatives:
        content = message.alternatives[0][0]
        assert not isinstance(content, Message)
        return str(content)
    return ""
