"""What a proposal says, what it lacks, and how it reads, without a database."""

import pytest

from proposals import content as contents
from proposals.sections import ANSWERS, BY_KEY, SECTIONS


def empty() -> dict:
    answers = {
        name: {"tick": False, "choices": [], "day": None}.get(answer.kind, "")
        for name, answer in ANSWERS.items()
    }
    return {
        "schema": 1,
        "answers": answers,
        "unparsed": {},
        "data_in": [],
        "data_out": [],
        "documents": [],
    }


def filled() -> dict:
    content = empty()
    for name, answer in ANSWERS.items():
        content["answers"][name] = {
            "line": "Words",
            "text": "Words",
            "email": "name@county.example.gov",
            "phone": "916-555-0142",
            "day": "2027-03-15",
            "tick": False,
            "choice": answer.choices[0][0] if answer.choices else "",
            "choices": [answer.choices[0][0]] if answer.choices else [],
        }[answer.kind]
    content["answers"]["builder"] = "vendor"
    row = {
        "what": "Case list",
        "where": "DDL",
        "how_often": "daily",
        "transport": "sftp",
        "sensitive": "no",
    }
    content |= {"data_in": [row], "data_out": [row]}
    content["answers"]["no_documents_now"] = True
    return content


def fields(points) -> list[str]:
    return [point.field for point in points]


@pytest.mark.acl("ACL-3")
def test_an_empty_proposal_lacks_all_that_the_letter_asks_for():
    missing = fields(contents.missing_for_letter(empty()))
    assert set(missing) == {
        *(f"{kind}_{part}" for kind in ("program", "technical") for part in CONTACT),
        "tool_name",
        "builder",
        "purpose",
        "business_needs",
        "technical_component",
        "reached_from",
        "cmips_methods",
        "users",
        "implementation_date",
        "in-0-what",
        "out-0-what",
    }


CONTACT = ("name", "phone", "email", "address")


@pytest.mark.acl("ACL-2")
def test_the_same_person_is_asked_for_once():
    content = empty()
    content["answers"]["same_person"] = True
    assert not [
        f for f in fields(contents.missing_for_letter(content)) if f.startswith("technical_n")
    ]


def test_a_filled_proposal_lacks_nothing_and_is_complete():
    content = filled()
    assert contents.missing_for_letter(content) == []
    assert contents.problems(content) == []
    assert {contents.status_of(section, content) for section in SECTIONS} == {contents.COMPLETED}


@pytest.mark.acl("ACL-3")
def test_two_people_said_to_be_one_are_not_sent():
    content = filled()
    assert contents.missing_for_letter(content) == []
    content["answers"]["same_person"] = True
    (point,) = contents.missing_for_letter(content)
    assert point.field == "same_person"
    assert point.sentence.endswith("Clear the box, or empty the fields beneath")


def test_a_vendor_is_asked_for_only_where_there_is_one():
    content = filled()
    content["answers"]["vendor_name"] = ""
    assert fields(contents.missing_for_letter(content)) == ["vendor_name"]
    content["answers"]["builder"] = "county"
    assert contents.missing_for_letter(content) == []


def test_further_questions_keep_a_section_from_being_complete_but_not_from_being_sent():
    content = filled()
    content["answers"]["hosting"] = ""
    assert contents.missing_for_letter(content) == []
    assert fields(contents.missing_for_review(content)) == ["hosting"]
    assert fields(contents.missing_in(BY_KEY["how"], content)) == ["hosting"]
    assert contents.status_of(BY_KEY["how"], content) == contents.IN_PROGRESS


def test_a_date_that_is_none_is_a_problem_not_a_gap():
    content = filled()
    content["answers"]["implementation_date"] = None
    content["unparsed"] = {"implementation_date": "February 30, 2027"}
    (point,) = contents.problems(content)
    assert point.sentence == "February 2027 has 28 days. Enter a day from 1 to 28"
    assert contents.status_of(BY_KEY["users"], content) == contents.PROBLEM


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("program_email", "alice", "Enter an email address in “Program contact: Email address”"),
        ("technical_phone", "555", "Enter all ten digits in “Technical contact: Telephone"),
        ("tool_name", "x" * 122, "Shorten “Name of the system or tool” by 2 characters"),
    ],
)
def test_what_cannot_be_right_is_named_with_how_to_mend_it(field, typed, words):
    content = filled()
    content["answers"][field] = typed
    (point,) = contents.problems(content)
    assert point.field == field
    assert point.sentence.startswith(words)


