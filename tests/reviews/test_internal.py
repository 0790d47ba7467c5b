"""What CDSS writes for itself reaches no county: not on a page, not in a letter, not in a copy.

Each internal place gets a word of its own; then every page that a county can open is read.
"""

import io
import itertools
import json
import re
import zipfile

import pytest
from django.urls import reverse
from pypdf import PdfReader

from portal.access import routes
from portal.models import Notice, NoticeRecipient
from proposals.models import SignedCopy
from proposals.sections import SECTIONS
from proposals.sections.sheets import SHEETS
from reviews.models import Decision, Enhancement, Finding, Idea, Message, Note, Review
from tests import make
from tests.pages import form_on, words

pytestmark = pytest.mark.django_db

INTERNAL = {
    "note": "Zebra-note",
    "override": "Quagga-override",
    "sent back": "Okapi-reason",
    "checklist": "Tapir-finding",
    "idea": "Gerenuk-idea",
    "words of a plan": "gerenukword",
}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@pytest.fixture
def review(carol, dana, alice) -> Review:
    """A proposal with a prohibited method, a request behind it, and a word in each place."""
    review = make.responded(make.requested(make.in_review(cmips_methods=["virtual_user"])))
    Note.objects.write(review, by=carol, text=INTERNAL["note"])
    Idea.objects.mark(review, by=carol, why=INTERNAL["idea"])
    planned = {"title": "Cases", "what": "Supervisors see cases.", "state": "planned"}
    Enhancement.objects.add(
        by=carol, words=f"supervisors, {INTERNAL['words of a plan']}", **planned
    )
    values = {"safeguards": {"choice": "documents", "note": INTERNAL["checklist"]}}
    Finding.objects.save_checklist(review, by=carol, values=values)
    Message.objects.write(review, by=carol, text="A message, which the county reads.")
    _drafted(review).send_back(by=dana, why=INTERNAL["sent back"])
    review.refresh_from_db()
    return review


def _drafted(review: Review) -> Decision:
    return make.drafted_decision(
        review, conditions=[make.condition()], override=INTERNAL["override"]
    )


def pages(review: Review) -> list[str]:
    """The address of every page of the portal that a county could ask for, whatever it takes."""
    proposal = review.proposal
    values = {
        "reference": [proposal.reference],
        "number": [1, 2],
        "notice": list(Notice.objects.values_list("pk", flat=True)),
        "item": [item.pk for asked in review.requests.all() for item in asked.items.all()],
        "condition": [one.pk for made in review.decisions.all() for one in made.conditions.all()],
        "document": [document.pk for document in proposal.documents.all()],
        "section": [section.key for section in SECTIONS],
        "move": ["respond", "withdraw"],
        "recipient": [1],
        "sheet": [key for key in SHEETS if key],
        "kind": ["csv", "xlsx"],
        "table": ["months", "counties"],
        "template": ["approved", "not_approved"],
        "saved": [1],
        "person": [review.assignee_id or 1],
        "wording": [1],
        "enhancement": [1],
        "version": [1],
    }
    found = []
    for route in routes():
        if route.name.startswith(("admin", "account")):
            continue
        names = PARAMETER.findall(route.path)
        for chosen in itertools.product(*(values[name] for name in names)):
            found.append(reverse(route.name, kwargs=dict(zip(names, chosen, strict=True))))
    return found


def words_in(text: str) -> set[str]:
    return {word for word in INTERNAL.values() if word in text}


def read(client, address: str) -> str:
    response = client.get(address, follow=True)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return text_of(content)


def text_of(content: bytes) -> str:
    """What a page or a file says, a PDF and each file of a ZIP included."""
    if content.startswith(b"%PDF-"):
        pages = PdfReader(io.BytesIO(content)).pages
        return " ".join(page.extract_text() for page in pages)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "\n".join(text_of(packed.read(name)) for name in packed.namelist())
    return content.decode(errors="replace")


