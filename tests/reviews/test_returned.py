"""Letters that came back: their county is notified no more, and a person sends them again."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock, notices, outbox
from portal.came_back import records, take_back
from portal.models import JournalEntry, Notice, NoticeRecipient
from portal.models.notices import State
from portal.notices import To
from reviews.models import Correspondent, Decision, Review, Round
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words
from tests.reviews.test_races import at_once, others_were_told, winners

pytestmark = pytest.mark.django_db
COUNTS = ("alice@alameda.example.gov",)


@pytest.fixture
def decision(carol, dana) -> Decision:
    """Decided two days ago; every mail of its letter was taken on."""
    with clock.travel(clock.now() - timedelta(days=2)):
        decided = make.decided()
        outbox.deliver_due()
    return Decision.objects.get(pk=decided.pk)


def page(name: str, letter: Notice) -> str:
    return reverse(name, args=[letter.subject, letter.pk])


def proof(letter: Notice) -> str:
    return reverse("notices", args=[letter.subject])


def mails(letter: Notice, *emails: str) -> list[NoticeRecipient]:
    return list(letter.recipients.filter(email__in=emails) if emails else letter.recipients.all())


def say_it_came_back(client, letter: Notice, mail: NoticeRecipient, said: str = ""):
    path = page("came_back", letter)
    typed = form_on(client.get(path)) | {"mail": str(mail.pk), "said": said}
    return client.post(path, typed)


@pytest.fixture
def lost(decision, client_of, carol) -> Notice:
    """The letter of the decision, after it came back from whoever counts."""
    for one in mails(decision.notice):
        if {"program contact", "sender"} & set(one.parts):
            answer = say_it_came_back(client_of(carol), decision.notice, one, "550 No such person")
            assert answer["Location"] == proof(decision.notice)
    return Notice.objects.get(pk=decision.notice_id)


@pytest.mark.acl("ACL-6")
def test_once_it_came_back_from_all_who_count_the_county_is_notified_no_more(lost, decision):
    assert lost.notified_at is None
    assert Round.objects.get(answer_notice=lost).notified_on is None
    assert decision.round.notified_at() is None


def test_from_another_alone_the_county_stays_notified(client_of, carol, decision):
    desk, letter = client_of(carol), decision.notice
    (theo,) = mails(letter, "theo@alameda.example.gov")
    say_it_came_back(desk, letter, theo)
    letter.refresh_from_db()
    assert letter.notified_at
    shown = words(desk.get(proof(letter)))
    assert "Came back" in shown
    assert "has not reached the county" not in shown
    assert "No letter needs a look" in words(desk.get(reverse("troubled_notices")))


def test_the_desk_says_so_whom_to_call_and_what_to_do(client_of, carol, lost, decision):
    desk = client_of(carol)
    review = words(desk.get(reverse("review", args=[lost.subject])))
    assert "The county is not notified yet" in review
    assert "or it came back. See the letter, and whom to call" in review
    answer = desk.get(proof(lost))
    said = words(answer)
    assert "This letter has not reached the county" in said
    assert "Put on record" in said and "“550 No such person”" in said
    assert "Call Alice Nakamura" in said and "510-555-0101" in said
    assert soup(answer).select_one(f'main a[href="{page("send_again", lost)}"]')
    assert soup(answer).select_one(f'main a[href="{page("record_post", lost)}"]')
    queue = words(desk.get("/reviews/?view=all"))
    assert "letter may not have arrived" in queue or "letters may not have arrived" in queue


def test_the_list_says_by_when_the_county_had_to_be_notified(client_of, carol, lost, decision):
    due = decision.round.due
    desk = client_of(carol)
    at = reverse("troubled_notices")
    assert "CDSS’s answer, and the county is not notified." in words(desk.get(at))
    with clock.travel(clock.instant(due + timedelta(days=3), clock.pacific(clock.now()).time())):
        assert "Overdue by 3 days" in words(client_of(carol).get(at))


def test_a_wrong_address_is_changed_one_click_from_the_list(client_of, carol, frank, lost):
    at, change = reverse("troubled_notices"), reverse("review_correspondents", args=[lost.subject])
    link = soup(client_of(carol).get(at)).select_one(f'main a[href="{change}"]')
    assert " ".join(link.text.split()) == f"Change who gets letters about {lost.subject}"
    assert not soup(client_of(frank).get(at)).select(f'main a[href="{change}"]')


def test_sent_again_it_is_the_same_letter_and_the_county_is_notified(
    client_of, carol, lost, decision, mail_folder
):
    desk, path = client_of(carol), page("send_again", lost)
    before = len(list(mail_folder.glob("*.eml")))
    shown = desk.get(path)
    assert "Alice Nakamura, alice@alameda.example.gov (program contact, sender" in words(shown)
    assert words(shown).count("alice@alameda.example.gov") == 1
    typed = form_on(shown)
    assert desk.post(path, typed)["Location"] == proof(lost)
    assert messages_on(desk.get(proof(lost))) == ["The letter is sent again."]
    assert desk.post(path, typed)["Location"] == proof(lost)
    outbox.deliver_due()
    sent = len(list(mail_folder.glob("*.eml"))) - before
    assert sent == JournalEntry.objects.filter(act="letter came back").count()
    lost.refresh_from_db()
    assert clock.pacific_date(lost.notified_at) == clock.today()
    assert Round.objects.get(answer_notice=lost).notified_on == clock.today()
    assert lost.digest == Notice.objects.get(pk=lost.pk).digest
    assert "has not reached the county" not in words(desk.get(proof(lost)))
    assert "No letter needs a look" in words(desk.get(reverse("troubled_notices")))


def test_after_an_address_was_mended_it_goes_to_the_new_one(
    client_of, carol, lost, decision, mail_folder
):
    desk, review = client_of(carol), Review.objects.get()
    for part in ("program contact", "sender", "preparer"):
        Correspondent.objects.replace(
            review, part, name="Quinn Diaz", email="quinn@alameda.example.gov", by=carol
        )
    path = page("send_again", lost)
    assert desk.post(path, form_on(desk.get(path))).status_code == 302
    outbox.deliver_due()
    lost.refresh_from_db()
    assert lost.notified_at
    assert NoticeRecipient.objects.get(email="quinn@alameda.example.gov").attempts.count() == 1
    assert all(one.state == State.BOUNCED for one in mails(lost, *COUNTS))
    history = words(desk.get(reverse("history", args=[lost.subject])))
    assert "had a letter sent again to quinn@alameda.example.gov" in history
    assert "put on record that a letter came back (alice@alameda.example.gov)" in history
    assert "550 No such person" in history


def test_who_was_notified_meanwhile_is_not_written_to_again(client_of, carol, dana, lost):
    desk, path = client_of(carol), page("send_again", lost)
    typed = form_on(desk.get(path))
    post = page("record_post", lost)
    client = client_of(dana)
    today = clock.today()
    day = f"{today:%B} {today.day}, {today.year}"
    client.post(post, form_on(client.get(post)) | {"name": "Alice", "on": day})
    answer = desk.post(path, typed)
    assert answer.status_code == 409
    assert "The county is notified by this letter" in errors_on(answer)[0]


def test_which_mail_it_was_is_asked_and_case_data_is_refused(client_of, carol, decision):
    desk, letter = client_of(carol), decision.notice
    path = page("came_back", letter)
    typed = form_on(desk.get(path))
    assert errors_on(desk.post(path, typed)) == ["Choose which mail came back"]
    other = Notice.objects.exclude(pk=letter.pk).first().recipients.first()
    assert desk.post(path, typed | {"mail": str(other.pk)}).status_code == 422
    case_data = {"mail": str(mails(letter)[0].pk), "said": "About 123-45-6789."}
    assert desk.post(path, typed | case_data).status_code == 422
    assert not letter.recipients.filter(state=State.BOUNCED).exists()


def test_what_no_server_took_on_leads_back_in_words(client_of, carol):
    letter = make.decided().notice
    desk = client_of(carol)
    answer = desk.get(page("came_back", letter), follow=True)
    assert messages_on(answer) == ["No mail server has taken on a mail of this letter."]
    assert page("came_back", letter) not in answer.content.decode()


def test_without_a_number_of_the_contact_it_says_so(client_of, carol, lost):
    Review.objects.get().proposal.contacts.update(phone="")
    assert "names no telephone number" in words(client_of(carol).get(proof(lost)))


@pytest.mark.parametrize("name", ["erin", "frank"])
def test_others_of_cdss_read_it_and_do_nothing(client_of, lost, name):
    client = client_of(make.someone(name))
    answer = client.get(proof(lost))
    assert "This letter has not reached the county" in words(answer)
    for act in ("came_back", "did_not_come_back", "send_again"):
        assert page(act, lost) not in answer.content.decode()
        assert client.get(page(act, lost)).status_code == 404
        assert client.post(page(act, lost)).status_code == 404


def test_a_letter_to_cdss_itself_does_not_come_back(client_of, carol, decision):
    letter = Notice.objects.get(event__startswith="new_proposal:")
    for act in ("came_back", "did_not_come_back", "send_again"):
        assert client_of(carol).get(page(act, letter)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_send_it_again_at_once_one_does_and_nobody_gets_it_twice(carol, dana):
    letter = make.decided().notice
    outbox.deliver_due()
    for one in mails(letter):
        notices.came_back(one, by=carol)
    new = To("quinn@alameda.example.gov", "Quinn Diaz", "program contact", "you are it")
    old = To("alice@alameda.example.gov", "Alice Nakamura", "sender", "you sent it")
    people = [carol, dana] * 5
    acts = [
        (one.name, partial(notices.send_again, letter, to=[new, old], by=one)) for one in people
    ]
    done = at_once(acts)
    assert [one.result for one in winners(done)] == [[new.email, old.email]]
    others_were_told(done, notices.AlreadySettled, "on its way")
    assert outbox.deliver_due() == 2
    assert [one.attempts.count() for one in mails(letter, new.email, old.email)] == [2, 1]
    assert JournalEntry.objects.filter(act="send letter again").count() == 1


# --- Taken back -------------------------------------------------------------------------------

MISTAKE = "It was the returned mail of another proposal."
TAKE_BACK = "did_not_come_back"


def say_it_did_not(client, letter: Notice, email: str, why: str = MISTAKE):
    """Take the record of that person's mail back, on the page that is open now."""
    shown = client.get(page(TAKE_BACK, letter))
    return client.post(page(TAKE_BACK, letter), form_on(shown) | choice(shown, email, why))


