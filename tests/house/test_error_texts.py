"""What every form says to an answer it can't take: what to do, in plain words.

Each form of each page is sent back empty, with a Social Security number in every box, and with a
text that is too long and turns its own direction. What comes back is read.
"""

import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup, Tag
from django.http import HttpResponse
from django.test import Client

from proposals.models import Proposal
from tests import make
from tests.house import test_pages as pages

pytestmark = pytest.mark.django_db

# How a sentence begins that says what to do.
DO = [
    "Add",
    "Answer",
    "Choose",
    "Clear",
    "Describe",
    "Enter",
    "Give",
    "Name",
    "Open",
    "Press",
    "Say",
    "Select",
    "Shorten",
    "Sign",
    "Take",
    "Type",
    "Write",
]
ODD = {"empty": "", "case data": "123-45-6789", "hostile": "x" * 21_000 + "\u202e"}

cases = pages.cases


@pytest.mark.parametrize("first_name", ["alice", "carol", "dana", "a stranger"])
def test_every_error_says_what_to_do(first_name, cases, client_of):
    client = Client() if first_name == "a stranger" else client_of(make.someone(first_name))
    refused = 0
    faults = set()
    for answer in answers_to_odd_forms(client, cases):
        page = BeautifulSoup(answer.content, "html.parser")
        for sentence in sentences(page):
            refused += 1
            if not says_what_to_do(sentence):
                faults.add(f"{answer.request['PATH_INFO']}: {sentence}")
        faults |= {f"{answer.request['PATH_INFO']}: {fault}" for fault in pages.code_faults(page)}
    assert refused > 3, "no form was refused, so nothing was read"
    assert not faults, "\n".join(sorted(faults))


def answers_to_odd_forms(client: Client, cases: list[Proposal]) -> Iterator[HttpResponse]:
    """What comes back for each form of each page, filled in oddly; only refusals of the form."""
    for path in pages.paths(cases):
        shown = client.get(path)
        if not is_page(shown) or shown.status_code != 200:
            continue
        for form in BeautifulSoup(shown.content, "html.parser").find_all("form", method="post"):
            for text in ODD.values():
                answer = client.post(form.get("action") or path, filled(form, text))
                if is_page(answer) and answer.status_code in (200, 422):
                    yield answer


def is_page(answer: HttpResponse) -> bool:
    return not answer.streaming and answer.headers.get("Content-Type", "").startswith("text/html")


def filled(form: Tag, text: str) -> dict[str, str]:
    """The form with its hidden fields as they are, and the text in each box."""
    given = {}
    for control in form.find_all(["input", "textarea", "select"], attrs={"name": True}):
        kind = control.get("type", "")
        if kind == "hidden":
            given[control["name"]] = control.get("value", "")
        elif kind not in ("file", "checkbox", "radio"):
            given[control["name"]] = text
    return given


def sentences(page: BeautifulSoup) -> Iterator[str]:
    """The error texts of a page: at the fields, and in the summary on top."""
    for tag in page.select("p.error, .errors li"):
        yield " ".join(tag.get_text(" ", strip=True).split()).removeprefix("Error: ")


def says_what_to_do(sentence: str) -> bool:
    """The list of errors names the row of a sentence before it, as "Item 1, row 2: "."""
    sentence = re.sub(r"^[A-Z][a-z]+( in| out)? \d+(, row \d+)?: ", "", sentence)
    return any(part.split(" ")[0] in DO for part in sentence.split(". ") if part)


@pytest.mark.parametrize(
    "sentence",
    [
        "This field is required.",
        "Invalid date",
        "“Name” is wrong",
        "Ensure this value",
        "Item 2: is wrong",
        "Tick “Name”",
    ],
)
def test_a_text_that_only_complains_would_be_found(sentence):
    assert not says_what_to_do(sentence)
