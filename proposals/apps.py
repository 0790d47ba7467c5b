"""What a county writes, and the database's guard over what it signed."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from portal import case_data
from proposals import screening


def protect_signed_copies(using: str, **kwargs: Any) -> None:
    """Put the triggers that forbid changing a signed copy in place, after every migration."""
    from django.db import connections

    from portal import append_only
    from proposals.models import SignedCopy

    append_only.protect(connections[using], SignedCopy)


def looks_like(text: str) -> str:
    """For the hall's own forms: what a text looks like that may be case-level data."""
    return next((shape.sentence for shape in screening.case_data(text)), "")


class ProposalsConfig(AppConfig):
    name = "proposals"

    def ready(self) -> None:
        case_data.LOOKERS.append(looks_like)
        post_migrate.connect(protect_signed_copies, sender=self)
