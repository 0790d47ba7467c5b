"""The templates of decision letters: kept in versions, changed by approvers, read by letters."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.append_only import AppendOnlyError
from portal.models import JournalEntry
from reviews import letters
from reviews.decision_text import filled
from reviews.letter_kinds import EXAMPLE, KINDS, faults, text_at_first
from reviews.models import Decision, LetterTemplate
from reviews.moves import MoveRefused
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words

LIST = "/reviews/templates/"
PAGE = f"{LIST}approved/"
ADMIN = "/admin/reviews/lettertemplate/"
NEW = (
    "{addressee}\n\nSubject: {tool}\n\nDear {contact}:\n\nWe approve {tool}.\n\nReasons\n{reasons}"
)


# The rules


@pytest.mark.parametrize("kind", KINDS)
def test_the_texts_at_first_are_templates(kind):
    assert list(faults(kind, text_at_first(kind))) == []
    assert "{" not in filled(text_at_first(kind), EXAMPLE)


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("approved", "{reason} {reasons}", "There is no placeholder {reason}. Write {reasons}"),
        ("approved", "{zzzz} {reasons}", "There is no placeholder {zzzz}. Choose one"),
        ("approved", "{reasons} {", "Take out the single “{”"),
        ("approved", "{reasons} { tool }", "Take out the single “{”"),
        ("approved", "{tool}", "Put {reasons} where the letter lists them"),
        ("approved", "{reasons} {conditions}", "Take out {conditions}: this letter has none"),
        ("conditions", "{reasons}", "Put {conditions} where the letter lists them"),
        ("approved", "{reasons} [date]", "Replace the words in square brackets"),
    ],
)
def test_what_is_no_template_says_how_to_mend_it(kind, text, sentence):
    assert any(fault.startswith(sentence) for fault in faults(kind, text))


def test_a_paragraph_whose_list_is_empty_is_left_out_with_its_heading():
    text = "Reasons\n{reasons}\n\nInstead\n{allowed}\n\nThe end of {tool}."
    values = EXAMPLE | {"allowed": "", "reasons": "1. Good.", "tool": "{reasons}"}
    assert filled(text, values) == "Reasons\n1. Good.\n\nThe end of {reasons}."


# The versions


@pytest.mark.django_db
def test_a_new_version_holds_for_letters_from_now_on_and_older_ones_stand(carol, dana):
    first = make.drafted_decision()
    LetterTemplate.objects.write("approved", NEW, by=dana, seen=0)
    second = make.drafted_decision()
    assert first.template is None and second.template.version == 1
    assert "We approve Caseload Compass." in second.letter
    assert "We approve" not in Decision.objects.get(pk=first.pk).standard
    entry = JournalEntry.objects.get(act="write letter template")
    assert (entry.actor, entry.subject_kind, entry.subject) == (dana, "letter template", "approved")
    assert entry.data["before"] == text_at_first("approved") and entry.data["after"] == NEW


@pytest.mark.django_db
def test_an_approval_with_conditions_has_a_template_of_its_own(carol, dana):
    LetterTemplate.objects.write("approved", NEW, by=dana, seen=0)
    text = letters.decision_text(make.in_review(), "approved", ["Good"], [make.condition()])
    assert "on the conditions below" in text


@pytest.mark.django_db
def test_of_two_who_write_the_second_learns_who_was_first(dana):
    LetterTemplate.objects.write("approved", NEW, by=dana, seen=0)
    with pytest.raises(MoveRefused, match="Dana Okafor wrote version 1 meanwhile"):
        LetterTemplate.objects.write("approved", f"{NEW} More.", by=dana, seen=0)
    with pytest.raises(MoveRefused, match="Nothing is changed yet"):
        LetterTemplate.objects.write("approved", f" {NEW}\n", by=dana, seen=1)
    with pytest.raises(MoveRefused, match="There is no placeholder"):
        LetterTemplate.objects.write("approved", "{county_name} {reasons}", by=dana, seen=1)
    assert LetterTemplate.objects.count() == 1


@pytest.mark.django_db
def test_no_version_is_ever_changed_or_removed_not_even_past_django(dana):
    kept = LetterTemplate.objects.write("approved", NEW, by=dana, seen=0)
    kept.text = "Another"
    for change in (
        kept.save,
        kept.delete,
        LetterTemplate.objects.all().delete,
        lambda: LetterTemplate.objects.update(text="Another"),
    ):
        with pytest.raises(AppendOnlyError):
            change()
    for statement in (
        "UPDATE reviews_lettertemplate SET text = ''",
        "DELETE FROM reviews_lettertemplate",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# The pages


@pytest.mark.django_db
def test_an_approver_changes_a_template_and_sees_what_changed(client_of, dana):
    client = client_of(dana)
    assert "Nobody changed it yet" in words(client.get(LIST))
    page = client.get(PAGE)
    assert "Home Visit Planner" in soup(page).select_one(".letter").text
    typed = form_on(page)
    typed["text"] = typed["text"].replace("CDSS approves it.", "CDSS is glad to approve it.")
    answer = client.post(PAGE, typed)
    assert answer["Location"] == LIST
    assert messages_on(client.get(LIST)) == ["Saved. Letters are written from it from now on."]
    again = client.post(PAGE, typed)
    assert again.status_code == 302, "a second click"
    assert LetterTemplate.objects.count() == 1
    version = soup(client.get(PAGE)).select_one("details")
    assert "Version 1: Dana Okafor" in version.summary.text
    assert "glad to approve" in " ".join(one.text for one in version.select("ins"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        ("{reasonz}", 422, "There is no placeholder {reasonz}. Write {reasons}"),
        ("", 422, "Write the text of the template"),
        ("{reasons} of 123-45-6789", 422, "Social Security"),
        (None, 409, "Nothing is changed yet."),
    ],
)
def test_a_mistake_is_named_and_the_text_stays(client_of, dana, text, status, sentence):
    client = client_of(dana)
    typed = form_on(client.get(PAGE))
    typed["text"] = typed["text"] if text is None else text
    answer = client.post(PAGE, typed)
    assert answer.status_code == status
    assert any(sentence in one for one in errors_on(answer)), errors_on(answer)
    assert form_on(answer)["text"] == typed["text"]
    assert not LetterTemplate.objects.exists()


@pytest.mark.django_db
def test_who_says_that_it_is_no_case_number_is_on_record(client_of, dana):
    client = client_of(dana)
    typed = form_on(client.get(PAGE)) | {"text": f"{NEW} of 123-45-6789", "no_case_data": "on"}
    assert [client.post(PAGE, typed).status_code for _ in range(2)] == [302, 302]
    acts = [entry.act for entry in JournalEntry.objects.about("letter template", "approved")]
    assert acts == ["write letter template", "say it is no case data"]


@pytest.mark.django_db
def test_whoever_was_second_sees_it_and_may_write_over_it(client_of, dana):
    client = client_of(dana)
    typed = form_on(client.get(PAGE)) | {"text": f"{NEW}\n\nMine."}
    olga = make.person("olga@cdss.example.gov", name="Olga Petrov", role="approver")
    LetterTemplate.objects.write("approved", NEW, by=olga, seen=0)
    answer = client.post(PAGE, typed)
    assert (answer.status_code, form_on(answer)["seen"]) == (409, "1")
    assert "Olga Petrov wrote version 1 meanwhile." in errors_on(answer)[0]
    assert client.post(PAGE, form_on(answer)).status_code == 302
    assert LetterTemplate.objects.in_force("approved").version == 2


@pytest.mark.django_db
def test_there_is_no_template_of_another_name(client_of, dana):
    assert client_of(dana).get(f"{LIST}perhaps/").status_code == 404


@pytest.mark.django_db
def test_a_letter_changed_by_hand_before_the_template_was_is_shown_once_more(
    client_of, carol, dana
):
    path = f"/reviews/{make.in_review().reference}/recommend/"
    client = client_of(carol)
    first = form_on(client.get(path)) | {"outcome": "approved", "more_reasons": "Good"}
    typed = form_on(client.post(path, first)) | {"letter": "By hand."}
    LetterTemplate.objects.write("approved", NEW, by=dana, seen=0)
    answer = client.post(path, typed)
    assert answer.status_code == 200 and not Decision.objects.exists()
    assert "the template changed after you changed this letter" in words(answer)


# The administration


def in_rows(answer) -> list[list[str]]:
    """The administration's list as words, row by row; what is in force stands as a picture."""
    for picture in (page := soup(answer)).select("tbody img"):
        picture.replace_with(picture["alt"])
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in page.select("#result_list tbody tr")
    ]


