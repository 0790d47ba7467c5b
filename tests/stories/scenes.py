"""Every page of the main job in every state it can be in, grouped into scenes.

A scene sets its case up with the real moves, then brings one page after the other to the screen:
empty, filled, with errors, too late. It yields the name of each state with its page.
"""

from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Page, expect

from portal.models import User
from proposals.models import Document, Proposal
from reviews.models import Review
from tests import make
from tests.stories.watch import listen

State = tuple[str, Page]
Scene = Callable[["Stage"], Iterator[State]]

SCENES: dict[str, Scene] = {}
CASE_NUMBER = "The recipient has the number 123-45-6789."


class Stage:
    """One page for each person, signed in, and ways to bring something to it."""

    def __init__(self, page_of: Callable[..., Page], home: str) -> None:
        self.page_of, self.home = page_of, home
        self.pages: dict[str, Page] = {}
        self.complaints: list[str] = []

    def page(self, first_name: str = "") -> Page:
        """That person's page; a stranger's without a name."""
        if first_name not in self.pages:
            person: User | None = make.someone(first_name) if first_name else None
            page = self.pages[first_name] = self.page_of(person)
            listen(page.context, self.home, self.complaints)
        return self.pages[first_name]

    def open(self, first_name: str, path: str) -> Page:
        page = self.page(first_name)
        page.goto(path)
        return page

    def press(self, first_name: str, path: str, button: str, **typed: str) -> Page:
        """Open a page, type into controls by their id, and press a button by its name."""
        page = self.open(first_name, path)
        for name, text in typed.items():
            page.locator(f"#id_{name}").fill(text)
        return go(page, "button", button)


def go(page: Page, role: Any, name: str) -> Page:
    """Press the first button, or follow the first link, of that name; the next page is there."""
    with page.expect_navigation():
        page.get_by_role(role, name=name).first.click()
    return page


def scene(tell: Scene) -> Scene:
    """Adds a scene, under the name of its function."""
    SCENES[tell.__name__.replace("_", " ")] = tell
    return tell


def of_county(subject: Proposal | Review) -> str:
    return f"/proposals/{subject.reference}/"


def of_desk(review: Review) -> str:
    return f"/reviews/{review.reference}/"


@scene
def signing_in(stage: Stage) -> Iterator[State]:
    make.someone("alice")
    yield "sign in", stage.open("", "/accounts/login/")
    yield "sign in, empty", stage.press("", "/accounts/login/", "Sign in")
    wrong = {"login": "alice@alameda.example.gov", "password": "not the right one"}
    yield "sign in, wrong password", stage.press("", "/accounts/login/", "Sign in", **wrong)
    yield "sign in again", stage.open("alice", "/accounts/reauthenticate/?next=/")
    again = stage.press("alice", "/accounts/reauthenticate/?next=/", "Go on", password="wrong")
    yield "sign in again, wrong password", again
    for place in ("accessibility", "privacy", "conditions", "help"):
        yield place, stage.open("", f"/{place}/")
    yield "404", stage.open("alice", "/proposals/CIP-2020-0001/")
    yield "403", stage.open("alice", "/reviews/")


@scene
def beginning(stage: Stage) -> Iterator[State]:
    yield "home, empty", stage.open("alice", "/")
    yield "proposals, empty", stage.open("alice", "/proposals/")
    yield "start", stage.open("alice", "/proposals/new/")
    odd = {"tool_name": CASE_NUMBER}
    yield "start, case data", stage.press("alice", "/proposals/new/", "Start the proposal", **odd)
    draft = Proposal.objects.start(make.county("Alameda"), by=make.someone("alice"))
    yield "task list, nothing yet", stage.open("alice", of_county(draft))
    for key in ("contacts", "tool", "purpose", "how", "data", "users", "documents"):
        yield f"section {key}, blank", stage.open("alice", f"{of_county(draft)}edit/{key}/")
    yield "check and send with gaps", stage.open("alice", f"{of_county(draft)}send/")
    yield "discard", stage.open("alice", f"{of_county(draft)}discard/")


