"""Does this need a proposal? Four questions that a county answers before it starts one.

Each ends in one of three ways: yes, start one; no, and why; ask CDSS. The questions are walked in
their order, and an answer that settles it ends the walk: what comes after isn't read, so that two
answers never contradict each other. "Not sure" is an answer to each. Pure rules (ACL-1, ACL-9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proposals.screening import METHODS, NO_DATA, findings
from proposals.sections.parts import Choices

UNSURE = "unsure"
Answers = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """One question: its choices, what explains a choice, and what to do when none was made."""

    key: str
    label: str
    choices: Choices
    missing: str
    hint: str = ""
    hints: Mapping[str, str] = field(default_factory=dict)
    many: bool = False

    def read(self, values: Sequence[str]) -> tuple[str, ...]:
        """The answer among what came in; empty when there is none, or no clear one."""
        chosen = tuple(key for key, _ in self.choices if key in values)
        unclear = len(chosen) > 1 and (not self.many or UNSURE in chosen)
        return () if unclear else chosen

    def words(self, answer: tuple[str, ...]) -> list[str]:
        """An answer as a person reads it."""
        return [label for key, label in self.choices if key in answer]


WHAT = Question(
    "what",
    "What is it?",
    (
        ("new", "A new system, application or tool"),
        ("changed", "A change to a tool your county has"),
        ("existing", "A tool your county already uses, which CDSS has not approved"),
        ("approved", "A tool that CDSS has approved, with no change in the data it uses"),
        ("ordinary", "No tool: staff work in CMIPS itself, or run a CMIPS report by hand"),
        (UNSURE, "Not sure"),
    ),
    "Choose what it is, or “Not sure”",
    hints={
        "new": "Built by your county, bought from a vendor, or free.",
        "changed": "So that it uses CMIPS data, more of it, or in another way.",
        UNSURE: "For example a spreadsheet that staff keep themselves.",
    },
)
DATA = Question(
    "data",
    "Will it take data from CMIPS, or put data into CMIPS?",
    (("yes", "Yes"), ("no", "No, neither"), (UNSURE, "Not sure")),
    "Choose whether it takes data from CMIPS or puts data in, or “Not sure”",
    hint="Names, addresses, case numbers, hours and the like, in any way, also when staff type it.",
)
WAYS = Question(
    "ways",
    "How will data get from CMIPS to it, or from it to CMIPS?",
    (
        *((method.key, method.label) for method in METHODS if method.key != NO_DATA),
        (UNSURE, "Another way, or not sure"),
    ),
    "Choose how data gets from or to CMIPS, or “Another way, or not sure”",
    hint="Choose all that apply.",
    many=True,
)
BEGUN = Question(
    "begun",
    "Has development or purchase begun?",
    (
        ("no", "No"),
        ("developing", "Yes, development has begun"),
        ("buying", "Yes, a purchase or contract has begun"),
        ("using", "Yes, it is in use"),
        (UNSURE, "Not sure"),
    ),
    "Choose whether development or purchase has begun, or “Not sure”",
)
QUESTIONS = (WHAT, DATA, WAYS, BEGUN)
BY_KEY = {question.key: question for question in QUESTIONS}

YES, NO, ASK = "yes", "no", "ask"


@dataclass(frozen=True)
class Result:
    """How the guide ends: the outcome, its reasons, and what must not be overlooked."""

    outcome: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...] = ()


IN_THE_LETTER = (
    "The All County Letter asks for a concept proposal for any system, application or tool that "
    "uses CMIPS data, before the county develops or uses it."
)
NO_TOOL = (
    "The All County Letter asks for a proposal when a county wants a system, application or tool "
    "that uses CMIPS data. Staff who sign in to CMIPS in the ordinary way, or run its reports by "
    "hand, need no approval for that."
)
SOFTWARE_IS_A_TOOL = "If software does any part of it by itself, it is a tool: change your answer."
APPROVED = "CDSS has approved it, so it may stay as it was approved, with the conditions CDSS set."
ITS_CHANGE = (
    "When it is to use more CMIPS data, or to get it in another way, that change needs a proposal."
)
USES_NONE = (
    "The All County Letter is about tools that use data of CMIPS. This one takes none and puts "
    "none in, so CDSS’s approval is not needed."
)
NOT_A_TOOL_PERHAPS = (
    "Only CDSS can say whether this is a tool in the meaning of the All County Letter."
)
NO_DATA_PERHAPS = "Whether it uses data of CMIPS isn’t clear yet, and all depends on that."
NEVER_APPROVED = (
    "The letter asks for approval before a tool is used. This one is in use without it, so send a "
    "proposal for it now."
)
BY_ITSELF = "What works in CMIPS by itself is software, so it is a tool that the letter is about."
BY_THESE_WAYS = "What comes or goes in the ways you chose is CMIPS data."
WAIT = (
    "The letter asks counties to propose first. You can still send the proposal, and it asks what "
    "has begun. Go no further before CDSS approves it."
)


def answers_in(given: Mapping[str, Sequence[str]]) -> Answers:
    """The answers that were given, by question; what no question offers counts as none."""
    read = {question.key: question.read(given.get(question.key, ())) for question in QUESTIONS}
    return {key: answer for key, answer in read.items() if answer}


def walk(answers: Answers) -> Question | Result:
    """The next question, or how the guide ends."""
    what, data = _one(answers, WHAT), _one(answers, DATA)
    ways, begun = answers.get(WAYS.key, ()), _one(answers, BEGUN)
    if not what:
        return WHAT
    if what == "ordinary":
        return Result(NO, (NO_TOOL, SOFTWARE_IS_A_TOOL))
    if what == "approved":
        return Result(NO, (APPROVED, ITS_CHANGE))
    if not data:
        return DATA
    if data == "no":
        return Result(NO, (USES_NONE,))
    if not ways:
        return WAYS
    if unclear := _unclear(what, data, ways):
        return Result(ASK, unclear)
    if not begun and what != "existing":
        return BEGUN
    return Result(YES, _reasons(what, data), _warnings(what, begun))


def _one(answers: Answers, question: Question) -> str:
    return next(iter(answers.get(question.key, ())), "")


def _unclear(what: str, data: str, ways: tuple[str, ...]) -> tuple[str, ...]:
    """Why only CDSS can tell; empty when the ways say enough."""
    found = []
    if what == UNSURE and not findings(ways):
        found.append(NOT_A_TOOL_PERHAPS)
    if data == UNSURE and UNSURE in ways:
        found.append(NO_DATA_PERHAPS)
    return tuple(found)


def _reasons(what: str, data: str) -> tuple[str, ...]:
    found = [IN_THE_LETTER]
    if what == "existing":
        found.append(NEVER_APPROVED)
    if what == UNSURE:
        found.append(BY_ITSELF)
    if data == UNSURE:
        found.append(BY_THESE_WAYS)
    return tuple(found)


def _warnings(what: str, begun: str) -> tuple[str, ...]:
    has_begun = begun in ("developing", "buying", "using")
    return (WAIT,) if has_begun and what != "existing" else ()


def read_on_the_way(answers: Answers) -> dict[str, tuple[str, ...]]:
    """The answers that the walk reads, in its order: all that the result stands on."""
    found: dict[str, tuple[str, ...]] = {}
    while isinstance(question := walk(found), Question) and question.key in answers:
        found[question.key] = answers[question.key]
    return found


def carried_over(answers: Answers) -> dict[str, Any]:
    """What a draft knows already from the guide, by the names of its own fields.

    "Not sure" is left for the draft to ask again.
    """
    read = read_on_the_way(answers)
    what, ways = _one(read, WHAT), read.get(WAYS.key, ())
    found: dict[str, Any] = {}
    if what in ("new", "changed", "existing"):
        found["tool_state"] = what
    begun = "using" if what == "existing" else _one(read, BEGUN)
    if begun and begun != UNSURE:
        found["work_begun"] = begun
    if _one(read, DATA) == "no":
        found["cmips_methods"] = [NO_DATA]
    elif ways and UNSURE not in ways:
        found["cmips_methods"] = list(ways)
    return found
