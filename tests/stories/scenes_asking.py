"""Scenes of a colleague who is asked to sign, of dates that are too early, and of revising."""

from collections.abc import Iterator

from portal.models import Membership
from reviews.models import Asking
from tests import make
from tests.stories.scenes import CASE_NUMBER, Stage, State, go, of_county, scene


@scene
def asking_a_colleague_to_sign(stage: Stage) -> Iterator[State]:
    alice, amir = make.someone("alice"), make.someone("amir")
    ann = make.person(
        "ann@alameda.example.gov", name="Ann Ito", of=make.county("Alameda"), may_sign=True
    )
    draft = make.draft(by=amir, implementation_date=make.in_days(5))
    here = of_county(draft)
    ask, button = f"{here}ask-to-sign/", "Ask for the signature"
    yield "task list of a preparer", stage.open("amir", here)
    yield "ask to sign", stage.open("amir", ask)
    yield (
        "ask to sign, case data, nobody chosen",
        stage.press("amir", ask, button, note=CASE_NUMBER),
    )
    page = stage.open("amir", ask)
    page.locator("#id_signer").select_option(label="Ann Ito")
    first = Asking.objects.ask(draft, by=amir, signer=alice, note="By Friday, please.\nThank you.")
    go(page, "button", button)
    yield "ask to sign, 409", page
    yield "home, waiting for a colleague", stage.open("amir", "/")
    yield "task list, waiting for a colleague", stage.open("amir", here)
    yield "check and send, waiting for a colleague", stage.open("amir", f"{here}send/")
    yield "ask somebody else", stage.open("amir", ask)
    make.fill(draft, by=amir, users="Fifty.", implementation_date=make.in_days(-5))
    yield "home, asked to sign", stage.open("alice", "/")
    yield "task list, asked to sign", stage.open("alice", here)
    yield "check and send, asked to sign", stage.open("alice", f"{here}send/")
    returning, button = f"{here}return/", "Return it"
    yield "return it", stage.open("alice", returning)
    yield "return it, no comment", stage.press("alice", returning, button)
    yield "return it, not asked", stage.open("amir", returning)
    first.give_back("Name the subcontractors.", by=alice)
    yield "home, returned", stage.open("amir", "/")
    yield "task list, returned", stage.open("amir", here)
    Asking.objects.ask(draft, by=amir, signer=ann, seen=first.pk)
    Membership.objects.filter(user=ann).update(may_sign_until=make.in_days(-1))
    yield "home, the signer left", stage.open("amir", "/")
    yield "task list, the signer left", stage.open("amir", here)


@scene
def nobody_to_ask(stage: Stage) -> Iterator[State]:
    draft = make.draft(by=make.someone("amir"), users="")
    here = of_county(draft)
    yield "ask to sign, incomplete", stage.open("amir", f"{here}ask-to-sign/")
    make.fill(draft, by=make.someone("amir"))
    yield "ask to sign, no signer", stage.open("amir", f"{here}ask-to-sign/")
    yield "check and send, no signer", stage.open("amir", f"{here}send/")
    make.someone("alice")
    yield "ask to sign, the only signer", stage.open("alice", f"{here}ask-to-sign/")


@scene
def planning_too_early(stage: Stage) -> Iterator[State]:
    draft = make.draft(by=make.someone("alice"), implementation_date=make.in_days(5))
    users = f"{of_county(draft)}edit/users/"
    yield "users, early", stage.open("alice", users)
    make.fill(draft, by=make.someone("alice"), implementation_date=make.in_days(-5))
    yield "users, passed", stage.open("alice", users)


@scene
def revising(stage: Stage) -> Iterator[State]:
    review = make.standing_at("withdrawn")
    here = of_county(review)
    page = stage.open("alice", here)
    yield "status, withdrawn", page
    review.revise(by=make.someone("amir"))
    go(page, "button", "Revise and send again")
    yield "409, revised meanwhile", page
    yield "status, withdrawn and revised", stage.open("alice", here)
