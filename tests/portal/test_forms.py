"""What a person meets in a form: labels, hints, and errors that say how to fix them."""

import time
from datetime import date

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template import Context, Template
from django.test import override_settings

from portal.days import NotADay, parse_day
from portal.forms import (
    AnyOf,
    DayField,
    EmailAddress,
    OneOf,
    PlainText,
    PortalForm,
    Telephone,
    Upload,
    tidied,
)


class Interview(PortalForm):
    """A form with one field of every kind."""

    optional = ("phone",)

    runs_on = PlainText(label="What it runs on", rows=4, longest=20, help_text="The software.")
    reach = AnyOf(
        label="How is CMIPS data reached?",
        choices=[("files", "It imports files"), ("self", "It signs in"), ("none", "No CMIPS data")],
        hints={"self": "Software that signs in as a user"},
        exclusive="none",
    )
    outcome = OneOf(
        label="Outcome",
        choices=[("yes", "Approve"), ("no", "Not approve")],
        impossible={"no": "Not possible yet. Request documents first"},
    )
    phone = Telephone(label="Telephone number")
    email = EmailAddress(label="Email address")
    start = DayField(label="Planned start")
    often = forms.ChoiceField(label="How often", choices=[("", "Choose"), ("night", "Every night")])
    people = forms.IntegerField(label="Number of people")
    file = Upload(label="Document", help_text="Up to 25 MB.")
    sure = forms.BooleanField(label="This is no case number", help_text="We keep a record.")


def answers(**fields: object) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def error(form: forms.Form, field: str) -> str:
    return " ".join(form.errors[field])


def page(source: str, **context: object) -> BeautifulSoup:
    html = Template("{% load crispy_forms_tags portal %}" + source).render(Context(context))
    return BeautifulSoup(html, "html.parser")


@pytest.mark.parametrize(
    "written",
    [
        "March 5, 2027",
        "march 5 2027",
        "Mar 5, 2027",
        "Mar. 5, 2027",
        "March 5th, 2027",
        "Friday, March 5, 2027",
        "5 March 2027",
        "3/5/2027",
        "03/05/2027",
        "3-5-2027",
        "3/5/27",
        "2027-03-05",
        "  March   5,  2027 ",
    ],
)
def test_a_day_is_read_in_the_ways_people_write_it(written):
    assert parse_day(written) == date(2027, 3, 5)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("February 30, 2027", "February 2027 has 28 days. Enter a day from 1 to 28"),
        ("2/29/2028", None),
        ("4/31/2027", "April 2027 has 30 days. Enter a day from 1 to 30"),
        ("13/5/2027", "There is no month 13. Enter the month first, like 3/15/2027"),
        ("0/5/2027", "There is no month 0. Enter the month first, like 3/15/2027"),
        ("Smarch 5, 2027", "“Smarch” is not a month. Enter the date like March 15, 2027"),
        ("March 5, 1889", "Enter a year from 1990 to 2100"),
        ("March 5, 9999", "Enter a year from 1990 to 2100"),
        ("March 5", "Enter the date like March 15, 2027"),
        ("soon", "Enter the date like March 15, 2027"),
        ("٣/٥/٢٠٢٧", "Enter the date like March 15, 2027"),
        ("9" * 5000, "Enter the date like March 15, 2027"),
    ],
)
def test_a_day_that_does_not_exist_gets_a_sentence(written, sentence):
    if sentence is None:
        assert parse_day(written)
        return
    with pytest.raises(NotADay, match=r".+") as fault:
        parse_day(written)
    assert str(fault.value) == sentence


def test_a_saved_day_comes_back_as_people_write_it():
    form = Interview(initial={"start": date(2027, 3, 15)})
    assert form["start"].value() == "March 15, 2027"


def test_a_day_that_was_typed_wrongly_stays_as_it_was_typed():
    form = Interview(answers(start="February 30, 2027"))
    assert not form.is_valid()
    assert form["start"].value() == "February 30, 2027"


def test_missing_answers_say_what_to_do():
    form = Interview(answers())
    assert {name: error(form, name) for name in form.errors} == {
        "runs_on": "Enter what it runs on",
        "reach": "Answer “How is CMIPS data reached?”",
        "outcome": "Choose outcome",
        "email": "Enter email address",
        "start": "Enter the planned start",
        "often": "Choose how often",
        "people": "Enter number of people",
        "file": "Choose document",
        "sure": "Select “This is no case number”",
    }


def test_wrong_answers_say_how_to_fix_them():
    form = Interview(answers(email="nobody", phone="555", people="many", often="never"))
    assert error(form, "email") == "Enter an email address, like name@county.example.gov"
    assert error(form, "phone") == ("Enter telephone number with its area code, like 916-555-0142")
    assert error(form, "people") == "Enter number of people as a whole number, like 42"
    assert error(form, "often") == "Choose from the answers shown"


