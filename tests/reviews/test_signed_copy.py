"""What was signed stays as it was, and every later sending is a copy of its own."""

import pytest
from django.db import DatabaseError, connection, transaction

from portal.models import GoverningLetter
from proposals import content as contents
from proposals.models import Proposal, SignedCopy
from tests import make
from tests.pages import soup

pytestmark = pytest.mark.django_db


def test_a_copy_holds_content_signature_agreements_and_letter(alice):
    copy = make.sent().proposal.copies.get()
    letter = GoverningLetter.objects.current()
    assert copy.content["answers"]["tool_name"] == "Caseload Compass"
    assert copy.content["signature"]["name"] == copy.signer_name == alice.name
    assert [one["text"] for one in copy.content["agreements"]] == letter.responsibilities
    assert copy.governing_letter == letter
    assert copy.is_whole()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE proposals_signedcopy SET signer_name = 'Mallory' WHERE id = %s",
        "DELETE FROM proposals_signedcopy WHERE id = %s",
    ],
)
def test_the_database_refuses_to_change_a_copy(statement):
    copy = make.sent().proposal.copies.get()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [copy.pk])
    assert SignedCopy.objects.get(pk=copy.pk).signer_name == copy.signer_name


def test_a_change_after_recall_leaves_the_first_copy_as_it_was(alice):
    review = make.sent()
    first = review.proposal.copies.get()
    review.recall(by=alice)
    proposal = Proposal.objects.get(pk=review.proposal_id)
    make.fill(proposal, by=alice, users="Fifty supervisors.")
    make.sent(proposal, by=alice)
    first, second = proposal.copies.all()
    assert first.content["answers"]["users"] == "Forty IHSS supervisors."
    assert second.content["answers"]["users"] == "Fifty supervisors."
    assert first.is_whole() and second.is_whole()


def test_two_copies_are_compared_word_by_word():
    review = make.responded()
    first, second = review.proposal.copies.all()
    changes = contents.changes(first.content, second.content)
    hosting = next(one for one in changes if one.label == "Where is it hosted?")
    assert hosting.before == "The county's data center."
    assert hosting.after == "The county's data center in Oakland."
    assert "".join(text for kind, text in hosting.words if kind != "gone") == hosting.after
    assert any(kind == "new" and "Oakland" in text for kind, text in hosting.words)


def test_the_response_signs_the_changed_answer_and_the_new_document():
    review = make.responded()
    proposal = Proposal.objects.get(pk=review.proposal_id)
    last = proposal.copies.last()
    assert proposal.hosting == "The county's data center in Oakland."
    assert last.content["answers"]["hosting"] == proposal.hosting
    assert len(last.content["documents"]) == 1


def test_a_logged_proposal_has_no_signature():
    copy = make.logged().proposal.copies.get()
    assert copy.signer is None
    assert copy.content["signature"]["name"] == ""


def test_the_page_of_a_copy_shows_who_signed_what(client_of, alice):
    review = make.sent(by=alice)
    page = client_of(alice).get(f"/proposals/{review.reference}/copies/1/")
    text = page.content.decode()
    assert "Alice Nakamura" in text
    assert review.proposal.copies.get().sha256 in text
    assert "The content still has it" in text
    assert text.count("Agreed") == 6


@pytest.mark.acl("ACL-10")
def test_a_copy_leads_to_the_version_of_the_letter_it_was_signed_under(client_of, alice, carol):
    review = make.sent(by=alice)
    make.next_letter()
    for person, side in ((alice, "proposals"), (carol, "reviews")):
        page = soup(client_of(person).get(f"/{side}/{review.reference}/copies/1/"))
        link = page.main.select_one('a[href^="/letter/"]')
        assert link["href"] == "/letter/1/"
        assert "version 1" in link.text


def test_a_copy_of_another_county_is_not_there(client_of, bob):
    review = make.sent()
    assert client_of(bob).get(f"/proposals/{review.reference}/copies/1/").status_code == 404
    assert (
        client_of(make.someone("alice")).get(f"/proposals/{review.reference}/copies/2/").status_code
        == 404
    )
