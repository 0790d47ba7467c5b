"""The record of who did what, when and from where. Written by `portal.journal.record` alone."""

import json
from datetime import UTC
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models

from portal.append_only import AppendOnlyModel, AppendOnlyQuerySet

FIRST_HASH = "0" * 64


class JournalEntries(AppendOnlyQuerySet):
    def about(self, kind: str, reference: str) -> models.QuerySet:
        """What is on record about one subject, oldest first."""
        return self.filter(subject_kind=kind, subject=reference).order_by("number")


class JournalEntry(AppendOnlyModel):
    """One act on record, chained to the one before it by its hash."""

    number = models.BigIntegerField(unique=True)
    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="journal_entries",
        help_text="Empty when the portal did it by itself.",
    )
    actor_label = models.CharField(max_length=200, help_text="The person's name at that time.")
    act = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=254)
    data = models.JSONField(default=dict)
    address = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = JournalEntries.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["subject_kind", "subject", "number"], name="journal_subject")
        ]
        verbose_name_plural = "journal entries"

    def __str__(self):
        return f"{self.number} {self.act} {self.subject}"

    def computed_hash(self) -> str:
        """The hash that this content must have, the same on every database.

        `ValueError` when the data cannot be written as JSON.
        """
        return sha256(self.canonical().encode()).hexdigest()

    def canonical(self) -> str:
        """What the hash is made of, as one text. `ValueError` as above."""
        content = self.hashed()
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    def hashed(self) -> dict[str, Any]:
        """What the hash is made of, so that anyone can work it out again."""
        return {
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": self.actor_id,
            "actor_label": self.actor_label,
            "act": self.act,
            "subject_kind": self.subject_kind,
            "subject": self.subject,
            "data": self.data,
            "address": self.address,
            "previous_hash": self.previous_hash,
        }


class JournalHead(models.Model):
    """The number and hash of the last entry: one row, whose lock gives out the next number."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=FIRST_HASH)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="journal_head_single")]

    def __str__(self):
        return f"{self.number} {self.hash}"
