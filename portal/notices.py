"""What the portal tells people: a notice is a row of the act's own transaction, mailed after it.

`tell` is the only way mail leaves. The worker (`portal/outbox.py`, `manage.py run_worker`) sends
what waits; whether it arrived is read from the recipients' rows.
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import Count, Max, Min, Q

from portal import clock, journal
from portal.models.notices import (
    BY_POST,
    LOST,
    Notice,
    NoticeRecipient,
    Recipients,
    State,
    WorkerBeat,
)
from portal.models.people import User
from portal.once import add_once

NOON = time(12)
# Whoever of them is reached, the county is notified.
COUNTS = ("program contact", "sender")
# What the wings keep beside it when a letter has notified its county, or did so no more.
NOTIFIED: list[Callable[[Notice], None]] = []


@dataclass(frozen=True)
class To:
    """One recipient of a notice.

    `part` is what they are to the proposal ("program contact", "sender"); `why` completes the
    sentence "You get this because …" and has no full stop.
    """

    email: str
    name: str
    part: str
    why: str


class PostRefused(Exception):
    """The letter can't be recorded as mailed; the message says why."""


class AlreadySettled(Exception):
    """The mail is not doubtful or lost any more; the message says why, or who settled it."""


def tell(
    event: str,
    *,
    subject: tuple[str, str],
    to: Iterable[To],
    heading: str,
    text: str,
    html: str,
    secret: bool = False,
) -> Notice:
    """Puts one letter into the outbox, once per event, in the transaction of the act itself.

    `event` is the key of what happened ("receipt:CIP-2027-0042:1"): told again, the first notice
    is returned and nothing is sent. Each address gets one mail, however many parts it plays. An
    address that is none is kept as failed, so that a person sees it. `secret` is for letters
    that carry a way in (a new password): their text is shown nowhere and forgotten once sent.
    `TransactionManagementError` outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "A notice is written in the transaction of the act itself."
        )
    kind, reference = subject
    now = clock.now()
    notice = Notice(
        event=event,
        subject_kind=kind,
        subject=_cut(reference, 254),
        heading=_one_line(heading, 400),
        text=text,
        html=html,
        digest=sha256(text.encode()).hexdigest(),
        secret=secret,
        created_at=now,
    )
    if not add_once(notice):
        return Notice.objects.get(event=event)
    NoticeRecipient.objects.bulk_create(_recipient(notice, person) for person in distinct(to))
    return notice


def distinct(to: Iterable[To]) -> list[To]:
    """One per address; who stands there twice keeps both parts and both reasons."""
    found: dict[str, To] = {}
    for person in to:
        email = _one_line(person.email.lower(), 254)
        first = found.get(email)
        if first is None:
            found[email] = To(email, person.name, person.part, person.why)
            continue
        parts = dict.fromkeys([*first.part.split(", "), person.part])
        why = first.why if person.why in first.why else f"{first.why} and {person.why}"
        found[email] = To(email, first.name, ", ".join(parts), why)
    return list(found.values())


def _recipient(notice: Notice, person: To) -> NoticeRecipient:
    recipient = NoticeRecipient(
        notice=notice,
        key=f"{notice.event}:{person.email}",
        email=person.email,
        name=_one_line(person.name, 200),
        part=_one_line(person.part, 200),
        why=_one_line(person.why, 400),
        next_try_at=notice.created_at,
    )
    try:
        validate_email(person.email)
    except ValidationError:
        recipient.state = State.FAILED
        recipient.last_error = "This is not an email address."
    return recipient


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _one_line(text: str, length: int) -> str:
    """Typed text for a mail header: one line, so that no line of it becomes a header itself."""
    plain = text
    if not text.isprintable():
        plain = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    return _cut(" ".join(plain.split()), length)


def notified_at(notice: Notice, parts: Iterable[str] = COUNTS) -> datetime | None:
    """When the mail server first took on this letter for one of these parts.

    None while none was accepted, and again when all that were accepted came back.
    """
    wanted = set(parts)
    times = [
        recipient.accepted_at
        for recipient in notice.recipients.all()
        if recipient.accepted_at
        and recipient.state != State.BOUNCED
        and wanted.intersection(recipient.parts)
    ]
    return min(times, default=None)


def keep_notified(recipient: NoticeRecipient) -> None:
    """Writes beside the letter whether and when the county was notified by it.

    Called in the transaction of whatever changes the outcome of one of its mails. The letter is
    held meanwhile, so that of two mails taken on at once neither is overlooked.
    """
    if set(COUNTS).intersection(recipient.parts):
        notice = Notice.objects.select_for_update().get(pk=recipient.notice_id)
        notice.notified_at = notified_at(notice)
        notice.save(update_fields=["notified_at"])
        for keep in NOTIFIED:
            keep(notice)


def settle(recipient: NoticeRecipient, *, by, arrived: bool) -> None:
    """A person says whether a doubtful mail arrived: kept as accepted, or sent once more.

    `AlreadySettled` when it is not doubtful any more.
    """
    now = clock.now()
    if arrived:
        ended = recipient.attempts.aggregate(last=Max("ended_at"))["last"]
        change = {"state": State.ACCEPTED, "accepted_at": ended or now}
    else:
        change = {"state": State.WAITING, "next_try_at": now}
    with transaction.atomic():
        changed = NoticeRecipient.objects.filter(pk=recipient.pk, state=State.DOUBTFUL).update(
            settled_by=by, settled_at=now, **change
        )
        recipient.refresh_from_db()
        if not changed:
            who = recipient.settled_by
            raise AlreadySettled(
                f"{who} has settled this already." if who else "This mail is not in doubt."
            )
        forget_secret(recipient)
        keep_notified(recipient)
        notice = recipient.notice
        journal.record(
            "settle notice",
            by=by,
            subject=(notice.subject_kind, notice.subject),
            data={"key": recipient.key, "arrived": arrived, "attempt": recipient.tries},
        )


def try_again(recipient: NoticeRecipient, *, by) -> None:
    """A person has a mail tried once more that every try so far was refused, or that came back.

    `AlreadySettled` when it is not given up any more, or when the letter was a secret one, whose
    text is forgotten.
    """
    now = clock.now()
    with transaction.atomic():
        # Asked for by itself: an UPDATE over two tables sees the mail as it was before it waited.
        mail = NoticeRecipient.objects.filter(pk=recipient.pk)
        if recipient.notice.secret or not _try_once_more(mail, by, now):
            raise AlreadySettled("This mail can’t be tried again, or someone did so already.")
        recipient.refresh_from_db()
        notice = recipient.notice
        journal.record(
            "try notice again",
            by=by,
            subject=(notice.subject_kind, notice.subject),
            data={"key": recipient.key, "attempt": recipient.tries},
        )


def _try_once_more(rows: Recipients, by: User, now: datetime) -> int:
    """Has those of these mails that are lost sent once more; how many they are."""
    return rows.filter(state__in=LOST).update(
        state=State.WAITING, next_try_at=now, accepted_at=None, settled_by=by, settled_at=now
    )


@transaction.atomic
def came_back(recipient: NoticeRecipient, *, said: str = "", by: User) -> None:
    """A person puts on record that a mail which a server had taken on was returned.

    Once all that count came back the county is notified no more. `said` is what the returned
    mail says. `AlreadySettled` when it was never taken on, or is on record already.
    """
    taken_on = NoticeRecipient.objects.filter(
        pk=recipient.pk, state__in=(State.ACCEPTED, State.DELIVERED)
    )
    was = taken_on.exclude(why=BY_POST).first()
    if not was or not taken_on.filter(state=was.state).update(
        state=State.BOUNCED, last_error=said, settled_by=by, settled_at=clock.now()
    ):
        raise AlreadySettled("This mail was not taken on, or that it came back is on record.")
    recipient.refresh_from_db()
    keep_notified(recipient)
    notice = recipient.notice
    journal.record(
        "letter came back",
        by=by,
        subject=(notice.subject_kind, notice.subject),
        data={"key": recipient.key, "said": said, "was": was.outcome},
    )


@transaction.atomic
def send_again(notice: Notice, *, to: Iterable[To], by: User) -> list[str]:
    """Sends a letter that notified nobody to these people, but for those who may have it; whom.

    A mail that failed or came back is tried once more, and who was not told yet is told.
    `AlreadySettled` when the county was notified meanwhile, or nobody lacks the letter.
    """
    held = Notice.objects.select_for_update().get(pk=notice.pk)
    if held.secret or held.notified_at:
        raise AlreadySettled("The county is notified by this letter, so it is not sent again.")
    now, sent = clock.now(), []
    known = set(held.recipients.values_list("email", flat=True))
    for person in distinct(to):
        if person.email not in known:
            new = _recipient(held, person)
            new.next_try_at = now
            new.save()
        elif not _try_once_more(held.recipients.filter(email=person.email), by, now):
            continue
        sent.append(person.email)
    if not sent:
        raise AlreadySettled("Everyone who gets letters now has it, or it is on its way.")
    journal.record(
        "send letter again",
        by=by,
        subject=(held.subject_kind, held.subject),
        data={"event": held.event, "to": sent},
    )
    return sent


@transaction.atomic
def record_post(notice: Notice, *, name: str, on: date, by) -> NoticeRecipient:
    """Puts on record that a letter went on paper to the program contact, mailed on that day.

    It counts like a mail taken on at noon of the day of mailing, but never before the letter was
    written. `PostRefused` for a day before that or ahead, for a secret letter, and for one that is
    on record already.
    """
    now = clock.now()
    if notice.secret:
        raise PostRefused("A letter with a way in is never sent on paper.")
    if not clock.pacific_date(notice.created_at) <= on <= clock.today():
        raise PostRefused("Enter the day of mailing: since the letter was written, up to today.")
    mailed = min(max(clock.instant(on, NOON), notice.created_at), now)
    recipient, is_new = NoticeRecipient.objects.get_or_create(
        key=f"{notice.event}:post",
        defaults={
            "notice": notice,
            "email": "",
            "name": _one_line(name, 200),
            "part": "program contact",
            "why": BY_POST,
            "state": State.ACCEPTED,
            "accepted_at": mailed,
            "settled_by": by,
            "settled_at": now,
        },
    )
    if not is_new:
        raise PostRefused(f"{recipient.settled_by} put on record already that it was mailed.")
    keep_notified(recipient)
    journal.record(
        "record post",
        by=by,
        subject=(notice.subject_kind, notice.subject),
        data={"key": recipient.key, "name": recipient.name, "on": on.isoformat()},
    )
    return recipient


def forget_secret(recipient: NoticeRecipient) -> None:
    """Empties a secret letter once none of its mails can leave any more."""
    letter = Notice.objects.filter(pk=recipient.notice_id, secret=True)
    # Held, so that of two mails that end at once the second knows of the first.
    if not letter.update(secret=True):
        return
    open_states = (State.WAITING, State.SENDING, State.DOUBTFUL)
    mails = NoticeRecipient.objects.filter(notice=recipient.notice_id, state__in=open_states)
    if not mails.exists():
        letter.update(text="", html="")


def health() -> dict[str, float | int | None]:
    """For /ready: seconds since the worker's last beat (None: never), seconds for which the mail
    due longest has waited, how many are still to be sent, how many a person must look at."""
    now = clock.now()
    beat = WorkerBeat.objects.first()
    counts = NoticeRecipient.objects.aggregate(
        waiting=Count("pk", filter=Q(state__in=(State.WAITING, State.SENDING))),
        due_since=Min("next_try_at", filter=Q(state=State.WAITING)),
    )
    due_since = counts.pop("due_since")
    return {
        "worker_beat_age": (now - beat.at).total_seconds() if beat else None,
        "oldest_waiting_age": max(0.0, (now - due_since).total_seconds()) if due_since else 0.0,
        **counts,
        "troubled": NoticeRecipient.objects.troubled().count(),
    }