def test_the_words_of_a_fields_author_win():
    class Ours(PortalForm):
        name = PlainText(label="Name", error_messages={"required": "Enter the vendor’s name"})

    assert error(Ours(answers()), "name") == "Enter the vendor’s name"


@pytest.mark.parametrize("number", ["916-555-0142", "(916) 555-0142 x12", "+1 916.555.0142"])
def test_a_telephone_number_may_be_written_in_many_ways(number):
    form = Interview(answers(phone=number))
    assert "phone" not in form.errors


def test_a_text_that_is_too_long_says_by_how_much():
    assert error(Interview(answers(runs_on="x" * 152)), "runs_on") == (
        "Shorten “What it runs on” by 132 characters. It may have up to 20"
    )
    assert "by 1 character." in error(Interview(answers(runs_on="x" * 21)), "runs_on")


def test_of_a_text_that_is_too_long_no_sign_is_looked_at():
    sentence = error(Interview(answers(runs_on="\x01\u202e" + "x" * 151)), "runs_on")
    assert sentence.startswith("Shorten “What it runs on” by 133 characters.")


def test_line_ends_are_made_the_same_and_count_once():
    form = Interview(answers(runs_on="one\r\ntwo\rthree\x0bfour"))
    form.is_valid()
    assert form.cleaned_data["runs_on"] == "one\ntwo\nthree\nfour"


def test_a_line_of_text_has_no_line_ends():
    class Ours(PortalForm):
        name = PlainText(label="Name")

    form = Ours(answers(name="Caseload\r\nBcc: x\tCompass"))
    assert form.is_valid()
    assert form.cleaned_data["name"] == "Caseload Bcc: x Compass"


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x9c"])
def test_control_signs_are_refused_with_a_sentence(sign):
    form = Interview(answers(runs_on=f"a{sign}b"))
    assert not form.is_valid()
    assert form.errors["runs_on"]


@pytest.mark.parametrize("mark", ["\u202e", "\u2066"])
def test_marks_that_turn_the_direction_of_text_are_refused(mark):
    assert error(Interview(answers(runs_on=f"a{mark}b")), "runs_on") == (
        "Type “What it runs on” again: it has hidden marks that turn the direction of text"
    )


def test_an_exclusive_choice_goes_with_no_other():
    assert error(Interview(answers(reach=["files", "none"])), "reach") == (
        "Choose “No CMIPS data” by itself, or clear its box"
    )
    assert "reach" not in Interview(answers(reach=["none"])).errors


def test_a_choice_that_is_not_possible_is_shown_with_its_reason_and_refused():
    assert error(Interview(answers(outcome="no")), "outcome") == (
        "Not possible yet. Request documents first"
    )
    html = page("{{ form.outcome|as_crispy_field }}", form=Interview())
    radio = html.find("input", value="no")
    assert radio.has_attr("disabled")
    assert "Request documents first" in html.find(id=radio["aria-describedby"]).text


@override_settings(UPLOAD_MAX=1000)
def test_a_file_that_is_too_large_is_refused_with_both_sizes():
    form = Interview(answers(), {"file": SimpleUploadedFile("plan.pdf", b"x" * 2048)})
    assert error(form, "file") == "Choose a file of up to 1 KB: this one has 2 KB"


def test_an_empty_file_is_refused():
    form = Interview(answers(), {"file": SimpleUploadedFile("plan.pdf", b"")})
    assert error(form, "file") == "Choose another file: this one is empty"