@scene
def the_editor(stage: Stage) -> Iterator[State]:
    changes: dict[str, Any] = {
        "cmips_methods": ["writes", "ddl"],
        "program_email": "alice at alameda",
        "purpose": "A macro logs in at night.",
        "data_in": [{**make.full_answers()["data_in"][0], "where": "", "sensitive": ""}],
        "no_documents_now": False,
    }
    draft = make.draft(by=make.someone("alice"), **changes)
    document = Document.objects.add(
        draft, make.a_file(), by=make.someone("alice"), kind="security_plan", label="internal"
    )
    edit = f"{of_county(draft)}edit/"
    yield "task list, problems", stage.open("alice", of_county(draft))
    for key in ("contacts", "purpose", "how", "data", "users", "documents"):
        yield f"section {key}, filled and with problems", stage.open("alice", f"{edit}{key}/")
    save, data = "Save and continue", {"in-0-what": CASE_NUMBER}
    for key, typed in (("purpose", {"purpose": CASE_NUMBER}), ("data", data)):
        yield f"section {key}, case data", stage.press("alice", f"{edit}{key}/", save, **typed)
    page = stage.open("alice", f"{edit}purpose/")
    page.locator("#id_purpose").fill(f"A macro. {CASE_NUMBER}")
    page.locator("#id_business_needs").fill("x" * 4012)
    expect(page.locator("#saved")).to_contain_text("Not saved")
    yield "section purpose, warned while one writes", page
    yield "document, none chosen", stage.press("alice", f"{edit}documents/", "Add the documents")
    remove = f"{of_county(draft)}documents/{document.pk}/remove/"
    yield "remove a document", stage.open("alice", remove)
    yield "check and send with problems", stage.open("alice", f"{of_county(draft)}send/")
    yield "one page", stage.open("alice", f"{of_county(draft)}answers/")


@scene
def sending(stage: Stage) -> Iterator[State]:
    draft = make.draft(by=make.someone("alice"), cmips_methods=["writes"], work_begun="using")
    stage.page("amir")
    yield "task list, complete", stage.open("alice", of_county(draft))
    yield "home, a draft", stage.open("alice", "/")
    send, button = f"{of_county(draft)}send/", "Send proposal to CDSS"
    yield "check and send", stage.open("alice", send)
    yield "check and send, nothing chosen", stage.press("alice", send, button)
    page = stage.open("alice", send)
    for number in range(6):
        page.get_by_role("radio", name="Cannot agree, because …").nth(number).check()
    go(page, "button", button)
    yield "check and send, no reason given", page
    yield "ask a colleague to sign", stage.open("amir", send)
    # A signature asks for the password, unless it was given just now.
    stage.press("alice", "/accounts/reauthenticate/?next=/", "Go on", password=make.PASSWORD)
    page = stage.open("alice", send)
    for number in range(6):
        page.get_by_role("radio", name="Agree", exact=True).nth(number).check()
    make.sent(draft)
    go(page, "button", button)
    yield "409, sent meanwhile", page
    yield "sent", stage.open("alice", f"{of_county(draft)}sent/")
    review = Review.objects.get()
    yield "status, submitted", stage.open("alice", of_county(review))
    yield "take back", stage.open("alice", f"{of_county(review)}recall/")
    yield "withdraw", stage.open("alice", f"{of_county(review)}withdraw/")
    yield "withdraw, not by a preparer", stage.open("amir", f"{of_county(review)}withdraw/")


@scene
def answering_a_request(stage: Stage) -> Iterator[State]:
    asked = make.requested(words="Please look at both.")
    here = of_county(asked.review)
    yield "home, documents requested", stage.open("alice", "/")
    yield "status, documents requested", stage.open("alice", here)
    yield "an item, a document", stage.open("alice", f"{here}request/1/")
    add = "Add the document"
    yield "an item, no document", stage.press("alice", f"{here}request/1/", add)
    yield "an item, no reason", stage.press("alice", f"{here}request/1/", "Save the reason")
    yield "an item, an answer", stage.open("alice", f"{here}request/2/")
    save, typed = "Save the changed answer", {"answer-hosting": CASE_NUMBER}
    yield "an item, case data", stage.press("alice", f"{here}request/2/", save, **typed)
    yield "response, unsettled", stage.open("alice", f"{here}respond/")
    make.settle(asked)
    yield "status, settled", stage.open("alice", here)
    yield "an item, settled", stage.open("alice", f"{here}request/1/")
    yield "response", stage.open("alice", f"{here}respond/")
    send, blank = "Send our response", {"name": "", "title": ""}
    yield "response, not signed", stage.press("alice", f"{here}respond/", send, **blank)


