"""Wordings that reviewers use again: why CDSS asks for a document or for another answer (ACL-7).

A wording is never rewritten: a change ends it and puts a new one in its place, so that two
reviewers who change one at once can't undo each other, and what a letter took over can be found.
"""

from __future__ import annotations

import csv
from pathlib import Path

from django.db import models, transaction
from django.db.models import Q

from portal import clock, journal
from portal.models import User
from portal.wording import moment
from reviews.moves import MoveRefused

OURS = Path(__file__).parent.parent / "data" / "wordings.csv"
TITLE_LIMIT = 80
TEXT_LIMIT = 2000


class StandardWordingQuerySet(models.QuerySet["StandardWording"]):
    def open(self) -> StandardWordingQuerySet:
        return self.filter(ended_at__isnull=True)

    def by_subject(self) -> dict[str, list[StandardWording]]:
        """The wordings in use by what they ask for, the longest in use first; "" goes with all."""
        found: dict[str, list[StandardWording]] = {}
        for wording in self.open().order_by("pk"):
            found.setdefault(wording.what, []).append(wording)
        return found


class StandardWordingManager(models.Manager.from_queryset(StandardWordingQuerySet)):
    def load(self) -> None:
        """Add the wordings that come with the portal and were never here; ended ones stay ended."""
        with OURS.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        known = set(self.exclude(key=None).values_list("key", flat=True))
        new = [self.model(**row, added_at=clock.now()) for row in rows if row["key"] not in known]
        self.bulk_create(new, ignore_conflicts=True)

    @transaction.atomic
    def add(
        self,
        *,
        by: User,
        what: str,
        title: str,
        text: str,
        replaces: StandardWording | None = None,
    ) -> StandardWording:
        """Put a wording into the library. Raises MoveRefused for whoever is no reviewer."""
        if not by.is_reviewer:
            raise MoveRefused("Only a reviewer keeps the wordings.")
        wording = self.create(
            what=what, title=title, text=text, added_by=by, added_at=clock.now(), replaces=replaces
        )
        data = {"what": what, "title": title, "text": text}
        if replaces:
            data["replaces"] = replaces.pk
        act = "change wording" if replaces else "add wording"
        journal.record(act, by=by, subject=wording.subject, data=data)
        return wording

    def keep(self, *, by: User, what: str, text: str) -> StandardWording | None:
        """Keep what was just written to a county; None when it is in the library already."""
        if self.open().filter(what=what, text=text).exists():
            return None
        return self.add(by=by, what=what, title=_beginning(text), text=text)


def _beginning(text: str) -> str:
    """The first words of a text, as its title."""
    line = " ".join(text.split())
    if len(line) <= TITLE_LIMIT:
        return line
    return f"{line[: TITLE_LIMIT - 1].rpartition(' ')[0] or line[: TITLE_LIMIT - 1]}…"


class StandardWording(models.Model):
    """A reason that a letter to a county may take over, for one document or answer or for any.

    `what` is "document:" and a kind of the catalogue, "answer:" and an answer, or empty for any.
    Those that came with the portal have a `key` and nobody who added them.
    """

    key = models.CharField(max_length=60, unique=True, null=True, blank=True)
    what = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=TITLE_LIMIT)
    text = models.TextField()
    added_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    objects = StandardWordingManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="a_wording_is_ended_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(key__isnull=False, added_by__isnull=True)
                | Q(key__isnull=True, added_by__isnull=False),
                name="a_wording_is_ours_or_somebodys",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> tuple[str, str]:
        """What the journal calls it."""
        return "wording", str(self.pk)

    @transaction.atomic
    def change(self, *, by: User, what: str, title: str, text: str) -> StandardWording:
        """Put another wording in its place. Raises MoveRefused when a colleague was first."""
        unchanged = (what, title, text) == (self.what, self.title, self.text)
        if unchanged and self.ended_at is None:
            return self
        self._end(by=by)
        return StandardWording.objects.add(by=by, what=what, title=title, text=text, replaces=self)

    @transaction.atomic
    def end(self, *, by: User) -> None:
        """Offer it no longer; letters that took it over stay as they are. Raises MoveRefused."""
        self._end(by=by)
        journal.record("end wording", by=by, subject=self.subject, data={"title": self.title})

    def _end(self, *, by: User) -> None:
        if not by.is_reviewer:
            raise MoveRefused("Only a reviewer keeps the wordings.")
        mine = StandardWording.objects.open().filter(pk=self.pk)
        if not mine.update(ended_at=clock.now(), ended_by=by):
            raise MoveRefused(self.overtaken())

    def overtaken(self) -> str:
        """Who changed or ended it meanwhile, for someone who came too late."""
        now = StandardWording.objects.select_related("ended_by").get(pk=self.pk)
        did = "changed" if hasattr(now, "replaced_by") else "ended"
        return (
            f"{now.ended_by} {did} this wording on {moment(now.ended_at)}, so nothing of yours was "
            "changed. Look at the list as it is now."
        )
