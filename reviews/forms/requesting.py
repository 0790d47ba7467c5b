"""The form of a request: what is asked for, why in words of the library or one's own, by when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django import forms

from portal import clock
from portal.forms import DayField, PlainText
from portal.models import OfficeClosure
from proposals.forms import Screened
from proposals.sections import DOCUMENT_KINDS, DOCUMENT_KINDS_SHOWN, SECTIONS
from reviews.acting import Once
from reviews.deadlines import answer_by
from reviews.forms.rows import Rows, ahead
from reviews.models import Finding, StandardWording
from reviews.models.items import ROW_FIELDS, Item
from reviews.models.wordings import TEXT_LIMIT

USUAL_DAYS = 21
LONGEST_DAYS = 366
NOTE = "note"
# Several documents may have no kind of their own; everything else is asked for once.
MORE_THAN_ONCE = ("document:other",)


def what_can_be_asked() -> list[Any]:
    """Documents of the catalogue, then every answer of the proposal, by section."""
    kinds = [(f"document:{key}", label) for key, label in DOCUMENT_KINDS]
    choices: list[Any] = [
        ("", "Choose a document or an answer"),
        ("Documents", kinds[:DOCUMENT_KINDS_SHOWN]),
        ("More documents", kinds[DOCUMENT_KINDS_SHOWN:]),
    ]
    for section in SECTIONS:
        answers = [
            (
                f"answer:{answer.name}",
                f"{answer.group}: {answer.label}" if answer.group else answer.label,
            )
            for answer in section.answers
            if answer.name != "no_documents_now"
        ]
        if section.rows:
            answers = [(f"answer:{name}", title) for name, title in ROW_FIELDS.items()]
        if answers:
            choices.append((f"Answer to change: {section.title}", answers))
    return choices


@dataclass(frozen=True)
class AtHand:
    """What a reviewer writes the rows from: the library's wordings and the checklist's notes."""

    wordings: dict[str, list[StandardWording]]
    # The day a county usually has: a working day three weeks ahead.
    day: date
    notes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def now(cls, findings: Iterable[Finding]) -> AtHand:
        """The library as it is now, with what the checklist of a review says."""
        return cls(
            StandardWording.objects.by_subject(),
            answer_by(clock.today(), OfficeClosure.objects.closed(), USUAL_DAYS).due,
            {one.rule: one.note for one in findings if one.note},
        )

    def offered(self, what: str, rule: str = "") -> Iterator[tuple[str, str, str]]:
        """The wordings for a document or answer: value, title and text, the usual one first."""
        for wording in self.of(what):
            yield str(wording.pk), wording.title, wording.text
        if note := self.notes.get(rule):
            yield NOTE, "The note in the checklist", note

    def of(self, what: str) -> list[StandardWording]:
        own = self.wordings.get(what, []) if what else []
        return [*own, *self.wordings.get("", [])]

    def usual(self, what: str) -> str:
        """The wording a row begins with; empty when the library has none."""
        return next((wording.text for wording in self.of(what)), "")

    def filled(self, typed: dict[str, str]) -> dict[str, str]:
        """A row with the chosen wording, or else the usual one, as its reason.

        It takes the place of another wording; what the reviewer wrote stays above it.
        """
        if not typed["what"]:
            return typed
        offered = {value: text for value, _, text in self.offered(typed["what"], typed["rule"])}
        text = offered.get(typed["wording"]) or next(iter(offered.values()), "")
        own = typed["why"].replace("\r\n", "\n").strip()
        if any(own == one.text for several in self.wordings.values() for one in several):
            own = ""
        if text in own:
            return typed
        return typed | {"why": f"{own}\n\n{text}" if own else text}


class RequestForm(Once):
    """What CDSS writes above the list of items."""

    words = PlainText(
        label="Words to the county",
        rows=3,
        longest=3000,
        optional=True,
        help_text="They stand above the list in the letter.",
    )


class AskFor(Screened):
    """One item of a request: what, why and by when."""

    what = forms.ChoiceField(
        label="What do you ask for?",
        choices=what_can_be_asked,
        error_messages={"required": "Choose a document or an answer"},
    )
    wording = forms.CharField(
        label="Use a wording",
        required=False,
        max_length=40,
        widget=forms.Select(attrs={"class": "w-m", "autocomplete": "off"}),
    )
    why = PlainText(
        label="Why it is needed",
        rows=3,
        longest=TEXT_LIMIT,
        help_text="The county reads it.",
        error_messages={"required": "Write why it is needed, or use a wording"},
    )
    keep = forms.BooleanField(label="Keep this wording for later requests", required=False)
    by = DayField(label="By when", error_messages={"required": "Enter a date, like March 15, 2027"})
    # The row of the checklist it comes from, so that its note can be taken over.
    rule = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, at_hand: AtHand, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what, self.note = self["what"].value() or "", at_hand.notes.get(self["rule"].value() or "")
        offered = at_hand.offered(what, self["rule"].value() or "") if what else ()
        first = "Choose one" if what else "Choose what you ask for first"
        self.fields["wording"].widget.choices = [
            ("", first),
            *((value, title) for value, title, _ in offered),
        ]
        self.fields["by"].initial = at_hand.day

    def clean_by(self) -> date:
        by = ahead(self.cleaned_data["by"])
        if by > clock.today() + timedelta(days=LONGEST_DAYS):
            raise forms.ValidationError("Enter a date within a year from today")
        return by

    def item(self) -> dict[str, Any]:
        """The item as `Request.objects.ask` takes it."""
        return self.item_of(self.cleaned_data)

    @staticmethod
    def item_of(row: Mapping[str, Any]) -> dict[str, Any]:
        """The item that a row stands for, typed or drafted."""
        kind, _, name = row["what"].partition(":")
        given = {"kind": kind, "why": row["why"], "by": row["by"]}
        if kind == Item.DOCUMENT:
            return given | {"document_kind": name}
        return given | {"field": name}


class AskRows(Rows):
    """The items of a request; the same document or answer is asked for once."""

    def clean(self) -> None:
        first: dict[str, int] = {}
        for number, row in enumerate(self.forms, start=1):
            what = row.cleaned_data.get("what", "") if row.is_valid() else ""
            if what and what not in MORE_THAN_ONCE and what in first:
                words = f"Item {first[what]} asks for this already. Put both into one item"
                row.add_error("what", words)
            first.setdefault(what, number)
