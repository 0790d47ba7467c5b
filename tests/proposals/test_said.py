"""What a county is told of an act that is easily mistaken: a row removed, a draft discarded."""

import pytest
from django.urls import reverse

from tests import make
from tests.pages import messages_on

pytestmark = pytest.mark.django_db


def test_a_row_that_is_removed_is_named(client_of, alice):
    draft = make.draft()
    client = client_of(alice)
    page = reverse("section", args=[draft.reference, "data"])
    seen = client.get(page).context["state"].version
    typed = {"in-0-what": "Case list", "in-1-what": "Hours", "seen": seen, "remove": "in-1"}
    answer = client.post(page, typed, follow=True)
    assert any("Data in 2 is removed. Saved at" in words for words in messages_on(answer))


def test_discarding_what_was_sent_before_says_what_cdss_keeps(client_of, alice):
    never, sent = make.draft(), make.sent()
    sent.recall(by=alice, seen=sent.version)
    read = {
        reference: client_of(alice).get(reverse("discard", args=[reference])).content.decode()
        for reference in (never.reference, sent.reference)
    }
    assert "CDSS does not see drafts." in read[never.reference]
    assert "CDSS keeps the copy that you sent before you took it back." in read[sent.reference]
