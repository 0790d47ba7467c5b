"""Who gets the letters, what is said to the other side, and what stays inside CDSS (ACL-8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q

from portal import clock
from portal.models import User
from portal.notices import To
from proposals.models import Document, Proposal
from reviews import letters
from reviews.checklist import CHOICES, RULES
from reviews.models.review import Review
from reviews.moves import OPEN, MoveRefused


class CorrespondentManager(models.Manager["Correspondent"]):
    def current(self) -> models.QuerySet[Correspondent]:
        return self.filter(ended_at__isnull=True)

    def copy_from(
        self, proposal: Proposal, review: Review, *, sender: User | None, is_first: bool = False
    ) -> list[Correspondent]:
        """Take the people of a proposal as it is sent: contacts, sender, who prepared it.

        `is_first`, where nobody can be named yet. Sent again, who was named since stays for a
        contact that it has as before.
        """
        people = people_of(proposal, sender=sender)
        if is_first:
            return self._add(review, people)
        stay, now = _contacts_as_before(proposal), self.current().filter(review=review)
        now.exclude(part__in=stay).update(ended_at=clock.now())
        self._add(review, [one for one in people if one[0] not in stay])
        return list(now)

    def refresh_contacts(self, proposal: Proposal, changed: Iterable[str]) -> None:
        """Follow a contact whom the county named in its response; another stays as named since."""
        named = {name.partition("_")[0] for name in changed if name.endswith(("_name", "_email"))}
        if "same_person" in changed or (proposal.same_person and "program" in named):
            named.add("technical")
        parts = [f"{kind} contact" for kind in named & {"program", "technical"}]
        review, now = proposal.review, clock.now()
        self.filter(review=review, part__in=parts, ended_at__isnull=True).update(ended_at=now)
        self._add(review, [one for one in _contacts(proposal) if one[0] in parts])

    def _add(self, review: Review, people: list[tuple[str, str, str]]) -> list[Correspondent]:
        return self.bulk_create(
            Correspondent(
                review=review, part=part, name=name, email=email.strip(), since=clock.now()
            )
            for part, name, email in people
            if email.strip()
        )

    @transaction.atomic
    def replace(
        self,
        review: Review,
        part: str,
        *,
        name: str,
        email: str,
        by: User,
        seen: Correspondent | None = None,
    ) -> Correspondent:
        """Name someone else for a part from now on; both sides may (a recorded act).

        `seen` is who the page showed in it. Raises MoveRefused for anyone else, and where somebody
        was named meanwhile.
        """
        if not (by.is_reviewer or by.belongs_to(review.proposal.county)):
            raise MoveRefused("Only the county or CDSS changes who gets letters.")
        # Held, so that of two who name someone for the same part the second follows the first.
        review.hold()
        old = self.filter(review=review, part=part, ended_at__isnull=True)
        if seen and (now := old.exclude(pk=seen.pk).first()):
            if (now.name, now.email) == (name, email):
                return now  # The same was saved before: the button was pressed twice.
            raise MoveRefused(
                f"The {part} was changed since you opened the page: it is {now.name}, {now.email}. "
                "Nothing of yours was saved. Save again to put yours in its place."
            )
        before = list(old.values_list("email", flat=True))
        old.update(ended_at=clock.now())
        person = self.create(
            review=review, part=part, name=name.strip(), email=email.strip(), since=clock.now()
        )
        review.record(
            "change correspondents",
            by=by,
            part=part,
            before=before,
            after=person.email,
            from_county=by.is_county,
        )
        return person


def people_of(proposal: Proposal, *, sender: User | None) -> list[tuple[str, str, str]]:
    """Who gets the letters of a proposal sent now, as part, name and email: its contacts, the
    sender, and who prepared it."""
    people = _contacts(proposal)
    if sender:
        people.append(("sender", sender.name, sender.email))
    if proposal.created_by.is_county:
        people.append(("preparer", proposal.created_by.name, proposal.created_by.email))
    return people


def _contacts_as_before(proposal: Proposal) -> set[str]:
    """The parts of the contacts that the newest signed copy has like the one before it."""
    copies = proposal.copies.order_by("-number")[:2]
    now, before = (copy.content["answers"] for copy in copies)
    technical = "program" if now.get("same_person") else "technical"
    asked = {
        Correspondent.Part.PROGRAM: ("program_name", "program_email"),
        Correspondent.Part.TECHNICAL: ("same_person", f"{technical}_name", f"{technical}_email"),
    }
    return {
        part.value
        for part, names in asked.items()
        if all(now.get(name) == before.get(name) for name in names)
    }


def _contacts(proposal: Proposal) -> list[tuple[str, str, str]]:
    contacts = {contact.kind: contact for contact in proposal.contacts.all()}
    people = []
    for kind, part in (("program", "program contact"), ("technical", "technical contact")):
        source = "program" if kind == "technical" and proposal.same_person else kind
        if source in contacts:
            people.append((part, contacts[source].name, contacts[source].email))
    return people


class Correspondent(models.Model):
    """Someone who gets the letters of a proposal, in which part, since when and until when."""

    class Part(models.TextChoices):
        PROGRAM = "program contact", "program contact"
        TECHNICAL = "technical contact", "technical contact"
        SENDER = "sender", "person who sent it"
        PREPARER = "preparer", "person who prepared it"

    review = models.ForeignKey(Review, models.PROTECT, related_name="correspondents")
    part = models.CharField(max_length=20, choices=Part)
    name = models.TextField()
    email = models.TextField()
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = CorrespondentManager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["review", "part"],
                condition=Q(ended_at__isnull=True),
                name="one_correspondent_in_a_part",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.part})"

    def address(self) -> To:
        """How letters are addressed to this person."""
        whys = {self.Part.SENDER: "you sent this proposal", self.Part.PREPARER: "you prepared it"}
        why = whys.get(self.part, f"you are the {self.part} of this proposal")
        return To(self.email, self.name, self.part, why)


class MessageManager(models.Manager["Message"]):
    @transaction.atomic
    def write(
        self, review: Review, *, by: User, text: str, document: Document | None = None
    ) -> Message:
        """Write to the other side; a letter goes out, the clock is not touched (ACL-8).

        Raises MoveRefused.
        """
        if not text.strip():
            raise MoveRefused("Write the message first.")
        if not (by.is_reviewer or by.belongs_to(review.proposal.county)):
            raise MoveRefused("Only the county and its reviewer write messages here.")
        message = self.create(
            review=review,
            author=by,
            from_county=by.is_county,
            text=text,
            document=document,
            at=clock.now(),
        )
        Review.objects.filter(pk=review.pk).update(news=by.is_county)
        review.record("message", by=by, message=message.pk, from_county=by.is_county)
        letters.message(review, message)
        return message


class Message(models.Model):
    """What county and CDSS say to each other about a proposal; never touches the clock."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="messages")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    from_county = models.BooleanField()
    text = models.TextField()
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = MessageManager()

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"Message of {self.author}"


