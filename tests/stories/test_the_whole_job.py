"""The main job from end to end, in a real browser.

Alice of Alameda writes a proposal and sends it; Carol of CDSS takes it, asks for two things, and
drafts the decision; Dana releases it; the letter is read where the worker puts it. Told twice: by
keyboard alone, and by pointing with JavaScript off.
"""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from playwright.sync_api import Page

from portal.access import PASSWORD_AT
from portal.demonstration import PASSWORD
from portal.models import User
from portal.wording import plain_day
from proposals.models import Proposal
from proposals.sections import FLOWS, SECTIONS, Answer, row_answers
from reviews.models import Review
from reviews.moves import Status
from tests import make
from tests.stories.hands import Hands, Keys, Pointer
from tests.stories.watch import gets_change_nothing, listen

pytestmark = pytest.mark.django_db(transaction=True)

TOOL = "Caseload Compass"
NEW_HOSTING = "The county's data center in Oakland."
WHY_HOSTING = "The data center is not named."
WHY_PLAN = "To see how the data is kept safe."
REASON = "It reads only files from CMIPS Data Download"


@pytest.fixture
def people(alice: User, carol: User, dana: User) -> None:
    """The three of the story."""


def test_by_keyboard_alone(browser_context, live_server, people, mail_folder, tmp_path):
    everyone: list[Keys] = []
    complaints: list[str] = []

    def sit_down() -> Keys:
        context = browser_context()
        listen(context, live_server.url, complaints)
        everyone.append(Keys(without_a_mouse(context.new_page())))
        return everyone[-1]

    with gets_change_nothing():
        tell(sit_down, mail_folder, tmp_path)
    unseen = [one for keys in everyone for one in keys.unseen]
    assert not unseen, "\n".join(dict.fromkeys(unseen))
    assert not complaints
    assert sum(keys.stops for keys in everyone) > 300, "the keyboard was hardly used"


def test_with_javascript_off(browser_context, live_server, people, mail_folder, tmp_path):
    complaints: list[str] = []

    def sit_down() -> Pointer:
        context = browser_context(java_script_enabled=False)
        listen(context, live_server.url, complaints)
        return Pointer(context.new_page())

    with gets_change_nothing():
        tell(sit_down, mail_folder, tmp_path)
    assert not complaints


def test_a_get_that_writes_would_be_caught(client_of, alice, monkeypatch):
    """The control: the stories' watch is not blind."""

    def writes(user: User) -> dict:
        Proposal.objects.filter(pk=0).update(discarded_at=None)
        return {}

    monkeypatch.setattr("reviews.overview.home", writes)
    caught = pytest.raises(AssertionError, match="GET / wrote to proposals_proposal")
    with caught, gets_change_nothing():
        client_of(alice).get("/")


def without_a_mouse(page: Page) -> Page:
    """A page on which pointing is refused, so that the story can't cheat."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("The keyboard's story used the mouse.")

    page.mouse.click = page.mouse.down = refuse  # type: ignore[method-assign]
    return page


def tell(sit_down: Callable[[], Hands], mail_folder: Path, tmp_path: Path) -> None:
    """The story, whoever's hands do it."""
    alice, carol, dana = sit_down(), sit_down(), sit_down()
    sign_in(alice, "alice@alameda.example.gov")
    proposal = write_it(alice)
    send_it(alice, proposal)
    sign_in(carol, "carol@cdss.example.gov")
    take_it(carol, proposal)
    request(carol)
    respond(alice, proposal, tmp_path)
    recommend(carol, proposal)
    sign_in(dana, "dana@cdss.example.gov")
    release(dana, proposal)
    call_command("run_worker", "--once")
    read_the_letter(mail_folder, proposal)
    read_the_outcome(alice, proposal)


def sign_in(person: Hands, email: str) -> None:
    person.opens("/")
    person.sees("Sign in")
    if isinstance(person, Keys):
        person.skips_to_the_content()
    person.writes("Email address", email)
    person.writes("Password", PASSWORD)
    person.presses("Sign in")


