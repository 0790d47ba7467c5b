"""The record of who did what, when and from where: one chain of hashes over the whole portal.

Every entry carries the hash of the one before it, and the head row carries the last: so an
altered, removed, moved or added row shows (`verify`). Someone who can rewrite the whole database
could rewrite the chain too; who notes the line that `manage.py verify_journal` prints, outside
the portal, can show that as well (`--noted`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import IntegrityError, connection, transaction

from portal import append_only, clock
from portal.models.journal import FIRST_HASH, JournalEntry, JournalHead

_address: ContextVar[str] = ContextVar("journal_address", default="")


def current_address() -> str:
    """The network address of the request in hand, empty outside a request."""
    return _address.get()


@contextmanager
def coming_from(address: str) -> Iterator[None]:
    """For the middleware: entries recorded inside carry this network address."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def record(
    act: str,
    *,
    by,
    subject: tuple[str, str],
    data: dict[str, Any] | None = None,
    address: str | None = None,
) -> JournalEntry:
    """Writes one act into the journal, named like "send back item": what someone did, in plain
    words. `by=None` means the portal itself.

    Belongs into the transaction of the act, late: from here on until the commit nobody else can
    record. `TransactionManagementError` outside a transaction; `ValueError` for data that does
    not come back from both databases as it went in (text, whole numbers, yes or no, nothing, and
    lists and dicts of them do).
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "The journal is written in the transaction of the act itself."
        )
    kind, reference = subject
    head = _locked_head()
    entry = JournalEntry(
        number=head.number + 1,
        at=clock.now(),
        actor=by,
        actor_label=_cut("the portal" if by is None else by.name or by.email, 200),
        act=act,
        subject_kind=kind,
        subject=_cut(reference, 254),
        data=_plain(data or {}),
        address=_cut(current_address() if address is None else address, 64),
        previous_hash=head.hash,
    )
    entry.hash = entry.computed_hash()
    moved = JournalHead.objects.filter(pk=head.pk, number=head.number, hash=head.hash).update(
        number=entry.number, hash=entry.hash
    )
    if not moved:
        raise IntegrityError("The head of the journal moved while it was held.")
    entry.save()
    return entry


def _locked_head() -> JournalHead:
    # SQLite knows no row locks: there the transaction itself (BEGIN IMMEDIATE) is the lock.
    heads = JournalHead.objects.select_for_update()
    head = heads.filter(pk=1).first()
    if head is None:
        JournalHead.objects.get_or_create(pk=1)
        head = heads.get(pk=1)
    return head


def _cut(text: str, length: int) -> str:
    # Someone who fails to sign in may type anything as their address.
    return text if len(text) <= length else text[: length - 1] + "…"


def _plain(value: Any) -> Any:
    """A copy in JSON's own types. No fractions: the two databases write them differently."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        text = str.__str__(value)
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError("The journal takes no broken text.")
        return text
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {_plain(key): _plain(item) for key, item in value.items()}
    raise ValueError(f"The journal takes text and whole numbers, not {type(value).__name__}.")


def verify(noted: tuple[int, str] | None = None) -> list[str]:
    """All faults of the journal in plain words; an empty list means that it is whole."""
    return list(faults(noted))


def faults(noted: tuple[int, str] | None = None) -> Iterator[str]:
    """Reads the journal once, in order, holding one row at a time, and names each fault.

    `noted`: number and hash of an entry as someone wrote them down outside the portal.
    """
    for name in append_only.missing(connection, JournalEntry):
        yield f"The trigger {name} that keeps entries from being changed is missing or altered."
    before = _head()
    number, previous = 0, FIRST_HASH
    known = {0: FIRST_HASH}
    wanted = {before.number, noted[0] if noted else 0}
    for entry in _entries():
        if isinstance(entry, str):
            yield entry
            return
        yield from _faults_of(entry, number, previous)
        number, previous = entry.number, entry.hash
        if number in wanted:
            known[number] = previous
    yield from _faults_at_the_end(before, number, previous, known)
    if noted and known.get(noted[0]) != noted[1]:
        yield f"Entry {noted[0]} is not the one that was noted: its hash differs or it is gone."


def _entries() -> Iterator[JournalEntry | str]:
    entries = JournalEntry.objects.order_by("number").iterator(chunk_size=2000)
    number = 0
    while True:
        try:
            entry = next(entries)
        except StopIteration:
            return
        except (ValueError, TypeError, AttributeError) as problem:
            yield f"The journal cannot be read after entry {number}: {problem}."
            return
        number = entry.number
        yield entry


def _faults_of(entry: JournalEntry, number: int, previous: str) -> Iterator[str]:
    if entry.number == number + 2:
        yield f"Entry {number + 1} is missing."
    elif entry.number > number + 2:
        yield f"Entries {number + 1} to {entry.number - 1} are missing."
    elif entry.number <= number:
        yield f"Entry {entry.number} stands there twice."
    elif entry.previous_hash != previous:
        yield (
            f"Entry {entry.number} does not follow entry {number}: one of them was replaced,"
            " moved or added."
        )
    try:
        whole = entry.hash == entry.computed_hash()
    except (ValueError, TypeError, AttributeError):
        whole = False
    if not whole:
        yield f"Entry {entry.number} was altered: its hash does not fit its content."


def _faults_at_the_end(
    before: JournalHead, number: int, previous: str, known: dict[int, str]
) -> Iterator[str]:
    # Others may record while this reads: the last row read lies between the two heads.
    after = _head()
    if number < before.number:
        yield f"The last entry is {number}, but {before.number} were recorded: the end was cut off."
    elif known.get(before.number, before.hash) != before.hash:
        yield f"Entry {before.number} is not the one that was recorded last."
    if number > after.number:
        yield f"Entry {number} was added past the last one recorded, {after.number}."
    elif number == after.number and previous != after.hash:
        yield f"Entry {number} is not the one that was recorded last."


def _head() -> JournalHead:
    return JournalHead.objects.filter(pk=1).first() or JournalHead()


def head() -> tuple[int, str]:
    """How many entries there are, and the hash of the last one."""
    last = _head()
    return last.number, last.hash