@scene
def following(stage: Stage) -> Iterator[State]:
    review = make.decided(
        make.responded(), conditions=[make.condition(), make.condition("Train the staff.")]
    ).review
    here = of_county(review)
    yield "home, decided", stage.open("alice", "/")
    yield "proposals", stage.open("alice", "/proposals/")
    yield "status, approved with conditions", stage.open("alice", here)
    for tab in ("answers", "documents", "messages", "correspondents", "copies/1"):
        yield f"the county's {tab}", stage.open("alice", f"{here}{tab}/")
    yield "message, empty", stage.press("alice", f"{here}messages/", "Send the message")
    blank = {"program_name": "", "technical_email": "nowhere"}
    save = "Save"
    yield "correspondents, odd", stage.press("alice", f"{here}correspondents/", save, **blank)
    page = stage.open("alice", here)
    go(page, "link", "Read the decision letter")
    yield "the decision letter", page
    condition = f"{here}conditions/{review.decisions.get().conditions.first().pk}/"
    yield "condition", stage.open("alice", condition)
    yield "409, too late to respond", stage.open("alice", f"{here}request/1/")


@scene
def not_approved(stage: Stage) -> Iterator[State]:
    refused = make.decided(outcome="not_approved").review
    yield "status, not approved", stage.open("alice", of_county(refused))
    yield "review, not approved", stage.open("dana", of_desk(refused))
    yield "reopen", stage.open("dana", f"{of_desk(refused)}reopen/")
    yield "reopen, no reason", stage.press("dana", f"{of_desk(refused)}reopen/", "Reopen")


@scene
def the_queue(stage: Stage) -> Iterator[State]:
    yield "queue, empty", stage.open("carol", "/reviews/")
    make.in_review(make.sent(cmips_methods=["writes"]))
    make.requested(make.in_review(make.sent(make.draft(tool_name="Home Visit Planner"))))
    make.drafted_decision(make.in_review(make.sent(make.draft(tool_name="Timesheet Check"))))
    make.sent(make.draft(tool_name="Hours Overview"))
    yield "queue", stage.open("carol", "/reviews/?view=all")
    for view in ("mine", "unassigned", "due-soon", "overdue", "approve"):
        yield f"queue, {view}", stage.open("carol", f"/reviews/?view={view}")
    yield "queue, filtered", stage.open("carol", "/reviews/?view=all&q=Planner&status=submitted")
    odd = "/reviews/?view=all&received_from=February+30&county=99&rows=7"
    yield "queue, odd filters", stage.open("carol", odd)
    yield "letters that may not have been sent", stage.open("carol", "/reviews/letters/")
    yield "log", stage.open("carol", "/reviews/log/")
    yield "log, empty", stage.press("carol", "/reviews/log/", "Log the proposal")