def write_it(alice: Hands) -> Proposal:
    """A proposal from nothing to complete, section by section."""
    alice.sees("Your proposals")
    alice.follows("Start a proposal", nth=1)
    alice.sees("Start a proposal")
    alice.writes("Name of the system or tool (optional)", TOOL)
    alice.presses("Start the proposal")
    alice.sees(f"Task list – {TOOL}")
    proposal = Proposal.objects.get()
    answers = make.full_answers(no_documents_now=True)
    alice.follows(SECTIONS[0].title)
    for section in SECTIONS:
        alice.sees(f"{section.title} – {TOOL} ({proposal.reference})")
        if section is FLOWS:
            fill_rows(alice, "in", answers["data_in"])
            fill_rows(alice, "out", answers["data_out"])
        else:
            fill(alice, section.answers, answers)
        alice.presses("Save and continue")
    alice.sees(f"Task list – {TOOL}")
    alice.reads("7 of 7 sections complete.")
    alice.follows("Check and send")
    return proposal


def fill(alice: Hands, asked: tuple[Answer, ...], answers: dict) -> None:
    """Every question of a section, by its label; the second of two alike is the second on it."""
    seen: list[str] = []
    for answer in asked:
        nth, value = seen.count(answer.label), answers[answer.name]
        seen.append(answer.label)
        label = answer.label + (" (optional)" if answer.asked == "optional" else "")
        words = dict(answer.choices)
        if answer.kind == "choice":
            alice.chooses(label, words[value], nth)
        elif answer.kind == "choices":
            for one in value:
                alice.ticks(words[one], label)
        elif answer.kind == "tick":
            if value:
                alice.ticks(answer.label)
        elif value:
            alice.writes(label, plain_day(value) if answer.kind == "day" else value, nth)


def fill_rows(alice: Hands, direction: str, rows: list[dict[str, str]]) -> None:
    """One row, added with the page's own button."""
    (row,) = rows
    alice.presses(f"Add another data {direction}")
    nth = 0 if direction == "in" else 1
    for answer in row_answers(direction):
        if answer.kind == "choice":
            label = dict(answer.choices)[row[answer.name]]
            alice.picks(answer.label, label, nth)
        else:
            alice.writes(answer.label, row[answer.name], nth if answer.name == "what" else 0)


def send_it(alice: Hands, proposal: Proposal) -> None:
    """Six agreements and a signature, which wants the password again after five minutes."""
    alice.sees(f"Check and send – {TOOL}")
    alice.chooses_everywhere("Agree")
    alice.writes("Your name", "Alice Nakamura")
    alice.writes("Your title", "IHSS Program Manager")
    five_minutes_pass()
    alice.presses("Send proposal to CDSS")
    alice.sees("Sign in again")
    alice.writes("Password", PASSWORD)
    alice.presses("Go on")
    alice.sees("Check and send")
    alice.reads("You have signed in again")
    assert not Review.objects.exists(), "coming back to the page sent it"
    alice.presses("Send proposal to CDSS")
    alice.sees(f"Sent – {TOOL} ({proposal.reference})")
    alice.reads("CDSS has received your proposal")


def five_minutes_pass() -> None:
    """As if everybody had given their password a while ago."""
    for session in Session.objects.all():
        kept = session.get_decoded()
        if PASSWORD_AT in kept:
            kept[PASSWORD_AT] -= 301
            session.session_data = Session.get_session_store_class()().encode(kept)
            session.save()


def take_it(carol: Hands, proposal: Proposal) -> None:
    carol.sees("All, queue")
    carol.follows(proposal.reference)
    carol.sees(f"Answers and checklist – {TOOL}")
    carol.presses("Take")
    carol.reads("You are reviewing this proposal now.")


