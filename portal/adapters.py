"""How allauth works in this portal: closed to strangers, slow to guessers, on record.

Every way in and out passes through here: signing in and out, failures, giving the password again,
and new passwords; each is written into the journal in the transaction that does it.
"""

from hashlib import sha256
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse

from portal import access, journal, kept, middleware, notices
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
        "enter_current_password": "This isn't your present password. Type it again.",
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
        """Refuses even the right password while the account is locked from this address.

        Each attempt is counted before it is made, so that many at once are no way around.
        """
        account = _account(request, credentials)
        if cache.get(_lock(account)) or not ratelimit.consume(
            request, action="account_failed", key=account
        ):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            account = _account(request, credentials)
            ratelimit.clear(request, action="account_failed", key=account)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Records a failure; the last one allowed locks the account from here for a while."""
        account = _account(request, credentials)
        more_allowed = ratelimit.consume(
            request, action="account_failed", key=account, dry_run=True
        )
        if not more_allowed:
            cache.set(_lock(account), True, LOCK_SECONDS)
            ratelimit.clear(request, action="account_failed", key=account)
        with transaction.atomic():
            journal.record(
                "fail to sign in",
                by=None,
                subject=(PERSON, credentials.get("email", "").lower()),
                data={} if more_allowed else {"locked_for_seconds": LOCK_SECONDS},
            )

    @transaction.atomic
    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        secrets = kept.of_before(request, user)
        super().login(request, user)
        for leftover in (middleware.ENDED, middleware.BEGAN, middleware.SEEN):
            request.session.pop(leftover, None)
        request.session[kept.SECRETS] = secrets
        access.remember_password(request)
        _record("sign in", user)

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **known: Any
    ) -> HttpResponseBase:
        """Leads on; but first back to what was typed when the session had ended."""
        onward = super().post_login(request, user, **known)
        typed = kept.carried(request, user)
        return kept.show(request, typed) if typed else onward

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        _record("sign out", user)

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Asks for the password again, as before a signature."""
        right = super().reauthenticate(user, password)
        if right:
            access.remember_password(self.request)
            with transaction.atomic():
                _record("give password again", user)
        return right

    @transaction.atomic
    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """A new password, by change or by reset: every other session of this person ends.

        Nothing but the password is written: who was shut out while it was typed stays so.
        """
        user.set_password(password)
        user.save(update_fields=["password"])
        _record("change password", user)

    # --- Mail --------------------------------------------------------------------------------

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.SITE_URL + path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Puts allauth's mail into the outbox like every other letter, with its text kept secret.

        The event is named by a digest of the key in the letter, which can't be traced back.
        """
        text = render_to_string(f"{template_prefix}_message.txt", {"email": email, **context})
        heading = render_to_string(f"{template_prefix}_subject.txt", {"email": email, **context})
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
                heading=heading,
                text=text.strip(),
                html="",
                secret=True,
            )
            journal.record("ask for new password", by=None, subject=(PERSON, email.lower()))


def _account(request: HttpRequest, credentials: dict[str, Any]) -> str:
    """An account as seen from one address: nobody locks another person out from elsewhere."""
    return f"{access.client_address(request)} {credentials.get('email', '').lower()}"


def _lock(account: str) -> str:
    return f"sign-in-lock:{sha256(account.encode()).hexdigest()}"


def _record(act: str, user: AbstractBaseUser) -> None:
    """Writes what a person did with their own account into the journal."""
    assert isinstance(user, User)
    journal.record(act, by=user, subject=(PERSON, user.email))