def choice(shown, email: str, why: str = MISTAKE) -> dict[str, str]:
    labels = soup(shown).select("main form label")
    label = next(one for one in labels if email in one.text)
    return {"mail": soup(shown).find(id=label["for"])["value"], "why": why}


@pytest.mark.acl("ACL-6")
def test_a_record_by_mistake_is_taken_back_and_the_county_is_notified_as_before(
    client_of, carol, decision
):
    desk, letter, shown = client_of(carol), decision.notice, {}
    letter.refresh_from_db()
    at, on = letter.notified_at, Round.objects.get(answer_notice=letter).notified_on
    pages = {
        "register": reverse("register"),
        "letters": reverse("troubled_notices"),
        "review": reverse("review", args=[letter.subject]),
        "statewide": reverse("statewide"),
    }
    for name, path in pages.items():
        shown[name] = words(desk.get(path))
    for one in mails(letter, *COUNTS):
        say_it_came_back(desk, letter, one)
    assert Round.objects.get(answer_notice=letter).notified_on is None
    proved = desk.get(proof(letter))
    assert soup(proved).select_one(f'main a[href="{page(TAKE_BACK, letter)}"]')
    answer = say_it_did_not(desk, letter, *COUNTS)
    assert answer["Location"] == proof(letter)
    proved = desk.get(proof(letter))
    assert messages_on(proved) == ["Taken back: the letter did not come back."]
    assert page(TAKE_BACK, letter) not in proved.content.decode()
    assert "has not reached the county" not in words(proved)
    letter.refresh_from_db()
    assert (letter.notified_at, Round.objects.get(answer_notice=letter).notified_on) == (at, on)
    for name, path in pages.items():
        assert words(desk.get(path)) == shown[name], name
    history = words(desk.get(reverse("history", args=[letter.subject])))
    said = "Carol Whitfield took back that a letter came back (alice@alameda.example.gov)."
    assert said in history and MISTAKE in history


