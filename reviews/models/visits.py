"""Who of CDSS has a case open now, so that two people don't do the same work at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from django.db import models

from portal import clock
from portal.models import User
from reviews.composed import Given, Whole
from reviews.models.review import Review

# How long a visit counts as looking, and how often one person's visits are written at most.
LOOKING = timedelta(minutes=10)
WRITTEN_AGAIN = timedelta(minutes=1)


class VisitManager(models.Manager["Visit"]):
    def opened(self, review: Review, *, by: User, doing: str = "", kept: bool = True) -> str:
        """This person opens a page of the case; returns which colleague has it open, in words.

        "Dana opened this 3 minutes ago"; one who writes a decision or a request comes before one
        who reads. That this person came is put down once a minute at most, and when they begin or
        leave a letter; not with `kept` off, nor of people who only read cases. A closed case names
        nobody: there nobody could be in another's way.
        """
        if not review.is_open:
            return ""
        now = clock.now()
        own, others = None, []
        for visit in _lately().ask(review=review.pk, since=now - LOOKING):
            if visit.user_id == by.pk:
                own = visit
            else:
                others.append(visit)
        is_known = own and own.doing == doing and now - own.at < WRITTEN_AGAIN
        if kept and by.is_reviewer and not is_known:
            self._put_down(Visit(review=review, user=by, at=now, doing=doing))
        return others[0].in_words(now) if others else ""

    def _put_down(self, visit: Visit) -> None:
        self.bulk_create(
            [visit],
            update_conflicts=True,
            unique_fields=["review", "user"],
            update_fields=["at", "doing"],
        )


@cache
def _lately() -> Whole[Visit]:
    """Who opened a case lately; one who writes a letter comes first."""
    review, since = Given("review", models.BigIntegerField), Given("since", models.DateTimeField)
    rows = Visit.objects.filter(review=review, at__gt=since).order_by("-doing", "-at", "pk")
    return Whole(rows, {"user": User})


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

    def in_words(self, now: datetime) -> str:
        """ "Dana is drafting a decision", "Dana opened this 3 minutes ago"."""
        if self.doing:
            return f"{self.user.name} is {self.get_doing_display()}"
        minutes = int((now - self.at).total_seconds() // 60)
        if minutes < 1:
            return f"{self.user.name} opened this just now"
        return f"{self.user.name} opened this {minutes} minute{'' if minutes == 1 else 's'} ago"
