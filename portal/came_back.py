"""Records that a mail came back which were made by mistake: taken back, with a reason.

What the record had taken away stands again as it stood: whether and when the county was notified,
and with it every list of what is due. Once the letter was sent again somebody has
acted on the record, and it stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from portal import journal
from portal.models import JournalEntry, Notice, User
from portal.models.notices import NoticeRecipient, State
from portal.notices import AlreadySettled, keep_notified
from portal.wording import lately

RECORDED, TAKEN_BACK = "letter came back", "letter did not come back"
SENT_AGAIN = ("send letter again", "try notice again")
# What a mail stood at, where the record doesn't say: it was once not written down.
TAKEN_ON = {"state": State.ACCEPTED, "last_error": "", "settled_by": None, "settled_at": None}


@dataclass(frozen=True)
class Record:
    """That a mail of a letter came back, as someone put on record."""

    entry: JournalEntry
    mail: NoticeRecipient
    # What was done about it since; None while it can be taken back.
    since: JournalEntry | None

    @property
    def stands(self) -> bool:
        return self.since is None and self.mail.is_returned

    @property
    def why_not(self) -> str:
        """Why it can't be taken back any more."""
        if self.since is None or self.since.act == RECORDED:
            return "This mail is not on record as returned any more. Look at the letter as it is."
        who, when = self.since.actor_label, lately(self.since.at)
        if self.since.act == TAKEN_BACK:
            return f"{who} took this back already, {when}."
        return f"{who} had the letter sent again {when}, so it stays on record that it came back."


def records(letters: Iterable[Notice]) -> list[Record]:
    """All that is on record of mails that came back, of letters about one subject (1 query)."""
    mails = {mail.key: mail for letter in letters for mail in letter.recipients.all()}
    if not mails:
        return []
    letter = next(iter(mails.values())).notice
    about = JournalEntry.objects.about(letter.subject_kind, letter.subject)
    found: list[JournalEntry] = []
    last: dict[str, JournalEntry] = {}
    since: dict[int, JournalEntry] = {}
    for entry in about.filter(act__in=(RECORDED, TAKEN_BACK, *SENT_AGAIN)):
        for mail in _mails_of(entry, mails):
            if before := last.get(mail.key):
                since.setdefault(before.number, entry)
            if entry.act == RECORDED:
                last[mail.key] = entry
                found.append(entry)
    return [Record(one, mails[one.data["key"]], since.get(one.number)) for one in found]


def _mails_of(entry: JournalEntry, mails: dict[str, NoticeRecipient]) -> list[NoticeRecipient]:
    """Those an entry tells of: one, or all of a letter."""
    if "event" in entry.data:
        return [one for one in mails.values() if one.notice.event == entry.data["event"]]
    mail = mails.get(entry.data["key"])
    return [mail] if mail else []


@transaction.atomic
def take_back(record: Record, *, why: str, by: User) -> None:
    """A person takes back that a mail came back, with a reason: it stands as it stood before.

    `AlreadySettled` once that was done, and once the letter was sent again or came back anew.
    """
    # The letter is held first, as by whoever sends it again.
    letter = Notice.objects.select_for_update().get(pk=record.mail.notice_id)
    number = record.entry.number
    now = next((one for one in records([letter]) if one.entry.number == number), record)
    if not now.stands:
        raise AlreadySettled(now.why_not)
    was = now.entry.data.get("was", TAKEN_ON)
    returned = NoticeRecipient.objects.filter(
        pk=now.mail.pk, state=State.BOUNCED, settled_at=now.mail.settled_at
    )
    if not returned.update(
        state=was["state"],
        last_error=was["last_error"],
        settled_by=was["settled_by"],
        settled_at=was["settled_at"] and datetime.fromisoformat(was["settled_at"]),
    ):
        raise AlreadySettled(now.why_not)
    mail = NoticeRecipient.objects.get(pk=now.mail.pk)
    keep_notified(mail)
    journal.record(
        TAKEN_BACK,
        by=by,
        subject=(letter.subject_kind, letter.subject),
        data={"key": mail.key, "record": number, "why": why},
    )
