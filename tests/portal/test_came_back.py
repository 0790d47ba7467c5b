"""A record that a mail came back, made by mistake, is taken back: all stands again as it stood."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from portal import clock, journal, notices, outbox
from portal.came_back import Record, records, take_back
from portal.models import JournalEntry, Notice, NoticeRecipient, State, User
from portal.notices import AlreadySettled, To, tell

pytestmark = pytest.mark.django_db

LEE = To("alice@alameda.example.gov", "Alice Lee", "program contact", "you are it")
SENDER = To("bob@alameda.example.gov", "Bob", "sender", "you sent it")
THEO = To("theo@alameda.example.gov", "Theo", "technical contact", "you are it")
WHY = "It was the mail of another proposal."
DAY = timedelta(days=1)


@pytest.fixture
def letter(db) -> Notice:
    """A letter that the mail server took on for all three, four days ago."""
    with clock.travel(clock.now() - 4 * DAY), transaction.atomic():
        told = tell(
            "receipt:CIP-2027-0042:1",
            subject=("proposal", "CIP-2027-0042"),
            to=[LEE, SENDER, THEO],
            heading="CIP-2027-0042: received",
            text="Received.",
            html="",
        )
        outbox.deliver_due()
    return Notice.objects.get(pk=told.pk)


def mail_to(person: To) -> NoticeRecipient:
    return NoticeRecipient.objects.get(email=person.email)


def all_facts() -> list[dict[str, Any]]:
    """Everything that the portal knows of letters and their mails."""
    return [*Notice.objects.order_by("pk").values(), *NoticeRecipient.objects.values()]


def returned(*people: To, by: User) -> None:
    for person in people:
        notices.came_back(mail_to(person), said="550 No such person", by=by)


def record_of(person: To) -> Record:
    """The last record of that person's mail."""
    letters = Notice.objects.prefetch_related("recipients")
    return [one for one in records(letters) if one.mail.email == person.email][-1]


def test_all_that_the_record_took_away_stands_again_as_it_stood(letter, carol, dana):
    before = all_facts()
    returned(LEE, SENDER, THEO, by=carol)
    letter.refresh_from_db()
    assert letter.notified_at is None
    for person in (THEO, SENDER, LEE):
        take_back(record_of(person), why=WHY, by=dana)
    assert all_facts() == before
    assert not NoticeRecipient.objects.troubled()
    entry = JournalEntry.objects.latest("number")
    number = JournalEntry.objects.get(data__key=mail_to(LEE).key, act="letter came back").number
    assert (entry.act, entry.actor) == ("letter did not come back", dana)
    assert entry.data == {"key": mail_to(LEE).key, "record": number, "why": WHY}


def test_one_alone_that_counts_notifies_the_county_again(letter, carol):
    at = letter.notified_at
    returned(LEE, SENDER, by=carol)
    take_back(record_of(SENDER), why=WHY, by=carol)
    letter.refresh_from_db()
    assert letter.notified_at == at
    assert mail_to(LEE).state == State.BOUNCED


@pytest.mark.parametrize("state", [State.ACCEPTED, State.DELIVERED])
def test_what_someone_had_settled_before_is_settled_by_them_again(letter, carol, dana, state):
    NoticeRecipient.objects.filter(pk=mail_to(LEE).pk).update(
        state=state, last_error="The line broke.", settled_by=dana, settled_at=clock.now() - DAY
    )
    before = all_facts()
    returned(LEE, by=carol)
    assert mail_to(LEE).settled_by == carol
    take_back(record_of(LEE), why=WHY, by=carol)
    assert all_facts() == before


def test_a_record_that_does_not_say_what_was_before_is_taken_back_as_taken_on(letter, carol):
    """As the journal kept it at first."""
    before = all_facts()
    lost = mail_to(LEE)
    with transaction.atomic():
        NoticeRecipient.objects.filter(pk=lost.pk).update(
            state=State.BOUNCED, last_error="x", settled_by=carol, settled_at=clock.now()
        )
        data = {"key": lost.key, "said": "x"}
        journal.record(
            "letter came back", by=carol, subject=("proposal", letter.subject), data=data
        )
    take_back(record_of(LEE), why=WHY, by=carol)
    assert all_facts() == before


def test_a_day_of_mailing_recorded_meanwhile_stays_beside_it(letter, carol):
    at = letter.notified_at
    returned(LEE, SENDER, by=carol)
    notices.record_post(letter, name="Alice Lee", on=clock.today(), by=carol)
    take_back(record_of(LEE), why=WHY, by=carol)
    letter.refresh_from_db()
    assert letter.notified_at == at
    assert letter.recipients.filter(why="by post").exists()


def test_once_it_was_sent_again_the_record_stays_whoever_got_it(letter, carol, dana):
    returned(LEE, SENDER, by=carol)
    new = To("quinn@alameda.example.gov", "Quinn", "program contact", "you are it")
    notices.send_again(letter, to=[new], by=dana)
    before = all_facts()
    for person in (LEE, SENDER):
        with pytest.raises(AlreadySettled, match=f"^{dana} had the letter sent again today at"):
            take_back(record_of(person), why=WHY, by=carol)
    assert all_facts() == before
    assert not JournalEntry.objects.filter(act="letter did not come back").exists()


def test_of_a_mail_that_was_tried_again_the_record_stays(letter, carol, dana):
    returned(LEE, THEO, by=carol)
    notices.try_again(mail_to(LEE), by=dana)
    with pytest.raises(AlreadySettled, match="sent again"):
        take_back(record_of(LEE), why=WHY, by=carol)
    assert mail_to(LEE).state == State.WAITING
    take_back(record_of(THEO), why=WHY, by=carol)
    assert mail_to(THEO).state == State.ACCEPTED


def test_it_is_taken_back_once_and_the_next_is_told_by_whom(letter, carol, dana):
    returned(LEE, by=carol)
    record = record_of(LEE)
    take_back(record, why=WHY, by=dana)
    with pytest.raises(AlreadySettled, match=f"^{dana} took this back already, today at"):
        take_back(record, why=WHY, by=carol)


def test_a_later_record_of_the_same_mail_is_another_one(letter, carol, dana):
    returned(LEE, by=carol)
    first = record_of(LEE)
    take_back(first, why=WHY, by=dana)
    returned(LEE, by=carol)
    assert record_of(LEE).entry.number > first.entry.number
    with pytest.raises(AlreadySettled, match="took this back already"):
        take_back(first, why=WHY, by=carol)
    assert mail_to(LEE).state == State.BOUNCED
    take_back(record_of(LEE), why=WHY, by=carol)
    assert mail_to(LEE).state == State.ACCEPTED


def test_records_of_another_letter_are_not_this_ones(letter, carol):
    with transaction.atomic():
        other = tell(
            "decision:CIP-2027-0042:1",
            subject=("proposal", "CIP-2027-0042"),
            to=[LEE],
            heading="x",
            text="x",
            html="",
        )
    outbox.deliver_due()
    notices.came_back(other.recipients.get(), by=carol)
    notices.send_again(other, to=[LEE], by=carol)
    returned(SENDER, by=carol)
    (record,) = records([letter])
    assert record.stands and record.mail.email == SENDER.email
    assert not records([other])[0].stands
    assert records([]) == []