@pytest.mark.parametrize("state", ["sent back", "drafted", "decided", "reopened"])
def test_no_page_of_a_county_has_an_internal_word(client_of, alice, amir, dana, review, state):
    if state != "sent back":
        decision = _drafted(review)
    if state in ("decided", "reopened"):
        decision.release(by=dana)
    if state == "reopened":
        review.refresh_from_db()
        review.reopen(by=dana, why="The county may read this.")
    review.refresh_from_db()
    addresses = pages(review)
    assert len(addresses) > 30
    for person in (alice, amir):
        client = client_of(person)
        for address in addresses:
            assert not words_in(read(client, address)), f"{address} as {person}"


def test_the_sweep_reads_what_is_in_a_county_s_bundle_and_papers(client_of, alice, review):
    """Else a word inside a compressed file would go unseen."""
    client = client_of(alice)
    for name, more in (("bundle", []), ("copy_pdf", [1])):
        said = read(client, reverse(name, args=[review.reference, *more]))
        assert "Shows supervisors how many cases" in " ".join(said.split())
    assert "A message, which the county reads." in read(
        client, reverse("bundle", args=[review.reference])
    )


def test_the_words_are_on_cdss_s_own_pages(client_of, carol, review):
    """Else the sweep above would find nothing because nothing is there."""
    client = client_of(carol)
    found = set()
    for name in ("review", "notes", "history"):
        found |= words_in(read(client, reverse(name, args=[review.reference])))
    for name in ("enhancements", "ideas"):
        found |= words_in(read(client, reverse(name)))
    _drafted(review)
    found |= words_in(read(client, reverse("review", args=[review.reference])))
    assert found == set(INTERNAL.values())


def test_no_letter_to_a_county_has_an_internal_word(dana, review):
    _drafted(review).release(by=dana)
    inside = ("CDSS mailbox", "reviewer", "approver")
    to_county = NoticeRecipient.objects.exclude(part__in=inside)
    letters = Notice.objects.filter(recipients__in=to_county).distinct()
    assert letters.count() >= 5
    for letter in letters:
        assert not words_in(letter.heading + letter.text + letter.html), letter.event


def test_a_letter_with_an_internal_word_goes_to_cdss_alone(review):
    letter = Notice.objects.get(event__startswith="decision_sent_back:")
    assert INTERNAL["sent back"] in letter.text
    assert [one.part for one in letter.recipients.all()] == ["reviewer"]


def test_no_signed_copy_has_an_internal_word(dana, review):
    _drafted(review).release(by=dana)
    copies = list(SignedCopy.objects.all())
    assert copies
    for copy in copies:
        assert not words_in(json.dumps(copy.content))


def _handed_over(review: Review, carol, dana) -> None:
    review.hand_over(by=carol, to=dana)


def _put_back(review: Review, carol, dana) -> None:
    review.put_back(by=carol)


def _drafted_meanwhile(review: Review, carol, dana) -> None:
    make.drafted_decision(review)


def _sent_back(review: Review, carol, dana) -> None:
    make.drafted_decision(review).send_back(by=dana, why="Add a condition.")


@pytest.mark.parametrize("move", [_handed_over, _put_back, _drafted_meanwhile, _sent_back])
def test_a_county_whose_page_is_out_of_date_learns_nothing_of_drafts(
    client_of, alice, carol, dana, move
):
    """The sentence says who did what meanwhile; whose case it is and what is drafted, to CDSS."""
    asked = make.requested()
    review, client = asked.review, client_of(alice)
    page = f"/proposals/{review.reference}"
    stale = form_on(client.get(f"{page}/withdraw/"))
    asked.waive_rest(by=carol, why="We know enough.")
    review.refresh_from_db()
    move(review, carol, dana)
    answers = [
        client.get(f"{page}/recall/"),
        client.post(f"{page}/recall/", {"seen": "1"}),
        client.post(f"{page}/withdraw/", stale),
    ]
    for answer in answers:
        assert answer.status_code == 409
        assert "CDSS is at work on the proposal, so your page was out of date" in words(answer)
        for name in (carol.name, dana.name):
            assert name not in words(answer)
    told = Review.objects.get(pk=review.pk).overtaken(carol)
    assert told.startswith((carol.name, dana.name))
