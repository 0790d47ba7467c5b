"""A line to write on, drawn with underscores or dots, keeps a decision and a request here as any
blank does; ordinary texts pass, and so do all that come with the portal."""

import csv
import time

import pytest

from reviews import letters, to_ask
from reviews.checklist import RULES
from reviews.decision_text import blanks, line_left_of
from reviews.letter_kinds import AFTER_THE_DECISION, EXAMPLE, KINDS, faults, text_at_first
from reviews.models import Decision, Request, Review, StandardWording
from reviews.models.wordings import OURS
from reviews.moves import MoveRefused
from tests import make
from tests.pages import errors_on, form_on, soup, words

pytestmark = pytest.mark.django_db

LINES = [
    "___",
    "________",
    "_ _ _",
    "__ __",
    "_\u00a0_\t_",
    "\uff3f\uff3f\uff3f",
    "\ufe4f\ufe4f\ufe4f\ufe4f",
    "\u2017\u2017\u2017",
    "\u2026\u2026",
    "\u2026 \u2026",
    "\u22ef\u22ef",
    "\u2025\u2025\u2025",
    ".....",
    "............",
    ". . . . .",
    "\u2024" * 6,
    "\u00b7" * 8,
    "....\u2026",
]
ORDINARY = [
    "Write to data_team@alameda.example.gov.",
    "The file is called case_load_2027_final.csv, the module __init__.",
    "We waited ... and then it came.",
    "We waited... .",
    "It goes on\u2026",
    "It goes on\u2026.",
    "It goes on....",
    "One \u2026 two \u2026 three",
    ". . .",
    "Section 1.2.3, and so on, etc...",
    "-----------------",
    "\u2014\u2014\u2014\u2014\u2014",
    "=====",
    "* * * * *",
    "__",
    "a _ b _ c _ d",
    "a. b. c. d. e. f.",
    "1. One.\n2. Two.\n3. Three.\n\n\n",
    "12:30 \u00b7 Room 4 \u00b7 Sacramento",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_to_write_on_is_a_blank_and_its_words_say_where(line):
    text = f"You show by {line} that a lost tablet is wiped."
    (name,) = blanks(text)
    assert name.startswith("You show by ") and name.endswith("that a lost tablet is wiped.")
    assert blanks(line)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_texts_have_none(text):
    assert blanks(text) == []


def test_the_words_around_are_cut_between_words_and_across_lines():
    text = f"{'before ' * 20}\n\nSigned:\n{'_' * 60}\nDirector\n{'behind ' * 20}"
    assert blanks(text) == [
        "before before before before Signed: _________ Director behind behind behind behind"
    ]


def test_beside_other_blanks_each_is_named_in_its_order():
    text = "By [date], in ____, as {reasons} say."
    assert blanks(text)[0] == "date" and blanks(text)[2] == "reasons"
    assert "in ____, as" in blanks(text)[1]
    # A line within brackets belongs to what they name.
    assert blanks("By [date ____].") == ["date ____"]


@pytest.mark.parametrize(
    "text", ["_ " * 6000, "__x" * 4000, "._" * 6000, "[_" * 6000, ". x" * 4000, "\u2026." * 6000]
)
def test_no_text_takes_long(text):
    began = time.perf_counter()
    blanks(text, "My____tool")
    blanks(text * 8, "My____tool")
    assert time.perf_counter() - began < 2


# A name that the county wrote so


def test_in_the_name_of_a_tool_it_is_none_and_elsewhere_it_is():
    review = make.in_review(tool_name="Track____It")
    standard = letters.standard_letter(review, "approved", ["Good"], [])
    assert "for Track____It on" in standard.text
    assert blanks(standard.text, standard.known) == []
    more = f"{standard.text}\n\nBy ____ at the latest."
    (name,) = blanks(more, standard.known)
    assert "By ____ at the latest." in name
    assert make.drafted_decision(review).is_pending


@pytest.mark.parametrize("tool", ["Compass.....", "____", "Compass\u2026\u2026"])
def test_a_sentence_may_end_with_such_a_name(tool):
    assert blanks(f"CDSS approves {tool}.", tool) == []
    assert blanks(f"CDSS approves {tool}......", tool)


# What comes with the portal


@pytest.mark.parametrize("kind", KINDS)
def test_the_templates_have_none(kind):
    assert not blanks("\n".join([*EXAMPLE.values(), *AFTER_THE_DECISION.values()]))
    assert list(faults(kind, text_at_first(kind))) == []


def test_nor_do_the_wordings_and_the_reasons_of_the_checklist():
    with OURS.open(encoding="utf-8", newline="") as file:
        wordings = [row["text"] for row in csv.DictReader(file)]
    reasons = [rule.reason(choice) for rule in RULES for choice in ("meets", "documents", "no")]
    ours = [*wordings, *reasons, *to_ask.WORDS.values()]
    assert len(wordings) > 40 and StandardWording.objects.open().count() == len(wordings)
    assert [text for text in ours if blanks(text)] == []


@pytest.mark.parametrize("line", ["____", "......"])
def test_a_template_takes_none_and_says_so(line):
    (fault,) = faults("approved", f"{{reasons}}\n\nSigned {line}")
    assert fault.startswith("Take out the line to write on")


# A decision


@pytest.fixture
def review(carol) -> Review:
    return make.in_review()


def decide(client, review: Review, **changes: str):
    """Both presses on the page of a decision, the letter ending as told."""
    page = f"/reviews/{review.reference}/recommend/"
    typed = form_on(client.get(page)) | {"outcome": "approved", "more_reasons": "It imports files"}
    typed = form_on(client.post(page, typed | changes))
    return page, typed


def test_a_decision_with_one_stays_here_and_the_page_says_where(client_of, carol, review):
    client = client_of(carol)
    page, typed = decide(client, review)
    typed["letter"] += "\r\nConfirm it in writing by ____________ at the latest."
    answer = client.post(page, typed)
    assert answer.status_code == 422
    said = "Fill the blank in “Confirm it in writing by _________ at the latest.”"
    assert errors_on(answer)[0].startswith("Fill the blank in “")
    assert said.removeprefix("Fill the blank in “") in errors_on(answer)[0]
    assert "____________" in form_on(answer)["letter"]
    marked = [one.text for one in soup(answer).select(".letter mark.blank")]
    assert marked == ["____________"]
    assert (
        soup(answer).select_one('main p a[href="#id_letter"]').text.startswith("Fill the blank in")
    )
    assert not Decision.objects.exists()
    typed["letter"] = typed["letter"].replace("____________", "March 15, 2027")
    assert client.post(page, typed).status_code == 302


def test_one_in_a_reason_comes_into_the_letter_and_keeps_it_here(client_of, carol, review):
    client = client_of(carol)
    page, typed = decide(client, review, more_reasons="The data center is in ____")
    answer = client.post(page, typed)
    assert answer.status_code in (409, 422)
    assert "The data center is in ____" in errors_on(answer)[0]


def test_one_that_came_past_the_form_is_not_released(client_of, dana, review):
    drafted = make.drafted_decision(review)
    Decision.objects.update(letter="Send it by ____, please.")
    drafted.refresh_from_db()
    with pytest.raises(MoveRefused, match="Fill the blank in “Send it by ____, please.” in the l"):
        drafted.release(by=dana)


# A request


def test_a_request_with_one_stays_here_and_says_in_which_item(client_of, carol, review):
    client, page = client_of(carol), f"/reviews/{review.reference}/request/"
    day = make.in_days(14)
    row = {
        "item-TOTAL_FORMS": "1",
        "item-0-what": "document:risk_assessment",
        "item-0-why": "Send the assessment of ........ (year).",
        "item-0-by": f"{day:%B} {day.day}, {day.year}",
    }
    typed = form_on(client.get(page)) | row | {"words": "As agreed on ____."}
    for press in ({}, {"show": "letter"}, {"pdf": "1"}):
        answer = client.post(page, typed | press)
        assert answer.status_code == 422
        above, item = errors_on(answer)
        assert above == "Fill the blank in “As agreed on ____.” before the letter can go"
        assert item.startswith(
            "Item 1: Fill the blank in “Send the assessment of ........ (year).”"
        )
    assert "As agreed on ____." in words(answer) and not Request.objects.exists()
    mended = {"words": "As agreed [on the phone].", "item-0-why": "Send that of 2026..."}
    assert client.post(page, typed | mended).status_code == 302
    assert "As agreed [on the phone]." in Request.objects.get().letter


def test_past_the_form_a_request_is_refused_too(carol, review):
    items = [make.document_item(why="By ___ at the latest.")]
    with pytest.raises(MoveRefused, match="Fill the blank in “By ___ at the latest.”"):
        make.requested(review, items=items)
    with pytest.raises(MoveRefused, match="Fill the blank"):
        make.requested(review, words="[see ____]")
    review.refresh_from_db()
    assert review.where == "in_review" and not Request.objects.exists()


def test_a_request_may_name_a_tool_that_is_written_so(carol):
    review = make.in_review(tool_name="Track____It")
    assert line_left_of(review, "Please send the plan of Track____It.") == ""
    assert line_left_of(review, "Please send the plan of ____.")
    assert make.requested(review, words="About Track____It.").pk
