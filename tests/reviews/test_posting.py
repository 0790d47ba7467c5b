"""A letter by post is recorded with its day of mailing, which is when the county is notified."""

from datetime import datetime, time, timedelta

import pytest

from portal import clock, outbox
from portal.models import JournalEntry, Notice, NoticeRecipient
from portal.models.notices import State
from portal.notices import PostRefused, health, notified_at, record_post
from reviews import chronicle
from reviews.models import Review
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(db) -> Review:
    """Butte's, logged two days ago; it names no email address."""
    with clock.travel(clock.now() - timedelta(days=2)):
        return make.logged(program_email="", technical_email="")


@pytest.fixture
def receipt(review: Review) -> Notice:
    return Notice.objects.get(event__startswith="receipt:")


def url(letter: Notice) -> str:
    return f"/reviews/{letter.subject}/notices/{letter.pk}/post/"


def on_paper(letter: Notice) -> NoticeRecipient:
    return NoticeRecipient.objects.get(notice=letter, key=f"{letter.event}:post")


def write(day) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def test_the_day_of_mailing_counts_as_the_county_being_notified(carol, receipt):
    assert notified_at(receipt) is None
    yesterday = make.in_days(-1)
    one = record_post(receipt, name="Rosa Diaz", on=yesterday, by=carol)
    noon = datetime.combine(yesterday, time(12), clock.PACIFIC)
    assert notified_at(receipt) == one.accepted_at == noon
    assert (one.email, one.part, one.state) == ("", "program contact", "accepted")
    receipt.refresh_from_db()
    assert receipt.notified_at == noon


def test_a_letter_was_not_mailed_before_it_was_written_nor_later_than_now(carol, receipt):
    written = clock.pacific_date(receipt.created_at)
    for day in (written - timedelta(days=1), make.in_days(1)):
        with pytest.raises(PostRefused, match="Enter the day of mailing"):
            record_post(receipt, name="Rosa Diaz", on=day, by=carol)
    one = record_post(receipt, name="Rosa Diaz", on=written, by=carol)
    assert receipt.created_at <= one.accepted_at <= clock.now()


def test_the_worker_mails_nothing_for_it(carol, receipt, mail_folder):
    record_post(receipt, name="Rosa Diaz", on=clock.today(), by=carol)
    outbox.deliver_due()
    assert not any(":post" in one.read_text() for one in mail_folder.glob("*.eml"))
    assert on_paper(receipt).tries == 0


def test_a_secret_letter_is_never_recorded_as_mailed(carol, receipt):
    Notice.objects.filter(pk=receipt.pk).update(secret=True)
    receipt.refresh_from_db()
    with pytest.raises(PostRefused):
        record_post(receipt, name="Rosa Diaz", on=clock.today(), by=carol)


def test_the_page_records_it_and_leads_back_to_the_proof_of_notice(client_of, carol, receipt):
    client = client_of(carol)
    proof = f"/reviews/{receipt.subject}/notices/"
    assert soup(client.get(proof)).find("a", href=url(receipt))
    sent = form_on(client.get(url(receipt))) | {"name": "Rosa Diaz", "on": write(clock.today())}
    answer = client.post(url(receipt), sent)
    assert answer["Location"] == proof
    page = client.get(proof)
    assert messages_on(page) == ["On record: the letter was mailed."]
    assert "Rosa Diaz Program contact Sent by post" in words(page)
    assert not soup(page).find("a", href=url(receipt))


def test_the_history_says_who_put_which_day_on_record(carol, receipt, review):
    record_post(receipt, name="Rosa Diaz", on=clock.today(), by=carol)
    told = chronicle.told(JournalEntry.objects.about(*review.proposal.subject))[0]
    assert told.text.startswith(
        "Carol Whitfield put on record that a letter was mailed to Rosa Diaz on "
    )


