"""Makes the database and the static files ready for this version: what a start needs."""

import hashlib
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.models import User


class Command(BaseCommand):
    """Does what is missing and nothing else, in one process, so that a second start is quick."""

    help = (
        "Migrates, loads the state's data, collects the static files; "
        "in a demonstration's first run loads its data."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("createcachetable")
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Setting up the database ...")
            call_command("migrate", verbosity=0, interactive=False)
        # Nobody signed up yet: a demonstration that was never started. It begins in the past, and
        # so do the letter and the calendar then.
        if settings.DEMO and not User.objects.exists():
            self.stdout.write("Loading the demonstration data ...")
            call_command("load_demo")
        call_command("load_state_data", stdout=StringIO())
        call_command("load_wordings")
        self.collect_static_files()

    def collect_static_files(self) -> None:
        """Copies and compresses them, unless none changed since the last time."""
        stamp = Path(settings.STATIC_ROOT) / "collected"
        state = static_files_digest()
        if not stamp.exists() or stamp.read_text() != state:
            self.stdout.write("Collecting the static files ...")
            call_command("collectstatic", verbosity=0, interactive=False, clear=True)
            stamp.write_text(state)


def static_files_digest() -> str:
    """Changes when a static file, ours or a package's, comes, goes or changes."""
    digest = hashlib.sha256(settings.VERSION.encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            seen = Path(storage.path(path)).stat()
            digest.update(f"{path}\n{seen.st_size}\n{seen.st_mtime_ns}\n".encode())
    return digest.hexdigest()
