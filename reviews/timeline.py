"""What happened to a proposal, as its county reads it: the journal in the county's words.

Only acts named here are told. What stays inside CDSS (the checklist, notes, drafted decisions,
handing over) has no row, so that it can't leak by being forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from portal import notices
from portal.models import JournalEntry, Membership, Notice
from portal.models.notices import Notices
from portal.wording import day
from proposals.models import Proposal
from reviews.moves import outcome_in_words

# The letters that are written to the county. A message is read on the page of messages.
COUNTY_LETTERS = (
    "receipt",
    "requested",
    "extended",
    "item_sent_back",
    "response_received",
    "waived",
    "decision",
    "closed",
    "reopened",
)
RECEIPTS = {"receipt": "CDSS received it", "response_received": "CDSS received your response"}


def county_letters(reference: str) -> Notices:
    """The letters about a proposal that were written to its county, oldest first (2 queries)."""
    kinds = Q()
    for kind in COUNTY_LETTERS:
        kinds |= Q(event__startswith=f"{kind}:")
    return (
        Notice.objects.filter(kinds, subject_kind="proposal", subject=reference)
        .order_by("created_at", "pk")
        .prefetch_related("recipients")
    )


def entries_of(proposal: Proposal) -> QuerySet[JournalEntry]:
    """The journal of a proposal, oldest first; each entry with whether whoever acted had a place in
    its county then, for `_is_of_county`."""
    at_work = Q(ended_at=None) | Q(ended_at__gt=OuterRef("at"))
    there = Membership.objects.filter(
        at_work, user=OuterRef("actor"), county=proposal.county_id, since__lte=OuterRef("at")
    )
    entries = JournalEntry.objects.about(*proposal.subject).order_by("number")
    return entries.annotate(worked_there=Exists(there))


def is_to_county(letter: Notice) -> bool:
    """Whether a letter was written to the county, and not to CDSS."""
    return letter.kind in COUNTY_LETTERS


@dataclass(frozen=True)
class Told:
    """One line of the timeline."""

    at: datetime
    text: str
    link: str = ""
    link_text: str = ""
    major: bool = False


Line = tuple[str, str, bool]


def _words(text: str, letter: str = "", major: bool = False) -> Callable[[Any, Any], Line]:
    """A fixed sentence; in it {who} is the person's name, and the rest comes from the entry."""

    def say(who: str, data: dict[str, Any]) -> Line:
        known = {"who": who, **data}
        return text.format(**known), letter.format(**known) if letter else "", major

    return say


def _decided(who: str, data: dict[str, Any]) -> Line:
    # How many conditions an approval has was once not written down.
    label = outcome_in_words(data["outcome"], data.get("conditions"))
    return f"CDSS decided: {label}.", f"decision:{{ref}}:{data['decision']}", True


def _corrected(who: str, data: dict[str, Any]) -> Line:
    due = data["after"]["due"]
    by = f" CDSS answers by {day(date.fromisoformat(due))}." if due != "None" else ""
    return f"CDSS corrected the time of receipt.{by}", "", False


def _moved(who: str, data: dict[str, Any]) -> Line:
    by = day(date.fromisoformat(data["after"]))
    return f"The calendar of state offices changed. CDSS answers by {by}.", "", False


