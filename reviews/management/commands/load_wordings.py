"""Loads the wordings that come with the portal: why CDSS asks for a document or an answer."""

from typing import Any

from django.core.management.base import BaseCommand

from reviews.models import StandardWording


class Command(BaseCommand):
    """Adds those that were never here; reviewers' own, and what they ended, stay as they are."""

    help = "Adds the standard wordings of requests that this database never had."

    def handle(self, *args: Any, **options: Any) -> None:
        StandardWording.objects.load()
