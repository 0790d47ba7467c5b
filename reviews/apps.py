"""What CDSS does with what was sent, and the database's guard over the letters' templates."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def protect_templates(using: str, **kwargs: Any) -> None:
    """Put the triggers that forbid changing a version of a template in place, after migrations."""
    from django.db import connections

    from portal import append_only
    from reviews.models import LetterTemplate

    append_only.protect(connections[using], LetterTemplate)


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        from portal import outbox
        from reviews.letter_papers import enclosed

        outbox.ENCLOSURES.append(enclosed)
        post_migrate.connect(protect_templates, sender=self)
