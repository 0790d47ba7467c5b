"""A case in its days: what changed since the copy before, a colleague beside, day 25, overdue."""

from collections.abc import Iterator
from datetime import time, timedelta

from portal import clock
from proposals.models import Document
from reviews.models import Finding, Note, Review
from tests import make
from tests.stories.scenes import Stage, State, of_county, of_desk, scene

LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänspatent"


def received(days: int, **changes: object) -> Review:
    """A case in review that was received so many days ago."""
    with clock.travel(clock.instant(clock.today() - timedelta(days=days), time(12))):
        return make.in_review(make.sent(make.draft(**changes)))


@scene
def what_changed_beside_the_answers(stage: Stage) -> Iterator[State]:
    alice = make.someone("alice")
    rows = [make._row("Names", "CMIPS"), make._row("Addresses", "CMIPS")]
    review = make.sent(make.draft(data_in=rows, mobile="Tablets. " * 40, by=alice), by=alice)
    review.recall(by=alice)
    changes = {"mobile": "Tablets, one week offline.", "hosting": "", "program_name": "Rosa Diaz"}
    make.fill(review.proposal, by=alice, data_in=rows[:1], **changes)
    make.sent(review.proposal, by=alice)
    review = Review.objects.get(pk=review.pk)
    yield "review, changed answers", stage.open("carol", of_desk(review))
    yield "review, read by an auditor", stage.open("frank", of_desk(review))
    yield "review, read by an administrator", stage.open("erin", of_desk(review))


@scene
def a_case_in_its_last_days(stage: Stage) -> Iterator[State]:
    carol = make.someone("carol")
    review = received(26, other_use="yes", other_use_detail="Product research.")
    values = {"ddl": {"choice": "documents", "note": "Show the import."}}
    Finding.objects.save_checklist(review, by=carol, values=values)
    for number in range(3):
        Note.objects.write(review, by=carol, text=f"The county called, {number}.")
    stage.open("dana", f"{of_desk(review)}recommend/")
    yield "review, day 26 with a colleague beside", stage.open("carol", of_desk(review))
    yield "request, a colleague beside", stage.open("carol", f"{of_desk(review)}request/")
    late = received(45, tool_name="Late Planner")
    yield "review, overdue", stage.open("carol", of_desk(late))
    yield "queue, overdue ones", stage.open("carol", "/reviews/?view=overdue")
    yield "proposals, overdue", stage.open("alice", "/proposals/")
    yield "status, overdue", stage.open("alice", of_county(late))
    make.drafted_decision(late).send_back(by=make.someone("dana"), why="Name the tablet.")
    yield "review, overdue with a draft sent back", stage.open("carol", of_desk(late))


@scene
def much_of_everything(stage: Stage) -> Iterator[State]:
    alice = make.someone("alice")
    tool = "Interdepartmental Reassessment and Timesheet Reconciliation Workbench for Supervisors"
    proposal = make.draft(by=alice, tool_name=tool, vendor_name=f"{LONG_WORD} Holdings")
    for number in range(11):
        upload = make.a_file(f"a-plan-whose-name-goes-on-and-on-{number}.txt", b"%d" % number)
        Document.objects.add(proposal, upload, by=alice, kind="security_plan", label="internal")
    review = make.in_review(make.sent(proposal))
    page = stage.open("carol", of_desk(review))
    page.get_by_text("11 documents", exact=True).click()
    yield "review, many documents", page
    yield "review, its documents", stage.open("carol", f"{of_desk(review)}documents/")
    asked = [make.condition(f"Show {LONG_WORD} {number}.", days=number) for number in range(5, 35)]
    make.decided(review, conditions=asked)
    yield "review, thirty conditions", stage.open("carol", of_desk(review))
    yield "conditions, long ones", stage.open("carol", "/reviews/conditions/")
    yield "status, thirty conditions", stage.open("alice", of_county(review))
    yield "home, a long name decided", stage.open("alice", "/")
