"""The hall's start: after every `migrate` the journal gets its triggers back."""

from django.apps import AppConfig
from django.core.checks import register
from django.db import connections
from django.db.models.signals import post_migrate


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self):
        # Imported here: the models are not there yet when this module is read.
        from portal.access import every_view_has_access

        register(every_view_has_access)
        post_migrate.connect(protect_journal, sender=self)


def protect_journal(*, using: str, **kwargs) -> None:
    # Imported here: the models are not there yet when this module is read.
    from portal import append_only
    from portal.models import JournalEntry

    append_only.protect(connections[using], JournalEntry)
