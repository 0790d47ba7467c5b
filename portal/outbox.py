"""The worker's side of the notices: claims what is due, hands it to the mail server, and writes
down what became of it. What is certain is repeated, what is doubtful is not.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime, formataddr, parseaddr
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import Error, connection, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.html import linebreaks
from django.utils.safestring import mark_safe
from django.utils.text import get_text_list

from portal import clock, mail
from portal.away import is_away
from portal.models.letter import GoverningLetter
from portal.models.notices import Attempt, Notice, NoticeRecipient, State, WorkerBeat
from portal.notices import forget_secret, keep_notified

log = logging.getLogger(__name__)

LONGEST_GAP = timedelta(hours=6)
DEPARTMENT = "California Department of Social Services"

# What the wings send along with a letter as a PDF: its name and its bytes, None for nothing.
ENCLOSURES: list[Callable[[Notice], tuple[str, bytes] | None]] = []


def claim(limit: int = 1, *, avoid: Iterable[str] = ()) -> list[NoticeRecipient]:
    """Takes up to `limit` due mails for this worker alone, none of them to a domain in `avoid`.

    Each becomes *sending* under a lease, with a numbered attempt. PostgreSQL skips the rows that
    another worker holds; SQLite lets one worker in at a time.
    """
    now = clock.now()
    due = NoticeRecipient.objects.due(now)
    for domain in avoid:
        due = due.exclude(email__endswith=f"@{domain}")
    if not due.exists():
        return []
    claimed = []
    with transaction.atomic():
        for row in due.select_for_update(skip_locked=True)[:limit]:
            number = row.tries + 1
            ours = NoticeRecipient.objects.filter(
                pk=row.pk, state=State.WAITING, tries=row.tries
            ).update(
                state=State.SENDING,
                tries=number,
                next_try_at=None,
                lease_until=now + timedelta(seconds=settings.NOTICE_LEASE),
            )
            if ours:
                Attempt.objects.create(recipient=row, number=number, began_at=now)
                claimed.append(row.pk)
    return list(NoticeRecipient.objects.filter(pk__in=claimed).select_related("notice"))


def deliver(
    recipient: NoticeRecipient, accept: Callable[[EmailMessage], str] | None = None
) -> bool:
    """Sends one claimed mail and keeps the outcome; by the mail server, unless `accept` takes it.

    False when the lease had run out and been swept in the meantime: then nothing is changed.
    """
    try:
        message = message_for(recipient)
    except Exception as problem:
        log.exception("The letter for %s cannot be put together", recipient.key)
        return _keep(recipient, Attempt.Outcome.REFUSED, detail=f"It cannot be written: {problem}")
    try:
        message_id = (accept or mail.accept)(message)
    except mail.Refused as problem:
        return _keep(recipient, Attempt.Outcome.REFUSED, detail=str(problem))
    except mail.Unsure as problem:
        return _keep(recipient, Attempt.Outcome.UNSURE, detail=str(problem))
    except Exception as problem:
        log.exception("Nobody knows whether %s was sent", recipient.key)
        return _keep(recipient, Attempt.Outcome.UNSURE, detail=f"Unexpected: {problem!r}")
    return _keep(recipient, Attempt.Outcome.ACCEPTED, message_id=message_id)


def deliver_due(accept: Callable[[EmailMessage], str] | None = None) -> int:
    """Sends everything that is due, one after the other; returns how many tries that took."""
    tries = 0
    while claimed := claim():
        deliver(claimed[0], accept)
        tries += 1
    return tries


def sweep_leases() -> int:
    """Marks as doubtful what a worker took and never wrote back; returns how many.

    No mail waits, and no worker has one in hand, for longer than the longest gap: times beyond it
    were written while the machine's clock was ahead, and would hold a letter back in silence.
    """
    now = clock.now()
    never = now + LONGEST_GAP
    waiting = NoticeRecipient.objects.filter(state=State.WAITING, next_try_at__gt=never)
    waiting.update(next_try_at=now)
    over = Q(lease_until__lt=now) | Q(lease_until__gt=never)
    lost = NoticeRecipient.objects.filter(over, state=State.SENDING)
    return sum(
        _write_back(
            recipient,
            Attempt.Outcome.EXPIRED,
            detail="The portal stopped while it was sending.",
        )
        for recipient in lost
    )


def beat() -> None:
    """Says that the worker runs."""
    WorkerBeat.objects.update_or_create(pk=1, defaults={"at": clock.now()})


def _keep(recipient: NoticeRecipient, outcome: str, **details: str) -> bool:
    """Writes the outcome down; while the database is away it tries again, as long as the lease."""
    until = time.monotonic() + settings.NOTICE_LEASE
    while True:
        try:
            return _write_back(recipient, outcome, **details)
        except Error as problem:
            late = connection.in_atomic_block or time.monotonic() > until
            if late or not is_away(problem):
                raise
            connection.close()
            time.sleep(0.5)


def _write_back(
    recipient: NoticeRecipient, outcome: str, *, detail: str = "", message_id: str = ""
) -> bool:
    """Ends one attempt. Only the attempt in hand may: a later one, or the sweep, has the say."""
    now = clock.now()
    detail = detail.replace("\0", "")
    with transaction.atomic():
        ours = NoticeRecipient.objects.filter(
            pk=recipient.pk, state=State.SENDING, tries=recipient.tries
        ).update(
            lease_until=None, last_error=detail, **_next(recipient.tries, outcome, message_id, now)
        )
        if not ours:
            return False
        Attempt.objects.filter(recipient=recipient, number=recipient.tries).update(
            ended_at=now, outcome=outcome, detail=detail
        )
        forget_secret(recipient)
        if outcome == Attempt.Outcome.ACCEPTED:
            keep_notified(recipient)
    return True


def _next(tries: int, outcome: str, message_id: str, now: datetime) -> dict:
    """Where an attempt's outcome leaves the mail."""
    if outcome == Attempt.Outcome.ACCEPTED:
        return {"state": State.ACCEPTED, "accepted_at": now, "message_id": message_id[:400]}
    if outcome != Attempt.Outcome.REFUSED:
        return {"state": State.DOUBTFUL}
    if tries >= settings.NOTICE_TRIES:
        return {"state": State.FAILED}
    # The cap stands inside the power: two to a large number is no length of time.
    gap = timedelta(seconds=settings.NOTICE_BACKOFF * 2 ** min(tries, 20))
    return {"state": State.WAITING, "next_try_at": now + min(gap, LONGEST_GAP)}


