"""How CMIPS data is reached, words that hint at it, and what looks like case-level data."""

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest

from proposals import screening
from proposals.screening import SENTENCES, case_data, contradictions, findings, hints

LETTER = json.loads(
    (Path(screening.__file__).parents[1] / "portal/data/letter_1.json").read_text(encoding="utf-8")
)


def words(text):
    return [hint.word.lower() for hint in hints(text)]


def kinds(text):
    return [shape.kind for shape in case_data(text)]


class TestMethods:
    @pytest.mark.acl("ACL-9")
    def test_the_last_four_are_prohibited_and_the_first_four_are_not(self):
        assert [method.prohibited for method in screening.METHODS] == [False] * 4 + [True] * 4

    @pytest.mark.acl("ACL-9")
    def test_each_prohibited_method_quotes_a_sentence_of_the_letter_and_says_what_is_allowed(self):
        for method in screening.METHODS:
            if method.prohibited:
                assert LETTER["sentences"][method.sentence]
                assert method.instead

    def test_keys_and_labels_are_each_used_once(self):
        assert len({m.key for m in screening.METHODS}) == len(screening.METHODS)
        assert len({m.label for m in screening.METHODS}) == len(screening.METHODS)

    @pytest.mark.acl("ACL-9")
    def test_only_prohibited_answers_become_findings_in_a_steady_order(self):
        found = findings(["writes", "ddl", "virtual_user", "unheard of"])
        assert [finding.method.key for finding in found] == ["virtual_user", "writes"]

    def test_a_clean_proposal_has_no_finding(self):
        assert findings(["ddl", "typed_in", "typed_back"]) == []
        assert findings([]) == []

    def test_no_cmips_data_excludes_the_others(self):
        (sentence,) = contradictions(["none", "ddl"])
        assert "It uses no CMIPS data" in sentence
        assert "DDL" in sentence
        assert len(contradictions(["ddl", "none", "direct"])) == 2
        for consistent in ([], ["none"], ["ddl", "direct"], ["none", "unheard of"]):
            assert contradictions(consistent) == []


class TestHints:
    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("A software robot keys it in", "robot"),
            ("Robots work at night.", "robots"),
            ("an RPA tool", "rpa"),
            ("AutoEntry Bot", "bot"),
            ("An Excel macro copies it", "macro"),
            ("the macro-enabled sheet", "macro"),
            ("two clerks use a shared login", "shared login"),
            ("a shared sign-in", "shared sign-in"),
            ("they share a password", "share a password"),
            ("sharing the CMIPS account", "sharing the cmips account"),
            ("It does screen scraping.", "screen scraping"),
            ("a screen-scraper", "screen-scraper"),
            ("screen\u2011scrape", "screen\u2011scrape"),
            ("screenscraping", "screenscraping"),
            ("screen\nscrape", "screen\nscrape"),
            ("web scraping", "web scraping"),
            ("reads CMIPS screens and copies values", "reads cmips screens"),
            ("over ODBC", "odbc"),
            ("a JDBC driver", "jdbc"),
            ("an API to CMIPS", "api to cmips"),
            ("a real-time two-way API with CMIPS", "api with cmips"),
            ("the CMIPS API", "cmips api"),
            ("through the CMIPS interface.", "cmips interface"),
            ("runs unattended", "unattended"),
            ("as a virtual user", "virtual user"),
            ("a service account", "service account"),
            ("a direct connection", "direct connection"),
            ("it connects directly", "connects directly"),
            ("Read-only database connection to CMIPS", "database connection to cmips"),
            ("notes are written back", "written back"),
            ("Writes notes and results back into CMIPS", "back into cmips"),
            ("It writes to CMIPS", "writes to cmips"),
            ("signs in to CMIPS automatically", "signs in to cmips automatically"),
        ],
    )
    def test_a_word_that_may_mean_a_prohibited_method_is_named(self, text, word):
        assert word in words(text)

    @pytest.mark.parametrize(
        "text",
        [
            "Screening of applicants, and screening tools",
            "It works with a screen reader such as JAWS.",
            "The botanical garden of Botswana",
            "a macroeconomic view",
            "Our CMIPS interface proposal of last year",
            "Staff sign in to CMIPS in the ordinary way.",
            "Internet, API to health plan",
            "We share the report with supervisors.",
            "Nightly DDL import",
            "robotics club",
            "",
        ],
    )
    def test_other_words_are_not(self, text):
        assert hints(text) == []

    def test_a_hint_says_where_it_stands_and_what_it_may_mean(self):
        text = "It uses a robot."
        (hint,) = hints(text)
        assert text[hint.start : hint.end] == hint.word == "robot"
        assert hint.meaning == screening.VIRTUAL_USER

    def test_hints_come_in_the_order_of_the_text_and_do_not_overlap(self):
        found = hints("ODBC, then screen scraping CMIPS with a macro, then a robot")
        assert [hint.word for hint in found] == ["ODBC", "screen scraping", "macro", "robot"]
        assert all(one.end <= two.start for one, two in pairwise(found))


