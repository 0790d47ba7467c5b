"""What changed since the copy before, beside each answer: what it was, and which words are new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.wording import plain_day
from proposals import content as contents
from proposals.content import Change, Content
from proposals.models import SignedCopy
from reviews.models import Request

# Of a long run of words that stayed, so many are shown on either side.
KEPT_WORDS = 6
Span = tuple[int, int]


@dataclass(frozen=True)
class Was:
    """One answer as it was: `part` names the line of a contact; `new` marks the words that came."""

    part: str
    words: SafeString
    new: tuple[Span, ...] = ()
    # The full stop after the quotation, which an answer that has its own doesn't need.
    stop: str = "."


def by_section(before: Content, after: Content) -> dict[str, list[Change]]:
    """The answers that differ between two copies, by the key of their section."""
    found: dict[str, list[Change]] = {}
    for change in contents.changes(before, after):
        found.setdefault(change.section.key, []).append(change)
    return found


def taken(changes: list[Change], label: str) -> list[Was]:
    """What an answer of this label was; taken off the list. A contact's lines are several."""
    own = [one for one in changes if one.label == label or one.label.startswith(f"{label}: ")]
    changes[:] = [one for one in changes if one not in own]
    return [_was(one, one.label.removeprefix(label).removeprefix(": ")) for one in own]


def _was(change: Change, part: str) -> Was:
    stop = "" if change.before.rstrip().endswith(".") else "."
    return Was(part, was_words(change), () if part else new_words(change), stop)


def was_words(change: Change) -> SafeString:
    """The answer as it was, the words that went struck out; empty where there was none.

    Long runs of words that stayed are left out; the page of changes has them all.
    """
    kept = [(kind, words) for kind, words in change.words if kind != "new"]
    if not change.before.strip():
        return SafeString("")
    last = len(kept) - 1
    return format_html_join(
        " ",
        "{}",
        (
            (format_html("<del>{}</del>", _in_one_line(words)),)
            if kind == "gone"
            else (_shortened(words, is_first=at == 0, is_last=at == last),)
            for at, (kind, words) in enumerate(kept)
            if words.strip()
        ),
    )


def _shortened(text: str, *, is_first: bool, is_last: bool) -> str:
    """A run of words that stayed: whole when it is short, else its ends."""
    words = _in_one_line(text).split()
    if len(words) <= 2 * KEPT_WORDS:
        return " ".join(words)
    head = [] if is_first else words[:KEPT_WORDS]
    tail = [] if is_last else words[-KEPT_WORDS:]
    return " ".join([*head, "…", *tail])


def _in_one_line(text: str) -> str:
    return " · ".join(line.strip() for line in text.splitlines() if line.strip())


def new_words(change: Change) -> tuple[Span, ...]:
    """Where in the answer of now the words stand that came; none where all of it is new."""
    if not change.before.strip():
        return ()
    return tuple(_spans(change))


def _spans(change: Change) -> Iterator[Span]:
    # Words are compared without the space before the first.
    at = len(change.after) - len(change.after.lstrip())
    for kind, words in change.words:
        if kind == "gone":
            continue
        if kind == "new":
            yield at, at + len(words)
        at += len(words)


def how(before: SignedCopy, after: SignedCopy, asked: Sequence[Request]) -> str:
    """How the second copy came to follow the first, as a reader of its changes needs it."""
    on = plain_day(after.signed_at)
    if before.proposal_id != after.proposal_id:
        return f"when the county revised the proposal and sent it on {on}"
    answers = (one for one in asked if before.signed_at <= one.asked_at <= after.signed_at)
    if one := next(answers, None):
        return f"when the county responded on {on} to the request of {plain_day(one.asked_at)}"
    return f"when the county took it back and sent it again on {on}"
