from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import journal


class Command(BaseCommand):
    help = (
        "Reads the whole journal and says whether any entry was altered, removed, moved or added."
        " Note the line it prints, outside the portal; --noted checks against it later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--noted",
            nargs=2,
            metavar=("NUMBER", "HASH"),
            help="the last entry's number and hash, as printed by an earlier run",
        )

    def handle(self, *, noted: list[str] | None, **options: Any) -> None:
        if noted and not noted[0].isdecimal():
            raise CommandError("Give the number and the hash as an earlier run printed them.")
        found = 0
        for fault in journal.faults((int(noted[0]), noted[1]) if noted else None):
            self.stderr.write(fault)
            found += 1
        if found:
            raise SystemExit(1)
        number, last = journal.head()
        self.stdout.write(f"The journal is whole: {number} entries, the last hash is {last}.")
