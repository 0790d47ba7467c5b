"""Who works for a county here, and who of them may sign. No HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q

from portal.models import County, Membership, Role, User


def colleagues_of(county: County, today: date) -> list[Membership]:
    """The county's people who can sign in, those who may sign first (1 query)."""
    memberships = Membership.objects.filter(
        county=county, ended_at__isnull=True, user__is_active=True, user__role=Role.COUNTY
    ).select_related("user")
    found = list(memberships.order_by("user__name"))
    for one in found:
        one.signs = one.may_sign(today)
    return sorted(found, key=lambda one: not one.signs)


def signers_of(county: County, today: date) -> list[User]:
    """Who may sign for the county on that day, by name (1 query)."""
    return [one.user for one in colleagues_of(county, today) if one.signs]


def may_sign(person: str, county: str, today: date) -> Exists:
    """Whether the person in that column may sign for the county in that one: for a list's query."""
    memberships = Membership.objects.filter(
        Q(may_sign_until__isnull=True) | Q(may_sign_until__gte=today),
        user=OuterRef(person),
        county=OuterRef(county),
        ended_at__isnull=True,
        may_sign_from__lte=today,
        user__is_active=True,
        user__role=Role.COUNTY,
    )
    return Exists(memberships)


def signers_in_words(colleagues: Iterable[Membership]) -> str:
    """Their names in a sentence: "Alice Nakamura or Bo Chen"; empty where nobody may sign."""
    names = [one.user.name for one in colleagues if one.signs]
    return " or ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} or {names[-1]}"
