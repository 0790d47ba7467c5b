"""The checklist: a finding for each rule of the letter, suggestions that decide nothing (ACL-5)."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from portal.models import JournalEntry
from reviews.checklist import RULES
from reviews.models import Finding, Review
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.acl("ACL-5")]


def opened(client, review: Review) -> BeautifulSoup:
    response = client.get(reverse("review", args=[review.reference]))
    return BeautifulSoup(response.content, "html.parser")


def seen_on(page: BeautifulSoup) -> str:
    return page.find("input", {"name": "seen", "id": "id_seen"})["value"]


def save(client, review: Review, page: BeautifulSoup, **rows: tuple[str, str]):
    """Sends the checklist as the page would: what is on it, but for the rows given."""
    form = {"seen": seen_on(page)}
    for rule in RULES:
        ticked = page.select_one(f"input[name={rule.key}-choice][checked]")
        note = page.select_one(f"textarea[name={rule.key}-note]")
        choice, words = rows.get(rule.key, (ticked["value"] if ticked else "", note.text.strip()))
        form |= {f"{rule.key}-choice": choice, f"{rule.key}-note": words}
    return client.post(reverse("checklist", args=[review.reference]), form)


def row_of(page: BeautifulSoup, label: str) -> str:
    row = next(one for one in page.select(".stacked.compact > div") if label in one.text)
    return " ".join(row.get_text(" ").split())


def test_there_is_a_row_for_each_rule_with_four_choices_and_a_note(client_of, carol):
    page = opened(client_of(carol), make.in_review())
    assert len(page.select(".stacked.compact fieldset")) == len(RULES) == 11
    assert len(page.select(".stacked.compact input[type=radio]")) == 44
    assert len(page.select(".stacked.compact textarea")) == 11


def test_each_row_leads_to_an_answer_that_is_there(client_of, carol):
    page = opened(client_of(carol), make.in_review(privacy_program_date=None))
    links = page.select(".stacked.compact a[href^='#']")
    assert len(links) == len(RULES)
    for link in links:
        assert page.find(id=link["href"][1:]), link["href"]


def test_findings_are_kept_with_who_and_when_and_on_record(client_of, carol):
    review, client = make.in_review(), client_of(carol)
    answer = save(
        client,
        review,
        opened(client, review),
        ddl=("meets", ""),
        safeguards=("documents", "No word on\nremote wipe."),
    )
    assert answer.status_code == 302
    found = {one.rule: (one.choice, one.note, one.by) for one in review.findings.all()}
    assert found == {
        "ddl": ("meets", "", carol),
        "safeguards": ("documents", "No word on\nremote wipe.", carol),
    }
    entry = JournalEntry.objects.get(act="save checklist")
    assert entry.data["findings"] == {"ddl": "meets", "safeguards": "documents"}
    page = opened(client, review)
    assert "2 of 11 answered" in " ".join(page.get_text(" ").split())


def test_saving_again_unchanged_records_nothing(client_of, carol):
    review, client = make.in_review(), client_of(carol)
    save(client, review, opened(client, review), ddl=("meets", "Yes."))
    save(client, review, opened(client, review))
    assert JournalEntry.objects.filter(act="save checklist").count() == 1


def test_a_colleagues_newer_finding_is_shown_and_not_overwritten(client_of, carol, dana):
    review, mine, hers = make.in_review(), client_of(carol), client_of(dana)
    old = opened(mine, review)
    save(hers, review, opened(hers, review), vendor=("fails", "No exit clause."))
    answer = save(mine, review, old, vendor=("meets", "All good."), ddl=("meets", ""))
    assert answer.status_code == 409
    page = BeautifulSoup(answer.content, "html.parser")
    assert "On record now, by Dana Okafor: Doesn't meet, “No exit clause.”" in row_of(
        page, "Vendor and subcontractor"
    )
    assert page.select_one("input[name=vendor-choice][checked]")["value"] == "meets"
    assert page.select_one("textarea[name=vendor-note]").text.strip() == "All good."
    assert not review.findings.filter(rule="ddl").exists()
    assert save(mine, review, page).status_code == 302
    assert review.findings.get(rule="vendor").note == "All good."
    assert review.findings.filter(rule="ddl").exists()


def test_two_people_who_fill_different_rows_do_not_disturb_each_other(client_of, carol, dana):
    review, mine, hers = make.in_review(), client_of(carol), client_of(dana)
    save(hers, review, opened(hers, review), vendor=("fails", "No exit clause."))
    page = opened(mine, review)
    assert save(mine, review, page, ddl=("meets", "")).status_code == 302
    assert review.findings.get(rule="vendor").by == dana


def test_a_stale_page_that_says_the_same_is_no_conflict(client_of, carol, dana):
    review, mine, hers = make.in_review(), client_of(carol), client_of(dana)
    old = opened(mine, review)
    save(hers, review, opened(hers, review), vendor=("fails", ""))
    assert save(mine, review, old, vendor=("fails", "")).status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("ddl-choice", "maybe", "Choose from the answers shown"),
        ("ddl-note", "x" * 2001, "by 1 character"),
        ("ddl-note", "a\u202eb", "hidden marks"),
    ],
)
def test_an_odd_value_keeps_what_was_typed_and_says_what_to_do(
    client_of, carol, field, value, sentence
):
    review, client = make.in_review(), client_of(carol)
    answer = client.post(
        reverse("checklist", args=[review.reference]), {field: value, "vendor-note": "Kept."}
    )
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Kept." in answer.content.decode()
    assert not review.findings.exists()


@pytest.mark.parametrize("seen", ["", "x", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59"])
def test_an_odd_version_of_the_page_breaks_nothing(client_of, carol, seen):
    review, client = make.in_review(), client_of(carol)
    address = reverse("checklist", args=[review.reference])
    answer = client.post(address, {"seen": seen, "ddl-choice": "meets"})
    assert answer.status_code == 302


def test_others_read_the_findings_and_change_none(client_of, carol, erin, frank):
    review = make.in_review()
    values = {"ddl": {"choice": "meets", "note": "Reports only."}}
    Finding.objects.save_checklist(review, by=carol, values=values)
    for reader in (erin, frank):
        client = client_of(reader)
        page = opened(client, review)
        assert "Meets Reports only." in row_of(page, "DDL import")
        assert page.select("input[type=radio]") == []
        address = reverse("checklist", args=[review.reference])
        assert client.post(address, {"ddl-choice": "fails"}).status_code == 404
    assert review.findings.get().choice == "meets"


def test_once_the_proposal_is_closed_the_checklist_stays(client_of, carol, dana):
    review = make.decided().review
    client = client_of(carol)
    assert opened(client, review).select("input[type=radio]") == []
    answer = client.post(reverse("checklist", args=[review.reference]), {"ddl-choice": "meets"})
    assert answer.status_code == 409
    assert "is closed, so its checklist stays as it is" in answer.content.decode()


@pytest.mark.acl("ACL-5")
@pytest.mark.acl("ACL-16")
@pytest.mark.acl("ACL-18")
@pytest.mark.parametrize(
    ("answers", "label", "words"),
    [
        ({"cmips_methods": ["virtual_user"]}, "No direct connection", "is not allowed.”"),
        ({"technical_component": "A macro."}, "No direct connection", "has the word “ macro ”"),
        ({"other_use": "yes"}, "Data used only", "used for something else too"),
        ({"research": "yes"}, "Research de-identified", "used for research"),
        ({"outside_us": "yes"}, "PSCI protected", "outside the United States"),
        (
            {"other_use": "yes", "other_use_detail": "Product research."},
            "Data used only",
            "something else too: “ Product research. ” The letter: “Counties must ensure",
        ),
        (
            {"research": "yes", "research_detail": "Tables by ZIP."},
            "Research de-identified",
            "“ Tables by ZIP. ” The letter: “Counties may grant public research requests",
        ),
        (
            {"automated_decisions": "yes", "automated_decisions_detail": "It ranks visits."},
            "PSCI protected",
            "artificial intelligence: “ It ranks visits. ”",
        ),
        ({"data_elements": ["name", "ssn"]}, "PSCI protected", "“ Social Security numbers ”"),
        ({"privacy_program_date": None}, "Written privacy", "no date of its written privacy"),
        (
            {"builder": "vendor", "vendor_return": "Not decided yet."},
            "Vendor and subcontractor",
            "doesn't say how the vendor returns the data",
        ),
        ({"hosting": "not decided yet"}, "HIPAA", "doesn't say yet where the tool is hosted"),
        (
            {"work_begun": "buying", "work_begun_detail": "A contract of May."},
            "Complete",
            "Work has begun before CDSS answered: “ A contract of May. ”",
        ),
        ({"work_begun": "using"}, "Complete", "“ Yes, it is in use ”"),
        ({"cmips_methods": ["typed_in"]}, "DDL import", "did not choose to import"),
    ],
)
def test_suggestions_name_what_caused_them_and_say_they_decide_nothing(
    client_of, carol, answers, label, words
):
    row = row_of(opened(client_of(carol), make.in_review(**answers)), label)
    assert "Suggested by the system, not a decision." in row
    assert words in row


@pytest.mark.acl("ACL-5")
def test_the_rows_are_those_of_the_letter_s_rules_in_their_order(client_of, carol):
    page = opened(client_of(carol), make.in_review())
    assert [" ".join(one.text.split()) for one in page.select("#checklist ~ form legend")] == [
        "Complete, as the letter asks",
        "No direct connection, virtual user, screen scraping or CRUD",
        "DDL import serves reporting needs",
        "Data used only to administer the program",
        "PSCI protected: administrative, physical, technical safeguards",
        "Written privacy and security program",
        "Vendor and subcontractor agreements, data returned at the end",
        "HIPAA and State Information Management Manual named and met",
        "Research de-identified",
        "Inspection accepted",
        "No overlap with what CDSS is implementing",
    ]


def test_a_clean_proposal_has_no_suggestion(client_of, carol):
    page = opened(client_of(carol), make.in_review(data_elements=["name"]))
    assert [one.text for one in page.select(".suggestion")] == []


def test_a_long_answer_is_quoted_by_its_beginning(client_of, carol):
    review = make.in_review(other_use="yes", other_use_detail="Training of a model. " * 100)
    mark = opened(client_of(carol), review).select_one(".suggestion mark")
    assert len(mark.text) <= 240


def test_saving_says_when_and_how_many_rows_are_answered(client_of, carol):
    review, client = make.in_review(), client_of(carol)
    page = opened(client, review)
    assert "0 of 11 answered" in page.text
    assert "Saved " not in page.select_one("#checklist ~ form").text
    answer = save(client, review, page, ddl=("meets", ""), vendor=("not_applicable", ""))
    assert answer.url.endswith("#checklist")
    page = opened(client, review)
    assert "2 of 11 answered" in page.text
    assert "Saved today at" in " ".join(page.select_one("#checklist ~ form .saved").text.split())


def test_what_the_letter_asks_for_and_the_county_left_empty_is_named_as_a_question(
    client_of, carol
):
    review = make.logged(purpose="", program_phone="")
    row = row_of(opened(client_of(carol), review), "Complete, as the letter asks")
    assert "Not answered as the letter asks: “Purpose and function”." in row
    assert "Not answered as the letter asks: “Program contact: Telephone" in row
    assert "Enter" not in row


def test_an_agreement_the_county_could_not_make_is_suggested(client_of, carol, alice):
    review = Review.objects.send(
        make.draft(),
        by=alice,
        name="Alice",
        title="Manager",
        agreements=make.agreements(6, because="our vendor forbids it"),
    )
    row = row_of(opened(client_of(carol), review), "Inspection accepted")
    assert "our vendor forbids it" in row


def test_many_suggestions_of_a_kind_are_counted_not_listed(client_of, carol):
    rows = [make._row(f"A macro {number}", "x") for number in range(12)]
    row = row_of(opened(client_of(carol), make.in_review(data_in=rows)), "No direct connection")
    assert "And 6 more of the kind." in row


def test_suggestions_are_escaped(client_of, carol):
    words = "<script>alert(1)</script> macro"
    page = opened(client_of(carol), make.in_review(technical_component=words))
    assert page.select("main script") == []