@pytest.mark.django_db
def test_an_administrator_sees_every_version_with_who_wrote_it_and_which_is_in_force(
    client_of, erin, dana
):
    for seen, end in enumerate(("", "\n\nThe end.")):
        LetterTemplate.objects.write("approved", NEW + end, by=dana, seen=seen)
    LetterTemplate.objects.write("not_approved", NEW, by=dana, seen=0)
    client = client_of(erin)
    answer = client.get(ADMIN)
    assert [row[:4] for row in in_rows(answer)] == [
        ["Approved", "2", "True", dana.name],
        ["Approved", "1", "False", dana.name],
        ["Not approved", "1", "True", dana.name],
    ]
    without = "comes with the portal: Approved with conditions; CDSS approval not needed."
    assert without in soup(answer).select_one(".messagelist").text
    newest = LetterTemplate.objects.in_force("approved")
    page = words(client.get(f"{ADMIN}{newest.pk}/change/"))
    assert "The end." in page and "{reasons}" in page and dana.name in page
    history = client.get(f"{ADMIN}{newest.pk}/history/", follow=True)
    assert history.context["cl"].result_count == 2


@pytest.mark.django_db
def test_there_it_is_only_read(client_of, erin, dana):
    LetterTemplate.objects.write("approved", NEW, by=dana, seen=0)
    client, one = client_of(erin), LetterTemplate.objects.get()
    change = f"{ADMIN}{one.pk}/change/"
    assert not soup(client.get(change)).select("#content form input[type=submit], textarea")
    for path in (change, f"{ADMIN}add/", f"{ADMIN}{one.pk}/delete/"):
        assert client.post(path, {"text": "{reasons}", "post": "yes"}).status_code == 403
    assert list(LetterTemplate.objects.all()) == [one]


@pytest.mark.django_db
def test_the_list_costs_the_same_with_many_versions(client_of, erin, dana):
    client, costs = client_of(erin), []
    for seen in range(6):
        LetterTemplate.objects.write("approved", f"{NEW} {seen}", by=dana, seen=seen)
        with CaptureQueriesContext(connection) as done:
            client.get(ADMIN)
        costs.append(len(done))
    assert len(set(costs[1:])) == 1, costs
