"""How a county starts, and its register: every state of the guide, copies, sheets and the list."""

from collections.abc import Iterator

from proposals.models import Proposal
from proposals.sections.sheets import SHEETS
from tests import make
from tests.stories.scenes import Stage, State, go, of_county, scene

GUIDE = "/proposals/guide/"


@scene
def the_guide(stage: Stage) -> Iterator[State]:
    page = stage.open("alice", GUIDE)
    yield "the guide's first question", page
    yield "the guide, nothing chosen", go(page, "button", "Continue")
    for state, query in {
        "data": "what=new",
        "ways": "what=new&data=yes",
        "begun": "what=new&data=yes&ways=ddl",
        "ways, contradicting": "what=new&data=yes&asked=ways&ways=ddl&ways=unsure",
    }.items():
        yield f"the guide, {state}", stage.open("alice", f"{GUIDE}?{query}")
    ways = "what=new&data=yes&ways=ddl&ways=direct&ways=writes"
    ends = {
        "yes": "what=changed&data=yes&ways=typed_in&begun=no",
        "yes, not allowed and begun": f"{ways}&begun=buying",
        "no, no tool": "what=ordinary",
        "no, no data": "what=new&data=no",
        "ask CDSS": "what=unsure&data=unsure&ways=unsure",
    }
    for state, query in ends.items():
        yield f"the guide, {state}", stage.open("alice", f"{GUIDE}?{query}")
    yield "a stranger's question", stage.open("", GUIDE)
    yield "a stranger's yes", stage.open("", f"{GUIDE}?{ends['yes']}")
    yield "CDSS's yes", stage.open("carol", f"{GUIDE}?{ends['yes']}")
    page = stage.open("alice", f"{GUIDE}?{ends['yes, not allowed and begun']}")
    page.locator("#id_tool_name").fill("Case number 1234567")
    yield "start with answers carried over, case data", go(page, "button", "Start the proposal")


@scene
def copying(stage: Stage) -> Iterator[State]:
    yield "copy, nothing there", stage.open("alice", "/proposals/copy/")
    original = make.draft(by=make.someone("alice"))
    Proposal.objects.filter(pk=original.pk).update(hosting="It has the number 123-45-6789.")
    make.sent(make.draft(tool_name="Home Visit Planner"))
    yield "copy, which one", stage.open("alice", "/proposals/copy/")
    yield "copy, no match", stage.open("alice", "/proposals/copy/?q=zebra")
    yield "copy, too many words", stage.open("alice", "/proposals/copy/?q=a+b+c+d+e+f+g+h+i")
    page = stage.open("alice", f"{of_county(original)}copy/")
    yield "copy, what is taken over", page
    yield "a copy", go(page, "button", "Copy it into a new draft")
    yield "home, a copy", stage.open("alice", "/")
    page = stage.open("alice", f"{of_county(original)}copy/")
    page.evaluate("document.querySelector('main [name=token]').value = 'old'")
    yield "copy, too old", go(page, "button", "Copy it into a new draft")


@scene
def on_paper(stage: Stage) -> Iterator[State]:
    for key, sheet in SHEETS.items():
        address = f"/proposals/questions/{key}/" if key else "/proposals/questions/"
        yield f"sheet: {sheet.label}", stage.open("", address)


@scene
def the_letter(stage: Stage) -> Iterator[State]:
    make.next_letter(title="All County Letter of July 2027", number="27-01", dated="July 1, 2027")
    for person in ("alice", "carol"):
        yield f"the letter in force, to {person}", stage.open(person, "/letter/")
    yield "an earlier version of the letter", stage.open("alice", "/letter/1/")


@scene
def the_register(stage: Stage) -> Iterator[State]:
    make.draft(by=make.someone("alice"))
    make.sent(make.draft(tool_name="Home Visit Planner with quite a long name of its own"))
    make.requested(make.in_review(make.sent(make.draft(tool_name="Hours Overview"))))
    make.decided(make.in_review(), conditions=[make.condition()])
    make.standing_at("withdrawn")
    make.logged(make.county("Alameda"), tool_name="Timesheet Check")
    yield "register", stage.open("alice", "/proposals/")
    yield "register, filtered", stage.open("alice", "/proposals/?q=planner&status=open")
    yield "register, no match", stage.open("alice", "/proposals/?q=zebra&status=approved&by=cdss")
    yield "register, odd", stage.open("alice", "/proposals/?status=purple&year=1&by=x")
