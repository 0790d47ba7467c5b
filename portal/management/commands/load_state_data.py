"""Loads what the portal can't work without: counties, closed days, the governing letter."""

import csv
import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Q

from portal.models import County, GoverningLetter, OfficeClosure

DATA = Path(__file__).resolve().parents[2] / "data"


class Command(BaseCommand):
    """Adds what is missing and changes nothing that is there, so that it may run at each start.

    What an administrator renamed, moved or put out of force stays as the administrator left it.
    """

    help = "Loads the 58 counties, the days state offices are closed, and the governing letter."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, default=DATA, help="Another folder of data files.")

    @transaction.atomic
    def handle(self, *args: Any, data: Path, **options: Any) -> None:
        counties = load_counties(data / "counties.csv")
        closures = load_closures(data / "office_closures.csv")
        letters = sum(load_letter(path) for path in sorted(data.glob("letter_*.json")))
        self.stdout.write(
            f"Added {counties} counties, {closures} office closures and {letters} letters."
        )


def load_counties(path: Path) -> int:
    """Adds the counties that aren't there yet; returns how many."""
    known = set(County.objects.values_list("number", flat=True))
    new = [County(**row) for row in _rows(path) if row["number"] not in known]
    return len(County.objects.bulk_create(new))


def load_closures(path: Path) -> int:
    """Adds the closed days that were never loaded and don't stand there; returns how many."""
    added = 0
    for row in _rows(path):
        day = date.fromisoformat(row["date"])
        if not OfficeClosure.objects.filter(Q(date=day) | Q(loaded_as=day)).exists():
            OfficeClosure.objects.create(date=day, name=row["name"], loaded_as=day)
            added += 1
    return added


def load_letter(path: Path) -> bool:
    """Adds and publishes a version of the letter unless it is there; says whether it did."""
    fields = json.loads(path.read_text(encoding="utf-8"))
    if GoverningLetter.objects.filter(version=fields["version"]).exists():
        return False
    GoverningLetter(**fields).publish(by=None)
    return True


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
