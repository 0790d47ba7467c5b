"""Where a sent proposal stands, in the county's words: sentence, steps, and the thirty days.

Reads what was loaded already and asks the database nothing. Nothing CDSS keeps to itself (drafted
decisions, the checklist, notes) is known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.text import get_text_list

from portal import clock
from portal.wording import after_a_request, days, plain_day
from portal.wording import day as long_day
from reviews import deadlines
from reviews.moves import Status

if TYPE_CHECKING:
    from reviews.models import Condition, Item, Request, Review, Round

# The day on which a period began, by what opened it: only the first begins with the proposal.
BEGAN_TODAY = {
    "send": "Received today",
    "log": "Received today",
    "respond": "Response received today",
    "waive": "A new thirty-day period began today",
    "reopen": "Reopened today",
}
DAY_ZERO = {
    "send": "the day of receipt",
    "log": "the day of receipt",
    "respond": "the day the response came",
    "waive": "the day the period began",
    "reopen": "the day CDSS reopened it",
}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def number(count: int) -> str:
    """A small number as a word, as letters write it."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def counted(count: int, one: str, many: str = "") -> str:
    """ "two documents", "one answer"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def asked_for(items: Iterable[Item]) -> str:
    """What a request asks for: "two documents and one answer"."""
    kinds = [item.kind for item in items]
    parts = [
        counted(kinds.count(kind), kind) for kind in ("document", "answer") if kinds.count(kind)
    ]
    return " and ".join(parts)


def progress_of(items: Sequence[Item]) -> str:
    """How far a request is settled: "One of three is settled"."""
    done = sum(item.state != item.OPEN for item in items)
    if done == len(items):
        return "Everything is settled. Send your response."
    if not done:
        return "Nothing is settled yet."
    words = number(done).capitalize()
    return f"{words} of {number(len(items))} {'is' if done < 2 else 'are'} settled."


def items_left(items: Iterable[Item]) -> str:
    """What must be settled before the response: "Settle items 2 and 3 first."; else empty."""
    numbers = [str(item.number) for item in items if item.state == item.OPEN]
    if not numbers:
        return ""
    return f"Settle item{'s' if len(numbers) > 1 else ''} {get_text_list(numbers, 'and')} first."


def sentence(
    review: Review, items: Sequence[Item] = (), conditions: Sequence[Condition] = ()
) -> str:
    """One sentence that says what is happening now, and whether the county must do something."""
    status = review.where
    if status == Status.IN_REVIEW and review.assignee:
        return f"{review.assignee.name} of CDSS is reviewing it. You need to do nothing now."
    if status == Status.DOCUMENTS_REQUESTED:
        return f"CDSS asks for {asked_for(items)}. {progress_of(items)}"
    if status == Status.APPROVED and conditions:
        return _approved_with(conditions)
    if status == Status.WITHDRAWN and review.moved == "close":
        return "CDSS closed it, because its request was not answered. You can revise it."
    return {
        Status.SUBMITTED: "CDSS has it. A reviewer will be named next.",
        Status.IN_REVIEW: "CDSS is reviewing it. You need to do nothing now.",
        Status.APPROVED: "CDSS approved it as proposed.",
        Status.NOT_APPROVED: "CDSS did not approve it. You can revise it and send it again.",
        Status.OUT_OF_SCOPE: "You may go on without CDSS's approval.",
        Status.WITHDRAWN: "Your county withdrew it. No answer is due. You can revise it.",
    }[status]


def _approved_with(conditions: Sequence[Condition]) -> str:
    done = sum(one.confirmed_at is not None for one in conditions)
    words = f"CDSS approved it, with {counted(len(conditions), 'condition')}."
    if done == len(conditions):
        return f"{words} You confirmed {'it' if done == 1 else 'all of them'}."
    return f"{words} {number(done).capitalize() if done else 'None'} confirmed so far."


@dataclass(frozen=True)
class Days:
    """The thirty days as the page shows them: heading, sentences, and the strip of days."""

    heading: str
    lines: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    gone: int = 0
    days: int = deadlines.ANSWER_DAYS
    moved: int = 0
    late: bool = False
    received_at: datetime | None = None

    @property
    def has_strip(self) -> bool:
        return not self.late and self.gone > 0


def thirty_days(review: Review, period: Round, today: date) -> Days:
    """What the period looks like today (ACL-6); says plainly when CDSS is late."""
    day = period.day_number(today)
    common = {"gone": day, "days": period.days, "moved": period.moved_days}
    common |= {"reasons": period.reasons, "received_at": period.receipt_at}
    if period.voided_at:
        return Days("The thirty-day period has ended.", ["No answer is due."], **common)
    if period.answered_at:
        return _answered(review, period, day, common)
    if period.due is None:
        return Days("No date is set", ["CDSS reads your response and goes on."], **common)
    by = f"CDSS answers by {long_day(period.due)}."
    if today > period.due:
        return _overdue(period, day, today, common)
    if day > period.days:
        return Days(f"Day {day}. The last day moved to {_weekday(period.due)}.", [by], **common)
    if day <= 0:
        return Days(
            BEGAN_TODAY[period.why], [f"Day 1 of {period.days} is tomorrow. {by}"], **common
        )
    return Days(f"Day {day} of {period.days}", [by], **common)


def _overdue(period: Round, day: int, today: date, common: dict) -> Days:
    late = -deadlines.days_left(period.due, today)
    lines = [
        f"CDSS had to answer by {long_day(period.due)} and is late by {days(late)}.",
        "The proposal is not approved by this: wait for CDSS's letter before you go on.",
    ]
    return Days(f"Day {day}. CDSS's answer is late.", lines, late=True, **common)


def _answered(review: Review, period: Round, day: int, common: dict) -> Days:
    if review.where != Status.DOCUMENTS_REQUESTED:
        return Days(f"Answered on {_day_of(period, day)}.", [], **common)
    late = period.due and clock.pacific_date(period.answered_at) > period.due
    how = "after its last day" if late else "within its thirty days"
    words = f"CDSS answered {how} by asking for documents."
    then = f"When you send your response, {after_a_request()}."
    return Days(f"Stopped on {_day_of(period, day)}.", [f"{words} {then}"], **common)


def _day_of(period: Round, day: int) -> str:
    """day 12 of 30; day 33, past the last one; the day on which the period began"""
    if day <= 0:
        return DAY_ZERO[period.why]
    return f"day {day} of {period.days}" if day <= period.days else f"day {day}"


def _weekday(day: date) -> str:
    """Tuesday, February 16"""
    return f"{day:%A, %B} {day.day}"


def steps(
    review: Review, *, sent_on: datetime, acknowledged: str, began: str, asked: Sequence[Request]
) -> list[dict[str, str]]:
    """The tracker: Sent, Receipt acknowledged, In review, perhaps Documents, Decision.

    `acknowledged` and `began` are dates as read, empty while it hasn't happened.
    """
    status = review.where
    logged = review.proposal.arrived_by != "portal"
    found = [
        _step("Received" if logged else "Sent", plain_day(sent_on), "done"),
        _step(
            "Receipt acknowledged",
            acknowledged or "The letter is on its way",
            "done" if acknowledged or began else "now",
        ),
    ]
    if status == Status.SUBMITTED:
        found.append(_step("In review", "A reviewer is named next", "later"))
    elif status == Status.IN_REVIEW and asked:
        found.append(_documents_step(status, asked))
        found.append(_step("In review", f"Again since {plain_day(asked[-1].ended_at)}", "now"))
    else:
        if began:
            running = status == Status.IN_REVIEW
            found.append(_step("In review", began, "now" if running else "done"))
        if asked:
            found.append(_documents_step(status, asked))
    found.append(_last_step(review, status))
    return found


def _step(name: str, when: str, state: str, icon: str = "") -> dict[str, str]:
    return {"name": name, "when": when, "state": state, "icon": icon}


def _documents_step(status: Status, asked: Sequence[Request]) -> dict[str, str]:
    times = f" ({len(asked)})" if len(asked) > 1 else ""
    if status == Status.DOCUMENTS_REQUESTED:
        return _step(f"Documents{times}", "Waiting for you", "now", "arrows")
    ended = asked[-1].ended_at
    return _step(f"Documents{times}", plain_day(ended) if ended else "", "done")


def _last_step(review: Review, status: Status) -> dict[str, str]:
    if status == Status.WITHDRAWN:
        return _step(review.label, plain_day(review.moved_at), "done", "dash")
    if not review.is_open:
        return _step("Decision", plain_day(review.moved_at), "done")
    if status == Status.DOCUMENTS_REQUESTED:
        return _step("Decision", "After your response", "later")
    return _step("Decision", f"By {plain_day(review.due)}" if review.due else "No date", "later")
