"""The statuses of a proposal under review and every move between them, in one table.

Source: the letter's review and approval process (ACL-1, ACL-4, ACL-6, ACL-7) in our reading.
Pages draw their buttons from this table and the models check each move against it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class MoveRefused(Exception):
    """The move can't be made now; the message says why, and by whom it was overtaken."""


class Status(StrEnum):
    """Where a proposal stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    DOCUMENTS_REQUESTED = "documents_requested"
    APPROVED = "approved"
    NOT_APPROVED = "not_approved"
    OUT_OF_SCOPE = "out_of_scope"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The status as people read it."""
        return LABELS[self]


LABELS = {
    Status.DRAFT: "Draft",
    Status.SUBMITTED: "Submitted",
    Status.IN_REVIEW: "In review",
    Status.DOCUMENTS_REQUESTED: "Documents requested",
    Status.APPROVED: "Approved",
    Status.NOT_APPROVED: "Not approved",
    Status.OUT_OF_SCOPE: "CDSS approval not needed",
    Status.WITHDRAWN: "Withdrawn",
}
WITH_CDSS = frozenset({Status.SUBMITTED, Status.IN_REVIEW})
OPEN = WITH_CDSS | {Status.DOCUMENTS_REQUESTED}
DECIDED = frozenset({Status.APPROVED, Status.NOT_APPROVED, Status.OUT_OF_SCOPE})
CLOSED = DECIDED | {Status.WITHDRAWN}
# From where a county begins a revised proposal that is linked to the first.
REVISABLE = frozenset({Status.NOT_APPROVED, Status.WITHDRAWN})
# Moves of which a county is told nothing: whose case it is, and drafts of decisions.
INSIDE = frozenset({"hand_over", "put_back", "recommend", "send_back"})


class Who(StrEnum):
    """Whose move it is. An approver is a reviewer too."""

    SIGNER = "county, may sign"
    COUNTY = "county"
    REVIEWER = "reviewer"
    APPROVER = "approver"


class Clock(StrEnum):
    """What a move does to the thirty-day period (ACL-6)."""

    UNTOUCHED = "untouched"
    OPENS = "opens a period"
    ANSWERS = "answers the period"
    VOIDS = "voids the period, which is kept"


@dataclass(frozen=True)
class Facts:
    """What the table asks of a proposal besides its status."""

    assigned: bool = False
    drafted: bool = False
    logged: bool = False
    revised: bool = False


def _whenever(facts: Facts) -> bool:
    return True


@dataclass(frozen=True)
class Move:
    """One row of the table: who may do it, from where to where, and what it does to the clock."""

    name: str
    label: str
    who: Who
    origins: frozenset[Status]
    target: Status | None
    clock: Clock
    past: str
    when: Callable[[Facts], bool] = _whenever
    on_behalf: bool = False

    @property
    def act(self) -> str:
        """What the journal calls it."""
        return self.name.replace("_", " ")

    def is_open(self, status: Status, facts: Facts) -> bool:
        """Whether the move can be made from here, whoever asks."""
        return status in self.origins and self.when(facts)


def _row(
    name: str,
    label: str,
    who: Who,
    origins: Status | frozenset[Status] | None,
    target: Status | None,
    clock: Clock,
    past: str,
    when: Callable[[Facts], bool] = _whenever,
    on_behalf: bool = False,
) -> Move:
    if origins is None:
        origins = frozenset()
    elif isinstance(origins, Status):
        origins = frozenset({origins})
    return Move(name, label, who, origins, target, clock, past, when, on_behalf)


S, W, C = Status, Who, Clock

