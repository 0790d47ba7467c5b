from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reviews.models import Review, ToolTraits
from reviews.moves import Status


class Command(BaseCommand):
    help = "Compares the tools of received proposals with one another: those that wait, or all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="compare every one anew")

    def handle(self, *, all: bool, **options: Any) -> None:
        if all:
            received = Review.objects.exclude(status=Status.DRAFT)
            for review in received.order_by("pk").only("pk").iterator(chunk_size=500):
                ToolTraits.objects.await_comparison(review)
        count = ToolTraits.objects.compare_waiting()
        self.stdout.write(f"{count} compared.")