def test_the_page_says_who_put_it_on_record_and_asks_for_a_reason(client_of, carol, dana, lost):
    desk, path = client_of(dana), page(TAKE_BACK, lost)
    shown = desk.get(path)
    assert "Put on record by Carol Whitfield today at" in words(shown)
    typed = form_on(shown)
    # The one that came back is chosen already.
    assert typed["mail"]
    answer = desk.post(path, typed)
    assert (answer.status_code, errors_on(answer)) == (422, ["Write why the record is taken back"])
    answer = desk.post(path, typed | {"why": "About 123-45-6789."})
    assert answer.status_code == 422
    answer = desk.post(path, typed | {"why": MISTAKE, "mail": "0"})
    assert answer.status_code == 422
    assert lost.recipients.filter(state=State.BOUNCED).exists()


def test_the_county_reads_neither_the_record_nor_that_it_was_taken_back(
    client_of, alice, carol, decision
):
    county, at = client_of(alice), reverse("proposal", args=[decision.notice.subject])
    before = words(county.get(at))
    say_it_came_back(client_of(carol), decision.notice, mails(decision.notice, *COUNTS)[0])
    say_it_did_not(client_of(carol), decision.notice, *COUNTS)
    assert words(county.get(at)) == before


def test_a_second_click_answers_like_the_first(client_of, carol, lost):
    desk, path = client_of(carol), page(TAKE_BACK, lost)
    shown = desk.get(path)
    typed = form_on(shown) | choice(shown, *COUNTS)
    for _ in range(2):
        answer = desk.post(path, typed, follow=True)
        assert messages_on(answer) == ["Taken back: the letter did not come back."]
    assert JournalEntry.objects.filter(act="letter did not come back").count() == 1