class NoteManager(models.Manager["Note"]):
    @transaction.atomic
    def write(self, review: Review, *, by: User, text: str) -> Note:
        """Write an internal note; only CDSS ever reads it. Raises MoveRefused."""
        if not by.is_reviewer:
            raise MoveRefused("Only CDSS writes notes.")
        if not text.strip():
            raise MoveRefused("Write the note first.")
        note = self.create(review=review, author=by, text=text, at=clock.now())
        review.record("note", by=by, note=note.pk)
        return note


class Note(models.Model):
    """An internal note of CDSS: no page, letter or export of a county ever reads this table."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="notes")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    objects = NoteManager()

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"Note of {self.author}"


class StaleChecklist(MoveRefused):
    """A colleague saved other findings since the page was opened; carries them by rule."""

    def __init__(self, findings: dict[str, Finding]) -> None:
        self.findings = findings
        who = ", ".join(sorted({finding.by.name for finding in findings.values()}))
        super().__init__(
            f"{who} saved the checklist after you opened it. Nothing was saved, and what you chose "
            "is still here. Compare the rows that are marked, then save again."
        )


class FindingManager(models.Manager["Finding"]):
    @transaction.atomic
    def save_checklist(
        self,
        review: Review,
        *,
        by: User,
        values: dict[str, dict[str, Any]],
        seen: datetime | None = None,
    ) -> int:
        """Keep the findings that differ from what is on record; returns how many did.

        `seen` is when the newest finding that the page showed was made. Raises MoveRefused once
        the proposal is closed, StaleChecklist where a newer finding would be overwritten.
        """
        if not by.is_reviewer:
            raise MoveRefused("Only a reviewer fills the checklist.")
        held = Review.objects.filter(pk=review.pk, status__in=OPEN)
        if not held.update(status=F("status")):
            raise MoveRefused("This proposal is closed, so its checklist stays as it is.")
        known = {
            finding.rule: finding for finding in self.filter(review=review).select_related("by")
        }
        newer = {
            rule: finding
            for rule, finding in known.items()
            if seen and finding.at > seen and values.get(rule, finding.said) != finding.said
        }
        if newer:
            raise StaleChecklist(newer)
        changed = {}
        for rule in RULES:
            new = values.get(rule.key)
            old = known.get(rule.key)
            before = old.said if old else {"choice": "", "note": ""}
            if new is None or new == before:
                continue
            self.update_or_create(
                review=review, rule=rule.key, defaults={**new, "by": by, "at": clock.now()}
            )
            changed[rule.key] = new["choice"]
        if changed:
            review.record("save checklist", by=by, findings=changed)
        return len(changed)


class Finding(models.Model):
    """A reviewer's finding on one rule of the letter, with a note (ACL-5)."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="findings")
    rule = models.CharField(max_length=20, choices=[(rule.key, rule.label) for rule in RULES])
    choice = models.CharField(max_length=14, blank=True, choices=CHOICES)
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = FindingManager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["review", "rule"], name="one_finding_of_a_rule"),
        )

    def __str__(self) -> str:
        return f"{self.get_rule_display()}: {self.get_choice_display()}"

    @property
    def said(self) -> dict[str, str]:
        """What it says, as a form sends it."""
        return {"choice": self.choice, "note": self.note}
