"""What CDSS plans for CMIPS itself, and proposals that are an idea for its reporting (ACL-12)."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q

from portal import clock, journal
from portal.models import User
from portal.wording import moment
from reviews import search
from reviews.composed import Whole
from reviews.likeness import Traits, distinctive, matches
from reviews.models.review import Review
from reviews.models.words import Words
from reviews.moves import MoveRefused, Status

TITLE_LIMIT, TEXT_LIMIT, MOST_OPEN = 120, 2000, 200


class EnhancementQuerySet(models.QuerySet["Enhancement"]):
    def open(self) -> EnhancementQuerySet:
        return self.filter(ended_at__isnull=True)

    def ended(self) -> EnhancementQuerySet:
        return self.filter(ended_at__isnull=False)

    def current(self) -> EnhancementQuerySet:
        """What a county or a reviewer should know of: not what was dropped."""
        return self.open().exclude(state=Enhancement.State.DROPPED)


class EnhancementManager(models.Manager.from_queryset(EnhancementQuerySet)):
    @transaction.atomic
    def add(self, *, by: User, **given: Any) -> Enhancement:
        """Put a planned enhancement on the list. Raises MoveRefused for whoever is no reviewer."""
        _reviewer(by)
        if self.open().count() >= MOST_OPEN:
            raise MoveRefused(f"The list holds {MOST_OPEN}. End one that is no longer planned.")
        one = self.create(added_by=by, changed_by=by, changed_at=clock.now(), **given)
        journal.record("add enhancement", by=by, subject=one.subject, data=given)
        return one

    def matching(self, tool: Traits) -> list[tuple[Enhancement, str]]:
        """What CDSS plans that does the same as this tool, each with the words that say so."""
        found = []
        for one in _all_current().ask():
            planned, listed = distinctive(f"{one.title} {one.what}"), distinctive(one.words)
            if words := matches(tool, planned, listed):
                found.append((one, ", ".join(words)))
        return found


@cache
def _all_current() -> Whole[Enhancement]:
    return Whole(Enhancement.objects.current().order_by("pk")[:MOST_OPEN])


class Enhancement(models.Model):
    """Something that CDSS plans to build into CMIPS; kept by reviewers, read by counties."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        IN_WORK = "in_work", "In work"
        AVAILABLE = "available", "Available"
        DROPPED = "dropped", "Dropped"

    title = models.CharField(max_length=TITLE_LIMIT)
    what = models.TextField()
    expected = models.CharField(max_length=TITLE_LIMIT, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    words = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=0)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = EnhancementManager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="an_enhancement_is_ended_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "in_work", "available", "dropped"]),
                name="an_enhancement_has_a_known_state",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> tuple[str, str]:
        """What the journal calls it."""
        return "enhancement", str(self.pk)

    @transaction.atomic
    def change(self, *, by: User, seen: int, **given: Any) -> None:
        """Say it anew; the words before stay in the journal. Raises MoveRefused when stale."""
        _reviewer(by)
        before = {name: getattr(self, name) for name in given}
        if given == before and seen == self.version and self.ended_at is None:
            return
        self._hold(seen, changed_by=by, changed_at=clock.now(), **given)
        data = {"before": before, "after": given}
        journal.record("change enhancement", by=by, subject=self.subject, data=data)

    @transaction.atomic
    def end(self, *, by: User, seen: int) -> None:
        """Take it off the list; it is kept. Raises MoveRefused when a colleague was first."""
        _reviewer(by)
        self._hold(seen, ended_by=by, ended_at=clock.now())
        data = {"title": self.title}
        journal.record("end enhancement", by=by, subject=self.subject, data=data)

    def _hold(self, seen: int, **changes: Any) -> None:
        mine = Enhancement.objects.open().filter(pk=self.pk, version=seen)
        if not mine.update(version=F("version") + 1, **changes):
            raise MoveRefused(self.overtaken())
        self.refresh_from_db()

    def overtaken(self) -> str:
        """Who changed or ended it meanwhile, for someone who came too late."""
        now = Enhancement.objects.select_related("changed_by", "ended_by").get(pk=self.pk)
        if now.ended_at:
            return f"{now.ended_by} ended this enhancement on {moment(now.ended_at)}."
        return (
            f"{now.changed_by} changed this enhancement on {moment(now.changed_at)}, so nothing of "
            "yours was changed. Look at what it says now."
        )

    def in_words(self) -> dict[str, str]:
        """What it says, as people read it."""
        names = ("title", "what", "expected", "state", "words")
        return {name: getattr(self, name) for name in names} | {"state": self.get_state_display()}


def _reviewer(by: User) -> None:
    if not by.is_reviewer:
        raise MoveRefused("Only a reviewer keeps what CDSS plans.")


class IdeaQuerySet(models.QuerySet["Idea"]):
    def marked(self) -> IdeaQuerySet:
        """Those whose mark was not taken away."""
        return self.filter(ended_at__isnull=True)

    def visible_to(self, user: User) -> IdeaQuerySet:
        """CDSS and auditors see those of proposals that are with CDSS or were; a county none."""
        if not (user.is_authenticated and user.reads_cases):
            return self.none()
        return self.exclude(review__status=Status.DRAFT)

    def with_words(self, text: str) -> IdeaQuerySet:
        """Those that have each of these words, in the proposal or in the sentence why."""
        words = search.typed(text)
        if text.strip() and not words:
            # Signs and pictures alone, which are no words.
            return self.none()
        found = self
        for word in words:
            theirs = Words.objects.filter(review=OuterRef("review"))
            said = Exists(theirs.filter(Words.objects.holding([[word]], [])))
            found = found.filter(said | Q(why__icontains=search.root(word)))
        return found


class IdeaManager(models.Manager.from_queryset(IdeaQuerySet)):
    @transaction.atomic
    def mark(self, review: Review, *, by: User, why: str = "") -> Idea:
        """Mark a proposal as an idea for CMIPS reporting; marked again, the sentence is new, and
        the one before stays on record. Raises MoveRefused."""
        if not by.is_reviewer:
            raise MoveRefused("Only a reviewer marks an idea for CMIPS reporting.")
        # Also the lock: of two who mark it at once the second waits.
        Review.objects.filter(pk=review.pk).update(is_idea=True)
        values = {"why": why.strip(), "by": by, "at": clock.now()}
        idea, _ = self.update_or_create(review=review, ended_at=None, defaults=values)
        review.record("mark idea", by=by, idea=idea.pk, why=idea.why)
        return idea

    @transaction.atomic
    def unmark(self, review: Review, *, by: User) -> None:
        """Take the mark away; that it was there is kept. Raises MoveRefused."""
        if not by.is_reviewer:
            raise MoveRefused("Only a reviewer takes the mark of an idea away.")
        Review.objects.filter(pk=review.pk).update(is_idea=False)
        marked = self.filter(review=review, ended_at=None)
        if marked.update(ended_at=clock.now(), ended_by=by):
            review.record("unmark idea", by=by)


class Idea(models.Model):
    """That a proposal is an idea for CMIPS reporting, and why: CDSS's own, no county reads it."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="ideas")
    why = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = IdeaManager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (
            models.Index(
                fields=["-at", "-id"], condition=Q(ended_at__isnull=True), name="ideas_newest"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["review"], condition=Q(ended_at__isnull=True), name="one_idea_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="an_idea_is_ended_by_someone",
            ),
        )

    def __str__(self) -> str:
        return f"Idea of {self.review}"