def message_for(recipient: NoticeRecipient) -> EmailMultiAlternatives:
    """The mail as it leaves: the letter in its frame, for one person, the same at every try.

    `BadHeaderError` when a header would break into two.
    """
    notice = recipient.notice
    letter = GoverningLetter.objects.exclude(published_at=None).order_by("-version").first()
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    names = [one.name or one.email for one in notice.recipients.all()]
    frame = {
        "heading": notice.heading,
        "department": letter.department if letter else DEPARTMENT,
        "why": recipient.why,
        "sent_to": get_text_list(names, "and"),
    }
    html = notice.html or linebreaks(notice.text, autoescape=True)
    # Letters are made by our own templates, which escape what people typed.
    body = mark_safe(html)  # nosec B308 B703
    message = EmailMultiAlternatives(
        subject=notice.heading,
        body=render_to_string("portal/letters/frame.txt", {**frame, "body": notice.text}),
        to=[formataddr((recipient.name, recipient.email))],
        alternatives=[
            (render_to_string("portal/letters/frame.html", {**frame, "body": body}), "text/html")
        ],
        reply_to=[letter.mailbox] if letter else [],
        headers={
            "Date": format_datetime(clock.now()),
            "Message-ID": f"<{_digest(recipient.key)}@{domain}>",
            "References": f"<{_digest(f'{notice.subject_kind}:{notice.subject}')}@{domain}>",
            "X-Notice-Key": recipient.key,
            "Auto-Submitted": "auto-generated",
        },
    )
    for enclosed in filter(None, (find(notice) for find in ENCLOSURES)):
        message.attach(*enclosed, "application/pdf")
    message.metadata = {"notice": recipient.key}
    message.message()
    return message


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:40]
