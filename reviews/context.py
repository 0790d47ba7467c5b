"""What any page may say of CDSS's answer without knowing of reviews: its date, if sent today."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal import clock
from portal.models import OfficeClosure
from reviews import deadlines


def answer(request: HttpRequest) -> dict[str, Any]:
    """By when CDSS must answer a proposal sent today (ACL-6); read only where a page names it."""
    return {"if_sent_today": SimpleLazyObject(_if_sent_today)}


def _if_sent_today() -> deadlines.Deadline:
    return deadlines.answer_by(clock.today(), OfficeClosure.objects.closed())
