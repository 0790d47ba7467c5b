"""The demonstration's data: believable, whole, and where it should stand, whatever day it is."""

import csv
import re
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal import clock, journal
from portal.demonstration import ACCOUNTS, PASSWORD
from portal.models import Attempt, JournalEntry, NoticeRecipient, OfficeClosure, User
from proposals import content as contents
from proposals import screening
from proposals.models import Document, Proposal, SignedCopy
from reviews import demonstration, queue
from reviews.models import Asking, Item, Note, Review
from reviews.moves import Status
from tests import make

WANTED = Path(__file__).parents[1] / "data" / "demo_proposals.csv"
STOP_MIDWAY = {3, 5, 7, 9, 10, 12, 18, 29, 30}
SATURDAY = datetime(2026, 11, 21, 16, 0, tzinfo=clock.PACIFIC)
MONDAY_AT_NIGHT = datetime(2026, 11, 23, 0, 10, tzinfo=clock.PACIFIC)
LAST_OF_THE_YEAR = datetime(2026, 12, 31, 15, 30, tzinfo=clock.PACIFIC)
AFTER_SUMMER_TIME_BEGAN = datetime(2027, 3, 15, 9, 0, tzinfo=clock.PACIFIC)
AFTER_SUMMER_TIME_ENDED = datetime(2026, 11, 2, 12, 0, tzinfo=clock.PACIFIC)
DAYS = (
    SATURDAY,
    MONDAY_AT_NIGHT,
    LAST_OF_THE_YEAR,
    AFTER_SUMMER_TIME_BEGAN,
    AFTER_SUMMER_TIME_ENDED,
)


def wanted() -> list[dict[str, str]]:
    with WANTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reached(review: Review) -> str:
    """Where a proposal of the demonstration stands, in the words of the list of outcomes."""
    asked = "documents requested then " if review.requests.exists() else ""
    words = {
        Status.DOCUMENTS_REQUESTED: "documents requested",
        Status.WITHDRAWN: f"{asked}withdrawn",
        Status.APPROVED: f"{asked}{review.label.lower()}",
        Status.NOT_APPROVED: f"{asked}not approved",
        Status.OUT_OF_SCOPE: "closed: no CMIPS data",
    }
    return words.get(review.where, "still with CDSS")


def is_working(day) -> bool:
    return day.weekday() < 5 and day not in OfficeClosure.objects.closed()


@pytest.mark.parametrize("now", DAYS, ids=lambda now: f"{now:%a %d %b %Y %H:%M}")
def test_each_proposal_stands_where_it_should_whatever_day_it_is(db, now):
    with clock.travel(now):
        last_before = journal.head()[0]
        demonstration.load()

        outcomes_are_reached()
        the_queue_shows_every_kind(clock.today())
        the_record_is_whole()
        nothing_happens_later_than_now_or_out_of_order(last_before)
        letters_left_a_moment_after_their_act(now)
        answers_are_full_and_hold_no_case_data()


def outcomes_are_reached():
    reviews = {
        (review.proposal.county_id, review.proposal.tool_name): review
        for review in Review.objects.for_lists()
    }
    found, expected = {}, {}
    for number, row in enumerate(wanted(), start=1):
        review = reviews.pop((row["county_number"], row["tool_name"]))
        found[row["ref"]] = reached(review)
        outcome = row["expected_outcome"].partition(";")[0]
        expected[row["ref"]] = "still with CDSS" if number in STOP_MIDWAY else outcome
    assert found == expected
    alameda = {
        title: reviews.pop(("01", title)).where
        for title in ("Visit Route Planner", "Overtime Dispute Log")
    }
    assert alameda == {
        "Visit Route Planner": Status.DOCUMENTS_REQUESTED,
        "Overtime Dispute Log": Status.IN_REVIEW,
    }
    ((_, revised),) = reviews.items()
    assert revised.proposal.revises.tool_name == "OneView Adult"
    assert revised.proposal.cmips_methods == ["ddl"]
    assert revised.where == Status.IN_REVIEW
    assert Note.objects.filter(review__proposal__tool_name="Shared Login Helper").count() == 2


def the_queue_shows_every_kind(today):
    carol = User.objects.get(email="carol@cdss.example.gov")
    for view in queue.VIEWS.values():
        assert Review.objects.filter(view.holds(carol, today)).exists(), view.label
    dues = set(Review.objects.exclude(due=None).values_list("due", flat=True))
    next_working = next(
        day for day in (today + timedelta(days=n) for n in range(9)) if is_working(day)
    )
    assert next_working in dues
    assert all(is_working(due) for due in dues)


