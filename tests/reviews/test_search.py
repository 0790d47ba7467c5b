"""Search in the queue: the same words find the same proposals, few or many, on either database."""

import pytest
from bs4 import BeautifulSoup

from portal import clock
from reviews import finding, queue, search
from reviews.models import KnownWord, Review, Words
from tests import make
from tests.pages import soup
from tests.reviews import many

pytestmark = pytest.mark.django_db


def found(user, text: str = "", size: int = 100, **asked) -> list[str]:
    page = queue.page(user, "all", {"q": text, **asked}, clock.today(), size=size)
    return [line.tool_name for line in page.rows]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CIP-2027-0042", ["cip", "2027", "0042"]),
        ("The county's Café_Öst, 100%", ["the", "county", "s", "cafe", "ost", "100"]),
        ("ＩＨＳＳ №5", ["ihss", "no5"]),
        ("☃ :* & | ! ( ' \" \\ \0", []),
        ("x" * 100, ["x" * 60]),
    ],
)
def test_words_are_runs_of_letters_and_digits_small_and_without_accents(text, words):
    assert search.words_of(text) == words


@pytest.mark.parametrize(
    ("word", "root"),
    [
        ("reports", "report"),
        ("reporting", "report"),
        ("counties", "count"),
        ("boxes", "box"),
        ("process", "process"),
        ("processes", "process"),
        ("need", "need"),
        ("ring", "ring"),
        ("gas", "gas"),
        ("0042", "0042"),
    ],
)
def test_a_word_is_found_by_its_beginning_less_an_ending_of_grammar(word, root):
    assert search.root(word) == root


@pytest.fixture
def fish(carol, bob) -> Review:
    make.sent(by=bob, tool_name="Bird", vendor_name="Northstar Labs")
    return make.sent(
        tool_name="Fish Ladder",
        vendor_name="Brightwater Systems",
        purpose="Swims 100% of the time.",
        technical_component="A Café on the county's servers.",
        users="Forty aquarists.",
        business_needs="Gills, at last.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "fish",
        "FISH",
        "fis",
        "ladders",
        "brightwater",
        "alameda",
        "swimming",
        "100%",
        "cafe",
        "CAFÉ",
        "aquarist",
        "gills",
        "ladder fish alameda 100",
        "fish fish fish",
        "fish:* & ladder",
        "'fish'",
    ],
)
def test_a_word_of_names_or_overview_finds_the_proposal(fish, carol, text):
    assert found(carol, text) == ["Fish Ladder"]


def test_the_reference_finds_it_whole_and_in_part(fish, carol):
    reference = fish.reference
    last = reference.rpartition("-")[2]
    for text in (reference, reference.lower(), last, last[:3] + last[3:], f"cip {last}"):
        assert found(carol, text) == ["Fish Ladder"], text


@pytest.mark.parametrize(
    "text", ["fish northstar", "ish", "fish zebra", "alameda butte", "☃", "_", "&", ":*", "' | '"]
)
def test_all_words_must_be_there_and_signs_are_no_words(fish, carol, text):
    assert found(carol, text) == []


def test_the_vendor_is_found_by_words_of_its_name_alone(fish, carol):
    assert found(carol, vendor="northstar") == ["Bird"]
    assert found(carol, vendor="Labs north") == ["Bird"]
    assert found(carol, vendor="bird") == []
    assert found(carol, "fish", vendor="brightwater") == ["Fish Ladder"]
    assert found(carol, "bird", vendor="brightwater") == []
    assert found(carol, vendor="&") == []


@pytest.mark.parametrize(
    ("typed", "read"),
    [("brigthwater", "brightwater"), ("alamdea", "alameda"), ("aquorists", "aquarists")],
)
def test_a_misspelt_word_still_finds_and_the_page_says_what_was_read(
    fish, carol, client_of, typed, read
):
    assert found(carol, typed) == ["Fish Ladder"]
    assert found(carol, f"fish {typed}") == ["Fish Ladder"]
    page = client_of(carol).get("/reviews/", {"view": "all", "q": typed})
    words = " ".join(BeautifulSoup(page.content, "html.parser").get_text(" ").split())
    assert f"No proposal has the word “{typed}”. These have “{read}”." in words


def test_a_word_that_stands_somewhere_is_never_read_as_another(fish, carol):
    """ "bird" and "fish" are both there, in no proposal together: so nothing is found."""
    assert found(carol, "bird fish") == []
    assert queue.read_as(queue.looked_up({"q": "bird fish"})) == []


def test_what_a_response_changed_is_found_and_what_it_replaced_is_not(carol, alice):
    review = make.in_review(make.sent(tool_name="Compass", users="Forty archers."))
    asked = make.requested(review, items=[make.answer_item(field="users")])
    item = asked.items.get()
    item.change_answer("Forty jugglers.", by=alice)
    assert found(carol, "archers") == ["Compass"]
    asked.respond(by=alice, name="Alice Nakamura", title="IHSS Program Manager")
    assert found(carol, "jugglers") == ["Compass"]
    assert found(carol, "archers") == []