@scene
def the_review(stage: Stage) -> Iterator[State]:
    review = make.sent(cmips_methods=["writes", "ddl"], purpose="A macro logs in at night.")
    here = of_desk(review)
    stage.page("carol")
    yield "review, not taken", stage.open("carol", here)
    page = stage.open("carol", here)
    review.take(by=make.someone("dana"))
    go(page, "button", "Take")
    yield "409, taken meanwhile", page
    yield "review", stage.open("carol", here)
    for tab in ("changes", "documents", "messages", "notes", "notices", "history", "copies/1"):
        yield f"CDSS's {tab}", stage.open("carol", f"{here}{tab}/")
    yield "message, empty", stage.press("carol", f"{here}messages/", "Send to the county")
    yield "note, empty", stage.press("carol", f"{here}notes/", "Keep the note")
    page = stage.open("carol", f"{here}notices/")
    with page.expect_navigation():
        page.locator("main a[href*='/notices/']").last.click()
    yield "a letter with its attempts", page
    page = stage.open("carol", here)
    page.get_by_role("radio", name="Doesn't meet").first.check()
    theirs = stage.open("dana", here)
    theirs.get_by_role("radio", name="Meets", exact=True).first.check()
    go(theirs, "button", "Save checklist")
    go(page, "button", "Save checklist")
    yield "checklist, 409", page
    for act in ("hand-over", "withdraw for the county"):
        path = f"{here}on-behalf/withdraw/" if "county" in act else f"{here}{act}/"
        yield act, stage.open("carol", path)
    yield "hand over, nobody chosen", stage.press("carol", f"{here}hand-over/", "Hand over")
    yield "receipt", stage.open("dana", f"{here}receipt/")
    show = "Show what it changes"
    yield "receipt, no reason", stage.press("dana", f"{here}receipt/", show)
    typed = {"at": "12:01 AM", "why": "The email is older."}
    yield "receipt, what it changes", stage.press("dana", f"{here}receipt/", show, **typed)


@scene
def requesting(stage: Stage) -> Iterator[State]:
    review = make.in_review()
    here, send = of_desk(review), "Send the request"
    yield "request", stage.open("carol", f"{here}request/")
    odd = {"item-0-by": "February 30", "item-0-why": ""}
    yield "request, errors", stage.press("carol", f"{here}request/", send, **odd)
    asked = make.requested(review)
    yield "409, requested meanwhile", stage.open("carol", f"{here}request/")
    yield "review, waiting for the county", stage.open("carol", here)
    item = f"{here}request/{asked.items.first().pk}/"
    yield "item", stage.open("carol", item)
    yield "item, nothing chosen", stage.press("carol", item, "Change the item")
    for act in ("waive", "reminder", "on-behalf/respond"):
        yield act, stage.open("carol", f"{here}{act}/")
    yield "waive, no reason", stage.press("carol", f"{here}waive/", "Waive what is left")
    record = "Record the reminder"
    yield "reminder, empty", stage.press("carol", f"{here}reminder/", record, on="tomorrow")
    make.responded(asked)
    yield "review, responded", stage.open("carol", here)
    yield "what changed", stage.open("carol", f"{here}changes/")


@scene
def deciding(stage: Stage) -> Iterator[State]:
    review = make.in_review(make.sent(cmips_methods=["writes"]))
    here = of_desk(review)
    decide = f"{here}recommend/"
    yield "decide", stage.open("carol", decide)
    yield "decide, empty", stage.press("carol", decide, "Write the letter")
    yield "decide, a condition", stage.press("carol", decide, "Add a condition")
    page = stage.open("carol", decide)
    page.get_by_role("radio", name="Approve", exact=True).check()
    page.locator("#id_more_reasons").fill("It imports data download files only.")
    page.locator("#id_override").fill("The method is switched off.")
    go(page, "button", "Write the letter")
    yield "decide, the letter", page
    page.locator("#id_letter").fill("Dear Alice:\n\nSigned on [date].")
    go(page, "button", "Send to")
    yield "decide, a blank", page
    go(page, "button", "Save draft")
    yield "decide, a saved draft", stage.open("carol", decide)
    make.drafted_decision(review, override="The method is switched off.")
    yield "review, drafted", stage.open("dana", here)
    yield "release", stage.open("dana", f"{here}release/")
    yield "send back", stage.open("dana", f"{here}send-back/")
    yield "send back, no reason", stage.press("dana", f"{here}send-back/", "Send it back")
    page = stage.open("dana", f"{here}release/")
    review.decisions.pending().get().send_back(by=make.someone("dana"), why="Name the law.")
    go(page, "button", "Release the decision")
    yield "409, sent back meanwhile", page
    yield "decide, after sending back", stage.open("carol", decide)
