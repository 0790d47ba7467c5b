"""A text that gave way to a colleague's stays with the county: no page, letter or copy of CDSS's
has it."""

import json

import pytest
from django.urls import reverse

from portal import clock
from portal.models import JournalEntry, Notice
from proposals.models import Lost, SetAside, SignedCopy
from tests import make
from tests.reviews.test_internal import pages, read

pytestmark = pytest.mark.django_db

ASIDE = "Zebra-aside"


@pytest.fixture
def draft(alice, amir):
    draft = make.draft(by=alice)
    lost = [Lost("purpose", "Purpose and function", ASIDE, amir, clock.now())]
    SetAside.objects.keep(draft, "purpose", lost, by=alice)
    return draft


def test_the_county_reads_it_in_its_section(client_of, draft, alice, bob):
    page = reverse("section", args=[draft.reference, "purpose"])
    assert ASIDE in read(client_of(alice), page)
    assert client_of(bob).get(page).status_code == 404


@pytest.mark.parametrize("first_name", ["carol", "dana", "erin", "frank"])
def test_no_page_of_cdss_has_it(client_of, draft, first_name):
    person = make.someone(first_name)
    review = make.responded(make.requested(make.in_review(make.sent(draft))))
    make.drafted_decision(review)
    client = client_of(person)
    for address in pages(review):
        assert ASIDE not in read(client, address), address


def test_no_letter_no_signed_copy_and_no_journal_entry_has_it(draft):
    make.sent(draft)
    kept = [letter.text + letter.html for letter in Notice.objects.all()]
    kept += [json.dumps(copy.content) for copy in SignedCopy.objects.all()]
    kept += [json.dumps(entry.data) for entry in JournalEntry.objects.all()]
    assert len(kept) > 4
    assert ASIDE not in "".join(kept)


def test_it_is_there_again_when_the_county_takes_the_proposal_back(client_of, draft, alice):
    make.sent(draft).recall(by=alice)
    page = reverse("section", args=[draft.reference, "purpose"])
    assert ASIDE in read(client_of(alice), page)
    page = reverse("section", args=[make.draft(by=alice).reference, "purpose"])
    assert ASIDE not in read(client_of(alice), page)