COUNTYS = {
    "start": _words("{who} started the proposal."),
    "copy": _words("{who} copied the answers of {from}."),
    "ask to sign": _words("{who} asked {signer} to sign it."),
    "return to preparer": _words("{who} returned it to {asked_by} with a comment."),
    "take back asking": _words("{who} took back the request to {signer} to sign it."),
    "send": _words("{who} signed and sent it.", major=True),
    "recall": _words("{who} took it back to change it.", major=True),
    "give document": _words("{who} added a document for item {item}."),
    "change answer": _words("{who} changed the answer for item {item}."),
    "decline item": _words("{who} answered item {item} with a reason."),
    "take back document": _words("{who} took back a document of item {item}."),
    "respond": _words("{who} sent your response.", major=True),
    "withdraw": _words("{who} withdrew the proposal.", major=True),
    "change correspondents": _words("{who} changed who gets letters."),
    "confirm condition": _words("{who} confirmed condition {condition}."),
    "message": _words("{who} wrote a message to CDSS."),
}
OF_CDSS = {
    "log": _words("CDSS entered the proposal that you sent by email or post.", major=True),
    "take": _words("{who} began the review."),
    "request": _words("CDSS asked for documents.", "requested:{{ref}}:{request}", major=True),
    "waive item": _words("CDSS doesn't need item {item} any more."),
    "cancel item": _words("CDSS asked for item {item} in error and doesn't need it."),
    "extend item": _words(
        "CDSS gave more time for item {item}.", "extended:{{ref}}:{request}.{item}:{after}"
    ),
    "send back item": _words(
        "CDSS needs something more for item {item}.", "item_sent_back:{{ref}}:{request}.{item}"
    ),
    "waive": _words("CDSS goes on without what was left of its request.", "waived:{{ref}}:{round}"),
    "remind": _words("CDSS reminded you of its request."),
    "respond": _words("CDSS entered the response that you sent by email or post.", major=True),
    "withdraw": _words("CDSS entered that you withdrew the proposal.", major=True),
    "close": _words(
        "CDSS closed it, because its request was not answered.", "closed:{{ref}}", True
    ),
    "release": _decided,
    "reopen": _words("CDSS reopened the proposal.", "reopened:{{ref}}:{round}", major=True),
    "correct receipt": _corrected,
    "follow calendar": _moved,
    "change correspondents": _words("CDSS changed who gets letters."),
    "message": _words("CDSS wrote you a message."),
}


# What both sides do: the county itself, and CDSS, which also enters for it what came by email.
BY_EITHER = {
    "give document",
    "change answer",
    "decline item",
    "take back document",
    "message",
    "change correspondents",
}


def _is_of_county(entry: JournalEntry) -> bool:
    """Whether the county did it, by what was put on record then: whoever acted may have another
    part today, and what they did stays what it was."""
    act, data = entry.act, entry.data
    if act == "start":
        return data["arrived_by"] == Proposal.Arrived.PORTAL
    if act in ("respond", "withdraw"):
        # CDSS does it for a county with the county's own words attached, and never without.
        return data.get("original") is None
    if act not in BY_EITHER:
        return act in COUNTYS
    if "from_county" in data:
        return bool(data["from_county"])
    # It was once not written down.
    return bool(entry.worked_there)


def told(reference: str, entries: Iterable[JournalEntry], letters: Iterable[Notice]) -> list[Told]:
    """The timeline of a proposal, newest first."""
    by_event = {letter.event: letter for letter in letters}
    lines = [line for entry in entries if (line := _line(reference, entry, by_event))]
    lines += [
        _receipt(reference, letter) for letter in by_event.values() if letter.kind in RECEIPTS
    ]
    # What happened at the same instant stays in its order, so it is turned round as a whole.
    return sorted(lines, key=lambda line: line.at)[::-1]


def _line(reference: str, entry: JournalEntry, letters: dict[str, Notice]) -> Told | None:
    of_county = _is_of_county(entry)
    say = (COUNTYS if of_county else OF_CDSS).get(entry.act)
    if say is None:
        return None
    text, event, major = say(entry.actor_label, entry.data)
    link, link_text = "", ""
    if letter := letters.get(event.replace("{ref}", reference)):
        link, link_text = reverse("letter", args=[reference, letter.pk]), "Read the letter"
    elif copy := entry.data.get("copy"):
        words = "Signed copy" if of_county else "Copy as received"
        link, link_text = reverse("copy", args=[reference, copy]), words
    elif entry.act == "message":
        link, link_text = reverse("county_messages", args=[reference]), "Read it"
    return Told(entry.at, text, link, link_text, major)


def _receipt(reference: str, letter: Notice) -> Told:
    """When the county was told of a receipt; says so when the letter may not have left."""
    accepted = notices.notified_at(letter)
    received = RECEIPTS[letter.kind]
    text = f"{received} and told you by email." if accepted else f"{received}."
    link = reverse("letter", args=[reference, letter.pk])
    return Told(accepted or letter.created_at, text, link, "Read the letter")
