"""Letters wait in the transaction of the act, leave once, and their outcome is on record."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from importlib import import_module
from threading import Barrier, BrokenBarrierError

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)

from portal import clock, mail, notices, outbox
from portal.models import Attempt, GoverningLetter, JournalEntry, Notice, NoticeRecipient, State
from portal.notices import To, tell
from tests.portal.test_away import cut_off
from tests.reviews.test_races import at_once

PROPOSAL = ("proposal", "CIP-2027-0042")
NOON = datetime(2027, 1, 28, 20, tzinfo=UTC)
LEE = To(
    "alice@alameda.example.gov",
    "Alice Lee",
    "program contact",
    "you are the program contact of this proposal",
)
HADDAD = To("amir@alameda.example.gov", "Amir Haddad", "preparer", "you prepared this proposal")


@pytest.fixture(autouse=True)
def at_noon(db):
    with clock.travel(NOON):
        yield


@pytest.fixture
def server(monkeypatch):
    """A mail server that answers as told: None takes the mail on, an exception is its answer."""

    class Server:
        def __init__(self):
            self.answer = None
            self.letters = []

        def accept(self, message):
            if self.answer:
                raise self.answer
            self.letters.append(message)
            return message.extra_headers["Message-ID"]

    server = Server()
    monkeypatch.setattr(mail, "accept", server.accept)
    return server


def receipt(*to, event="receipt:CIP-2027-0042:1", **changes):
    letter = {
        "subject": PROPOSAL,
        "to": to or [LEE],
        "heading": "CIP-2027-0042: CDSS received your proposal – Caseload Compass",
        "text": "CDSS received your proposal.",
        "html": "<h1>CDSS received your proposal.</h1>",
    }
    with transaction.atomic():
        return tell(event, **{**letter, **changes})


def only():
    return NoticeRecipient.objects.get()


# --- Telling ----------------------------------------------------------------------------------


def test_a_notice_keeps_the_letter_and_one_row_for_each_recipient():
    notice = receipt(LEE, HADDAD)
    assert notice.text == "CDSS received your proposal."
    assert notice.digest == sha256(b"CDSS received your proposal.").hexdigest()
    assert notice.created_at == NOON
    first, second = notice.recipients.all()
    assert (first.email, first.part, first.state) == (LEE.email, "program contact", State.WAITING)
    assert first.key == "receipt:CIP-2027-0042:1:alice@alameda.example.gov"
    assert second.name == "Amir Haddad"


def test_the_same_event_told_again_sends_nothing_new():
    first = receipt(LEE)
    again = receipt(LEE, HADDAD, text="Another text.")
    assert again == first
    assert again.text == "CDSS received your proposal."
    assert only().email == LEE.email


def test_an_address_gets_one_mail_however_it_is_written_and_whatever_parts_it_plays():
    receipt(LEE, To(" Alice@Alameda.Example.GOV ", "A. Lee", "sender", "you sent it"))
    recipient = only()
    assert recipient.email == "alice@alameda.example.gov"
    assert recipient.parts == ["program contact", "sender"]
    assert recipient.why == "you are the program contact of this proposal and you sent it"


@pytest.mark.django_db(transaction=True)
def test_a_notice_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        tell("receipt:1", subject=PROPOSAL, to=[LEE], heading="x", text="x", html="x")


def test_an_act_that_fails_tells_nobody():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        receipt()
        raise ZeroDivisionError
    assert not Notice.objects.exists()
    assert not NoticeRecipient.objects.exists()


@pytest.mark.parametrize("bad", ["", "nobody", "a@b", "a b@example.com", "x" * 300 + "@a.com"])
def test_an_address_that_is_none_stands_on_the_list_that_a_person_sees(bad, server):
    receipt(To(bad, "Nobody", "technical contact", "you are the technical contact"))
    assert outbox.deliver_due() == 0
    assert NoticeRecipient.objects.troubled().get().last_error == "This is not an email address."


@pytest.mark.parametrize("cut", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\0"])
def test_typed_text_never_makes_a_header_of_its_own(cut, server):
    receipt(
        To(LEE.email, f"Alice{cut}Bcc: all@example.com", "sender", f"you{cut}sent it"),
        To(f"amir@alameda.example.gov{cut}Bcc: all@example.com", "Amir", "preparer", "so"),
        heading=f"CIP-2027-0042: received{cut}Bcc: all@example.com",
    )
    outbox.deliver_due()
    (letter,) = server.letters
    headers = letter.message()
    assert headers["Bcc"] is None
    assert headers["Subject"] == "CIP-2027-0042: received Bcc: all@example.com"
    assert len(headers["To"].splitlines()) == 1


def test_over_long_text_is_cut_to_what_a_header_holds(server):
    receipt(To(LEE.email, "A" * 9000, "sender", "w" * 9000), heading="CIP-2027-0042: " + "x" * 9000)
    outbox.deliver_due()
    assert only().state == State.ACCEPTED


# --- The mail ---------------------------------------------------------------------------------


def test_the_mail_is_the_letter_in_its_frame_for_one_person(server, settings):
    receipt(LEE, HADDAD)
    outbox.deliver_due()
    first, second = server.letters
    assert first.to == ["Alice Lee <alice@alameda.example.gov>"]
    assert second.to == ["Amir Haddad <amir@alameda.example.gov>"]
    assert "CDSS received your proposal." in first.body
    why = "You get this because you are the program contact of this proposal."
    assert why in first.body
    (html,) = [part.content for part in first.alternatives]
    assert "<h1>CDSS received your proposal.</h1>" in html
    assert why in html
    assert "It was sent automatically to Alice Lee and Amir Haddad." in html
    assert "You get this because you prepared this proposal." in second.body
    assert first.message().get_content_type() == "multipart/alternative"


def test_names_are_escaped_in_html_and_plain_in_text(server):
    receipt(To(LEE.email, "Alice <b>& Co", "sender", "you sent “A & B”"))
    outbox.deliver_due()
    (letter,) = server.letters
    assert "Alice <b>& Co" in letter.body
    assert "you sent “A & B”" in letter.body
    html = letter.alternatives[0].content
    assert "Alice &lt;b&gt;&amp; Co" in html
    assert "<b>" not in html


def test_a_letter_without_html_gets_it_from_its_text(server):
    receipt(html="", text="One <line>.\n\nAnother.")
    outbox.deliver_due()
    html = server.letters[0].alternatives[0].content
    assert "<p>One &lt;line&gt;.</p>" in html


def test_the_headers_tell_machines_what_it_is(server):
    receipt()
    outbox.deliver_due()
    headers = server.letters[0].message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Notice-Key"] == only().key
    assert headers["Reply-To"] == GoverningLetter.objects.current().mailbox
    assert headers["Message-ID"].endswith("@cdss.example.gov>")
    assert server.letters[0].metadata == {"notice": only().key}


def test_a_second_try_has_the_same_message_id_and_letters_of_one_proposal_hang_together(server):
    receipt()
    first = outbox.message_for(only()).extra_headers
    again = outbox.message_for(only()).extra_headers
    assert first == again
    other = receipt(event="decision:CIP-2027-0042:1").recipients.get()
    decision = outbox.message_for(other).extra_headers
    assert decision["References"] == first["References"]
    assert decision["Message-ID"] != first["Message-ID"]
    stranger = receipt(event="x", subject=("proposal", "CIP-2027-0043")).recipients.get()
    assert outbox.message_for(stranger).extra_headers["References"] != first["References"]


# --- Sending ----------------------------------------------------------------------------------


def test_a_mail_that_is_taken_on_is_accepted_at_that_moment(server):
    notice = receipt()
    with clock.travel(NOON + timedelta(minutes=1)):
        assert outbox.deliver_due() == 1
    recipient = only()
    assert recipient.state == State.ACCEPTED
    assert recipient.accepted_at == NOON + timedelta(minutes=1)
    assert recipient.message_id == server.letters[0].extra_headers["Message-ID"]
    assert notices.notified_at(notice) == recipient.accepted_at
    attempt = recipient.attempts.get()
    assert (attempt.number, attempt.outcome) == (1, Attempt.Outcome.ACCEPTED)


def test_a_mail_is_claimed_by_one_worker_only():
    receipt(LEE, HADDAD)
    first, second = outbox.claim(1), outbox.claim(5)
    assert len(first) == len(second) == 1
    assert first[0] != second[0]
    assert outbox.claim() == []


def test_the_longest_waiting_mail_goes_first_and_a_crowded_domain_waits():
    receipt(LEE)
    with clock.travel(NOON + timedelta(hours=1)):
        receipt(To("bob@butte.example.gov", "Bob", "sender", "you sent it"), event="second")
        assert outbox.claim(avoid=["alameda.example.gov"])[0].email == "bob@butte.example.gov"
        assert outbox.claim(avoid=["alameda.example.gov"]) == []
        assert outbox.claim()[0].email == LEE.email


def test_a_definite_refusal_is_tried_again_with_growing_gaps(server, settings):
    settings.NOTICE_BACKOFF = 60
    server.answer = mail.Refused("451 not now")
    receipt()
    gaps = []
    now = NOON
    for _ in range(4):
        with clock.travel(now):
            assert outbox.deliver_due() == 1
            recipient = only()
            assert recipient.state == State.WAITING
            assert recipient.last_error == "451 not now"
            gaps.append((recipient.next_try_at - now).total_seconds() / 60)
            now = recipient.next_try_at
        with clock.travel(now - timedelta(seconds=1)):
            assert outbox.deliver_due() == 0
    assert gaps == [2, 4, 8, 16]
    server.answer = None
    with clock.travel(now):
        outbox.deliver_due()
    assert only().state == State.ACCEPTED
    assert only().last_error == ""
    assert [attempt.number for attempt in only().attempts.all()] == [1, 2, 3, 4, 5]


def test_gaps_grow_no_longer_than_six_hours(server, settings):
    settings.NOTICE_BACKOFF, settings.NOTICE_TRIES = 3600, 100
    server.answer = mail.Refused("451 not now")
    receipt()
    NoticeRecipient.objects.update(tries=90)
    outbox.deliver_due()
    assert only().next_try_at == NOON + timedelta(hours=6)


def test_after_the_last_try_it_stands_on_the_list_that_a_person_sees(server, settings):
    settings.NOTICE_BACKOFF, settings.NOTICE_TRIES = 0, 3
    server.answer = mail.Refused("550 no such person")
    receipt()
    assert outbox.deliver_due() == 3
    recipient = NoticeRecipient.objects.troubled().get()
    assert recipient.state == State.FAILED
    assert recipient.last_error == "550 no such person"
    assert outbox.deliver_due() == 0
    assert notices.health()["troubled"] == 1


def test_a_connection_lost_after_the_letter_leaves_it_doubtful_and_never_sent_again(server):
    server.answer = mail.Unsure("the connection was lost")
    notice = receipt()
    outbox.deliver_due()
    server.answer = None
    with clock.travel(NOON + timedelta(days=30)):
        outbox.sweep_leases()
        assert outbox.deliver_due() == 0
    assert only().state == State.DOUBTFUL
    assert only().get_state_display() == "May not have been sent"
    assert server.letters == []
    assert notices.notified_at(notice) is None


@pytest.mark.parametrize("problem", [RuntimeError("odd"), KeyError("odd"), OSError("odd")])
def test_whatever_breaks_while_sending_leaves_it_doubtful(server, problem):
    server.answer = problem
    receipt()
    outbox.deliver_due()
    assert only().state == State.DOUBTFUL


def test_a_letter_that_cannot_be_written_is_a_failure_not_a_doubt(server, settings):
    settings.NOTICE_TRIES = 1
    receipt()
    Notice.objects.update(heading="two\nlines")
    outbox.deliver_due()
    assert only().state == State.FAILED
    assert server.letters == []


def test_a_mail_that_a_dead_worker_held_becomes_doubtful_when_its_lease_is_over(settings):
    receipt()
    outbox.claim()
    with clock.travel(NOON + timedelta(seconds=settings.NOTICE_LEASE - 1)):
        assert outbox.sweep_leases() == 0
    with clock.travel(NOON + timedelta(seconds=settings.NOTICE_LEASE + 1)):
        assert outbox.sweep_leases() == 1
        assert outbox.sweep_leases() == 0
        assert outbox.claim() == []
    assert only().state == State.DOUBTFUL
    assert only().attempts.get().outcome == Attempt.Outcome.EXPIRED


def test_what_was_written_while_the_clock_was_a_year_ahead_is_not_held_back(server):
    """One mail is taken by a worker that then dies, one is put off by the server; then the clock is
    set right."""
    with clock.travel(NOON + timedelta(days=365)):
        receipt()
        outbox.claim()
        receipt(HADDAD, event="receipt:CIP-2027-0042:2")
        server.answer = mail.Refused("451 later")
        outbox.deliver_due()
    assert outbox.claim() == []
    assert outbox.sweep_leases() == 1
    held, put_off = NoticeRecipient.objects.order_by("pk")
    assert (held.state, put_off.state) == (State.DOUBTFUL, State.WAITING)
    assert outbox.claim() == [put_off]


def test_a_mail_put_off_for_the_longest_gap_waits_for_it():
    receipt()
    later = clock.now() + outbox.LONGEST_GAP
    NoticeRecipient.objects.update(next_try_at=later)
    assert outbox.sweep_leases() == 0
    assert only().next_try_at == later


def test_a_write_back_after_the_lease_changes_nothing(server, settings):
    receipt()
    (claimed,) = outbox.claim()
    with clock.travel(NOON + timedelta(seconds=settings.NOTICE_LEASE + 1)):
        outbox.sweep_leases()
        assert outbox.deliver(claimed) is False
    assert only().state == State.DOUBTFUL
    assert only().accepted_at is None
    assert only().attempts.get().outcome == Attempt.Outcome.EXPIRED


def test_a_write_back_of_an_earlier_attempt_does_not_touch_a_later_one(server, settings, carol):
    receipt()
    (late,) = outbox.claim()
    with clock.travel(NOON + timedelta(seconds=settings.NOTICE_LEASE + 1)):
        outbox.sweep_leases()
        notices.settle(only(), by=carol, arrived=False)
        (second,) = outbox.claim()
        server.answer = mail.Refused("451")
        assert outbox.deliver(late) is False
        assert only().state == State.SENDING
        server.answer = None
        assert outbox.deliver(second) is True
    assert only().state == State.ACCEPTED


def test_the_command_sends_what_is_due_once(server):
    receipt(LEE, HADDAD)
    call_command("run_worker", once=True)
    assert len(server.letters) == 2


# --- Notified ---------------------------------------------------------------------------------


def test_the_county_is_notified_by_the_first_mail_accepted_for_contact_or_sender(server):
    sender = To("bob@alameda.example.gov", "Bob", "sender", "you sent it")
    notice = receipt(HADDAD)
    outbox.deliver_due()
    assert notices.notified_at(notice) is None
    assert notices.notified_at(notice, parts=["preparer"]) == NOON
    notice = receipt(sender, LEE, event="second")
    for minutes, _ in enumerate(range(2), start=5):
        with clock.travel(NOON + timedelta(minutes=minutes)):
            outbox.deliver(outbox.claim()[0])
    assert notices.notified_at(notice) == NOON + timedelta(minutes=5)


def test_when_the_county_was_notified_is_kept_beside_the_letter(server):
    notice = receipt(HADDAD, LEE)
    preparer, contact = outbox.claim(), outbox.claim()
    assert outbox.deliver(preparer[0])
    notice.refresh_from_db()
    assert notice.notified_at is None
    with clock.travel(NOON + timedelta(minutes=5)):
        assert outbox.deliver(contact[0])
    notice.refresh_from_db()
    assert notice.notified_at == notices.notified_at(notice) == NOON + timedelta(minutes=5)


def test_what_was_accepted_before_it_was_kept_is_filled_in(server):
    name = "portal.migrations.0003_when_a_letter_notified_its_county"
    notice, other = receipt(LEE), receipt(HADDAD, event="second")
    outbox.deliver_due()
    Notice.objects.update(notified_at=None)
    import_module(name).fill(apps, None)
    notice.refresh_from_db()
    other.refresh_from_db()
    assert notice.notified_at == NOON
    assert other.notified_at is None


def test_a_bounce_of_all_takes_the_notification_away(server):
    sender = To("bob@alameda.example.gov", "Bob", "sender", "you sent it")
    notice = receipt(LEE, sender)
    outbox.deliver_due()
    notice.recipients.filter(email=LEE.email).update(state=State.BOUNCED)
    assert notices.notified_at(notice) == NOON
    notice.recipients.update(state=State.BOUNCED)
    assert notices.notified_at(Notice.objects.get()) is None


# --- Coming back ------------------------------------------------------------------------------


@pytest.fixture
def accepted(server):
    """A letter to contact and preparer that the mail server took on for both."""
    notice = receipt(LEE, HADDAD)
    outbox.deliver_due()
    return notice


def mail_to(person: To) -> NoticeRecipient:
    return NoticeRecipient.objects.get(email=person.email)


def test_a_mail_that_came_back_notified_nobody_and_stands_on_the_list(accepted, carol):
    notices.came_back(mail_to(LEE), said="550 No such person", by=carol)
    lost = mail_to(LEE)
    assert (lost.state, lost.last_error, lost.settled_by) == (
        State.BOUNCED,
        "550 No such person",
        carol,
    )
    accepted.refresh_from_db()
    assert accepted.notified_at is None
    assert list(NoticeRecipient.objects.troubled()) == [lost]
    assert lost.needs_a_look and not mail_to(HADDAD).needs_a_look
    entry = JournalEntry.objects.get()
    assert (entry.act, entry.actor, entry.subject) == ("letter came back", carol, PROPOSAL[1])
    was = {"state": "accepted", "last_error": "", "settled_by": None, "settled_at": None}
    assert entry.data == {"key": lost.key, "said": "550 No such person", "was": was}


def test_one_that_came_back_while_the_county_is_notified_was_looked_at_already(accepted, carol):
    notices.came_back(mail_to(HADDAD), by=carol)
    accepted.refresh_from_db()
    assert accepted.notified_at == NOON
    assert not NoticeRecipient.objects.troubled()
    assert not mail_to(HADDAD).needs_a_look


@pytest.mark.parametrize("state", [State.WAITING, State.DOUBTFUL, State.FAILED, State.BOUNCED])
def test_what_no_server_took_on_can_not_come_back(carol, state):
    due = NOON if state == State.WAITING else None
    receipt().recipients.update(state=state, next_try_at=due)
    with pytest.raises(notices.AlreadySettled):
        notices.came_back(only(), by=carol)
    assert only().state == state
    assert not JournalEntry.objects.exists()


def test_a_letter_on_paper_does_not_come_back_by_mail(server, carol):
    on_paper = notices.record_post(receipt(), name="Alice Lee", on=clock.today(), by=carol)
    with pytest.raises(notices.AlreadySettled):
        notices.came_back(on_paper, by=carol)


def test_sent_again_it_leaves_once_more_and_counts_from_then(accepted, carol, server):
    notices.came_back(mail_to(LEE), by=carol)
    later = NOON + timedelta(days=2)
    with clock.travel(later):
        assert notices.send_again(accepted, to=[LEE, HADDAD], by=carol) == [LEE.email]
        accepted.refresh_from_db()
        assert (mail_to(LEE).accepted_at, accepted.notified_at) == (None, None)
        assert outbox.deliver_due() == 1
    accepted.refresh_from_db()
    assert accepted.notified_at == later
    assert [len(one.attempts.all()) for one in accepted.recipients.all()] == [2, 1]
    assert JournalEntry.objects.latest("number").data == {
        "event": accepted.event,
        "to": [LEE.email],
    }


def test_someone_else_gets_it_in_place_of_an_address_that_is_wrong(accepted, carol, server):
    notices.came_back(mail_to(LEE), by=carol)
    right = To("lee@alameda.example.gov", LEE.name, LEE.part, LEE.why)
    with clock.travel(NOON + timedelta(hours=1)):
        assert notices.send_again(accepted, to=[right, HADDAD], by=carol) == [right.email]
        assert notices.health()["oldest_waiting_age"] == 0
        outbox.deliver_due()
    assert mail_to(LEE).state == State.BOUNCED
    assert [letter.to for letter in server.letters[2:]] == [[f"Alice Lee <{right.email}>"]]
    accepted.refresh_from_db()
    assert accepted.notified_at == NOON + timedelta(hours=1)
    assert not NoticeRecipient.objects.troubled()


def test_nobody_gets_it_twice_and_a_second_press_is_told_so(accepted, carol):
    with pytest.raises(notices.AlreadySettled, match="is notified"):
        notices.send_again(accepted, to=[LEE], by=carol)
    notices.came_back(mail_to(LEE), by=carol)
    notices.send_again(accepted, to=[LEE], by=carol)
    with pytest.raises(notices.AlreadySettled, match="on its way"):
        notices.send_again(accepted, to=[LEE, HADDAD], by=carol)
    assert outbox.deliver_due() == 1


@pytest.mark.parametrize("state", [State.DOUBTFUL, State.SENDING])
def test_who_may_have_it_gets_nothing_before_someone_settled_that(carol, state):
    lease = NOON if state == State.SENDING else None
    notice = receipt()
    notice.recipients.update(state=state, next_try_at=None, lease_until=lease)
    with pytest.raises(notices.AlreadySettled, match="on its way"):
        notices.send_again(notice, to=[LEE], by=carol)
    assert only().state == state


def test_a_secret_letter_is_never_sent_again(carol):
    notice = receipt(secret=True)
    notice.recipients.update(state=State.FAILED, next_try_at=None)
    with pytest.raises(notices.AlreadySettled):
        notices.send_again(notice, to=[LEE], by=carol)
    assert only().state == State.FAILED


def test_one_mail_that_came_back_is_tried_once_more_by_itself(accepted, carol):
    notices.came_back(mail_to(LEE), by=carol)
    notices.try_again(mail_to(LEE), by=carol)
    assert outbox.deliver_due() == 1
    accepted.refresh_from_db()
    assert accepted.notified_at


# --- Settling ---------------------------------------------------------------------------------


@pytest.fixture
def doubtful(server):
    server.answer = mail.Unsure("the connection was lost")
    receipt()
    with clock.travel(NOON + timedelta(minutes=1)):
        outbox.deliver_due()
    server.answer = None
    return only()


def test_a_person_who_heard_that_it_arrived_settles_it_as_accepted(doubtful, carol):
    with clock.travel(NOON + timedelta(days=1)):
        notices.settle(doubtful, by=carol, arrived=True)
    assert doubtful.state == State.ACCEPTED
    assert doubtful.accepted_at == NOON + timedelta(minutes=1)
    assert Notice.objects.get().notified_at == doubtful.accepted_at
    assert doubtful.settled_by == carol
    assert doubtful.settled_at == NOON + timedelta(days=1)
    entry = JournalEntry.objects.get()
    assert (entry.act, entry.actor, entry.subject) == ("settle notice", carol, PROPOSAL[1])
    assert entry.data == {"key": doubtful.key, "arrived": True, "attempt": 1}


def test_a_person_who_heard_that_it_did_not_has_it_sent_again(doubtful, carol, server):
    notices.settle(doubtful, by=carol, arrived=False)
    assert outbox.deliver_due() == 1
    assert only().state == State.ACCEPTED
    assert [attempt.outcome for attempt in only().attempts.all()] == ["unsure", "accepted"]
    assert JournalEntry.objects.get().data["arrived"] is False


def test_it_is_settled_once_and_the_second_person_is_told_by_whom(doubtful, carol, dana):
    stale = NoticeRecipient.objects.get()
    notices.settle(doubtful, by=carol, arrived=True)
    with pytest.raises(notices.AlreadySettled, match=f"{carol} has settled this already"):
        notices.settle(stale, by=dana, arrived=False)
    assert only().state == State.ACCEPTED
    assert JournalEntry.objects.count() == 1


def test_what_is_not_in_doubt_cannot_be_settled(server, carol):
    receipt()
    with pytest.raises(notices.AlreadySettled):
        notices.settle(only(), by=carol, arrived=True)
    assert only().state == State.WAITING


# --- Secrets ----------------------------------------------------------------------------------


def test_a_secret_letter_is_shown_nowhere_and_forgotten_once_it_is_sent(server):
    notice = receipt(text="Your way in: abc", html="", secret=True)
    assert (notice.shown_text, notice.shown_html) == ("", "")
    outbox.deliver_due()
    assert "Your way in: abc" in server.letters[0].body
    kept = Notice.objects.get()
    assert (kept.text, kept.html) == ("", "")
    assert kept.digest == sha256(b"Your way in: abc").hexdigest()


def test_a_secret_letter_is_kept_while_it_may_still_leave(server, carol):
    receipt(text="Your way in: abc", secret=True)
    server.answer = mail.Refused("451")
    outbox.deliver_due()
    assert Notice.objects.get().text
    server.answer = mail.Unsure("lost")
    with clock.travel(NOON + timedelta(hours=1)):
        outbox.deliver_due()
    assert Notice.objects.get().text
    notices.settle(only(), by=carol, arrived=True)
    assert not Notice.objects.get().text


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_secret_letter_whose_two_mails_end_at_once_is_forgotten(server, monkeypatch):
    receipt(LEE, HADDAD, text="Your way in: abc", secret=True)
    both_ended, both_looked = Barrier(2, timeout=180), Barrier(2, timeout=2)

    def forget(recipient: NoticeRecipient) -> None:
        both_ended.wait()
        notices.forget_secret(recipient)
        # Whoever looked stays a moment before the commit: the other must have waited for it.
        with suppress(BrokenBarrierError):
            both_looked.wait()

    monkeypatch.setattr(outbox, "forget_secret", forget)
    mails = [outbox.claim()[0] for _ in range(2)]
    done = at_once((mail.email, partial(outbox.deliver, mail)) for mail in mails)
    assert [one.raised for one in done] == [None, None]
    assert not Notice.objects.get().text


def test_a_letter_that_is_no_secret_is_kept(server):
    receipt()
    outbox.deliver_due()
    assert Notice.objects.get().shown_text == "CDSS received your proposal."


# --- For pages --------------------------------------------------------------------------------


def test_the_notices_of_a_proposal_are_read_in_three_queries(server, django_assert_num_queries):
    for number in range(5):
        receipt(LEE, HADDAD, event=f"receipt:CIP-2027-0042:{number}")
    receipt(event="other", subject=("proposal", "CIP-2027-0043"))
    outbox.deliver_due()
    with django_assert_num_queries(3):
        found = list(Notice.objects.about(*PROPOSAL))
        outcomes = [
            attempt.outcome
            for notice in found
            for recipient in notice.recipients.all()
            for attempt in recipient.attempts.all()
        ]
        assert all(notices.notified_at(notice) for notice in found)
    assert len(found) == 5
    assert outcomes == ["accepted"] * 10


def test_every_state_has_a_sentence_for_people():
    for state in State:
        assert state.meaning.endswith(".")
    assert State.DOUBTFUL.label == "May not have been sent"


def test_health_tells_how_the_worker_and_the_queue_are(server):
    assert notices.health() == {
        "worker_beat_age": None,
        "oldest_waiting_age": 0.0,
        "waiting": 0,
        "troubled": 0,
    }
    outbox.beat()
    receipt(LEE, HADDAD)
    with clock.travel(NOON + timedelta(minutes=2)):
        assert notices.health() == {
            "worker_beat_age": 120.0,
            "oldest_waiting_age": 120.0,
            "waiting": 2,
            "troubled": 0,
        }


# --- What the database knows ------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        {"state": "lost"},
        {"state": State.SENDING},
        {"lease_until": NOON},
        {"next_try_at": None},
        {"state": State.ACCEPTED},
        {"state": State.DELIVERED},
        {"settled_at": NOON},
    ],
)
def test_the_database_refuses_a_recipient_that_contradicts_itself(odd):
    receipt()
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeRecipient.objects.update(**odd)


def test_the_database_refuses_a_second_row_with_the_same_key():
    recipient = receipt().recipients.get()
    recipient.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        recipient.save(force_insert=True)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_row_that_another_worker_holds_is_skipped_not_waited_for():
    receipt(LEE, HADDAD)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM portal_noticerecipient WHERE email = %s FOR UPDATE", [LEE.email]
            )
            assert [row.email for row in outbox.claim(5)] == [HADDAD.email]
        other.rollback()
        other.set_autocommit(True)
    finally:
        other.close()
    assert [row.email for row in outbox.claim(5)] == [LEE.email]


@pytest.mark.django_db(transaction=True)
def test_an_outcome_is_kept_although_the_database_was_away_for_a_moment(server, monkeypatch):
    receipt()
    (claimed,) = outbox.claim()
    write_back = outbox._write_back
    away = [OperationalError("away"), InterfaceError("away"), cut_off()]

    def sometimes(*args, **kwargs):
        if away:
            raise away.pop()
        return write_back(*args, **kwargs)

    monkeypatch.setattr(outbox, "_write_back", sometimes)
    monkeypatch.setattr(outbox.time, "sleep", lambda seconds: None)
    assert outbox.deliver(claimed) is True
    assert only().state == State.ACCEPTED
    assert len(server.letters) == 1
