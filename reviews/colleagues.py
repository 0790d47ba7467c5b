"""Who works for a county here, and who of them may sign. No HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from portal.models import County, Membership


def colleagues_of(county: County, today: date) -> list[Membership]:
    """The county's people who can sign in, those who may sign first (1 query)."""
    memberships = Membership.objects.filter(
        county=county, ended_at__isnull=True, user__is_active=True, user__role="county"
    ).select_related("user")
    found = list(memberships.order_by("user__name"))
    for one in found:
        one.signs = one.may_sign(today)
    return sorted(found, key=lambda one: not one.signs)


def signers_in_words(colleagues: Iterable[Membership]) -> str:
    """Their names in a sentence: "Alice Nakamura or Bo Chen"; empty where nobody may sign."""
    names = [one.user.name for one in colleagues if one.signs]
    return " or ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} or {names[-1]}"