class TestCaseData:
    @pytest.mark.parametrize(
        "text",
        [
            "123-45-6789",
            "Her number is 123-45-6789.",
            "123 45 6789",
            "123.45.6789",
            "123 - 45 - 6789",
            "scan-123-45-6789.pdf",
            "scan_123-45-6789.pdf",
            "SSN123-45-6789",
            "123\u201145\u20116789",
            "123\u201345\u20136789",
            "123\u00ad45\u00ad6789",
            "123\u00a045\u00a06789",
            "12\u200b3-4\u200b5-6789",
            "\u0661\u0662\u0663-\u0664\u0665-\u0666\u0667\u0668\u0669",
            "\uff11\uff12\uff13-\uff14\uff15-\uff16\uff17\uff18\uff19",
            "SSN 123456789",
            "SSN: 123456789",
            "ssn123456789",
            "ss# 123456789",
            "Social Security number 123456789",
            "social security number of the recipient is 123456789",
            "123456789 is her social security number",
            "123456789 (SSN)",
        ],
    )
    def test_the_shape_of_a_social_security_number_is_found(self, text):
        assert kinds(text) == ["ssn"]

    @pytest.mark.parametrize(
        "text",
        [
            "case 1234567",
            "Case number: 1234567",
            "case no. 1234567",
            "case #1234567",
            "Case ID 1234567, and more",
            "the case number is 1234567.",
            "1234567 (case number)",
            "ihss_case_1234567.xlsx",
            "case\u00a01234567",
            "01-10-1234567",
            "01-2H-1234567-1-01",
        ],
    )
    def test_the_shape_of_a_case_number_is_found(self, text):
        assert kinds(text) == ["case number"]

    @pytest.mark.parametrize("text", ["91234567A", "CIN 91234567a", "91234567A3", "91234567A35123"])
    def test_the_shape_of_a_client_index_number_is_found(self, text):
        assert kinds(text) == ["cin"]

    @pytest.mark.parametrize(
        "text",
        [
            "916-555-0142",
            "(916) 555-0142",
            "1-916-555-0142",
            "+1 916 555 0142",
            "Sacramento, CA 95814-1234",
            "2027-01-28",
            "01/28/2027",
            "01-28-2027",
            "$123,456,789",
            "$123 45 6789",
            "CIP-2027-0042",
            "CIP-2027-0042 and CIP-2026-1234",
            "1234567 timesheets in all",
            "In 1234567 cases",
            "a caseload of 1234567",
            "1,234,567 cases",
            "number of cases 1234567",
            "123456789",
            "Order 123456789",
            "000-12-3456",
            "666-12-3456",
            "912-34-5678",
            "123-00-4567",
            "123-45-0000",
            "1123-45-67890",
            "10-123-45-6789",
            "version 1.123.45.6789",
            "192.168.10.1234",
            "SOC 873",
            "SB 1234567",
            "31234567A",
            "",
        ],
    )
    def test_other_numbers_are_left_alone(self, text):
        assert kinds(text) == []

    def test_it_says_where_the_shape_stands_and_names_it(self):
        text = "Call about 123\u201145\u20116789 and case 1234567."
        first, second = case_data(text)
        assert text[first.start : first.end] == "123\u201145\u20116789"
        assert text[second.start : second.end] == "1234567"
        assert first.sentence == SENTENCES["ssn"]
        assert second.sentence == SENTENCES["case number"]

    def test_invisible_characters_are_part_of_what_is_marked(self):
        text = "x 12\u200b3-45-6789 y"
        (shape,) = case_data(text)
        assert text[shape.start : shape.end] == "12\u200b3-45-6789"

    def test_the_same_number_is_named_once(self):
        assert kinds("SSN 123-45-6789") == ["ssn"]


@pytest.mark.parametrize(
    "text",
    [
        "1" * 20_000,
        "1-" * 10_000,
        "123 45 " * 3_000,
        "123-45-" * 3_000,
        "ssn " * 5_000,
        "ssn" + " " * 20_000,
        "case " * 4_000,
        "case" + "#" * 20_000,
        "share a " * 3_000,
        "screen - " * 2_500,
        " " * 20_000,
        "-" * 20_000,
        "log in to " * 2_000,
        "direct connect " * 1_400,
        "\u200b" * 20_000,
        "a" * 20_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_text_costs_little(text):
    # The thread's own time: what others do on a busy machine costs this text little. Eight times
    # the text takes eight times as long, or sixty-four times when the time grows with the square:
    # so far apart that a machine which slows down in the middle does not blur them.
    def milliseconds(check, text):
        began = time.thread_time()
        check(text)
        return (time.thread_time() - began) * 1000

    for check in (hints, case_data):
        pairs = [(milliseconds(check, text), milliseconds(check, text * 8)) for _ in range(5)]
        once, eightfold = (min(times) for times in zip(*pairs, strict=True))
        assert once < 50
        assert eightfold < 24 * once + 5, "the time grows faster than the text"