def test_pressed_twice_it_is_on_record_once(client_of, carol, receipt):
    client = client_of(carol)
    sent = form_on(client.get(url(receipt))) | {"name": "Rosa Diaz", "on": write(clock.today())}
    first, second = (client.post(url(receipt), sent) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert JournalEntry.objects.filter(act="record post").count() == 1


def test_the_second_of_two_people_learns_who_was_first(client_of, carol, dana, receipt):
    client = client_of(dana)
    sent = form_on(client.get(url(receipt))) | {"name": "R. Diaz", "on": write(clock.today())}
    record_post(receipt, name="Rosa Diaz", on=clock.today(), by=carol)
    answer = client.post(url(receipt), sent)
    assert answer.status_code == 409
    assert errors_on(answer) == ["Carol Whitfield put on record already that it was mailed."]
    assert form_on(answer)["name"] == "R. Diaz"


@pytest.mark.parametrize(
    ("name", "day", "error"),
    [
        ("", 0, "Enter the name of the person it was mailed to"),
        ("Rosa Diaz", 1, "Enter a day up to today"),
        ("Rosa Diaz", -30, "when the letter was written"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_recorded(client_of, carol, receipt, name, day, error):
    client = client_of(carol)
    sent = form_on(client.get(url(receipt)))
    answer = client.post(url(receipt), sent | {"name": name, "on": write(make.in_days(day))})
    assert answer.status_code == 422
    assert error in "".join(errors_on(answer))
    assert form_on(answer)["on"] == write(make.in_days(day))
    assert not NoticeRecipient.objects.filter(key__endswith=":post").exists()


def test_a_letter_that_stays_inside_cdss_has_no_such_page(client_of, carol, receipt):
    inside = Notice.objects.get(event__startswith="new_proposal:")
    assert client_of(carol).get(url(inside)).status_code == 404


def test_a_letter_of_another_proposal_is_not_reached_by_this_one(client_of, carol, receipt):
    other = make.sent()
    path = f"/reviews/{other.reference}/notices/{receipt.pk}/post/"
    assert client_of(carol).get(path).status_code == 404


@pytest.mark.acl("ACL-8")
@pytest.mark.parametrize("state", [State.FAILED, State.BOUNCED, State.DOUBTFUL])
def test_a_letter_that_went_by_post_instead_needs_no_look_any_more(client_of, carol, state):
    review = make.sent()
    letter = Notice.objects.get(event__startswith="receipt:")
    letter.recipients.filter(email="theo@alameda.example.gov").update(
        state=state, accepted_at=clock.now(), next_try_at=None
    )
    client = client_of(carol)
    proof = f"/reviews/{review.reference}/notices/"
    assert letter.heading in words(client.get("/reviews/letters/"))
    assert "Letters that need a look" in words(client.get(proof))
    record_post(letter, name="Theo Marsh", on=clock.today(), by=carol)
    assert "No letter needs a look" in words(client.get("/reviews/letters/"))
    assert health()["troubled"] == 0
    page = words(client.get(proof))
    assert "Letters that need a look" not in page
    assert "The county was notified another way." in page


@pytest.mark.parametrize("first_name", ["bob", "alice", "erin", "frank"])
def test_only_reviewers_record_it(client_of, first_name, receipt):
    client = client_of(make.someone(first_name))
    assert client.get(url(receipt)).status_code == 404
    assert client.post(url(receipt), {"name": "x"}).status_code == 404
    if first_name in ("erin", "frank"):
        proof = client.get(f"/reviews/{receipt.subject}/notices/")
        assert "went by post" not in words(proof)


def test_the_county_reads_that_its_letter_went_by_post(client_of, bob, carol, receipt):
    record_post(receipt, name="Rosa Diaz", on=clock.today(), by=carol)
    page = client_of(bob).get(f"/proposals/{receipt.subject}/letters/{receipt.pk}/")
    assert "Rosa Diaz , program contact Sent by post" in words(page)
