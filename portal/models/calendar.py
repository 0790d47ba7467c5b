"""The days on which state offices are closed, as the thirty-day rule needs them."""

from __future__ import annotations

from datetime import date

from django.db import models

NOVEMBER = 11


class Closures(models.QuerySet["OfficeClosure"]):
    """The table of closed days."""

    def closed(self) -> dict[date, str]:
        """Each closed day with its name, read anew each time so that a change holds at once."""
        return dict(self.filter(in_force=True).order_by("date").values_list("date", "name"))

    def knows(self, year: int, besides: OfficeClosure | None = None) -> bool:
        """Whether it has a closed day of that year, another one than `besides`."""
        others = self.filter(date__year=year, in_force=True)
        return others.exclude(pk=besides.pk if besides else None).exists()

    def next_year_lacks(self, today: date) -> str:
        """From November on: that the closed days of next year aren't there; else empty."""
        if today.month < NOVEMBER or self.knows(today.year + 1):
            return ""
        return (
            f"The calendar has no closed day of {today.year + 1} yet, and answers are due in that "
            "year soon. Add its state holidays."
        )


class OfficeClosure(models.Model):
    """A weekday on which state offices are closed.

    Loaded from the project's data file and kept by an administrator, who may rename a day, move
    it, declare one or take one out of force. `loaded_as` is the date in the data file, so that
    loading the file again doesn't undo any of these.
    """

    date = models.DateField(unique=True)
    name = models.CharField(max_length=120)
    in_force = models.BooleanField(
        "offices are closed",
        default=True,
        help_text="Untick instead of deleting a day.",
    )
    loaded_as = models.DateField(null=True, blank=True, unique=True, editable=False)

    objects = Closures.as_manager()

    class Meta:
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date:%B} {self.date.day}, {self.date.year}: {self.name}"
