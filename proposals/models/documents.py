"""Documents a county sends with its proposal or in answer to a request (ACL-7)."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import Error, models, transaction
from django.db.models import Q

from portal import clock, journal
from portal.models import User
from proposals import files
from proposals.models.proposal import Proposal
from proposals.models.starting import EditRefused
from proposals.sections import DOCUMENT_KINDS, DOCUMENT_LABELS

# More than any county has sent; a list of hundreds helps no reader.
DOCUMENTS_LIMIT = 100
GONE = "This document was replaced or removed meanwhile. Open the list as it is now."


class DocumentRefused(Exception):
    """The document cannot be taken or removed; the message says why and what to do."""


class AlreadyThere(DocumentRefused):
    """The very same file is in the draft; it need not be sent again."""

    def __init__(self, same: Document) -> None:
        super().__init__(f"This file is in the list already, as “{same.title}”. Choose another.")


class DocumentChanged(DocumentRefused):
    """A colleague changed the document since the page of its details was opened."""


@contextmanager
def kept_file(upload: UploadedFile) -> Iterator[dict[str, Any]]:
    """An uploaded file on the disk under a name of our own, whole and flushed.

    The file is there before any row names it, and goes again when the block fails, unless its row
    was kept all the same: a connection may break off after the database kept it. Raises
    DocumentRefused for a file the portal does not take or a full disk.
    """
    try:
        name, content_type = files.check(
            upload.name or "", upload.size or 0, upload.file, settings.UPLOAD_MAX
        )
    except files.FileRefused as refusal:
        raise DocumentRefused(str(refusal)) from refusal
    stored = f"documents/{clock.today():%Y/%m}/{uuid.uuid4().hex}"
    path = Path(settings.MEDIA_ROOT) / stored
    try:
        digest = _write(upload, path)
    except OSError as fault:
        _remove(path)
        raise DocumentRefused(
            "The file could not be stored. Nothing else was lost. Try again later, "
            "and tell CDSS if it happens twice."
        ) from fault
    try:
        yield {
            "file_name": name,
            "content_type": content_type,
            "size": upload.size,
            "sha256": digest,
            "stored": stored,
        }
    except BaseException as fault:
        if not (isinstance(fault, Error) and _may_be_named(stored)):
            _remove(path)
        raise


def _remove(path: Path) -> None:
    """The file goes if it can: what is told is why the act failed, not why its file stayed."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _may_be_named(stored: str) -> bool:
    """Whether a row names this file. Where the database can't say, the file stays: one too many
    harms nobody, one too few is a county's document that is lost."""
    try:
        return Document.objects.filter(stored=stored).exists()
    except transaction.TransactionManagementError:
        return False  # An act around this one fails with it.
    except Error:
        return True


