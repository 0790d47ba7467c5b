"""Who of CDSS has a case open now, so that two people don't do the same work at once."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import OuterRef, Subquery

from portal import clock
from portal.models import User
from reviews.models.receipts import ReviewQuerySet
from reviews.models.review import Review

# How long a visit counts as looking, and how often one person's visits are written at most.
LOOKING = timedelta(minutes=10)
WRITTEN_AGAIN = timedelta(minutes=1)


class VisitManager(models.Manager["Visit"]):
    def beside(self, reviews: ReviewQuerySet, user: User) -> ReviewQuerySet:
        """The reviews with which colleague has each open, and when this person opened it last.

        One who writes a decision or a request comes before one who reads.
        """
        mine = self.filter(review=OuterRef("pk"), user=user)
        since = clock.now() - LOOKING
        others = self.filter(review=OuterRef("pk"), at__gt=since).exclude(user=user)
        others = others.order_by("-doing", "-at", "pk")
        return reviews.annotate(
            own_visit_at=Subquery(mine.values("at")[:1]),
            own_visit_doing=Subquery(mine.values("doing")[:1]),
            beside_name=Subquery(others.values("user__name")[:1]),
            beside_doing=Subquery(others.values("doing")[:1]),
            beside_at=Subquery(others.values("at")[:1]),
        )

    def touch(self, review: Review, *, by: User, doing: str = "") -> None:
        """Put down that this person opened a page of the case: once a minute at most, and when
        they begin or leave a letter.

        `review` comes from `beside`. The visits of people who only read cases, and those to a
        closed case, are not put down: nobody could be in another's way there.
        """
        if not (by.is_reviewer and review.is_open):
            return
        now, last = clock.now(), review.own_visit_at
        if last is None:
            visit = Visit(review=review, user=by, at=now, doing=doing)
            self.bulk_create([visit], ignore_conflicts=True)
        elif now - last >= WRITTEN_AGAIN or doing != review.own_visit_doing:
            self.filter(review=review, user=by).update(at=now, doing=doing)


def beside(review: Review) -> str:
    """Who else has the case open, for whoever opens it now: "Dana opened this 3 minutes ago".

    `review` comes from `beside` of the manager. Empty where nobody has.
    """
    if getattr(review, "beside_at", None) is None:
        return ""
    if review.beside_doing:
        return f"{review.beside_name} is {Visit.Doing(review.beside_doing).label}"
    minutes = int((clock.now() - review.beside_at).total_seconds() // 60)
    if minutes < 1:
        return f"{review.beside_name} opened this just now"
    return f"{review.beside_name} opened this {minutes} minute{'' if minutes == 1 else 's'} ago"


class Visit(models.Model):
    """When someone of CDSS last opened a page of a case, and what they were about to write."""

    class Doing(models.TextChoices):
        READING = "", "reading"
        DECISION = "decision", "drafting a decision"
        REQUEST = "request", "writing a request"

    review = models.ForeignKey(Review, models.PROTECT, related_name="visits")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    doing = models.CharField(max_length=8, blank=True, choices=Doing)

    objects = VisitManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["review", "user"], name="one_visit_of_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.get_doing_display()} {self.review}"
