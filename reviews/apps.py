"""What happens after sending: the database's guard over the letters' templates, the PDF that a mail
brings, what the worker compares aside, and the day of notice kept beside a period.
"""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from portal import chores

COMPARED_AT_ONCE = 20


def protect_templates(using: str, **kwargs: Any) -> None:
    """Put the triggers that forbid changing a version of a template in place, after migrations."""
    from django.db import connections

    from portal import append_only
    from reviews.models import LetterTemplate

    append_only.protect(connections[using], LetterTemplate)


def compare_what_was_received() -> None:
    """A part of the tools that wait to be compared with others."""
    # Imported here: the models are not there yet when this module is read.
    from reviews.models import ToolTraits

    ToolTraits.objects.compare_waiting(COMPARED_AT_ONCE)


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        from portal import notices, outbox
        from reviews.letter_papers import enclosed
        from reviews.models.rounds import keep_day

        post_migrate.connect(protect_templates, sender=self)
        if enclosed not in outbox.ENCLOSURES:
            outbox.ENCLOSURES.append(enclosed)
        if compare_what_was_received not in chores.CHORES:
            chores.CHORES.append(compare_what_was_received)
        if keep_day not in notices.NOTIFIED:
            notices.NOTIFIED.append(keep_day)