def _write(upload: UploadedFile, path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("xb") as kept:
        for chunk in upload.chunks():
            digest.update(chunk)
            kept.write(chunk)
        kept.flush()
        os.fsync(kept.fileno())
    return digest.hexdigest()


class DocumentManager(models.Manager["Document"]):
    def add(
        self,
        proposal: Proposal,
        upload: UploadedFile,
        *,
        by: User,
        kind: str,
        label: str,
        title: str = "",
    ) -> Document:
        """Add a document to a draft. Raises EditRefused once it is sent, and DocumentRefused for a
        file that the portal does not take or that is in the draft already."""
        with kept_file(upload) as kept, transaction.atomic():
            self._hold(proposal, kept)
            if self.filter(proposal=proposal, is_part=True).count() >= DOCUMENTS_LIMIT:
                raise DocumentRefused(
                    f"The list is full: it takes {DOCUMENTS_LIMIT} documents. Remove one first, or "
                    "put several into one file."
                )
            proposal.note_saved("documents", by=by)
            return self.record(
                proposal, kept, by=by, kind=kind, label=label, title=title, is_part=True
            )

    def _hold(self, proposal: Proposal, kept: Mapping[str, Any]) -> None:
        """Hold the draft for a file that comes in: nothing is added while it is being sent, and
        two requests with the same file leave one document."""
        if not proposal.editable().update(no_documents_now=False):
            raise EditRefused(proposal.why_not_editable())
        there = self.filter(proposal=proposal, is_part=True)
        if same := there.filter(sha256=kept["sha256"]).first():
            raise AlreadyThere(same)

    def replace(self, older: Document, upload: UploadedFile, *, by: User) -> Document:
        """Put a newer file in the place of one of a draft. The older is kept, out of the
        proposal's content, and the newer names it.

        Kind, readers and a title of its own pass on. Raises EditRefused and DocumentRefused.
        """
        proposal = older.proposal
        with kept_file(upload) as kept, transaction.atomic():
            self._hold(proposal, kept)
            there = self.filter(pk=older.pk, is_part=True)
            if not there.update(removed_at=clock.now(), is_part=False):
                raise DocumentRefused(GONE)
            older.refresh_from_db()
            proposal.note_saved("documents", by=by)
            return self.record(
                proposal,
                kept,
                by=by,
                kind=older.kind,
                label=older.label,
                title="" if older.title == older.file_name else older.title,
                is_part=True,
                replaces=older,
            )

    def record(
        self,
        proposal: Proposal,
        kept: Mapping[str, Any],
        *,
        by: User,
        kind: str,
        label: str,
        title: str = "",
        is_part: bool = False,
        replaces: Document | None = None,
    ) -> Document:
        """The row of a file that is on the disk already, in the transaction of the act it came
        with: `with kept_file(upload) as kept, transaction.atomic(): …`, so that the file goes
        again when the act is refused."""
        document = self.create(
            proposal=proposal,
            kind=kind,
            label=label,
            title=title.strip() or kept["file_name"],
            uploaded_by=by,
            uploaded_at=clock.now(),
            is_part=is_part,
            replaces=replaces,
            **kept,
        )
        data = {"document": document.pk, "kind": kind, "sha256": document.sha256}
        act = "add document"
        if replaces:
            act, data["replaces"] = "replace document", replaces.pk
        journal.record(act, by=by, subject=proposal.subject, data=data)
        return document


class Document(models.Model):
    """A file with its kind, label and SHA-256, stored under a name of our own.

    `is_part` says that it belongs to the proposal's content; a file given in answer to a
    request joins when the county sends its response. A removed one is kept, out of sight; one
    that a newer file replaced stays in reach of its county, and of those it was sent to.
    """

    ORIGINAL = "original"

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="documents")
    kind = models.CharField(
        max_length=30, choices=[*DOCUMENT_KINDS, (ORIGINAL, "Original as received")]
    )
    label = models.CharField(max_length=12, choices=DOCUMENT_LABELS)
    title = models.TextField()
    file_name = models.TextField()
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=100, unique=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    is_part = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    objects = DocumentManager()

    class Meta:
        ordering = ("uploaded_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(is_part=False),
                name="a_removed_document_is_no_part",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.stored

    def row(self) -> dict[str, Any]:
        """What a signed copy says of the document."""
        return {
            "id": self.pk,
            "kind": self.kind,
            "label": self.label,
            "title": self.title,
            "sha256": self.sha256,
            "size": self.size,
        }

    @property
    def is_replaced(self) -> bool:
        """A newer file took its place."""
        return hasattr(self, "replaced_by")

    @property
    def was_sent(self) -> bool:
        """It stands in a signed copy, which CDSS has, though the draft replaced it afterwards."""
        copies = self.proposal.copies.values_list("content", flat=True)
        return any(row["id"] == self.pk for content in copies for row in content["documents"])

    @property
    def details(self) -> dict[str, str]:
        """What its county may say otherwise while the proposal is a draft."""
        return {"kind": self.kind, "label": self.label, "title": self.title}

    @property
    def details_token(self) -> str:
        """The details as a page of them carries them, to notice what a colleague changed."""
        return hashlib.sha256(repr(self.details).encode()).hexdigest()[:16]

    @transaction.atomic
    def describe(self, *, by: User, seen: str, kind: str, label: str, title: str) -> None:
        """Say otherwise of what kind it is, who may read it, and how it is called.

        `seen` is the `details_token` of the page. Raises EditRefused once the proposal is sent,
        DocumentChanged when a colleague was first, DocumentRefused when the document is gone.
        """
        if not self.proposal.editable().update(reference=self.proposal.reference):
            raise EditRefused(self.proposal.why_not_editable())
        self.refresh_from_db()
        before = self.details
        if seen != self.details_token:
            raise DocumentChanged("A colleague changed this document since you opened the page.")
        after = {"kind": kind, "label": label, "title": title.strip() or self.file_name}
        if not Document.objects.filter(pk=self.pk, is_part=True).update(**after):
            raise DocumentRefused(GONE)
        self.refresh_from_db()
        if before == after:
            return
        self.proposal.note_saved("documents", by=by)
        data = {"document": self.pk, "before": before, "after": after}
        journal.record("describe document", by=by, subject=self.proposal.subject, data=data)

    @transaction.atomic
    def remove(self, *, by: User) -> None:
        """Take a document out of a draft; the file is kept, and a second time changes nothing.

        Raises EditRefused once the proposal is sent.
        """
        if not self.proposal.editable().update(reference=self.proposal.reference):
            raise EditRefused(self.proposal.why_not_editable())
        there = Document.objects.filter(pk=self.pk, is_part=True)
        if not there.update(removed_at=clock.now(), is_part=False):
            return
        self.proposal.note_saved("documents", by=by)
        data = {"document": self.pk, "sha256": self.sha256}
        journal.record("remove document", by=by, subject=self.proposal.subject, data=data)
        self.refresh_from_db()
