"""The governing letter: the text that counties send their proposals under, in versions."""

from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.db import models, transaction

from portal import clock
from portal.models.people import User

RESPONSIBILITIES = 6

# The sentences that the portal quotes, each by the key it is asked for.
SENTENCES = (
    "direct",
    "software",
    "connect",
    "crud",
    "ddl",
    "purpose",
    "research",
    "receipt",
    "contacts",
    "review",
    "thirty_days",
    "documents",
    "security",
)

FIXED = "A published letter is never changed: write a new version."


def check_responsibilities(value: Any) -> None:
    """Refuses anything but the letter's six responsibilities (ACL-10)."""
    if not (
        isinstance(value, list)
        and len(value) == RESPONSIBILITIES
        and all(isinstance(text, str) and text.strip() for text in value)
    ):
        raise ValidationError("Enter the six county responsibilities, each with its text.")


def check_sentences(value: Any) -> None:
    """Refuses a letter that lacks one of the sentences the portal quotes."""
    missing = [
        key
        for key in SENTENCES
        if not (isinstance(value, dict) and isinstance(value.get(key), str) and value[key].strip())
    ]
    if missing:
        raise ValidationError(f"The letter lacks the sentences: {', '.join(missing)}.")


class Letters(models.QuerySet["GoverningLetter"]):
    """All versions of the letter; a published one is not changed in bulk either."""

    def current(self) -> "GoverningLetter":
        """The published version with the highest number.

        Raises GoverningLetter.DoesNotExist where none is published (`manage.py load_state_data`).
        """
        letter = self.filter(published_at__isnull=False).order_by("-version").first()
        if letter is None:
            raise self.model.DoesNotExist("No version of the governing letter is published.")
        return letter

    def update(self, **fields: Any) -> int:
        if self.exclude(published_at=None).exists():
            raise ValidationError(FIXED)
        return super().update(**fields)

    def delete(self) -> NoReturn:
        raise ValidationError("A version of the letter is never deleted.")


class GoverningLetter(models.Model):
    """One version of the All County Letter; each proposal keeps the one it was sent under.

    Neither a final number nor a final date of the letter is known, so both may be empty and
    neither is printed as a fact. The text itself spells the mailbox in two ways, in its middle
    and at its end: `mailbox` holds the one that questions go to (ACL-17).
    """

    version = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=200)
    number = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=80)
    dated = models.CharField("date, as the letter gives it", max_length=80, blank=True)
    mailbox = models.EmailField("mailbox shown to counties")
    division = models.CharField(max_length=160)
    department = models.CharField(max_length=160)
    responsibilities = models.JSONField(
        "county responsibilities, word by word", validators=[check_responsibilities]
    )
    sentences = models.JSONField(
        "sentences that the portal quotes, word by word", validators=[check_sentences]
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    objects = Letters.as_manager()

    class Meta:
        ordering = ["-version"]
        verbose_name = "version of the All County Letter"
        verbose_name_plural = "All County Letter"

    def __str__(self) -> str:
        return f"{self.title} (version {self.version})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError when it would change a version that is published."""
        stored = GoverningLetter.objects.filter(pk=self.pk).first() if self.pk else None
        if stored is not None and stored.published_at is not None:
            for field in self._meta.concrete_fields:
                if getattr(self, field.attname) != getattr(stored, field.attname):
                    raise ValidationError(FIXED)
            return
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ValidationError("A version of the letter is never deleted.")

    @transaction.atomic
    def publish(self, *, by: User | None) -> None:
        """Puts this version, as it is now, in force for all proposals sent from now on; None is
        the system.

        Raises ValidationError when it is published already or its text is incomplete.
        """
        if self.pk:
            # Held, so that of a text that is mended meanwhile nothing is undone.
            GoverningLetter.objects.select_for_update(no_key=True).get(pk=self.pk)
            self.refresh_from_db()
        if self.published_at is not None:
            raise ValidationError(FIXED)
        self.full_clean()
        self.published_at = clock.now()
        self.published_by = by
        self.save()