def test_a_second_click_on_the_last_mail_says_again_that_it_came_back(client_of, carol, decision):
    letter = decision.notice
    for one in mails(letter):
        path = page("came_back", letter)
        typed = form_on(client_of(carol).get(path)) | {"mail": str(one.pk), "said": ""}
        for _ in range(2):
            answer = client_of(carol).post(path, typed, follow=True)
            assert messages_on(answer) == ["On record: the letter came back."]


def test_from_a_page_older_than_a_colleagues_it_is_refused_and_what_was_typed_stays(
    client_of, carol, dana, lost
):
    desk, path = client_of(carol), page(TAKE_BACK, lost)
    shown = desk.get(path)
    typed = form_on(shown) | choice(shown, *COUNTS)
    say_it_did_not(client_of(dana), lost, *COUNTS)
    answer = desk.post(path, typed)
    assert answer.status_code == 409
    assert "Dana Okafor took this back already, today at" in words(answer)
    assert MISTAKE in words(answer)
    # Meanwhile it came back in truth: the old page says nothing of that record.
    say_it_came_back(client_of(dana), lost, mails(lost, *COUNTS)[0])
    assert desk.post(path, typed).status_code == 409
    assert mails(lost, *COUNTS)[0].state == State.BOUNCED


def test_sent_again_meanwhile_it_stays_on_record(client_of, carol, dana, lost):
    desk, path = client_of(carol), page(TAKE_BACK, lost)
    shown = desk.get(path)
    typed = form_on(shown) | choice(shown, *COUNTS)
    colleague, again = client_of(dana), page("send_again", lost)
    assert colleague.post(again, form_on(colleague.get(again))).status_code == 302
    answer = desk.post(path, typed)
    assert answer.status_code == 409
    assert "Dana Okafor had the letter sent again today at" in words(answer)
    answer = desk.get(path, follow=True)
    assert "the letter was sent again" in messages_on(answer)[0]
    assert path not in answer.content.decode()
    assert mails(lost, *COUNTS)[0].state == State.WAITING


def test_proof_of_notice_asks_for_such_records_only_once_something_came_back(
    client_of, carol, decision
):
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client_of(carol).get(proof(decision.notice))
        asked.append("letter did not come back" in str(queries.captured_queries))
        say_it_came_back(client_of(carol), decision.notice, mails(decision.notice)[0])
    assert asked == [False, True]


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_take_it_back_at_once_one_does(carol, dana):
    letter = make.decided().notice
    outbox.deliver_due()
    (mail,) = mails(letter, *COUNTS)
    notices.came_back(mail, by=carol)
    (record,) = records([letter])
    acts = [
        (one.name, partial(take_back, record, why=MISTAKE, by=one)) for one in [carol, dana] * 5
    ]
    done = at_once(acts)
    assert len(winners(done)) == 1
    others_were_told(done, notices.AlreadySettled, "took this back already")
    assert JournalEntry.objects.filter(act="letter did not come back").count() == 1
    assert Round.objects.get(answer_notice=letter).notified_on == clock.today()


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_try_a_mail_again_at_once_one_does(carol, dana):
    letter = make.decided().notice
    outbox.deliver_due()
    (mail,) = mails(letter, *COUNTS)
    notices.came_back(mail, by=carol)
    own = [NoticeRecipient.objects.get(pk=mail.pk) for _ in range(10)]
    done = at_once([("try", partial(notices.try_again, one, by=dana)) for one in own])
    assert len(winners(done)) == 1
    others_were_told(done, notices.AlreadySettled, "can’t be tried again")
    assert JournalEntry.objects.filter(act="try notice again").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_either_it_is_taken_back_or_it_is_sent_again(carol, dana, _):
    letter = make.decided().notice
    outbox.deliver_due()
    (mail,) = mails(letter, *COUNTS)
    notices.came_back(mail, by=carol)
    (record,) = records([letter])
    new = To("quinn@alameda.example.gov", "Quinn Diaz", "program contact", "you are it")
    old = To(*COUNTS, "Alice Nakamura", "sender", "you sent it")
    done = at_once(
        [
            *[("back", partial(take_back, record, why=MISTAKE, by=carol))] * 3,
            *[("again", partial(notices.send_again, letter, to=[new, old], by=dana))] * 3,
            *[("try", partial(notices.try_again, mail, by=dana))] * 3,
        ]
    )
    others_were_told(done, notices.AlreadySettled)
    won = {one.name for one in winners(done)}
    letter.refresh_from_db()
    if "back" in won:
        assert won == {"back"}
        assert letter.notified_at and not letter.recipients.filter(email=new.email).exists()
    else:
        assert won and letter.notified_at is None
        assert mails(letter, *COUNTS)[0].state == State.WAITING