@pytest.mark.parametrize(
    ("field", "chosen"),
    [("cmips_methods", ["none", "ddl"]), ("data_elements", ["name", "none"])],
)
def test_choices_that_exclude_each_other_are_a_problem(field, chosen):
    content = filled()
    content["answers"][field] = chosen
    (point,) = contents.problems(content)
    assert point.field == field
    content["answers"][field] = ["none"]
    assert contents.problems(content) == []


def test_documents_are_complete_with_one_or_with_the_word_that_there_is_none():
    content = filled()
    content["answers"]["no_documents_now"] = False
    assert contents.status_of(BY_KEY["documents"], content) == contents.NOT_STARTED
    content["documents"] = [
        {"id": 1, "kind": "other", "label": "public", "title": "Plan", "sha256": "a", "size": 1}
    ]
    assert contents.status_of(BY_KEY["documents"], content) == contents.COMPLETED


def test_every_question_reads_in_words():
    read = {
        line.label: line.text for section in SECTIONS for line in contents.lines(section, filled())
    }
    assert read["How is CMIPS data reached?"] == "It imports CMIPS Data Download (DDL) files"
    assert read["Proposed implementation date"] == "Monday, March 15, 2027"
    assert read["Data in 1"] == "Case list · from DDL · Every day or night · " + (
        "Secure file transfer (SFTP)"
    )
    assert read["Program contact: Telephone number"] == "916-555-0142"


def test_the_fingerprint_is_equal_only_for_equal_contents():
    assert contents.fingerprint(filled()) == contents.fingerprint(filled())
    other = filled()
    other["answers"]["users"] = "Others"
    assert contents.fingerprint(filled()) != contents.fingerprint(other)


def test_two_copies_are_compared_word_by_word():
    before, after = filled(), filled()
    before["answers"]["purpose"] = "Finds overdue work"
    after["answers"]["purpose"] = "Finds late work"
    after["documents"] = [
        {"id": 1, "kind": "other", "label": "public", "title": "Plan", "sha256": "a", "size": 1}
    ]
    purpose, document = contents.changes(before, after)
    assert (purpose.label, purpose.before, purpose.after) == (
        "Purpose and function",
        "Finds overdue work",
        "Finds late work",
    )
    assert [pair for pair in purpose.words if pair[0] != "same"] == [
        ("gone", "overdue"),
        ("new", "late"),
    ]
    assert (document.before, document.after) == ("", "Plan")
    assert contents.changes(after, after) == []


def test_a_long_text_of_the_same_few_words_is_compared_as_a_whole():
    before, after = filled(), filled()
    before["answers"]["purpose"] = "a " * 9_000 + "b"
    after["answers"]["purpose"] = "b " + "a " * 9_000
    [purpose] = contents.changes(before, after)
    assert [kind for kind, _ in purpose.words] == ["gone", "new"]


def test_screening_reads_every_line_a_person_typed():
    content = filled()
    content["data_out"][0] = content["data_out"][0] | {"what": "By macro"}
    read = {name: text for name, _, text in contents.free_text(content)}
    assert read["out-0-what"] == "By macro"
    assert {"tool_name", "purpose", "hosting", "in-0-where"} <= read.keys()


@pytest.mark.acl("ACL-3")
def test_a_date_that_is_none_and_an_address_that_no_letter_reaches_keep_it_from_being_sent():
    content = filled()
    content["answers"]["implementation_date"] = None
    content["unparsed"] = {"implementation_date": "February 30, 2027"}
    content["answers"]["program_email"] = "alice at alameda"
    missing = fields(contents.missing_for_letter(content))
    assert missing == ["program_email", "implementation_date"]


def test_a_newer_file_under_the_same_title_is_one_change():
    before, after = filled(), filled()
    row = {"id": 1, "kind": "security_plan", "label": "internal", "title": "Our plan", "size": 5}
    before["documents"] = [{**row, "sha256": "a"}, {**row, "sha256": "b", "title": "Flow"}]
    after["documents"] = [
        {**row, "sha256": "c"},
        {**row, "sha256": "b", "title": "Picture"},
        {**row, "sha256": "d"},
    ]
    changes = [(one.before, one.after) for one in contents.changes(before, after)]
    assert changes == [
        ("Our plan", "Our plan (another file)"),
        ("Flow", "Picture"),
        ("", "Our plan"),
    ]


@pytest.mark.parametrize(("shared", "pieces"), [(150, 600), (1500, 2)])
def test_two_texts_of_very_many_words_are_not_compared_word_by_word(shared, pieces):
    before = "".join(f"same{number} was{number} " for number in range(shared))
    after = "".join(f"same{number} now{number} " for number in range(shared))
    found = list(contents.word_changes(before, after))
    assert len(found) == pieces
    assert "".join(words for kind, words in found if kind != "gone") == after