@pytest.mark.parametrize("data", [None, answers(runs_on="x" * 99, reach=["files", "none"])])
def test_every_reference_in_a_form_resolves(data):
    form = Interview(data)
    html = page("{% error_summary form %}{% crispy form %}", form=form)
    ids = [element["id"] for element in html.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for element in html.find_all(attrs={"aria-describedby": True}):
        assert set(element["aria-describedby"].split()) <= set(ids)
    for label in html.find_all("label"):
        assert label["for"] in ids
    assert not html.find("legend").has_attr("for")
    for link in html.select(".errors a"):
        assert html.find(id=link["href"].removeprefix("#")).name in {"input", "textarea", "select"}


def test_hint_stands_before_error_before_input():
    html = page("{{ form.runs_on|as_crispy_field }}", form=Interview(answers()))
    order = [
        element.get("id") or element.name for element in html.find("div").find_all(recursive=False)
    ]
    assert order == ["label", "id_runs_on_helptext", "id_runs_on_error", "id_runs_on"]
    box = html.find("textarea")
    assert box["aria-describedby"] == "id_runs_on_helptext id_runs_on_error"
    assert box["aria-invalid"] == "true"
    assert not box.has_attr("required")
    assert not box.has_attr("maxlength")


def test_a_group_is_a_fieldset_with_its_error_on_the_group():
    html = page("{{ form.outcome|as_crispy_field }}", form=Interview(answers()))
    group = html.find("fieldset")
    assert group.legend.text.strip() == "Outcome"
    assert group["role"] == "radiogroup"
    assert group["aria-invalid"] == "true"
    assert group["aria-describedby"] == "id_outcome_error"
    assert not html.find("input").has_attr("aria-invalid")


def test_optional_fields_are_marked_and_nothing_wears_an_asterisk():
    html = page("{{ form|crispy }}", form=Interview())
    marked = [label.text.strip() for label in html.find_all("label") if "(optional)" in label.text]
    assert marked == ["Telephone number (optional)"]
    assert "*" not in html.text


def test_the_exclusive_choice_stands_after_or():
    html = page("{{ form.reach|as_crispy_field }}", form=Interview())
    assert html.find(class_="or").find_next("input")["value"] == "none"


def test_the_summary_says_the_same_words_as_the_fields():
    form = Interview(answers(email="nobody"))
    html = page("{% error_summary form %}{% crispy form %}", form=form)
    summary = [item.text.strip() for item in html.select(".errors li")]
    at_fields = [text.text.replace("Error: ", "").strip() for text in html.select("p.error")]
    assert summary == at_fields
    assert html.select_one(".errors > [role=alert] > h2").text == "There is a problem"
    assert html.select_one(".errors")["tabindex"] == "-1"


def test_the_summary_takes_several_forms_and_formsets():
    Rows = forms.formset_factory(Interview, min_num=1, validate_min=True, extra=0)
    rows = Rows(
        answers(**{"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-email": "no"})
    )
    html = page(
        "{% error_prefix first rows %}{% error_summary first None rows %}",
        first=Interview(answers()),
        rows=rows,
    )
    assert html.text.startswith("Error: ")
    targets = [link["href"] for link in html.select(".errors a")]
    assert "#id_email" in targets
    assert "#id_form-0-email" in targets
    assert "#id_reach_0" in targets


def test_a_page_without_errors_has_no_summary_and_no_word_in_its_title():
    html = page("[{% error_prefix form %}{% error_summary form %}]", form=Interview())
    assert html.text.split() == ["[", "]"] or html.text.strip() == "[]"


# What is pasted from Word


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("Home\u00a0visits\u202fand\u2007hours", "Home visits and hours"),
        ("\ufeffcase\u200bload over\u00adview\u2060", "caseload overview"),
        (
            "Uses:\r\n\uf0b7\tlists\r\n\uf0a7  counts\n\uf0d8sums",
            "Uses:\n• lists\n• counts\n• sums",
        ),
        ("·\tone\n   o\ttwo\n•\tthree\n§\tfour", "• one\n• two\n• three\n• four"),
        ("·\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0one\n·       two", "• one\n• two"),
        ("• stays\no stays\n7·8 stays", "• stays\no stays\n7·8 stays"),
        ("first\vsecond\u2028third\u2029fourth", "first\nsecond\nthird\nfourth"),
        ("Zoe\u0308 works", "Zoë works"),
        ("one   \n  two \t\n\n\n\n\nthree", "one\n  two\n\n\nthree"),
        ("“quoted” – it’s … fine", "“quoted” – it’s … fine"),
        ("👩\u200d💻 and 🏳️\u200d🌈 stay", "👩\u200d💻 and 🏳️\u200d🌈 stay"),
        ("no\u200djoiner\u200c here", "nojoiner here"),
    ],
)
def test_a_paste_from_word_is_made_clean(pasted, kept):
    field = PlainText(label="Purpose", rows=4)
    assert field.clean(pasted) == kept
    assert field.clean(kept) == kept


def test_a_line_is_made_clean_too_and_stays_one_line():
    assert (
        PlainText(label="Name").clean("\ufeffTheo\u00a0Marsh\v\u200bAnalyst")
        == "Theo Marsh Analyst"
    )
    assert Telephone(label="Phone").clean("916\u00a0555\u00ad0142\u200b") == "916 555-0142"


@pytest.mark.parametrize("rows", [0, 4])
@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u202b"])
def test_marks_that_turn_the_direction_are_refused_in_a_paste(mark, rows):
    with pytest.raises(ValidationError, match="turn the direction"):
        PlainText(label="Name", rows=rows).clean(f"\u200bTheo{mark}\u00a0Marsh")


@pytest.mark.parametrize("pasted", [" " * 200_000 + "x", "\u00ad" * 200_000, "\n \t" * 70_000])
def test_a_paste_of_nothing_much_takes_no_time(pasted):
    began = time.process_time()
    tidied(pasted, lines=True)
    assert time.process_time() - began < 2
