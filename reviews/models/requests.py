"""What CDSS asks of a county before it can decide (ACL-7), item by item, until it is answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Max, Q

from portal import clock
from portal.models import Notice, User
from portal.wording import day
from proposals.models import Document, SignedCopy
from reviews import letters
from reviews.decision_text import line_left_of, which_blank
from reviews.letterhead import Frame, frame_of
from reviews.models.items import Item
from reviews.models.receipts import flags_of
from reviews.models.review import Review, needs_original
from reviews.models.rounds import Round, not_in_the_future
from reviews.moves import MoveRefused, Status
from reviews.request_letter import request_text

REMINDERS_BEFORE_CLOSING = 2


def _check_filled(review: Review, texts: Iterable[str]) -> None:
    """Nothing leaves with a line to write on, in a request as in a decision."""
    if blank := line_left_of(review, "\n\n".join(texts)):
        raise MoveRefused(f"Fill the {which_blank(blank)} in the letter before it can go.")


class RequestQuerySet(models.QuerySet["Request"]):
    def open(self) -> RequestQuerySet:
        return self.filter(ended_at__isnull=True)

    def latest_first(self) -> RequestQuerySet:
        return self.order_by("-number")


class RequestManager(models.Manager.from_queryset(RequestQuerySet)):
    @transaction.atomic
    def ask(
        self,
        review: Review,
        *,
        by: User,
        items: list[dict[str, Any]],
        words: str = "",
        seen: int | None = None,
    ) -> Request:
        """Request documents and answers; it stops the clock and is this period's answer.

        Each item has `kind` ("document" or "answer"), `document_kind` or `field`, `why` and `by`
        (a date). Raises MoveRefused for no item, a date that isn't ahead, a line to write
        on in the words, or a stale page.
        """
        if not items:
            raise MoveRefused("Add at least one document or answer to request.")
        if any(item["by"] <= clock.today() for item in items):
            raise MoveRefused("Give the county a date that is still ahead.")
        _check_filled(review, [words, *(item["why"] for item in items)])
        latest = max(item["by"] for item in items)
        review.advance(
            "request",
            by=by,
            seen=seen,
            status=Status.DOCUMENTS_REQUESTED,
            due=None,
            county_by=latest,
            news=False,
        )
        request, rows = self._made(review, by=by, items=items, words=words)
        request.save()
        Item.objects.bulk_create(rows)
        period = review.open_round()
        review.record("request", by=by, period=period, request=request.number, items=len(items))
        request.notice = letters.requested(review, request, period)
        request.save(update_fields=["notice"])
        period.answer("request", request.notice)
        return request

    def drafted(
        self, review: Review, *, by: User, items: list[dict[str, Any]], words: str
    ) -> Request:
        """The request with its letter as `ask` would send it now; nothing is kept or leaves."""
        return self._made(review, by=by, items=items, words=words)[0]

    def _made(
        self, review: Review, *, by: User, items: list[dict[str, Any]], words: str
    ) -> tuple[Request, list[Item]]:
        """The next request with its items and its letter, not saved yet."""
        last = self.filter(review=review).aggregate(last=Max("number"))["last"] or 0
        request = Request(
            review=review, number=last + 1, words=words, asked_by=by, asked_at=clock.now()
        )
        rows = [
            Item(
                request=request,
                number=number,
                kind=item["kind"],
                document_kind=item.get("document_kind", ""),
                field=item.get("field", ""),
                why=item["why"],
                by=item["by"],
            )
            for number, item in enumerate(items, start=1)
        ]
        request.letter = request_text(review, request, rows)
        request.frame = frame_of(review, clock.today(), by).as_kept()
        return request, rows


class Request(models.Model):
    """One numbered request to the county, open until it is answered, waived or closed."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="requests")
    number = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=12, blank=True)
    # Reminders sent by hand: a list of {"on": day, "by": person, "how": words}.
    reminders = models.JSONField(default=list)
    # The letter exactly as it left, what stood around it, and the mails that brought it. Empty
    # where it left before letters of requests were kept by themselves.
    letter = models.TextField(blank=True)
    frame = models.JSONField(default=dict, blank=True)
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="+")

    objects = RequestManager()

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["review", "number"], name="one_request_of_a_number"),
            models.UniqueConstraint(
                fields=["review"],
                condition=Q(ended_at__isnull=True),
                name="one_open_request_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_how="")
                | Q(ended_at__isnull=False) & ~Q(ended_how=""),
                name="ended_how_with_ended_at",
            ),
            models.CheckConstraint(
                condition=Q(notice__isnull=True) | ~Q(letter=""),
                name="a_letter_that_left_has_its_words",
            ),
        )

    def __str__(self) -> str:
        return f"Request {self.number}"

    @property
    def reminded(self) -> list[tuple[date, str, str]]:
        """The reminders on record: on which day, by whom and how."""
        return [(date.fromisoformat(one["on"]), one["by"], one["how"]) for one in self.reminders]

    def frame_for(self) -> Frame:
        """What stands around the letter: as it was when the request was made."""
        return Frame.from_kept(self.frame)

    @property
    def full_letter(self) -> str:
        """The letter with everything around it, as plain text."""
        return self.frame_for().around(self.letter)

    def hold(self) -> None:
        """Hold the review while something of the request changes. Raises MoveRefused."""
        held = Review.objects.filter(pk=self.review_id, status=Status.DOCUMENTS_REQUESTED)
        if not held.update(status=F("status")):
            raise MoveRefused(self.review.overtaken())
        self.refresh_from_db(fields=["ended_at", "reminders"])
        if self.ended_at:
            raise MoveRefused(self.review.overtaken())

    @transaction.atomic
    def respond(
        self,
        *,
        by: User,
        name: str = "",
        title: str = "",
        contacts: Mapping[str, Any] | None = None,
        seen: int | None = None,
        receipt_at: datetime | None = None,
        original: Document | None = None,
    ) -> Round:
        """Send the county's response: a new period opens, and what changed is signed anew.

        `contacts` are the contact answers the county changed with it (ACL-2). A reviewer who does
        it for a county by email gives the true time and the original. Raises MoveRefused while an
        item is open, or for a response that came before it was asked for.
        """
        needs_original(by, original)
        receipt_at = receipt_at or clock.now()
        not_in_the_future(receipt_at)
        if receipt_at < self.asked_at:
            raise MoveRefused("The response can't have come before the request.")
        review = self.review
        known = review.assignee
        stays = known if known and known.is_active and known.is_reviewer else None
        review.advance(
            "respond",
            by=by,
            seen=seen,
            status=Status.IN_REVIEW,
            county_by=None,
            news=True,
            assignee=stays,
        )
        items = list(self.items.prefetch_related("documents"))
        if any(item.state == Item.OPEN for item in items):
            raise MoveRefused("Settle every item first, then send the response.")
        changed = {item.field: item.value for item in items if item.is_changed_answer}
        changed |= contacts or {}
        self._take_documents(items)
        review.proposal.take_in(changed)
        # A response repeats what was agreed to, under the letter it was agreed under.
        last = review.proposal.copies.select_related("governing_letter").latest("number")
        copy = SignedCopy.objects.take(
            review.proposal,
            signer=by if by.is_county else None,
            name=name,
            title=title,
            agreements=last.content["agreements"],
            letter=last.governing_letter,
        )
        self._end("responded")
        period = Round.objects.open(
            review, receipt_at=receipt_at, why="respond", after_request=True
        )
        Review.objects.filter(pk=review.pk).update(flags=flags_of(copy.content))
        review.set_dates(period)
        review.correspondents.refresh_contacts(review.proposal, changed)
        review.record(
            "respond",
            by=by,
            period=period,
            request=self.number,
            copy=copy.number,
            sha256=copy.sha256,
            original=original.pk if original else None,
        )
        review.keep_words(copy.content)
        letters.response_received(review, self, period)
        letters.response_arrived(review, self, period)
        return period

    @transaction.atomic
    def waive_rest(self, *, by: User, why: str, seen: int | None = None) -> Round:
        """Do without what is left: back to review, with a new period. Raises MoveRefused."""
        if not why.strip():
            raise MoveRefused("Write why the rest isn't needed.")
        review = self.review
        review.advance("waive", by=by, seen=seen, status=Status.IN_REVIEW, county_by=None)
        self.items.filter(state=Item.OPEN).update(
            state=Item.WAIVED, excuse=why, settled_at=clock.now(), settled_by=by
        )
        self._take_documents(self.items.prefetch_related("documents"))
        self._end("waived")
        period = Round.objects.open(review, receipt_at=clock.now(), why="waive", after_request=True)
        review.set_dates(period)
        review.record("waive", by=by, period=period, request=self.number, why=why)
        letters.waived(review, self, period, why)
        return period

    @transaction.atomic
    def record_reminder(self, *, by: User, on: date, how: str) -> None:
        """Keep on record that the county was reminded by hand. Raises MoveRefused."""
        if not by.is_reviewer:
            raise MoveRefused("Only a reviewer records a reminder.")
        if on > clock.today() or on < clock.pacific_date(self.asked_at):
            raise MoveRefused("Enter the day of the reminder: since the request, up to today.")
        self.hold()
        self.reminders = [*self.reminders, {"on": on.isoformat(), "by": by.name, "how": how}]
        self.save(update_fields=["reminders"])
        self.review.record("remind", by=by, request=self.number, on=on.isoformat(), how=how)

    @transaction.atomic
    def close(self, *, by: User, seen: int | None = None) -> None:
        """Close a proposal the county never answered, after its date and two reminders.

        Raises MoveRefused before that, or when it was moved meanwhile.
        """
        review = self.review
        review.advance("close", by=by, seen=seen, status=Status.WITHDRAWN, county_by=None)
        # Asked while the review is held, so that no date is extended in between.
        self.refresh_from_db()
        if why_not := self.why_not_closable():
            raise MoveRefused(why_not)
        self._end("closed")
        review.record("close", by=by, request=self.number)
        letters.closed(review, self)

    def why_not_closable(self, items: Iterable[Item] | None = None) -> str:
        """All that is lacking before it can be closed without answer; empty when it can be.

        `items` when they are at hand already.
        """
        wanted = [item.by for item in items or self.items.all() if item.is_wanted]
        latest, lacking = max(wanted, default=clock.today()), []
        if latest >= clock.today():
            lacking.append(f"The county's date has not passed yet: it has until {day(latest)}.")
        if (so_far := len(self.reminders)) < REMINDERS_BEFORE_CLOSING:
            known = f": {so_far} is on record" if so_far else ""
            lacking.append(f"Record two reminders to the county first{known}.")
        return " ".join(lacking)

    def _take_documents(self, items: Iterable[Item]) -> None:
        """What was given joins the proposal; where a reason stands in its place, it was taken
        back, and CDSS reads it no more."""
        for item in items:
            given = item.documents.filter(removed_at__isnull=True)
            if item.because:
                given.filter(is_part=False).update(removed_at=clock.now())
            else:
                given.update(is_part=True)

    def _end(self, how: str) -> None:
        self.ended_at, self.ended_how = clock.now(), how
        self.save(update_fields=["ended_at", "ended_how"])
