"""The templates of the decision letters: one text for each kind of outcome, in versions."""

from __future__ import annotations

from django.db import IntegrityError, models, transaction
from django.db.models import Q

from portal import clock, journal
from portal.append_only import AppendOnlyModel, AppendOnlyQuerySet
from portal.models import User
from reviews.letter_kinds import KINDS, faults, text_at_first
from reviews.moves import MoveRefused


class Templates(AppendOnlyQuerySet):
    """All versions, of which none is changed or deleted."""

    def in_force(self, kind: str) -> LetterTemplate:
        """The newest version; where nobody wrote one yet, the text as it comes with the portal."""
        newest = self.filter(kind=kind).select_related("written_by").order_by("-version").first()
        return newest or self.at_first(kind)

    def at_first(self, kind: str) -> LetterTemplate:
        """The text as it comes with the portal: no row, and the version before all others."""
        return self.model(kind=kind, version=0, text=text_at_first(kind))

    @transaction.atomic
    def write(self, kind: str, text: str, *, by: User, seen: int) -> LetterTemplate:
        """Put a new version in force for all letters written from now on.

        `seen` is the version it was written over. Raises MoveRefused for a text that can't be a
        template, for one that changes nothing, and when someone else was first.
        """
        text = text.strip()
        for fault in faults(kind, text):
            raise MoveRefused(f"{fault}.")
        now = self.in_force(kind)
        if now.version != seen:
            raise MoveRefused(f"{now.written_by} wrote version {now.version} meanwhile.")
        if now.text == text:
            raise MoveRefused("Nothing is changed yet.")
        try:
            with transaction.atomic():
                new = self.create(
                    kind=kind,
                    version=seen + 1,
                    text=text,
                    written_by=by,
                    written_at=clock.now(),
                )
        except IntegrityError as twice:
            raise MoveRefused("Someone else wrote a version meanwhile.") from twice
        data = {"version": new.version, "before": now.text, "after": text}
        journal.record("write letter template", by=by, subject=new.subject, data=data)
        return new


class LetterTemplate(AppendOnlyModel):
    """One version of the text of a kind of decision letter, with its placeholders."""

    kind = models.CharField(max_length=14, choices=list(KINDS.items()))
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    objects = Templates.as_manager()

    class Meta:
        ordering = ("kind", "-version")
        constraints = (
            models.UniqueConstraint(fields=["kind", "version"], name="one_template_of_a_version"),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="template_is_of_a_kind"),
        )

    def __str__(self) -> str:
        return f"{KINDS[self.kind]}, {self.name}"

    @property
    def subject(self) -> tuple[str, str]:
        """What the journal calls the template, whichever version of it."""
        return "letter template", self.kind

    @property
    def name(self) -> str:
        """Which version it is, in words."""
        return f"version {self.version}" if self.version else "as it came with the portal"
