"""The editor's form of a section, built from the questions in `proposals.sections`.

A draft takes anything: the form keeps incomplete and contradictory answers. What it refuses is an
answer that can't be shown as typed, that is longer than any column takes, or that looks like
case-level data (Welf. & Inst. Code 10850); that answer alone is not stored, and the page keeps its
text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.html import format_html

from portal.days import NotADay, parse_day
from portal.forms import AnyOf, OneOf, PlainText, PortalForm, tidied
from portal.wording import plain_day
from proposals import screening
from proposals.advice import Advice, advice_on
from proposals.content import Content, Point, called
from proposals.forms.words import take_out
from proposals.models import Proposal
from proposals.sections import STORED_LIMIT, YES_NO, Answer, Section

TEXT_KINDS = ("line", "text", "email", "phone", "day")
# What stands after a field's name for the box "This is not a Social Security or case number".
IS_NONE = "-is_none"


class AnyAsGiven(AnyOf):
    """Check boxes that keep contradictory answers, which are shown as a problem afterwards."""

    def validate(self, value: list[str]) -> None:
        forms.MultipleChoiceField.validate(self, value)


class EditorForm(PortalForm):
    """A page of the editor: questions by the names of their fields, and what was typed.

    Always bound, to what is stored or to what came in, so that a stored problem shows the way a
    refused answer does. `asked` names the question of each field.
    """

    def __init__(self, asked: Mapping[str, Answer], proposal: Proposal, data: Any) -> None:
        self.asked, self.proposal = asked, proposal
        self.base_fields = {name: self.field_of(answer) for name, answer in asked.items()}
        self.known = frozenset(proposal.not_case_data.values())
        self.said_none: dict[str, str] = {}
        super().__init__(data)

    def field_of(self, answer: Answer) -> forms.Field:
        """The form field of a question."""
        return field_of(answer)

    def clean(self) -> dict[str, Any]:
        """Refuses texts with the shape of case data, unless the writer says that they have none."""
        for name, answer in self.asked.items():
            text = self.cleaned_data.get(name)
            if answer.kind not in TEXT_KINDS or not text:
                continue
            shapes = screening.case_data(text)
            digest = hashlib.sha256(text.encode()).hexdigest()
            if not shapes or digest in self.known:
                continue
            self._ask_whether_none(name)
            if self.data.get(f"{name}{IS_NONE}"):
                self.said_none[name] = digest
            else:
                self.add_error(name, take_out(self.spoken(name), shapes[0]))
        return self.cleaned_data

    def spoken(self, name: str) -> str:
        """What an error calls the field."""
        return called(self.asked[name])

    def _ask_whether_none(self, name: str) -> None:
        label = "This is not a Social Security or case number"
        box = forms.BooleanField(
            required=False,
            label=format_html('{}<span class="vh"> ({})</span>', label, self.spoken(name)),
            help_text="We keep a record that you said so.",
        )
        box.optional = False
        self.fields[f"{name}{IS_NONE}"] = box

    @cached_property
    def refused(self) -> dict[str, str]:
        """The fields whose text is not stored, and why not; read before `show` adds to them."""
        return {name: str(self.errors[name][0]) for name in self.asked if name in self.errors}

    @property
    def places(self) -> str:
        """Which stored rows the rows of the page stand for; a section of questions has none."""
        return ""

    def is_stored(self) -> None:
        """What stands in the form has just been saved."""

    def text(self, name: str) -> Any:
        """What stands in a field now, stored or typed, refused or not."""
        return self.fields[name].widget.value_from_datadict(self.data, self.files, name)

    def show(self, points: Iterable[Point]) -> None:
        """Show what is wrong with stored answers at their fields; a refusal there comes first."""
        refused = self.refused
        for point in points:
            if point.field in self.asked and point.field not in refused:
                self.add_error(point.field, point.sentence)

    def typed(self) -> list[tuple[str, list[str]]]:
        """All that stands in the form, to copy from when it can't be saved."""
        return [
            (self.label_of(part), self.words_of(part))
            for part, text in self.parts().items()
            if text
        ]

    def question(self, name: str) -> Question:
        """A field with all that stands beneath it."""
        box = f"{name}{IS_NONE}"
        answer, text = self.asked[name], self.text(name)
        # A text that is too long to be stored isn't read: it may have megabytes.
        is_read = answer.kind in ("line", "text") and text and len(text) <= STORED_LIMIT
        hints = screening.hints(text) if is_read else []
        return Question(
            self[name],
            self[box] if box in self.fields else None,
            refused=self.refused.get(name, ""),
            hints=list({hint.word.lower(): hint for hint in hints}.values()),
            advice=advice_on(text) if name == "cmips_methods" else [],
            can_wait=answer.is_detail and not text and name not in self.errors,
        )


@dataclass(frozen=True)
class Question:
    """A field on the page, its box "This is not …", why it is not stored if it isn't, and what the
    screening says to its text."""

    bound: BoundField
    is_none: BoundField | None
    refused: str = ""
    hints: list[screening.Hint] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    # Nothing stands in it, and nobody need read it before the choice that it belongs to is made.
    can_wait: bool = False

    @property
    def has_help(self) -> bool:
        """Whether anything stands beneath the field."""
        return bool(self.is_none or self.refused or self.hints or self.advice or self.is_start)

    @property
    def is_start(self) -> bool:
        """Whether it asks when the tool is to be used: then the date of CDSS's answer counts."""
        return self.bound.html_name == "implementation_date"


