"""What happened to a proposal, as CDSS and an auditor read it: the journal in plain words.

What a county did while it wrote, before sending or after taking it back, is its own and not told.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.models import JournalEntry
from portal.wording import day, plain_day
from reviews.checklist import CHOICES, RULES
from reviews.moves import outcome_in_words

Data = dict[str, Any]
# What these say of a draft stays inside CDSS, though an auditor reads that it was done.
OF_DRAFTS = {"recommend": ("outcome", "conditions"), "send back": ("why",)}
RULE_LABELS = {rule.key: rule.label for rule in RULES}
CHOICE_LABELS = dict(CHOICES)


@dataclass(frozen=True)
class Told:
    """One entry of the journal: its number there, when, and what was done by whom."""

    number: int
    at: datetime
    text: str
    why: str = ""


def told(entries: Iterable[JournalEntry], *, drafts: bool = True) -> list[Told]:
    """The history of a proposal since it was sent, newest first; `drafts` for who reads what a
    draft of a decision says."""
    return list(_told(entries, drafts))[::-1]


def _told(entries: Iterable[JournalEntry], drafts: bool) -> Iterator[Told]:
    for entry, is_told in parted(entries):
        if is_told:
            yield tell(entry, () if drafts else OF_DRAFTS.get(entry.act, ()))


def tell(entry: JournalEntry, without: Container[str] = ()) -> Told:
    """One act in plain words, of a proposal or of what CDSS plans; `without` some of its data."""
    data = {name: one for name, one in entry.data.items() if name not in without}
    words = WORDS.get(entry.act, _by_name)(data | {"act": entry.act})
    why = next(filter(None, map(data.get, ("why", "how", "said"))), "")
    return Told(entry.number, entry.at, f"{entry.actor_label} {words}.", why)


def parted(entries: Iterable[JournalEntry]) -> Iterator[tuple[JournalEntry, bool]]:
    """Each entry, oldest first, and whether it is told: not what a county did while it wrote."""
    writing = True
    for entry in entries:
        if entry.act in ("send", "log"):
            writing = False
        yield entry, not writing
        if entry.act == "recall":
            writing = True


def _by_name(data: Data) -> str:
    """An act that has no words here is told by its name, never left out."""
    return f"did: {data['act']}"


def _say(words: str) -> Callable[[Data], str]:
    return lambda data: words.format_map(_Known(data))


class _Known(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "?"


def _date(text: str) -> str:
    return day(date.fromisoformat(text)) if text and text != "None" else "no date"


def _downloaded_letter(data: Data) -> str:
    what = "decision" if "decision" in data else "request"
    return f"downloaded the letter of {what} {data.get(what, '?')} as a PDF"


def _period(data: Data) -> str:
    """The period an act opened."""
    if not data.get("round"):
        return ""
    due = data.get("due")
    by = f", to be answered by {_date(due)}" if due else ", without a date"
    return f". Thirty-day period {data['round']} opened{by}"


def _extended(data: Data) -> str:
    before, after = _date(data["before"]), _date(data["after"])
    return f"gave the county more time for item {data['item']}: {after} instead of {before}"


def _released(data: Data) -> str:
    return f"released decision {data['decision']}: {_outcome(data)}"


def _drafted(data: Data) -> str:
    outcome = f": {_outcome(data)}" if "outcome" in data else ""
    return f"drafted decision {data['decision']}{outcome}"


def _outcome(data: Data) -> str:
    return outcome_in_words(data["outcome"], data.get("conditions"))


def _corrected(data: Data) -> str:
    before, after = data["before"], data["after"]
    received = [plain_day(datetime.fromisoformat(one["receipt_at"])) for one in (before, after)]
    return (
        f"corrected the time of receipt from {received[0]} to {received[1]}; the answer is due "
        f"{_date(after['due'])} instead of {_date(before['due'])}"
    )


def _moved(data: Data) -> str:
    before, after = _date(data["before"]), _date(data["after"])
    return f"moved the date of CDSS’s answer, as the office calendar changed: {after}, not {before}"


def _with_items(data: Data) -> str:
    count = data.get("items", "?")
    return f"with {count} item{'' if count == 1 else 's'}"


def _checked(data: Data) -> str:
    findings = [
        f"“{RULE_LABELS.get(rule, rule)}”: {CHOICE_LABELS.get(choice, 'no finding').lower()}"
        for rule, choice in data["findings"].items()
    ]
    return f"saved the checklist. {'; '.join(findings)}"


def _settled(data: Data) -> str:
    arrived = "it arrived" if data["arrived"] else "to send it again"
    return f"said of a letter that may not have been sent: {arrived} ({_to(data)})"


def _to(data: Data) -> str:
    return str(data["key"]).rpartition(":")[2]


def _renamed(data: Data) -> str:
    before = ", ".join(data["before"]) or "nobody"
    return f"changed who gets letters as {data['part']}: {data['after']} instead of {before}"


WORDS: dict[str, Callable[[Data], str]] = {
    "ask to sign": _say("asked {signer} to sign the proposal"),
    "return to preparer": _say("returned the draft to {asked_by} with a comment"),
    "take back asking": _say("took back the request to {signer} to sign"),
    "put aside comment": _say("put the comment of the signer aside"),
    "send": lambda data: f"signed and sent the proposal (copy {data['copy']}){_period(data)}",
    "log": lambda data: f"logged the proposal (copy {data['copy']}){_period(data)}",
    "recall": _say("took the proposal back to change it. Period {round} is void"),
    "take": _say("took the proposal into review"),
    "hand over": _say("handed the review over to {to}"),
    "put back": _say("put the proposal back for someone else to take"),
    "request": lambda data: (
        f"requested documents: request {data.get('request', '?')}, {_with_items(data)}"
    ),
    "give document": _say("added a document for item {item} of request {request}"),
    "take back document": _say("took back a document of item {item} of request {request}"),
    "change answer": _say("changed the answer for item {item} of request {request}"),
    "decline item": _say("answered item {item} of request {request} with a reason"),
    "waive item": _say("waived item {item} of request {request}"),
    "cancel item": _say("cancelled item {item} of request {request}"),
    "extend item": _extended,
    "send back item": _say("sent item {item} back to the county"),
    "remind": lambda data: f"reminded the county on {_date(data['on'])}",
    "respond": lambda data: (
        f"sent the county’s response to request {data['request']} (copy {data['copy']})"
        f"{_period(data)}"
    ),
    "waive": lambda data: f"waived what was left of request {data['request']}{_period(data)}",
    "recommend": _drafted,
    "send back": _say("sent decision {decision} back"),
    "release": _released,
    "withdraw": _say("withdrew the proposal"),
    "close": _say("closed the proposal: request {request} was not answered"),
    "reopen": lambda data: f"reopened the proposal{_period(data)}",
    "correct receipt": _corrected,
    "follow calendar": _moved,
    "change correspondents": _renamed,
    "confirm condition": _say("confirmed condition {condition}"),
    "message": _say("wrote a message"),
    "note": _say("wrote an internal note"),
    "save checklist": _checked,
    "mark read": _say("marked what was new from the county as read"),
    "add document": _say("added a document"),
    "replace document": _say("replaced a document with a newer one, and the older is kept"),
    "describe document": _say("changed the details of a document"),
    "download document": _say("downloaded a document"),
    "download copy": _say("downloaded copy {copy} as a PDF"),
    "save decision draft": _say("saved a draft of a decision, to go on later"),
    "download letter": _downloaded_letter,
    "download dates": _say("downloaded the dates for a calendar"),
    "download bundle": _say("downloaded everything the county sent and was sent"),
    "download audit bundle": _say("downloaded the audit bundle"),
    "mark idea": _say("marked it as an idea for CMIPS reporting"),
    "unmark idea": _say("took the mark of an idea for CMIPS reporting away"),
    "add enhancement": _say("put it on the list of planned enhancements"),
    "change enhancement": _say("changed what the list says of it"),
    "end enhancement": _say("ended it, so that it is no longer shown beside proposals"),
    "say it is no case data": _say(
        "stated that what looks like a Social Security or case number is none"
    ),
    "settle notice": _settled,
    "record post": lambda data: (
        f"put on record that a letter was mailed to {data['name']} on {_date(data['on'])}"
    ),
    "letter came back": lambda data: f"put on record that a letter came back ({_to(data)})",
    "letter did not come back": lambda data: f"took back that a letter came back ({_to(data)})",
    "send letter again": lambda data: f"had a letter sent again to {', '.join(data['to'])}",
    "try notice again": lambda data: f"had a letter tried again ({_to(data)})",
}
