"""The rows of the queue's table, each written once for as long as nothing in it changes."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from reviews import queue

# About a kilobyte each: the pages that reviewers have open.
KEPT = 2000


def written(
    lines: Iterable[queue.Line], today: date, *, boxes: bool, ticked: Container[str] = ()
) -> list[SafeString]:
    """The rows as HTML; `boxes` where they can be ticked, and the references of those that are."""
    return [_row(line, today, boxes, boxes and line.reference in ticked) for line in lines]


@lru_cache(maxsize=KEPT)
def _row(line: queue.Line, today: date, box: bool, ticked: bool) -> SafeString:
    """One row; all that it says follows from what it is given."""
    context = line._asdict() | {
        "title": line.title,
        "label": line.where.label,
        "is_open": line.is_open,
        "beneath": queue.waits_for(line),
        "flags": queue.flags(line),
        "today": today,
        "box": box,
        "ticked": ticked,
    }
    return render_to_string("reviews/desk/parts/row.html", context)