def test_what_was_logged_for_a_county_is_found(carol):
    make.logged(tool_name="By post")
    assert found(carol, "post") == ["By post"]


def test_a_draft_is_not_found_nor_what_its_county_took_back(carol, alice):
    make.draft(tool_name="Draft")
    make.sent(tool_name="Taken back").recall(by=alice)
    assert found(carol, "draft") == found(carol, "taken") == []


def test_words_are_kept_by_the_receipt_or_not_at_all(carol, alice, monkeypatch):
    monkeypatch.setattr("reviews.letters.receipt", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make.sent(tool_name="Lost")
    assert not Words.objects.exists()
    assert not KnownWord.objects.exists()


@pytest.fixture
def hundreds(carol) -> list[Review]:
    return many.proposals(240, assignee=carol)


@pytest.mark.parametrize("text", ["compass", "supervisors", "brightwater mapper", "alameda"])
@pytest.mark.parametrize("view", ["all", "mine", "decided", "waiting"])
def test_words_of_few_and_of_many_are_found_in_one_order(hundreds, carol, monkeypatch, text, view):
    """Whether the keys are looked up first or each row is asked, is seen by the clock alone."""

    def pages() -> tuple[list[str], dict[str, int]]:
        asked, rows, after = queue.looked_up({"q": text}), [], ""
        while True:
            page = queue.page(carol, view, asked, clock.today(), size=25, after=after)
            rows += [one.reference for one in page.rows]
            if not (after := page.after):
                return rows, queue.counts(carol, asked, clock.today(), views=[view])

    few = pages()
    monkeypatch.setattr(finding, "FEW", 2)
    monkeypatch.setattr(queue, "MOST_ASKED", queue.MOST)
    assert pages() == few
    assert len(few[0]) == len(set(few[0])) == few[1][f"{view}, found"]


def test_what_many_proposals_say_is_counted_less_far(hundreds, carol, client_of, monkeypatch):
    def told() -> tuple[str, str]:
        page = soup(client_of(carol).get("/reviews/?view=all&q=compass"))
        return page.select_one(".chips > b").text, page.select_one(".pages p").text.strip()

    number = len(found(carol, "compass", size=250))
    few = told()
    assert few[0] == f"{number} proposals"
    monkeypatch.setattr(finding, "FEW", 2)
    assert told() == few
    monkeypatch.setattr(queue, "MOST_ASKED", 30)
    assert told()[0] == "30+ proposals"
    assert told()[1].startswith("1 to 25 of 30+.")


def test_each_proposal_is_found_by_the_letters_of_its_reference(carol):
    make.sent(tool_name="Fish", purpose="A cipher keeps it.")
    assert found(carol, "cip") == found(carol, "ciph") == found(carol, "cip fish") == ["Fish"]
    assert found(carol, vendor="cip") == []


def test_a_search_goes_together_with_every_filter(hundreds, carol, monkeypatch):
    monkeypatch.setattr(finding, "FEW", 2)
    asked = {"q": "compass", "county": "01", "status": "open", "vendor": "brightwater"}
    page = queue.page(carol, "all", asked, clock.today(), size=100)
    assert page.rows
    for line in page.rows:
        assert line.tool_name == "Caseload Compass"
        assert line.county == "Alameda"
        assert line.is_open


@pytest.mark.parametrize(
    "text",
    [
        "the",
        "a",
        "☃🙂",
        "'",
        '"',
        "\\",
        "%",
        "fish:*A",
        "!fish & (",
        "fish <-> ladder",
        "a" * 200,
        "ﷺ",
        "ⴰⵣⵓⵍ ประเทศ 漢字 ١٢٣ ²",
        "1e400 0x10 -5 3.14 a@b.c http://x/y",
    ],
)
def test_odd_searches_give_the_page_of_the_queue(fish, carol, client_of, text):
    for name in ("q", "vendor"):
        answer = client_of(carol).get("/reviews/", {"view": "all", name: text})
        assert answer.status_code == 200


def test_a_search_of_ten_thousand_characters_or_with_a_nul_is_refused_in_words(
    fish, carol, client_of
):
    client = client_of(carol)
    page = client.get("/reviews/", {"view": "all", "q": "fish " * 2000})
    assert page.status_code == 200
    assert "Shorten" in page.content.decode()
    assert client.get("/reviews/?view=all&q=fish%00").status_code in (200, 400)
    # Past the form, too, only the first words are read.
    assert found(carol, "fish " * 2000) == ["Fish Ladder"]


def test_the_longest_overview_is_found_by_its_last_word(carol):
    make.sent(tool_name="Long", purpose=" ".join(f"word{n}" for n in range(900)) + " zebra")
    assert found(carol, "zebra") == ["Long"]
