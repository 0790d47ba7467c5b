"""One-time tokens for the forms that create, send and decide: sent twice, it happens once.

    with transaction.atomic():
        used = tokens.redeem(request.POST["token"], user=request.user, act="send CIP-2027-0042")
        …
        used.conclude(url)

Where it leads is given to `redeem` at once when it is known beforehand. A repeat raises
`AlreadyUsed`, whose `result` is the address to which the first use led.
"""

import secrets

from django.core import signing
from django.db import connection, transaction

from portal import clock
from portal.models.tokens import FormToken
from portal.once import add_once

_SALT = "portal.tokens"


class Invalid(Exception):
    """The token is forged, or was made for another person or another act."""


class AlreadyUsed(Exception):
    """The form was sent before; `result` is the address that answered then."""

    def __init__(self, result: str):
        super().__init__(result)
        self.result = result


def issue(user, act: str) -> str:
    """A token for one rendered form. Nothing is stored until the form is sent."""
    return signing.dumps([secrets.token_urlsafe(24), user.pk, act], salt=_SALT)


def result_of(token: str, *, user, act: str) -> str | None:
    """Where the first use of a token led; None while it is unused, or not of this form."""
    try:
        once, owner, made_for = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if (owner, made_for) != (user.pk, act):
        return None
    return FormToken.objects.filter(token=once).values_list("result", flat=True).first()


def redeem(token: str, *, user, act: str, result: str = "") -> FormToken:
    """Marks the token as used, inside the transaction of the act; `result` is where it leads, as
    far as that is known before the act.

    Of two at the same time the second waits for the first to commit. `Invalid` or `AlreadyUsed`
    as said there; either way the transaction stays usable.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "A form token is redeemed in the transaction of the act itself."
        )
    try:
        once, owner, made_for = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as problem:
        raise Invalid("This form was not made by the portal.") from problem
    if (owner, made_for) != (user.pk, act):
        raise Invalid("This form was made for another person or another step.")
    used = FormToken(token=once, act=act, user=user, result=result, used_at=clock.now())
    if add_once(used):
        return used
    raise AlreadyUsed(FormToken.objects.get(token=once).result)
