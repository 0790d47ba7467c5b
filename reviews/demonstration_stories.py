"""What happens to each proposal of the demonstration, and when: steps dated around today.

A story's dates are counted in days from today, or from the day it was sent, and moved to working
days in office hours. Each step calls the move that a person at that desk would make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time, timedelta
from functools import partial
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from portal import clock
from portal.models import County, GoverningLetter, User
from proposals.models import Document, Proposal
from proposals.sections import DOCUMENT_KINDS, DOCUMENTS, FLOWS, SECTIONS
from reviews import letters
from reviews.demonstration_checklist import findings
from reviews.demonstration_days import DAY, Step, Working
from reviews.models import (
    Asking,
    Decision,
    Finding,
    Message,
    Note,
    Request,
    Review,
    StandardWording,
)

CAROL, DANA = "carol@cdss.example.gov", "dana@cdss.example.gov"
KINDS = dict(DOCUMENT_KINDS)
# The county has this many days for what it is asked, unless its story says otherwise.
WITHIN = 35
# How long before it is sent each section is saved for the last time, in working days.
SAVED_BEFORE = {"contacts": 9, "tool": 9, "purpose": 7, "how": 4, "data": 3, "users": 1}


class Story:
    """One proposal of the demonstration, from its first draft to where it stands today."""

    def __init__(
        self,
        entry: dict[str, Any],
        number: int,
        people: Mapping[str, User],
        working: Working,
        told: dict[str, Any] | None = None,
        before: Story | None = None,
    ) -> None:
        self.entry, self.number, self.people, self.working = entry, number, people, working
        self.told = told or entry["story"]
        self.before = before
        self.answers = entry["answers"] | self.told.get("changes", {})
        self.signer = people[self.answers["program_email"]]
        self.preparer = people[self.answers["technical_email"]]
        self.carol, self.dana = people[CAROL], people[DANA]
        self.proposal: Proposal
        self.review: Review
        self.request: Request
        self.decision: Decision

    def steps(self) -> Iterator[Step]:
        """All that happens, each at its time."""
        sent = self._sent_on()
        yield from self._written(sent)
        yield self._at(sent, f"{10 + self.number * 5 % 6}:20", self.send)
        yield from self._said(sent)
        yield from TELL[self.told["kind"]](self, sent)
        if revised := self.told.get("revised"):
            yield from Story(
                self.entry, self.number, self.people, self.working, revised, self
            ).steps()

    def _sent_on(self) -> date:
        if "due_in" in self.told:
            return self.working.received_for(self.told["due_in"])
        return self.working.on_or_before(self.working.today - self.told["ago"] * DAY)

    def _at(self, day: date, hour: str, do: Callable[..., object], *given: Any) -> Step:
        # Each county has minutes of its own, so that no two do something at the same instant.
        at = clock.instant(day, time.fromisoformat(hour))
        later = timedelta(minutes=self.number % 15 * 3, seconds=self.number * 7 % 60)
        return Step(at + later, partial(do, *given))

    # Writing and sending

    def _written(self, sent: date) -> Iterator[Step]:
        first = self.working.days_before(sent, max(SAVED_BEFORE.values()))
        yield self._at(first, "08:30", self.start)
        for place, section in enumerate(SECTIONS):
            if section is DOCUMENTS:
                continue
            day = self.working.days_before(sent, SAVED_BEFORE[section.key])
            yield self._at(day, f"{9 + place:02}:05", self.save, section.key, self.preparer)
        yield self._at(sent, "09:10", self.save_documents)

    def start(self) -> None:
        """A colleague starts the draft; a revised one is linked to what it revises."""
        self.proposal = Proposal.objects.start(
            County.objects.get(pk=self.entry["county"]),
            by=self.preparer,
            tool_name=self.answers["tool_name"],
            revises=self.before.proposal if self.before else None,
        )

    def save(self, key: str, by: User) -> None:
        """A section is saved with its answers, and the dates that are counted from today."""
        values = answers_of(key, self.answers, self.entry | self.told, self.working.today)
        self.proposal.save_section(key, values, by=by, seen=0)

    def save_documents(self) -> None:
        """The signer looks at the documents last: those there are, or none for now."""
        if kinds := self.told.get("documents"):
            for kind in kinds:
                Document.objects.add(
                    self.proposal,
                    a_file(kind, self.answers["tool_name"]),
                    by=self.signer,
                    kind=kind,
                    label="internal",
                    title=KINDS[kind],
                )
        else:
            self.save("documents", self.signer)

    def send(self) -> None:
        """The county's signer sends it, and says what the county can't agree to."""
        cannot = self.told.get("cannot", {})
        texts = GoverningLetter.objects.current().responsibilities
        agreements = [
            {
                "number": number,
                "text": text,
                "agrees": str(number) not in cannot,
                "because": cannot.get(str(number), ""),
            }
            for number, text in enumerate(texts, start=1)
        ]
        self.review = Review.objects.send(
            self.proposal,
            by=self.signer,
            name=self.signer.name,
            title=self.signer.title,
            agreements=agreements,
        )

    # What is said beside the moves

    def _said(self, sent: date) -> Iterator[Step]:
        for days, side, words in self.told.get("messages", []):
            by = self.carol if side == "cdss" else self.preparer
            yield self._at(self.working.later(sent, days), "13:10", self.message, by, words)
        for days, who, words in self.told.get("notes", []):
            by = self.dana if who == "dana" else self.carol
            yield self._at(self.working.later(sent, days), "13:40", self.note, by, words)

    def message(self, by: User, words: str) -> None:
        Message.objects.write(self.review, by=by, text=words)

    def note(self, by: User, words: str) -> None:
        Note.objects.write(self.review, by=by, text=words)

    # The review

    def submitted(self, sent: date) -> Iterator[Step]:
        """Nobody has taken it yet."""
        return iter(())

    def in_review(self, sent: date) -> Iterator[Step]:
        """Carol has taken it and filled the first rows of the checklist."""
        yield from self._taken(sent)
        yield self._at(self.working.later(sent, 5), "11:30", self.check, "begun")

    def _taken(self, sent: date) -> Iterator[Step]:
        yield self._at(self.working.later(sent, 2), "09:00", self.take)

    def take(self) -> None:
        self.review.take(by=self.carol)

    def check(self, how_far: str) -> None:
        """Carol keeps her findings."""
        values = findings(self.answers, self.told, how_far)
        Finding.objects.save_checklist(self.review, by=self.carol, values=values)

    def drafted(self, sent: date) -> Iterator[Step]:
        """Carol has drafted the decision; it waits for Dana."""
        yield from self._taken(sent)
        yesterday = self.working.days_before(self.working.today, 1)
        yield self._at(yesterday, "14:30", self.check, "done")
        yield self._at(yesterday, "15:20", self.recommend)

    def decided(self, sent: date) -> Iterator[Step]:
        """Dana has released the decision; perhaps after a request, perhaps with conditions."""
        yield from self._taken(sent)
        end = self.working.later(sent, self.told["took"])
        if "ask" in self.told:
            yield from self._asked(end)
            answered = self.working.later(end, self.told["answered"])
            yield from self._answered(answered)
            end = self.working.later(answered, self.told["then"])
        eve = self.working.days_before(end, 1)
        yield self._at(eve, "14:30", self.check, "done")
        yield self._at(eve, "15:20", self.recommend)
        yield self._at(end, "10:40", self.release)
        for number, (days, words) in enumerate(self.told.get("confirmed", [])):
            day = self.working.later(end, days)
            yield self._at(day, "11:10", self.confirm, number, words)
            yield self._at(self.working.later(day, 1), "09:20", self.read)

    def recommend(self) -> None:
        """Carol drafts the decision; conditions are dated from the day of the draft."""
        outcome, reasons = self.told["outcome"], self.told["reasons"]
        conditions = [
            {"text": text, "by": self.working.on_or_after(clock.today() + days * DAY)}
            for text, days in self.told.get("conditions", [])
        ]
        self.decision = Decision.objects.recommend(
            self.review,
            by=self.carol,
            outcome=outcome,
            reasons=reasons,
            conditions=conditions,
            letter=letters.decision_text(self.review, outcome, reasons, conditions),
        )

    def release(self) -> None:
        self.decision.release(by=self.dana)

    def confirm(self, number: int, words: str) -> None:
        """The county says how it met a condition."""
        self.decision.conditions.all()[number].confirm(by=self.signer, evidence=words)

    def read(self) -> None:
        self.review.mark_read(by=self.carol)

    # A request for documents

    def requested(self, sent: date) -> Iterator[Step]:
        """The county has been asked and is at work on it."""
        yield from self._taken(sent)
        asked = self.working.later(sent, self.told["took"])
        yield from self._asked(asked)
        for place in range(self.told.get("settled", 0)):
            day = self.working.later(asked, 4 + 2 * place)
            yield self._at(day, "11:00", self.settle, place)
        if reminder := self.told.get("reminder"):
            days, words = reminder
            yield self._at(self.working.later(asked, days), "14:00", self.remind, words)

    def withdrawn(self, sent: date) -> Iterator[Step]:
        """The county was asked, and takes its proposal back."""
        yield from self._taken(sent)
        asked = self.working.later(sent, self.told["took"])
        yield from self._asked(asked)
        day = self.working.later(asked, self.told["withdrawn"])
        yield self._at(day, "15:00", self.withdraw)

    def _asked(self, day: date) -> Iterator[Step]:
        yield self._at(day, "14:30", self.check, "asked")
        yield self._at(day, "15:20", self.ask)

    def _answered(self, day: date) -> Iterator[Step]:
        for place in range(len(self.told["ask"])):
            before = self.working.days_before(day, 2)
            yield self._at(before, f"{9 + place:02}:15", self.settle, place)
        yield self._at(day, "10:50", self.respond)

    def ask(self) -> None:
        """Carol requests what is missing."""
        by = self.working.on_or_after(clock.today() + self.told.get("within", WITHIN) * DAY)
        items = [
            {
                "kind": one["kind"],
                "document_kind" if one["kind"] == "document" else "field": one["name"],
                "why": one["why"],
                "by": by,
            }
            for one in self.told["ask"]
        ]
        self.request = Request.objects.ask(self.review, by=self.carol, items=items)
        for one in self.told["ask"]:
            if one.get("keep"):
                what = f"{one['kind']}:{one['name']}"
                StandardWording.objects.keep(by=self.carol, what=what, text=one["why"])

    def settle(self, place: int) -> None:
        """A colleague at the county settles one item, with a file or a changed answer."""
        asked, item = self.told["ask"][place], self.request.items.all()[place]
        if asked["kind"] == "document":
            upload = a_file(asked["name"], self.answers["tool_name"])
            title = KINDS[asked["name"]]
            item.add_document(upload, by=self.preparer, label="confidential", title=title)
        else:
            item.change_answer(asked["answer"], by=self.preparer)

    def remind(self, how: str) -> None:
        self.request.record_reminder(by=self.carol, on=clock.today(), how=how)

    def respond(self) -> None:
        """The signer sends the county's response."""
        self.request.respond(by=self.signer, name=self.signer.name, title=self.signer.title)
        self.review = self.request.review

    def withdraw(self) -> None:
        self.review.withdraw(by=self.signer, why=self.told["withdraw_why"])


