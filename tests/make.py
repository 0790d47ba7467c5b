"""Plain functions that make what a test needs. The people are those of the demonstration."""

from datetime import date
from typing import Any

from portal import clock
from portal.demonstration import ACCOUNTS, PASSWORD
from portal.models import County, Membership, Role, User


def county(name: str) -> County:
    """One of the 58, by its short name: county("Butte")."""
    return County.objects.get(name=name)


def person(
    email: str,
    *,
    role: str = Role.COUNTY,
    of: County | None = None,
    may_sign: bool = False,
    **fields: Any,
) -> User:
    """Someone with an account and the demonstration's password; of a county or of none."""
    fields.setdefault("name", email.partition("@")[0].title())
    user = User.objects.create_user(email, PASSWORD, role=role, **fields)
    if of:
        membership(user, of, may_sign=may_sign)
    return user


def membership(user: User, of: County, *, may_sign: bool = False, **fields: Any) -> Membership:
    """That this person works for that county; the right to sign began long ago, without end."""
    if may_sign:
        fields.setdefault("may_sign_from", date(2020, 1, 1))
    fields.setdefault("since", clock.now())
    return Membership.objects.create(user=user, county=of, **fields)


def known(first_name: str) -> User:
    """One of the seven everybody knows: alice, amir, bob, carol, dana, erin, frank."""
    account = next(a for a in ACCOUNTS if a.first_name == first_name)
    return person(
        account.email,
        name=account.name,
        title=account.title,
        role=account.role,
        of=County.objects.get(number=account.county) if account.county else None,
        may_sign=account.may_sign,
    )