MOVES: dict[str, Move] = {
    move.name: move
    for move in (
        _row(
            "send", "Send proposal to CDSS", W.SIGNER, S.DRAFT, S.SUBMITTED, C.OPENS,
            "sent the proposal to CDSS",
        ),
        _row(
            "log", "Log a proposal", W.REVIEWER, None, S.SUBMITTED, C.OPENS,
            "logged the proposal",
        ),
        _row(
            "recall", "Take back to change", W.SIGNER, S.SUBMITTED, S.DRAFT, C.VOIDS,
            "took the proposal back to change it", lambda facts: not facts.logged,
        ),
        _row(
            "take", "Take", W.REVIEWER, WITH_CDSS, S.IN_REVIEW, C.UNTOUCHED,
            "took the proposal into review", lambda facts: not facts.assigned,
        ),
        _row(
            "hand_over", "Hand over", W.REVIEWER, OPEN, None, C.UNTOUCHED,
            "handed the proposal over",
        ),
        _row(
            "put_back", "Put back into the queue", W.REVIEWER, S.IN_REVIEW, None, C.UNTOUCHED,
            "put the proposal back for someone else to take", lambda facts: facts.assigned,
        ),
        _row(
            "request", "Request documents", W.REVIEWER, S.IN_REVIEW, S.DOCUMENTS_REQUESTED,
            C.ANSWERS, "requested documents", lambda facts: not facts.drafted,
        ),
        _row(
            "respond", "Send our response", W.SIGNER, S.DOCUMENTS_REQUESTED, S.IN_REVIEW,
            C.OPENS, "sent the county's response", on_behalf=True,
        ),
        _row(
            "waive", "Waive what is left", W.REVIEWER, S.DOCUMENTS_REQUESTED, S.IN_REVIEW,
            C.OPENS, "waived what was left of the request",
        ),
        _row(
            "recommend", "Decide", W.REVIEWER, S.IN_REVIEW, None, C.UNTOUCHED,
            "drafted a decision", lambda facts: not facts.drafted,
        ),
        _row(
            "send_back", "Send back", W.APPROVER, S.IN_REVIEW, None, C.UNTOUCHED,
            "sent the drafted decision back", lambda facts: facts.drafted,
        ),
        _row(
            "release", "Release", W.APPROVER, S.IN_REVIEW, None, C.ANSWERS,
            "released the decision", lambda facts: facts.drafted,
        ),
        _row(
            "withdraw", "Withdraw this proposal", W.SIGNER, OPEN, S.WITHDRAWN, C.VOIDS,
            "withdrew the proposal", on_behalf=True,
        ),
        _row(
            "close", "Close without answer", W.APPROVER, S.DOCUMENTS_REQUESTED, S.WITHDRAWN,
            C.UNTOUCHED, "closed the proposal: no answer",
        ),
        _row(
            "reopen", "Reopen", W.APPROVER, DECIDED, S.IN_REVIEW, C.OPENS,
            "reopened the proposal", lambda facts: not facts.revised,
        ),
    )
}  # fmt: skip

# Recorded acts that are no moves: what they are called, and which sides do them.
ACTS: dict[str, tuple[str, frozenset[Who]]] = {
    "discard": ("Discard the draft", frozenset({Who.COUNTY})),
    "ask_to_sign": ("Ask a colleague to sign", frozenset({Who.COUNTY})),
    "return_to_preparer": ("Return it with a comment", frozenset({Who.SIGNER})),
    "take_back_asking": ("Take the request to sign back", frozenset({Who.COUNTY})),
    "correct_receipt": ("Correct the time of receipt", frozenset({Who.APPROVER})),
    "change_correspondents": ("Change who gets letters", frozenset({Who.COUNTY, Who.REVIEWER})),
    "confirm_condition": ("Confirm a condition", frozenset({Who.COUNTY})),
    "message": ("Write a message", frozenset({Who.COUNTY, Who.REVIEWER})),
    "note": ("Write a note", frozenset({Who.REVIEWER})),
}

OUTCOMES: dict[str, Status] = {
    "approved": Status.APPROVED,
    "not_approved": Status.NOT_APPROVED,
    "out_of_scope": Status.OUT_OF_SCOPE,
}


def outcome_in_words(outcome: str, conditions: object) -> str:
    """An outcome as a county reads it; an approval says whether it has conditions."""
    if outcome == Status.APPROVED and conditions:
        return "Approved with conditions"
    return OUTCOMES[outcome].label