TELL: Mapping[str, Callable[[Story, date], Iterator[Step]]] = {
    "submitted": Story.submitted,
    "in_review": Story.in_review,
    "drafted": Story.drafted,
    "decided": Story.decided,
    "requested": Story.requested,
    "withdrawn": Story.withdrawn,
}


class Draft:
    """A draft that its county has begun and not sent: CDSS doesn't see it.

    A complete one waits for a colleague who was asked to sign it.
    """

    def __init__(self, entry: dict[str, Any], people: Mapping[str, User], working: Working) -> None:
        self.entry, self.people, self.working = entry, people, working
        self.by = people[entry["by"]]
        self.proposal: Proposal

    def steps(self) -> Iterator[Step]:
        """Begun with its first section, worked on day by day, and then perhaps signed for."""
        saved = self.entry["saved"]
        yield self._before(max(saved.values()), time(14, 2), self.start)
        for place, (key, days) in enumerate(saved.items()):
            yield self._before(days, time(14, 11 + 6 * place), partial(self.save, key))
        if "asks" in self.entry:
            yield self._before(self.entry["asked"], time(16, 40), self.ask)

    def _before(self, days: int, hour: time, do: Callable[[], object]) -> Step:
        day = self.working.days_before(self.working.today, days)
        return Step(clock.instant(day, hour), do)

    def start(self) -> None:
        county = County.objects.get(pk=self.entry["county"])
        self.proposal = Proposal.objects.start(
            county, by=self.by, tool_name=self.entry["answers"]["tool_name"]
        )

    def save(self, key: str) -> None:
        """A section with what is known of it so far."""
        values = answers_of(key, self.entry["answers"], self.entry, self.working.today)
        self.proposal.save_section(key, values, by=self.by, seen=0)

    def ask(self) -> None:
        """Whoever prepared it asks a colleague to sign and send it."""
        Asking.objects.ask(
            self.proposal,
            by=self.by,
            signer=self.people[self.entry["asks"]],
            note=self.entry["note"],
        )


def answers_of(
    key: str, answers: Mapping[str, Any], entry: Mapping[str, Any], today: date
) -> dict[str, Any]:
    """What is saved in a section: its answers, its rows, and the dates counted from today."""
    section = next(section for section in SECTIONS if section.key == key)
    names = [answer.name for answer in section.answers]
    values = {name: answers[name] for name in names if name in answers}
    if section is FLOWS:
        values = {"data_in": entry["data_in"], "data_out": entry["data_out"]}
    if key == "users":
        values["implementation_date"] = today + entry["starts_in"] * DAY
    if key == "how":
        values["privacy_program_date"] = today - entry["program_since"] * DAY
    return values


def a_file(kind: str, tool: str) -> SimpleUploadedFile:
    """A small invented document, which says that it is one."""
    label = KINDS[kind]
    text = (
        f"Demonstration: {label}\nTool: {tool}\n\n"
        "This file is invented. In the portal's real use the county's own document stands here.\n"
    )
    return SimpleUploadedFile(f"{kind.replace('_', '-')}.txt", text.encode())
