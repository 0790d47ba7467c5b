"""Files that people take with them: that one was taken is on record before it leaves (ACL-15)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404

from portal import journal
from portal.models import User
from portal.spreadsheets import WRITERS, Writer


def writer_of(kind: str) -> Writer:
    """What writes a list as a file of this kind. Raises Http404 for a kind there is none of."""
    if kind not in WRITERS:
        raise Http404
    return WRITERS[kind]


@transaction.atomic
def on_record(
    act: str,
    *,
    by: User,
    subject: tuple[str, str] | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Records what was taken: a file of this subject; a list of many, where there is none."""
    journal.record(act, by=by, subject=subject or ("person", by.email), data=data)
