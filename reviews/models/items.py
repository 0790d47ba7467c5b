"""The items of a request: a document to send, or an answer to change, settled one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Max, Q

from portal import clock
from portal.models import User
from proposals import content as contents
from proposals.models import Document, kept_file
from proposals.sections import ANSWERS, DIRECTIONS, DOCUMENT_KINDS
from reviews import letters
from reviews.moves import MoveRefused

ROW_FIELDS = {f"data_{direction}": title for direction, title in DIRECTIONS.items()}


def field_label(field: str) -> str:
    """The question an item is pinned to, as the county reads it."""
    return ROW_FIELDS.get(field) or contents.called(ANSWERS[field])


class Item(models.Model):
    """One thing asked for: a document, or an answer to change or complete.

    The county settles it with documents, a changed answer, or "we don't have this, because …";
    what it gives stays here until it sends its response.
    """

    DOCUMENT, ANSWER = "document", "answer"
    OPEN, SETTLED, WAIVED, CANCELLED = "open", "settled", "waived", "cancelled"

    request = models.ForeignKey("reviews.Request", models.PROTECT, related_name="items")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(
        max_length=8, choices=[(DOCUMENT, "A document"), (ANSWER, "An answer to change")]
    )
    document_kind = models.CharField(max_length=30, blank=True, choices=DOCUMENT_KINDS)
    field = models.CharField(max_length=40, blank=True)
    why = models.TextField()
    by = models.DateField()
    state = models.CharField(
        max_length=10,
        default=OPEN,
        choices=[
            (OPEN, "To do"),
            (SETTLED, "Settled"),
            (WAIVED, "Not needed any more"),
            (CANCELLED, "Asked in error"),
        ],
    )
    documents = models.ManyToManyField(Document, related_name="items")
    value = models.JSONField(null=True)
    because = models.TextField(blank=True)
    excuse = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    sent_back_at = models.DateTimeField(null=True)
    sent_back_why = models.TextField(blank=True)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["request", "number"], name="one_item_of_a_number"),
            models.CheckConstraint(
                condition=Q(kind="document", field="") & ~Q(document_kind="")
                | Q(kind="answer", document_kind="") & ~Q(field=""),
                name="an_item_asks_for_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "settled", "waived", "cancelled"]),
                name="item_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at__isnull=True)
                | ~Q(state="open") & Q(settled_at__isnull=False),
                name="settled_at_unless_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def title(self) -> str:
        """What is asked for, in a few words."""
        if self.kind == self.DOCUMENT:
            return self.get_document_kind_display()
        return f"Change an answer: {field_label(self.field)}"

    @property
    def is_wanted(self) -> bool:
        """Whether CDSS still waits for it, or has it: neither waived nor cancelled."""
        return self.state in (self.OPEN, self.SETTLED)

    @property
    def is_changed_answer(self) -> bool:
        return self.kind == self.ANSWER and self.state == self.SETTLED and not self.because

    @property
    def settled_token(self) -> str:
        """When it was settled last, as a page of it carries it to notice a colleague's answer."""
        return self.settled_at.isoformat() if self.settled_at else ""

    def _hold(self, by: User, seen: str | None = None) -> None:
        """Hold the request; refuses a stranger and a page older than a colleague's answer."""
        if by.is_county and not by.belongs_to(self.request.review.proposal.county):
            raise MoveRefused("This item isn't yours to settle.")
        self.request.hold()
        now = Item.objects.select_related("settled_by").get(pk=self.pk)
        if seen is not None and seen != now.settled_token:
            who = now.settled_by.name if now.settled_by else "CDSS"
            raise MoveRefused(
                f"{who} changed this item since you opened the page, so yours was not saved. "
                "Look at it below, then save yours again if it should replace it."
            )

    def _settle(self, act: str, *, by: User, seen: str | None = None, **given: Any) -> None:
        self._hold(by, seen)
        settled = Item.objects.filter(pk=self.pk, state__in=[self.OPEN, self.SETTLED]).update(
            state=self.SETTLED, settled_at=clock.now(), settled_by=by, **given
        )
        if not settled:
            raise MoveRefused("CDSS doesn't need this item any more.")
        self._record(act, by=by)
        self.refresh_from_db()

    def _record(self, act: str, *, by: User, **data: Any) -> None:
        """Write into the journal what was given for the item: by the county, or for it by CDSS."""
        data |= {"request": self.request.number, "item": self.number, "from_county": by.is_county}
        self.request.review.record(act, by=by, **data)

    def add_document(
        self, upload: UploadedFile, *, by: User, label: str, title: str = ""
    ) -> Document:
        """Settle the item with a file, kept aside until the response is sent."""
        with kept_file(upload) as kept:
            return self.add_kept(kept, by=by, label=label, title=title)

    @transaction.atomic
    def add_kept(
        self, kept: Mapping[str, Any], *, by: User, label: str, title: str = ""
    ) -> Document:
        """Settle the item with a file that is on the disk already."""
        self._settle("give document", by=by, because="")
        document = Document.objects.record(
            self.request.review.proposal,
            kept,
            by=by,
            kind=self.document_kind,
            label=label,
            title=title,
        )
        self.documents.add(document)
        return document

    @transaction.atomic
    def give(self, document: Document, *, by: User) -> None:
        """Settle the item with a file the portal has already, such as the county's own email."""
        self._settle("give document", by=by, because="")
        self.documents.add(document)

    @transaction.atomic
    def take_back(self, document: Document, *, by: User) -> None:
        """Take a document out of the answer before it is sent; the file is kept, out of sight.

        Without any document left the item is to do again. Raises MoveRefused.
        """
        self._hold(by)
        mine = self.documents.filter(pk=document.pk, is_part=False, removed_at__isnull=True)
        if not mine.update(removed_at=clock.now()):
            raise MoveRefused("This document was taken back already.")
        if not self.documents.filter(removed_at__isnull=True).exists() and not self.because:
            Item.objects.filter(pk=self.pk, state=self.SETTLED).update(
                state=self.OPEN, settled_at=None, settled_by=None
            )
        self._record("take back document", by=by, document=document.pk)
        self.refresh_from_db()

    @property
    def given_documents(self) -> list[Document]:
        """The documents of the answer, without those taken back."""
        return [document for document in self.documents.all() if document.removed_at is None]

    @transaction.atomic
    def change_answer(self, value: Any, *, by: User, seen: str | None = None) -> None:
        """Settle the item with a changed answer, written into the proposal by *respond*."""
        self._settle("change answer", by=by, seen=seen, value=value, because="")

    @transaction.atomic
    def decline(self, because: str, *, by: User, seen: str | None = None) -> None:
        """Settle the item with "we don't have this, because …". Raises MoveRefused."""
        if not because.strip():
            raise MoveRefused("Write why you don't have it.")
        self._settle("decline item", by=by, seen=seen, because=because, value=None)

    @transaction.atomic
    def excuse_it(self, how: str, why: str, *, by: User) -> None:
        """A reviewer does without the item (waived) or asked in error (cancelled).

        Raises MoveRefused.
        """
        if not by.is_reviewer or how not in (self.WAIVED, self.CANCELLED):
            raise MoveRefused("Only a reviewer waives or cancels an item.")
        self.request.hold()
        if not Item.objects.filter(pk=self.pk, state=self.OPEN).update(
            state=how, excuse=why, settled_at=clock.now(), settled_by=by
        ):
            raise MoveRefused("The item is settled already. Look at the request as it is now.")
        self._move_county_by()
        act = "waive item" if how == self.WAIVED else "cancel item"
        self.request.review.record(
            act, by=by, request=self.request.number, item=self.number, why=why
        )
        self.refresh_from_db()

    def _move_county_by(self) -> None:
        """The county has until the last date of what is still wanted; if nothing is, as before."""
        wanted = self.request.items.filter(state__in=[self.OPEN, self.SETTLED])
        if latest := wanted.aggregate(latest=Max("by"))["latest"]:
            self.request.review.ask_county_by(latest)

    @transaction.atomic
    def extend(self, to: date, *, by: User) -> None:
        """A reviewer gives the county more time for the item. Raises MoveRefused."""
        if not by.is_reviewer:
            raise MoveRefused("Only a reviewer extends a date.")
        if to <= clock.today() or to <= self.by:
            raise MoveRefused("Choose a date that is later than the one the county has.")
        self.request.hold()
        before = self.by
        wanted = Item.objects.filter(pk=self.pk, by=before, state__in=[self.OPEN, self.SETTLED])
        if not wanted.update(by=to):
            raise MoveRefused("A colleague was first with this item. Look at it as it is now.")
        self._move_county_by()
        review = self.request.review
        review.record(
            "extend item",
            by=by,
            request=self.request.number,
            item=self.number,
            before=before.isoformat(),
            after=to.isoformat(),
        )
        self.refresh_from_db()
        letters.extended(review, self)

    @transaction.atomic
    def send_back(self, why: str, *, by: User, seen: str | None = None) -> None:
        """A reviewer returns what the county gave, once, with a reason.

        `seen` is the `settled_token` of the page. Raises MoveRefused, also when the county gave
        something else meanwhile, which nobody has read yet.
        """
        if not by.is_reviewer or not why.strip():
            raise MoveRefused("Write what is missing, so that the county can mend it.")
        self.request.hold()
        if seen is not None and seen != Item.objects.get(pk=self.pk).settled_token:
            raise MoveRefused(
                "The county changed this item since you opened the page. Look at it as it is now, "
                "then send it back if it still should be."
            )
        if not Item.objects.filter(
            pk=self.pk, state=self.SETTLED, sent_back_at__isnull=True
        ).update(
            state=self.OPEN,
            settled_at=None,
            settled_by=None,
            sent_back_at=clock.now(),
            sent_back_why=why,
        ):
            raise MoveRefused("An item can be sent back once, after the county settled it.")
        review = self.request.review
        review.record(
            "send back item", by=by, request=self.request.number, item=self.number, why=why
        )
        self.refresh_from_db()
        letters.item_sent_back(review, self)
