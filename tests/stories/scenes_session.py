"""The end of a session and what comes back after it, and the report of a barrier."""

from collections.abc import Iterator

from tests import make
from tests.stories.scenes import CASE_NUMBER, Stage, State, go, of_county, scene
from tests.stories.silence import on_the_server

TEXT = "We changed the vendor.\nPlease call us before Friday."


@scene
def a_session_that_ends(stage: Stage) -> Iterator[State]:
    alice = make.someone("alice")
    here = f"{of_county(make.sent())}messages/"
    page = stage.page("alice")
    page.clock.install()
    stage.open("alice", here)
    on_the_server(alice, 25.5)
    page.clock.fast_forward(1530 * 1000)
    page.get_by_role("button", name="Stay signed in").wait_for()
    yield "the warning", page
    on_the_server(alice, 5)
    page.clock.fast_forward(300 * 1000)
    page.get_by_role("link", name="Sign in again").wait_for()
    yield "signed out", page


@scene
def what_was_typed_too_late(stage: Stage) -> Iterator[State]:
    alice = make.someone("alice")
    page = stage.open("alice", f"{of_county(make.sent())}messages/")
    page.get_by_label("Your message").fill(TEXT)
    on_the_server(alice, 31)
    go(page, "button", "Send the message")
    yield "sign in, something typed", page
    page.get_by_label("Email address").fill(alice.email)
    page.get_by_label("Password").fill(make.PASSWORD)
    go(page, "button", "Sign in")
    yield "what was typed", page


@scene
def a_barrier(stage: Stage) -> Iterator[State]:
    make.someone("erin")
    report, send = "/accessibility/report/", "Send the report"
    yield "report a barrier", stage.open("", f"{report}?page=/help/")
    yield "report a barrier, empty", stage.press("", report, send)
    typed = {"wanted": CASE_NUMBER, "obstacle": "The button.", "email": "nowhere"}
    yield "report a barrier, case data", stage.press("", report, send, **typed)
    typed = {"wanted": "Add a document.", "obstacle": "The button.", "email": "a@b.example.gov"}
    yield "barrier reported", stage.press("", report, send, **typed)