@dataclass(frozen=True)
class Group:
    """Questions that stand under one heading; the first of a page may have none."""

    title: str
    questions: list[Question]


class SectionForm(EditorForm):
    """A section made of questions."""

    def __init__(self, section: Section, proposal: Proposal, data: Any) -> None:
        self.section = section
        super().__init__({answer.name: answer for answer in section.answers}, proposal, data)

    @classmethod
    def stored(cls, section: Section, proposal: Proposal, content: Content) -> SectionForm:
        """The form with what is stored."""
        data = MultiValueDict()
        for answer in section.answers:
            data.setlist(answer.name, as_typed(answer, content))
        _suggest_address(data)
        return cls(section, proposal, data)

    def groups(self) -> Iterator[Group]:
        """The questions in their order, under the headings of their groups."""
        title, questions = None, []
        for answer in self.section.answers:
            if questions and answer.group != title:
                yield Group(title or "", questions)
                questions = []
            title = answer.group
            questions.append(self.question(answer.name))
        if questions:
            yield Group(title or "", questions)

    def kept(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What to store: the answers, and the dates that name no day, as they were typed."""
        values: dict[str, Any] = {}
        unparsed: dict[str, str] = {}
        for name, answer in self.asked.items():
            if name in self.errors:
                if name in self.proposal.unparsed:
                    unparsed[name] = self.proposal.unparsed[name]
                continue
            values[name] = self.cleaned_data[name]
            if answer.kind == "day":
                values[name], rest = _day(values[name])
                if rest:
                    unparsed[name] = rest
        return values, unparsed

    def parts(self) -> dict[str, str]:
        """Each answer as it stands in the form, in a way that two forms can be compared."""
        return {name: plain(answer, self.text(name)) for name, answer in self.asked.items()}

    def label_of(self, part: str) -> str:
        """What a part is called on the page for two colleagues who saved at once."""
        return called(self.asked[part])

    def words_of(self, part: str) -> list[str]:
        """A part as a person reads it, line by line."""
        return as_words(self.asked[part], self.text(part))

    def with_parts_of(self, other: SectionForm, parts: Iterable[str]) -> SectionForm:
        """This form with some answers of another one in the place of its own."""
        data = MultiValueDict(dict(self.data.lists()))
        for name in parts:
            data.setlist(name, other.data.getlist(name))
        return SectionForm(self.section, self.proposal, data)


def _day(text: str) -> tuple[date | None, str]:
    if not text:
        return None, ""
    try:
        return parse_day(text), ""
    except NotADay:
        return None, text


def _suggest_address(data: MultiValueDict) -> None:
    """Both contacts mostly sit in one office: the second address begins as the first."""
    if data.get("same_person") or "technical_address" not in data:
        return
    if not data["technical_address"]:
        data["technical_address"] = data.get("program_address")


def as_typed(answer: Answer, content: Content) -> list[str]:
    """A stored answer as it stands in the fields of a form."""
    if answer.name in content["unparsed"]:
        return [content["unparsed"][answer.name]]
    value = content["answers"].get(answer.name)
    if answer.kind == "choices":
        return list(value or [])
    if answer.kind == "tick":
        return ["on"] if value else []
    if answer.kind == "day" and value:
        return [plain_day(date.fromisoformat(value))]
    return [value or ""]


def plain(answer: Answer, typed: Any) -> str:
    """What stands in a field, without the differences that a browser or a way of writing makes."""
    if isinstance(typed, list):
        return "\n".join(sorted(typed))
    text = tidied(str(typed or ""), lines=answer.kind == "text").strip()
    if answer.kind == "day":
        day, rest = _day(text)
        return day.isoformat() if day else rest
    return text


def as_words(answer: Answer, typed: Any) -> list[str]:
    """What stands in a field, in the words of its choices, one to a line."""
    labels = dict(answer.choices)
    if answer.kind == "tick":
        return [answer.label if typed else ""]
    values = typed if isinstance(typed, list) else [typed or ""]
    return [labels.get(value, value) for value in values]


def field_of(answer: Answer) -> forms.Field:
    """The form field of a question: what people type is kept, whatever it is."""
    if answer.kind == "tick":
        return forms.BooleanField(label=answer.label, help_text=answer.hint, required=False)
    common: dict[str, Any] = {
        "label": answer.label,
        "help_text": answer.hint,
        "required": False,
        "optional": answer.asked == "optional",
    }
    if answer.kind == "choice":
        return OneOf(choices=answer.choices, inline=answer.choices is YES_NO, **common)
    if answer.kind == "choices":
        together = [choice for choice in answer.choices if choice[0] not in answer.alone]
        alone = [choice for choice in answer.choices if choice[0] in answer.alone]
        first = alone[0][0] if alone else None
        return AnyAsGiven(choices=together + alone, exclusive=first, **common)
    rows = (3 if answer.longest <= 400 else 4) if answer.kind == "text" else 0
    if answer.kind in ("email", "phone", "day"):
        kind = {"email": "email", "phone": "tel", "day": "text"}[answer.kind]
        attrs = {"type": kind, "class": "w-m", "spellcheck": "false"}
        common["widget"] = forms.TextInput(attrs=attrs)
    text = PlainText(rows=rows, longest=STORED_LIMIT, **common)
    if answer.kind in ("line", "text"):
        # The page counts what is left while one writes.
        text.widget.attrs["data-longest"] = answer.longest
    return text
