"""Loads the demonstration: invented counties' people and proposals, at dates around today."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviews import demonstration


class Command(BaseCommand):
    """Loads all of it or nothing; where it is loaded already it says so and changes nothing."""

    help = "Loads the demonstration's accounts and proposals. Only where DEMO is on."

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            number = demonstration.load()
        except demonstration.DemonstrationRefused as refusal:
            if demonstration.is_loaded():
                self.stdout.write("The demonstration data is there already.")
                return
            raise CommandError(str(refusal)) from refusal
        took = time.monotonic() - began
        self.stdout.write(f"Loaded {number} demonstration proposals in {took:.0f} seconds.")