def request(carol: Hands) -> None:
    """One document and one answer, each with why and by when."""
    carol.follows("Request documents")
    carol.sees("Request documents")
    carol.picks("What do you ask for?", "System security plan")
    carol.writes("Why it is needed", WHY_PLAN)
    carol.presses("Add another item")
    carol.picks("What do you ask for?", "Where data is kept: Where is it hosted?", nth=1)
    carol.writes("Why it is needed", WHY_HOSTING, nth=1)
    carol.presses("Send the request")
    carol.reads("Requested. The county gets a letter.")


def respond(alice: Hands, proposal: Proposal, tmp_path: Path) -> None:
    """A document for the first item, a changed answer for the second, then both to CDSS."""
    plan = tmp_path / "plan.txt"
    plan.write_text("How the data is kept safe.")
    alice.follows("Track this proposal")
    alice.sees(f"Documents requested – {TOOL}")
    alice.attaches("Document", plan)
    alice.picks("Who may see it", "Confidential (security)")
    alice.presses("Add the document for item 1")
    alice.follows(re.compile("^Change this answer ?, item 2"))
    alice.sees(f"Item 2 – {TOOL}")
    alice.reads(WHY_HOSTING)
    alice.writes("Where is it hosted?", NEW_HOSTING)
    alice.presses("Save the changed answer")
    alice.follows("Send our response")
    alice.sees(f"Send our response – {TOOL}")
    alice.writes("Your name", "Alice Nakamura")
    alice.writes("Your title", "IHSS Program Manager")
    alice.presses("Send our response")
    alice.sees(f"In review – {TOOL}")
    alice.reads("CDSS has received your response.")
    proposal.refresh_from_db()
    assert proposal.hosting == NEW_HOSTING


def recommend(carol: Hands, proposal: Proposal) -> None:
    """The checklist, then the decision with its letter, then to the approver."""
    carol.opens(f"/reviews/{proposal.reference}/")
    carol.chooses_everywhere("Meets")
    carol.presses("Save checklist")
    carol.reads("Checklist saved.")
    carol.follows("Decide")
    carol.sees(f"Decide – {TOOL}")
    carol.chooses("What does CDSS decide?", "Approve")
    carol.writes("Other reasons (optional)", REASON)
    carol.presses("Write the letter")
    carol.presses("Send to Dana Okafor")
    carol.reads("Sent to Dana Okafor, who gets an email.")


def release(dana: Hands, proposal: Proposal) -> None:
    dana.follows(re.compile("^To approve"))
    dana.sees("To approve, queue")
    dana.follows(proposal.reference)
    dana.follows("Release")
    dana.sees(f"Release the decision – {TOOL}")
    dana.reads(REASON)
    dana.presses("Release the decision")
    dana.reads("Released. The letter is on its way.")
    assert Review.objects.get().status == Status.APPROVED


def read_the_letter(mail_folder: Path, proposal: Proposal) -> None:
    """The decision letter, as it lies in the folder for outgoing mail."""
    wanted = f"{proposal.reference}: CDSS has decided on your proposal – {TOOL}"
    letters = [one for one in all_mail(mail_folder) if one["Subject"] == wanted]
    assert sorted(one["To"].addresses[0].addr_spec for one in letters) == [
        "alice@alameda.example.gov",
        "theo@alameda.example.gov",
    ], "the contacts of the county, each once"
    for letter in letters:
        text = letter.get_body(("plain",)).get_content()
        assert "CDSS approves it." in text
        assert f"1. {REASON}." in text
        assert proposal.reference in text
        assert f"/proposals/{proposal.reference}/" in text
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["X-Notice-Key"].startswith("decision:")


def all_mail(folder: Path) -> list[EmailMessage]:
    """Every mail that left, oldest first."""
    files = sorted(folder.glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def read_the_outcome(alice: Hands, proposal: Proposal) -> None:
    """What Alice finds when she follows the letter's link."""
    alice.opens(f"/proposals/{proposal.reference}/")
    alice.sees(f"Approved – {TOOL}")
    alice.follows("Read the decision letter")
    alice.reads("CDSS approves it.")
