"""A decision that a reviewer has begun and not handed over yet: one to a proposal, inside CDSS."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from portal import clock
from portal.models import User
from portal.wording import moment
from reviews.models.review import Review
from reviews.moves import MOVES, MoveRefused


class Drafts(models.Manager["DecisionDraft"]):
    @transaction.atomic
    def keep(self, review: Review, *, by: User, typed: dict[str, Any], seen: int) -> DecisionDraft:
        """Keep what stands in the form, right or wrong, to go on later.

        `seen` is the number of the draft the form began with. Raises MoveRefused when a colleague
        kept another one meanwhile, or when nothing is to be decided any more.
        """
        if MOVES["recommend"] not in review.moves_for(by):
            raise MoveRefused(review.overtaken(by))
        new = {"typed": typed, "saved_by": by, "saved_at": clock.now(), "version": seen + 1}
        is_first = not seen and self.get_or_create(review=review, defaults=new)[1]
        if not is_first and not self.filter(review=review, version=seen).update(**new):
            other = self.select_related("saved_by").get(review=review)
            raise MoveRefused(
                f"{other.saved_by} saved another draft {moment(other.saved_at)}. What you typed is "
                "still here. Save once more to put it in the place of the other."
            )
        review.record("save decision draft", by=by, version=seen + 1)
        return self.get(review=review)

    def of(self, review: Review) -> DecisionDraft | None:
        """The draft to go on with; None when there is none, or what was begun is handed over."""
        draft = self.filter(review=review).select_related("saved_by").first()
        return draft if draft and draft.typed else None

    def version_of(self, review: Review) -> int:
        """The number to begin the next one from."""
        return self.filter(review=review).values_list("version", flat=True).first() or 0

    def hand_over(self, review: Review) -> None:
        """Nothing is begun any more: it became a decision that waits for an approver."""
        self.filter(review=review).exclude(typed={}).update(typed={})


class DecisionDraft(models.Model):
    """What stood in the form when it was saved, by whom and when."""

    review = models.OneToOneField(Review, models.PROTECT, related_name="decision_draft")
    typed = models.JSONField(default=dict)
    version = models.PositiveIntegerField()
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    objects = Drafts()

    def __str__(self) -> str:
        return f"Draft of a decision on {self.review}"
