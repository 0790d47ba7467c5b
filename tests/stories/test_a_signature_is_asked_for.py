"""A colleague asks for a signature, reads the comment, asks again, and the signer sends it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from proposals.models import Proposal
from reviews.models import Asking, Review
from tests import make
from tests.stories.hands import Hands, Keys, Pointer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "hands, options",
    [(Keys, {}), (Pointer, {"java_script_enabled": False})],
    ids=["by keyboard alone", "without JavaScript"],
)
def test_from_asking_to_sent(
    hands: type[Hands], options: dict[str, Any], page_of: Callable[..., Page], alice, amir
):
    draft = make.draft(by=amir, implementation_date=make.in_days(5))
    preparer = hands(page_of(amir, **options))
    preparer.opens(f"/proposals/{draft.reference}/")
    preparer.follows("Ask a colleague to sign")
    preparer.sees("Ask a colleague to sign – Caseload Compass")
    preparer.writes("A note for them (optional)", "The contract starts in January.")
    preparer.presses("Ask for the signature")
    preparer.reads("Waiting for Alice Nakamura to sign")

    signer = hands(page_of(alice, **options))
    signer.opens("/")
    signer.follows("Read and sign Caseload Compass, CIP-2026-0001")
    signer.sees("Check and send – Caseload Compass")
    signer.reads("The contract starts in January.")
    signer.reads("You plan to start before CDSS must answer")
    signer.follows("return it with a comment")
    signer.writes("What should be changed", "Start after CDSS has answered.")
    signer.presses("Return it")
    signer.sees("Task list – Caseload Compass")

    preparer.opens("/")
    preparer.follows("Caseload Compass CIP-2026-0001")
    preparer.reads("Start after CDSS has answered.")
    preparer.follows("Plan to start later")
    preparer.writes("Proposed implementation date", "May 1, 2099")
    preparer.presses("Save and go back to the list")
    preparer.follows("ask for the signature again")
    preparer.presses("Ask for the signature")

    signer.opens(f"/proposals/{draft.reference}/send/")
    signer.chooses_everywhere("Agree")
    signer.presses("Send proposal to CDSS")
    signer.sees("Sign in again")
    signer.writes("Password", make.PASSWORD)
    signer.presses("Go on")
    signer.sees("Check and send – Caseload Compass")
    signer.presses("Send proposal to CDSS")
    signer.sees("Sent – Caseload Compass")
    assert [one.how for one in Asking.objects.order_by("pk")] == ["returned", "sent"]
    assert Review.objects.get().proposal == Proposal.objects.get()