def the_record_is_whole():
    assert journal.verify() == []
    sent = Proposal.objects.exclude(sent_at=None)
    assert sent.count() == 33
    assert all(proposal.copies.exists() for proposal in sent)
    assert all(copy.is_whole() for copy in SignedCopy.objects.all())
    assert Document.objects.exists()
    assert all(document.path.stat().st_size == document.size for document in Document.objects.all())
    for item in Item.objects.filter(request__ended_how="responded"):
        assert item.state == Item.SETTLED


def nothing_happens_later_than_now_or_out_of_order(last_before):
    times = list(
        JournalEntry.objects.filter(number__gt=last_before)
        .order_by("number")
        .values_list("at", flat=True)
    )
    assert times == sorted(times)
    assert times[-1] <= clock.now()
    assert all(attempt.ended_at <= clock.now() for attempt in Attempt.objects.all())


def letters_left_a_moment_after_their_act(now):
    for mail in NoticeRecipient.objects.select_related("notice"):
        if mail.state == "waiting":
            assert clock.pacific_date(mail.notice.created_at) == now.date()
        else:
            assert mail.state == "accepted"
            assert mail.accepted_at - mail.notice.created_at < timedelta(minutes=1)
        assert mail.email.endswith(".example.gov")


def answers_are_full_and_hold_no_case_data():
    for proposal in Proposal.objects.exclude(sent_at=None).whole():
        content = proposal.content()
        assert contents.missing_for_letter(content) == []
        assert contents.problems(content) == []
        for section in contents.SECTIONS:
            assert contents.missing_in(section, content) == [], proposal
        for field, _, text in contents.free_text(content):
            assert screening.case_data(text) == [], (proposal, field)
    begun, ready = Proposal.objects.filter(sent_at=None).order_by("tool_name")
    assert (begun.title, ready.title) == ("Interpreter Match", "Orientation Calendar")
    assert {draft.created_by.name for draft in (begun, ready)} == {"Amir Haddad"}
    assert contents.missing_for_letter(begun.content())
    assert all(contents.missing_in(section, ready.content()) == [] for section in contents.SECTIONS)
    asking = Asking.objects.get()
    assert (asking.proposal, asking.signer.name) == (ready, "Alice Nakamura")
    assert asking.is_open


def test_nobody_in_it_can_be_reached_in_the_real_world():
    text = demonstration.DATA.read_text(encoding="utf-8")
    domains = re.findall(r"[\w.+-]+@([\w.-]+\w)", text)
    assert domains
    assert {
        domain for domain in domains if not domain.endswith(("example.gov", "example.com"))
    } == set()
    numbers = re.findall(r"\d{3}-\d{3}-\d{4}", text)
    assert numbers
    assert {number for number in numbers if "-555-01" not in number} == set()
    assert "://" not in text


def test_its_people_sign_for_their_counties_and_no_real_mail_server_hears_of_them(db, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "portal.mail.Smtp", None
    with clock.travel(SATURDAY):
        demonstration.load()
        for account in ACCOUNTS:
            person = User.objects.get(email=account.email)
            assert person.check_password(PASSWORD)
            assert person.role == account.role
        teresa = User.objects.get(name="Teresa Villanueva")
        assert teresa.email == "teresa.villanueva@contracosta.example.gov"
        assert teresa.check_password(PASSWORD)
        assert teresa.may_sign_for(make.county("Contra Costa"))
        kent = User.objects.get(name="Kent Abara")
        assert kent.belongs_to(make.county("Contra Costa"))
        assert not kent.may_sign_for(make.county("Contra Costa"))
        assert not NoticeRecipient.objects.exclude(state="accepted").exists()


def test_loaded_twice_it_changes_nothing_and_says_so(db, mail_folder):
    said = StringIO()
    call_command("load_demo", stdout=said)
    assert said.getvalue().startswith("Loaded 35 demonstration proposals in ")
    assert list(mail_folder.glob("*.eml"))
    before = journal.head()
    said = StringIO()
    call_command("load_demo", stdout=said)
    assert said.getvalue() == "The demonstration data is there already.\n"
    assert journal.head() == before


def test_outside_a_demonstration_it_is_refused(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="no demonstration"):
        call_command("load_demo")
    assert not User.objects.exists()


def test_beside_real_proposals_it_is_refused(db):
    county = make.county("Yolo")
    make.draft(county, by=make.person("someone@yolo.example.gov", of=county))
    with pytest.raises(CommandError, match="proposals already"):
        call_command("load_demo")
    assert Proposal.objects.count() == 1


def test_a_failure_midway_leaves_nothing_behind(db, settings, monkeypatch):
    kept = demonstration.outbox.deliver_due
    calls = []

    def fails_late(**given):
        calls.append(1)
        if len(calls) > 120:
            raise OSError("the disk is full")
        return kept(**given)

    monkeypatch.setattr(demonstration.outbox, "deliver_due", fails_late)
    with pytest.raises(OSError, match="the disk is full"):
        demonstration.load()
    assert not Proposal.objects.exists()
    assert not User.objects.exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []
