"""Who is told what: each move and act with its letters, and what stands in them."""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup

from portal import clock, outbox
from portal.models import GoverningLetter, Notice, NoticeRecipient, Role, User
from portal.outbox import message_for
from reviews import colleague_letters, letters
from reviews.checklist import RULES
from reviews.models import Asking, Correspondent, Finding, Message, Note, Review
from reviews.moves import ACTS, MOVES
from tests import make

PACIFIC = ZoneInfo("America/Los_Angeles")
CONTACTS = {"pat@alameda.example.gov", "theo@alameda.example.gov"}
COUNTY = CONTACTS | {"alice@alameda.example.gov", "amir@alameda.example.gov"}
MAILBOX = {"intake@cdss.example.gov"}
ALICE, AMIR = "alice@alameda.example.gov", "amir@alameda.example.gov"
CAROL, DANA, DIEGO = (f"{name}@cdss.example.gov" for name in ("carol", "dana", "diego"))


@pytest.fixture(autouse=True)
def people(db: None, settings: Any) -> None:
    """The seven, a second approver, and one who has left."""
    settings.INTAKE_EMAIL = "CMIPS proposals <intake@cdss.example.gov>"
    settings.SITE_URL = "https://portal.example.gov"
    for account in make.ACCOUNTS:
        make.someone(account.first_name)
    make.person(DIEGO, role=Role.APPROVER)
    make.person("gone@cdss.example.gov", role=Role.APPROVER, is_active=False)


def who(first_name: str) -> User:
    return make.someone(first_name)


def sent(**answers: Any) -> Review:
    """Prepared by Amir, sent by Alice; Pat and Theo are the contacts: four people to tell."""
    return make.sent(prepared(**answers))


def prepared(**answers: Any) -> Any:
    contact = {"program_name": "Pat Ruiz", "program_email": "pat@alameda.example.gov"}
    return make.draft(by=who("amir"), **(contact | answers))


def in_review(**answers: Any) -> Review:
    return make.in_review(sent(**answers))


# The table: each row sets the scene, yields, and acts. Only what leaves after the yield counts.

Row = Callable[..., Iterator[None]]


def send(**answers: Any) -> Iterator[None]:
    proposal = prepared(**answers)
    yield
    make.sent(proposal)


def log(**answers: Any) -> Iterator[None]:
    yield
    make.logged(make.county("Alameda"), program_email="pat@alameda.example.gov", **answers)


def recall(**answers: Any) -> Iterator[None]:
    review = sent(**answers)
    yield
    review.recall(by=who("alice"))


def take(**answers: Any) -> Iterator[None]:
    review = sent(**answers)
    yield
    review.take(by=who("carol"))


def hand_over(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    review.hand_over(by=who("carol"), to=who("dana"))


def assign_a_submitted_one(**answers: Any) -> Iterator[None]:
    review = sent(**answers)
    yield
    review.hand_over(by=who("dana"), to=who("carol"))


def hand_over_to_oneself(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    review.hand_over(by=who("dana"), to=who("dana"))


def put_back(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    review.put_back(by=who("carol"))


def request(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    make.requested(review, words="Two things are missing.")


def respond(**answers: Any) -> Iterator[None]:
    asked = make.requested(in_review(**answers))
    yield
    make.responded(asked)


def respond_when_the_reviewer_has_left(**answers: Any) -> Iterator[None]:
    asked = make.requested(in_review(**answers))
    User.objects.filter(email=CAROL).update(is_active=False)
    asked.refresh_from_db()
    yield
    make.responded(asked)


def waive(**answers: Any) -> Iterator[None]:
    asked = make.requested(in_review(**answers))
    yield
    asked.waive_rest(by=who("carol"), why="The plan says it already.")


def recommend(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    make.drafted_decision(review)


def recommend_by_an_approver(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    make.drafted_decision(review, by=who("dana"))


def send_back(**answers: Any) -> Iterator[None]:
    drafted = make.drafted_decision(in_review(**answers))
    yield
    drafted.send_back(by=who("dana"), why="Name the tablets.")


def release(**answers: Any) -> Iterator[None]:
    drafted = make.drafted_decision(in_review(**answers), conditions=[make.condition()])
    yield
    drafted.release(by=who("dana"))


def release_not_approved(**answers: Any) -> Iterator[None]:
    review = in_review(**(answers | {"cmips_methods": ["direct"]}))
    drafted = make.drafted_decision(review, outcome="not_approved")
    yield
    drafted.release(by=who("dana"))


def release_out_of_scope(**answers: Any) -> Iterator[None]:
    drafted = make.drafted_decision(in_review(**answers), outcome="out_of_scope")
    yield
    drafted.release(by=who("dana"))


def withdraw(**answers: Any) -> Iterator[None]:
    drafted = make.drafted_decision(in_review(**answers))
    yield
    drafted.review.withdraw(by=who("alice"), why="The vendor has closed.")


def close(**answers: Any) -> Iterator[None]:
    asked = make.requested(in_review(**answers))
    later = clock.now() + timedelta(days=30)
    with clock.travel(later):
        for _ in range(2):
            asked.record_reminder(by=who("carol"), on=clock.today(), how="By telephone")
        yield
        asked.close(by=who("dana"))


def reopen(**answers: Any) -> Iterator[None]:
    decision = make.decided(in_review(**answers))
    yield
    decision.review.reopen(by=who("dana"), why="The vendor has changed.")


def discard(**answers: Any) -> Iterator[None]:
    proposal = prepared(**answers)
    yield
    proposal.discard(by=who("amir"))


def ask_to_sign(**answers: Any) -> Iterator[None]:
    proposal = prepared(**answers)
    yield
    Asking.objects.ask(proposal, by=who("amir"), signer=who("alice"), note="By Friday, please.")


def return_to_preparer(**answers: Any) -> Iterator[None]:
    asking = Asking.objects.ask(prepared(**answers), by=who("amir"), signer=who("alice"))
    yield
    asking.give_back("Name the subcontractors.", by=who("alice"))


def take_back_asking(**answers: Any) -> Iterator[None]:
    asking = Asking.objects.ask(prepared(**answers), by=who("amir"), signer=who("alice"))
    yield
    asking.take_back(by=who("amir"))


def send_what_a_colleague_asked_to_sign(**answers: Any) -> Iterator[None]:
    proposal = prepared(**answers)
    Asking.objects.ask(proposal, by=who("amir"), signer=who("alice"))
    yield
    make.sent(proposal)


def correct_receipt(**answers: Any) -> Iterator[None]:
    period = in_review(**answers).open_round()
    yield
    earlier = clock.now() - timedelta(days=2)
    period.correct_receipt(by=who("dana"), receipt_at=earlier, why="The email is older.")


def change_correspondents(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    Correspondent.objects.replace(
        review, "program contact", name="Quinn", email="quinn@alameda.example.gov", by=who("amir")
    )


def confirm_condition(**answers: Any) -> Iterator[None]:
    decision = make.decided(in_review(**answers), conditions=[make.condition()])
    yield
    decision.conditions.get().confirm(by=who("amir"), evidence="Tested on Monday.")


def message(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    Message.objects.write(review, by=who("amir"), text="When do you answer?")


def message_to_a_proposal_nobody_reviews(**answers: Any) -> Iterator[None]:
    review = sent(**answers)
    yield
    Message.objects.write(review, by=who("amir"), text="When do you answer?")


def message_of_cdss(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    Message.objects.write(review, by=who("carol"), text="Who hosts it?")


def note(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    Note.objects.write(review, by=who("carol"), text="Ask the lawyers.")


def checklist(**answers: Any) -> Iterator[None]:
    review = in_review(**answers)
    yield
    values = {RULES[0].key: {"choice": "meets", "note": "Complete."}}
    Finding.objects.save_checklist(review, by=who("carol"), values=values)


def settle_an_item(**answers: Any) -> Iterator[None]:
    asked = make.requested(in_review(**answers))
    yield
    make.settle(asked)


def excuse_an_item(**answers: Any) -> Iterator[None]:
    item = make.requested(in_review(**answers)).items.first()
    yield
    item.excuse_it(item.CANCELLED, "Asked in error.", by=who("carol"))


def extend_an_item(**answers: Any) -> Iterator[None]:
    item = make.requested(in_review(**answers)).items.first()
    yield
    item.extend(make.in_days(40), by=who("carol"))


def send_an_item_back(**answers: Any) -> Iterator[None]:
    asked = make.requested(in_review(**answers))
    make.settle(asked)
    yield
    asked.items.first().send_back("The last page is missing.", by=who("carol"))


def remind_by_hand(**answers: Any) -> Iterator[None]:
    asked = make.requested(in_review(**answers))
    yield
    asked.record_reminder(by=who("carol"), on=clock.today(), how="By telephone")


TABLE: dict[Row, dict[str, set[str]]] = {
    send: {"receipt": COUNTY, "new_proposal": MAILBOX},
    log: {"receipt": CONTACTS, "new_proposal": MAILBOX},
    recall: {"recalled": MAILBOX},
    take: {},
    hand_over: {"assigned": {DANA}},
    put_back: {},
    request: {"requested": COUNTY},
    respond: {"response_received": COUNTY, "response_arrived": {CAROL}},
    waive: {"waived": COUNTY},
    recommend: {"decision_drafted": {DANA, DIEGO}},
    send_back: {"decision_sent_back": {CAROL}},
    release: {"decision": COUNTY},
    withdraw: {"withdrawn": MAILBOX},
    close: {"closed": COUNTY},
    reopen: {"reopened": COUNTY},
    # Recorded acts that are no moves
    discard: {},
    ask_to_sign: {"asked_to_sign": {ALICE}},
    return_to_preparer: {"returned_to_preparer": {AMIR}},
    take_back_asking: {},
    correct_receipt: {},
    change_correspondents: {},
    confirm_condition: {},
    message: {"message": {CAROL}},
    note: {},
    # The same moves and acts in other circumstances, and what happens to a request's items
    send_what_a_colleague_asked_to_sign: {"receipt": COUNTY, "new_proposal": MAILBOX},
    assign_a_submitted_one: {"assigned": {CAROL}},
    hand_over_to_oneself: {},
    respond_when_the_reviewer_has_left: {"response_received": COUNTY, "response_arrived": MAILBOX},
    recommend_by_an_approver: {"decision_drafted": {DIEGO}},
    release_not_approved: {"decision": COUNTY},
    release_out_of_scope: {"decision": COUNTY},
    message_to_a_proposal_nobody_reviews: {"message": MAILBOX},
    message_of_cdss: {"message": COUNTY},
    checklist: {},
    settle_an_item: {},
    excuse_an_item: {},
    extend_an_item: {"extended": COUNTY},
    send_an_item_back: {"item_sent_back": COUNTY},
    remind_by_hand: {},
}
# Letters between colleagues about a draft, of which CDSS sees nothing.
INSIDE_COUNTY = (ask_to_sign, return_to_preparer)
TELLING = [row for row, told in TABLE.items() if told]


def told_by(row: Row, **answers: Any) -> list[Notice]:
    """The letters that leave with the act of a row, and none of those before it."""
    scene = row(**answers)
    next(scene)
    before = set(Notice.objects.values_list("pk", flat=True))
    next(scene, None)
    return list(Notice.objects.exclude(pk__in=before).prefetch_related("recipients"))


def addresses(notice: Notice) -> set[str]:
    return {recipient.email for recipient in notice.recipients.all()}


def is_for_county(notice: Notice) -> bool:
    return bool(addresses(notice) & COUNTY)


def every_row(rows: Any) -> Any:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.__name__)


def test_every_move_and_act_stands_in_the_table() -> None:
    assert {*MOVES, *ACTS} <= {row.__name__ for row in TABLE}


def test_every_letter_leaves_in_some_row_of_the_table() -> None:
    told = {name for row in TABLE.values() for name in row}
    written = {
        name
        for module in (letters, colleague_letters)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    assert told == written


@pytest.mark.acl("ACL-8")
@every_row(TABLE)
def test_these_letters_leave_to_these_people_and_no_others(row: Row) -> None:
    told = {notice.event.split(":")[0]: addresses(notice) for notice in told_by(row)}
    assert told == TABLE[row]


# What every letter looks like


@every_row(TELLING)
def test_the_subject_starts_with_the_reference_and_ends_with_the_tool(row: Row) -> None:
    for notice in told_by(row):
        reference = notice.subject
        assert re.fullmatch(rf"{reference}: .+ – Caseload Compass", notice.heading)
        assert notice.subject_kind == ("draft" if row in INSIDE_COUNTY else "proposal")


@every_row(TELLING)
def test_a_letter_reads_in_the_order_that_people_know(row: Row) -> None:
    for notice in told_by(row):
        news, _, rest = notice.text.partition("\n\n")
        assert re.fullmatch(r"[^\n]+\.", news)
        order = [f"Reference: {notice.subject}", "Tool: Caseload Compass", "County: Alameda County"]
        order += ["Status: ", "What you need to do\n", "What happens next\n", "Contact\n"]
        places = [rest.index(part) for part in order]
        assert places == sorted(places)


@every_row(TELLING)
def test_a_letter_has_one_link_and_it_leads_to_the_readers_own_pages(row: Row) -> None:
    for notice in told_by(row):
        links = [link["href"] for link in BeautifulSoup(notice.html, "html.parser").find_all("a")]
        inside = "reviews" if not is_for_county(notice) else "proposals"
        assert len(links) == 1
        assert links[0].startswith(f"https://portal.example.gov/{inside}/")
        assert notice.text.count("https://") == 1
        assert links[0] in notice.text
        assert notice.subject in links[0] or row is recall


@every_row(TELLING)
def test_text_and_html_say_the_same(row: Row) -> None:
    for notice in told_by(row, tool_name="Tom & Jerry's <Planner>"):
        page = BeautifulSoup(notice.html, "html.parser")
        for link in page.find_all("a"):
            link.replace_with(f"{link.text}: {link['href']}")
        assert letters_only(page.get_text(" ")) == letters_only(notice.text)


def letters_only(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


@every_row(TELLING)
def test_what_a_county_typed_stays_text(row: Row) -> None:
    name = "<script>alert(1)</script>\r\nBcc: eve@example.com\r\n\r\n{{ settings.SECRET_KEY }}"
    for notice in told_by(row, tool_name=name):
        assert "<script" not in notice.html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in notice.html
        assert "<script>alert(1)</script> Bcc: eve@example.com {{ settings" in notice.text
        assert "\n" not in notice.heading and "\r" not in notice.heading
        for recipient in notice.recipients.all():
            mail = message_for(recipient).message()
            assert "Bcc" not in mail
            assert mail.get_all("To") == [mail["To"]]
            assert "eve@" not in recipient.email


@every_row(TELLING)
def test_a_letter_told_twice_leaves_once(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Callable[[], Notice]] = []
    for name in {name for names in TABLE.values() for name in names}:
        module = letters if hasattr(letters, name) else colleague_letters
        monkeypatch.setattr(module, name, _remembered(getattr(module, name), told))
    notices = {notice.pk for notice in told_by(row)}
    mails = NoticeRecipient.objects.count()
    again = {tell().pk for tell in told}
    assert notices <= again
    assert NoticeRecipient.objects.count() == mails


def _remembered(letter: Callable, told: list) -> Callable:
    def tell(*args: Any) -> Notice:
        told.append(partial(letter, *args))
        return letter(*args)

    return tell


def test_a_long_name_is_trimmed_in_the_subject_but_whole_in_the_letter() -> None:
    name = "Caseload " * 40
    notice = told_by(send, tool_name=name)[0]
    assert len(notice.heading) < 120
    assert notice.heading.endswith("…")
    assert " ".join(name.split()) in notice.text


def test_the_mail_says_why_the_reader_gets_it() -> None:
    notice = told_by(send)[0]
    mails = {one.email: message_for(one).body for one in notice.recipients.all()}
    for email, why in {
        "pat@alameda.example.gov": "you are the program contact of this proposal.",
        "theo@alameda.example.gov": "you are the technical contact of this proposal.",
        "alice@alameda.example.gov": "you sent this proposal.",
        "amir@alameda.example.gov": "you prepared it.",
    }.items():
        assert f"You get this because {why}" in mails[email]


def test_a_county_is_told_whom_to_ask_and_cdss_whom_at_the_county() -> None:
    receipt, announcement = sorted(told_by(send), key=lambda notice: notice.event, reverse=True)
    letter = GoverningLetter.objects.current()
    assert f"write to {letter.mailbox}" in receipt.text
    assert "Pat Ruiz, program contact of Alameda County: pat@" in announcement.text


# Nothing internal leaves


def test_no_letter_to_a_county_carries_a_word_that_only_cdss_reads() -> None:
    review = in_review(cmips_methods=["virtual_user"])
    carol, dana = who("carol"), who("dana")
    Note.objects.write(review, by=carol, text="INSIDE-NOTE")
    values = {rule.key: {"choice": "documents", "note": "INSIDE-FINDING"} for rule in RULES}
    Finding.objects.save_checklist(review, by=carol, values=values)
    make.responded(make.requested(review))
    review.refresh_from_db()
    drafted = make.drafted_decision(review, override="INSIDE-OVERRIDE")
    drafted.send_back(by=dana, why="INSIDE-DRAFT")
    decision = make.decided(review, override="INSIDE-OVERRIDE")
    decision.review.reopen(by=dana, why="The vendor has changed.")
    Message.objects.write(decision.review, by=carol, text="We look at it again.")
    for notice in Notice.objects.prefetch_related("recipients"):
        if is_for_county(notice):
            assert "INSIDE" not in notice.heading + notice.text + notice.html
    inside = Notice.objects.filter(text__contains="INSIDE")
    assert [notice.event.split(":")[0] for notice in inside] == ["decision_sent_back"]


def test_no_letter_names_a_file() -> None:
    asked = make.requested(in_review())
    review = make.responded(asked)
    document = asked.items.first().documents.get()
    Message.objects.write(review, by=who("amir"), text="Here it is.", document=document)
    message = Notice.objects.get(event__startswith="message:")
    assert "It came with a document" in message.text
    for notice in Notice.objects.all():
        assert document.file_name not in notice.text + notice.html + notice.heading


# Rounds


@pytest.mark.acl("ACL-4")
def test_a_proposal_sent_again_is_acknowledged_again() -> None:
    review = sent()
    review.recall(by=who("alice"))
    review.proposal.refresh_from_db()
    make.sent(review.proposal)
    receipts = Notice.objects.filter(event__startswith="receipt:")
    reference = review.reference
    assert [one.event for one in receipts] == [f"receipt:{reference}:1", f"receipt:{reference}:2"]
    assert all(addresses(one) == COUNTY for one in receipts)
    assert Notice.objects.filter(event__startswith="new_proposal:").count() == 2


def test_letters_of_a_later_period_have_keys_of_their_own() -> None:
    review = in_review()
    for _ in range(2):
        make.responded(make.requested(review))
        review.refresh_from_db()
        make.drafted_decision(review).send_back(by=who("dana"), why="Say more.")
        make.decided(review)
        review.refresh_from_db()
        review.reopen(by=who("dana"), why="The vendor has changed.")
    counts = Counter(
        event.split(":")[0] for event in Notice.objects.values_list("event", flat=True)
    )
    twice = ("requested", "response_received", "response_arrived", "decision", "reopened")
    assert {name: counts[name] for name in twice} == dict.fromkeys(twice, 2)
    assert counts["decision_drafted"] == 4
    assert counts["decision_sent_back"] == 2


def test_the_next_letter_follows_a_changed_correspondent() -> None:
    review = in_review()
    Correspondent.objects.replace(
        review, "program contact", name="Quinn", email="quinn@alameda.example.gov", by=who("carol")
    )
    make.requested(review)
    told = addresses(Notice.objects.get(event__startswith="requested:"))
    assert told == COUNTY - {"pat@alameda.example.gov"} | {"quinn@alameda.example.gov"}


def test_where_nobody_of_the_county_has_an_address_cdss_is_told_to_write_by_post() -> None:
    make.logged(program_email="", technical_email="")
    receipt = Notice.objects.get(event__startswith="receipt:")
    assert addresses(receipt) == MAILBOX
    assert "must go by post" in receipt.recipients.get().why


# What single letters say


@pytest.mark.acl("ACL-4")
@pytest.mark.acl("ACL-6")
def test_the_receipt_tells_when_cdss_answers_and_why_on_that_day() -> None:
    with clock.travel(datetime(2026, 11, 25, 16, 12, tzinfo=PACIFIC)):
        notice = told_by(send)[0]
    assert notice.heading.startswith(f"{notice.subject}: CDSS received your proposal – ")
    assert "received your proposal on Wednesday, November 25, 2026, at 4:12 PM PT." in notice.text
    assert "CDSS answers by: Monday, December 28, 2026" in notice.text
    assert "Day 1 is Thursday, November 26, 2026." in notice.text
    assert "Christmas" in notice.text
    assert "Nothing now." in notice.text
    assert "By Monday, December 28, 2026, CDSS approves it, asks for documents" in notice.text


def test_the_receipt_of_a_logged_proposal_says_how_it_came() -> None:
    receipt = next(notice for notice in told_by(log) if notice.event.startswith("receipt"))
    assert "CDSS received your proposal by email on" in receipt.text
    assert "CDSS entered it in the portal for you." in receipt.text


def test_a_receipt_does_not_promise_a_date_that_has_passed() -> None:
    make.logged(receipt_at=clock.now() - timedelta(days=60))
    notice = Notice.objects.get(event__startswith="receipt:")
    assert "The date by which CDSS answers has passed already." in notice.text
    assert "By " not in notice.text.partition("What happens next")[2]


@pytest.mark.acl("ACL-7")
def test_a_request_carries_each_item_with_why_and_by_when() -> None:
    with clock.travel(datetime(2027, 1, 4, 10, tzinfo=PACIFIC)):
        review = in_review()
    with clock.travel(datetime(2027, 1, 16, 10, tzinfo=PACIFIC)):
        later = make.answer_item(days=20, why="Name <it> & say where.")
        items = [make.document_item(days=10), later]
        make.requested(review, items=items, words="Thank you.\nTwo things are missing.")
    notice = Notice.objects.get(event=f"requested:{review.reference}:1")
    assert "Thank you.\nTwo things are missing." in notice.text
    assert "1. Risk assessment (by " in notice.text
    assert "To see which risks the county found." in notice.text
    assert "2. Change an answer: Where is it hosted? (by " in notice.text
    assert "Name <it> & say where." in notice.text
    assert "Name &lt;it&gt; &amp; say where." in notice.html
    assert "Thirty-day period: Stopped on day 12 of 30" in notice.text
    assert f"keep the reference {review.reference} in the subject" in notice.text
    assert "When you send your response, a new thirty-day period starts" in notice.text
    assert f"/proposals/{review.reference}/respond/" in notice.text


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("restart", "When you send your response, a new thirty-day period starts"),
        ("resume", "When you send your response, the days that were left go on"),
        ("none", "When you send your response, no new date is set"),
    ],
)
def test_a_request_says_what_the_response_does_to_the_clock(
    mode: str, words: str, settings: Any
) -> None:
    settings.CLOCK_MODE = mode
    assert words in told_by(request)[0].text


def test_where_no_date_runs_after_a_request_no_date_is_promised(settings: Any) -> None:
    settings.CLOCK_MODE = "none"
    notice = told_by(respond)[0]
    assert "CDSS answers by: No date is set" in notice.text


def test_the_receipt_of_a_response_lists_how_each_item_was_settled() -> None:
    items = [make.document_item(), make.answer_item(), make.document_item("poam")]
    asked = make.requested(in_review(), items=[*items, make.document_item("training")])
    make.settle(asked)
    asked.items.get(number=3).decline("we have no weaknesses on record", by=who("amir"))
    asked.items.filter(number=4).update(state="waived")
    asked.respond(by=who("alice"), name="Alice Nakamura", title="Manager")
    text = Notice.objects.get(event__startswith="response_received:").text
    assert "1. Risk assessment\nYou sent a document." in text
    assert "2. Change an answer: Where is it hosted?\nYou changed the answer." in text
    assert "because: we have no weaknesses on record" in text
    assert "4. Training evidence\nCDSS does not need it any more." in text


@pytest.mark.acl("ACL-6")
def test_the_decision_carries_the_letter_exactly_as_it_was_drafted() -> None:
    typed = "Dear Pat,\n\nwe <approve> it & wish you well.\n\n  1. As proposed.\n\nThe Division"
    drafted = make.drafted_decision(
        in_review(), letter=typed, conditions=[make.condition("Encrypt it.", days=40)]
    )
    drafted.release(by=who("dana"))
    notice = drafted.notice
    assert notice is not None
    assert typed in notice.text
    assert "we &lt;approve&gt; it &amp; wish you well." in notice.html
    assert "Status: Approved with conditions" in notice.text
    assert "Condition 1: By " in notice.text
    assert "Encrypt it." in notice.text.partition("The letter")[0]
    assert "Confirm each condition on the proposal's page." in notice.text


@pytest.mark.acl("ACL-7")
def test_a_proposal_not_approved_may_be_revised_and_sent_again() -> None:
    text = told_by(release_not_approved)[0].text
    assert "CDSS has decided on your proposal: Not approved." in text
    assert "choose “Revise and send again”" in text
    assert "This decision is final for this proposal." in text


def test_an_approver_reads_the_outcome_and_the_date_of_a_draft() -> None:
    text = told_by(recommend)[0].text
    assert "Carol Whitfield drafted a decision." in text
    assert "Drafted outcome: Approved" in text
    assert "CDSS answers by: " in text


def test_the_drafter_reads_why_the_draft_came_back() -> None:
    assert "Why\nName the tablets." in told_by(send_back)[0].text


def test_with_no_other_approver_the_mailbox_hears_of_a_drafted_decision() -> None:
    User.objects.filter(email__in=[DANA, DIEGO]).update(is_active=False)
    assert addresses(told_by(recommend)[0]) == MAILBOX


@pytest.mark.acl("ACL-8")
def test_a_message_says_that_it_changes_no_date() -> None:
    text = told_by(message_of_cdss)[0].text
    assert "Who hosts it?" in text
    assert "A message changes no date" in text


def test_a_signer_reads_who_asks_why_and_by_when_cdss_would_answer() -> None:
    with clock.travel(datetime(2026, 11, 25, 16, 12, tzinfo=PACIFIC)):
        notice = told_by(ask_to_sign)[0]
    assert notice.heading.startswith(f"{notice.subject}: Amir Haddad asks you to sign – ")
    assert "A note for you\nBy Friday, please." in notice.text
    assert "Read the proposal. Then sign and send it, or return it with a comment." in notice.text
    assert "by Monday, December 28, 2026, if you send it on" in notice.text
    assert "Write to Amir Haddad: amir@alameda.example.gov." in notice.text
    assert f"/proposals/{notice.subject}/send/" in notice.text


def test_who_asked_reads_the_signers_comment() -> None:
    notice = told_by(return_to_preparer)[0]
    assert notice.heading.startswith(f"{notice.subject}: Alice Nakamura returned it")
    assert "The comment\nName the subcontractors." in notice.text


@every_row(INSIDE_COUNTY)
def test_what_colleagues_wrote_about_a_draft_is_forgotten_once_it_is_sent(row: Row) -> None:
    (notice,) = told_by(row)
    assert notice.text and notice.html
    outbox.deliver_due()
    notice.refresh_from_db()
    assert [one.state for one in notice.recipients.all()] == ["accepted"]
    assert (notice.text, notice.html) == ("", "")


# The text of the decision letter


def decision_text(outcome: str, *, conditions: Any = (), **answers: Any) -> str:
    with clock.travel(datetime(2027, 1, 4, 10, tzinfo=PACIFIC)):
        review = in_review(**answers)
    reasons = ["It imports data download files only", "  It is\nencrypted. "]
    return letters.decision_text(review, outcome, reasons, list(conditions))


def test_the_drafted_letter_is_whole_before_anybody_edits_it() -> None:
    conditions = [
        {"text": "Show that a lost tablet can be wiped.", "by": datetime(2027, 3, 15).date()},
        {"text": "Delete the copy after seven days", "by": datetime(2027, 4, 1).date()},
    ]
    assert decision_text("approved", conditions=conditions) == (
        "Pat Ruiz, IHSS Program Manager\n"
        "Alameda County Social Services Agency\n"
        "1 Lake Street\n"
        "Oakland, CA 94612\n"
        "\n"
        "Subject: Caseload Compass: approved with conditions\n"
        "\n"
        "Dear Pat Ruiz:\n"
        "\n"
        "CDSS received your concept proposal for Caseload Compass on January 4, 2027. "
        "CDSS approves it, on the conditions below.\n"
        "\n"
        "Reasons\n"
        "1. It imports data download files only.\n"
        "2. It is encrypted.\n"
        "\n"
        "Conditions\n"
        "1. Show that a lost tablet can be wiped, by March 15, 2027.\n"
        "2. Delete the copy after seven days, by April 1, 2027.\n"
        "\n"
        "What happens next\n"
        "Confirm each condition on the proposal's page. You may start to develop the tool now. "
        "Send a new proposal before you change how CMIPS data is used.\n"
        "\n"
        "Questions: reply to this letter, and keep the reference in the subject."
    )


def test_what_is_missing_in_the_drafted_letter_stays_a_blank() -> None:
    conditions = [make.condition(), {"text": "Delete the copy.", "by": None}]
    text = decision_text("approved", conditions=conditions)
    assert "2. Delete the copy, by [date of condition 2]." in text
    assert letters.unfilled(text) == "date of condition 2"
    assert letters.unfilled(text.replace("[date of condition 2]", "May 1, 2027")) == ""


def test_a_letter_without_reasons_has_a_blank_for_them() -> None:
    assert letters.unfilled(letters.decision_text(sent(), "approved", [], [])) == "reasons"


def test_brackets_that_people_type_are_no_blanks() -> None:
    review = in_review(tool_name="Compass [pilot] {beta}")
    standard = letters.standard_letter(review, "approved", ["Good"], [])
    assert "Compass [pilot] {beta} on" in standard.text
    assert letters.unfilled(standard.text, standard.known) == ""
    assert make.drafted_decision(review).is_pending


@pytest.mark.acl("ACL-9")
def test_a_letter_that_refuses_a_direct_connection_names_what_is_allowed() -> None:
    text = decision_text("not_approved", cmips_methods=["direct", "virtual_user"])
    assert "CDSS does not approve it." in text
    assert "Subject: Caseload Compass: not approved" in text
    assert text.count("Import CMIPS Data Download (DDL) files for your reporting needs.") == 1


def test_a_tool_outside_the_letters_scope_needs_no_approval() -> None:
    text = decision_text("out_of_scope")
    assert "Subject: Caseload Compass: CDSS approval not needed" in text
    assert "It does not need CDSS's approval." in text


def test_a_letter_greets_a_colleague_where_no_contact_is_named() -> None:
    review = make.in_review(make.logged(program_email="", technical_email=""))
    assert "\nDear colleague:\n" in letters.decision_text(review, "approved", ["Good"], [])


def test_the_words_of_the_drafted_letter_are_not_escaped() -> None:
    text = decision_text("approved", tool_name="Tom & Jerry's <Planner>")
    assert "Tom & Jerry's <Planner>" in text


def test_how_a_condition_is_shown_stands_beside_its_date() -> None:
    given = {"text": "Wipe lost tablets.", "by": datetime(2027, 3, 15).date()}
    shown = [given | {"shown": "A message with a test report."}]
    text = decision_text("approved", conditions=shown)
    assert (
        "1. Wipe lost tablets, by March 15, 2027. How you show it: A message with a test report."
    ) in text
