"""What a county writes, and the database's guard over what it signed."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def protect_signed_copies(using: str, **kwargs: Any) -> None:
    """Put the triggers that forbid changing a signed copy in place, after every migration."""
    from django.db import connections

    from portal import append_only
    from proposals.models import SignedCopy

    append_only.protect(connections[using], SignedCopy)


class ProposalsConfig(AppConfig):
    name = "proposals"

    def ready(self) -> None:
        post_migrate.connect(protect_signed_copies, sender=self)
