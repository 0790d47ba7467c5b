"""What a section is made of: questions, their kinds, and when each applies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["line", "text", "email", "phone", "choice", "choices", "day", "tick"]
Asked = Literal["letter", "review", "optional"]
Answers = Mapping[str, Any]
Choices = tuple[tuple[str, str], ...]

LINE_LIMIT = 200
TEXT_LIMIT = 4000
STORED_LIMIT = 20_000
ROWS_LIMIT = 40

YES_NO: Choices = (("no", "No"), ("yes", "Yes"), ("undecided", "Not decided yet"))


def always(answers: Answers) -> bool:
    return True


def has_vendor(answers: Answers) -> bool:
    """The county named a vendor as the developer, alone or with its own staff (ACL-3, "if any")."""
    return answers.get("builder") in ("vendor", "both")


def answered(name: str, *values: str) -> Callable[[Answers], bool]:
    """A question that applies when another was answered in one of these ways."""

    def applies(answers: Answers) -> bool:
        given = answers.get(name) or ""
        return any(
            value in given if isinstance(given, list) else value == given for value in values
        )

    return applies


def own_technical_contact(answers: Answers) -> bool:
    return not answers.get("same_person")


@dataclass(frozen=True)
class Answer:
    """One question to the county, stored as a field of its own.

    `asked` says who asks: the letter (needed to send), the review (counts towards a complete
    section) or nobody in particular ("(optional)"). `missing` tells the county what to do.
    `alone` names the choices that go with no other.
    """

    name: str
    label: str
    kind: Kind
    asked: Asked
    missing: str = ""
    hint: str = ""
    choices: Choices = ()
    alone: tuple[str, ...] = ()
    group: str = ""
    limit: int = 0
    when: Callable[[Answers], bool] = always

    @property
    def longest(self) -> int:
        """How many characters the answer may have before it is shown as a problem."""
        return self.limit or (TEXT_LIMIT if self.kind == "text" else LINE_LIMIT)

    @property
    def is_detail(self) -> bool:
        """Whether it only says more of the choice before it."""
        return self.asked == "optional" and self.when is not always


@dataclass(frozen=True)
class Section:
    """One page of the editor and one heading of the proposal."""

    key: str
    title: str
    hint: str
    answers: tuple[Answer, ...] = ()
    rows: bool = False
    files: bool = False
