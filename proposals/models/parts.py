"""What belongs to a proposal and stands in rows of its own: contacts, data flows, versions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from portal.models import User

CONTACT_PARTS = ("name", "title", "phone", "email", "address")
ROW_PARTS = ("what", "where", "how_often", "transport", "sensitive")


class Contact(models.Model):
    """Whom CDSS writes to: name, telephone, email and physical mailing address (ACL-2)."""

    class Kind(models.TextChoices):
        PROGRAM = "program", "program contact"
        TECHNICAL = "technical", "technical contact"

    proposal = models.ForeignKey("proposals.Proposal", models.PROTECT, related_name="contacts")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.TextField(blank=True)
    title = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    address = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["proposal", "kind"], name="one_contact_of_a_kind"),
        )

    def __str__(self) -> str:
        return self.name or self.get_kind_display()


class DataFlow(models.Model):
    """One input to or output from the tool (ACL-3, "all inputs and outputs")."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="flows")
    direction = models.CharField(max_length=3, choices=[("in", "Data in"), ("out", "Data out")])
    position = models.PositiveSmallIntegerField()
    what = models.TextField(blank=True)
    where = models.TextField(blank=True)
    how_often = models.CharField(max_length=20, blank=True)
    transport = models.CharField(max_length=20, blank=True)
    sensitive = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ("direction", "position")
        constraints = (
            models.UniqueConstraint(
                fields=["proposal", "direction", "position"], name="one_row_at_a_position"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.position + 1}"

    def row(self) -> dict[str, str]:
        """The row as plain data."""
        return {part: getattr(self, part) for part in ROW_PARTS}


class SectionState(models.Model):
    """How often a section was saved, by whom and when last: the version token of its page."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="states")
    section = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=0)
    saved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["proposal", "section"], name="one_state_of_a_section"),
            models.CheckConstraint(
                condition=Q(saved_by__isnull=True, saved_at__isnull=True)
                | Q(saved_by__isnull=False, saved_at__isnull=False),
                name="saved_by_with_saved_at",
            ),
        )

    def __str__(self) -> str:
        return f"{self.section} version {self.version}"
