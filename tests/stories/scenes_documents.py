"""The documents of a draft in every state: chosen, on their way, refused, described, replaced."""

from collections.abc import Iterator

from playwright.sync_api import Page, Route

from proposals.models import Document
from tests import make
from tests.proposals.test_files import PDF
from tests.stories.scenes import CASE_NUMBER, Stage, State, go, of_county, scene

LONG = "a-rather-long-name-of-the-security-plan-of-our-county-" + "x" * 60 + ".pdf"


def upload(name: str) -> dict[str, object]:
    return {"name": name, "mimeType": "", "buffer": PDF + name.encode()}


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


@scene
def documents(stage: Stage) -> Iterator[State]:
    alice = make.someone("alice")
    draft = make.draft(by=alice, no_documents_now=False)
    first = Document.objects.add(
        draft, make.a_file(LONG, PDF), by=alice, kind="security_plan", label="confidential"
    )
    Document.objects.replace(first, make.a_file("v2.pdf", PDF + b"2"), by=alice)
    section, kept = f"{of_county(draft)}edit/documents/", of_county(draft) + "documents/"
    page = stage.open("alice", section)
    yield "documents, one that replaced another", page
    page.locator("#id_file").set_input_files([upload("a.pdf")])
    yield "documents, one chosen", page
    page.locator("#id_file").set_input_files([upload("b.pdf"), upload(LONG)])
    yield "documents, several chosen", page
    held: list[Route] = []
    page.route("**/documents/add/", lambda route: held.append(route))
    press(page, "Add the documents")
    page.get_by_role("progressbar").wait_for()
    yield "documents, on their way", page
    press(page, "Cancel")
    page.get_by_text("You cancelled it.").wait_for()
    yield "documents, cancelled", page
    page.unroute("**/documents/add/")
    # The browser notes every refusal of a form in its console; that is no complaint of the page's.
    heard = len(stage.complaints)
    press(page, "Try again")
    page.get_by_text("Added 0 of 3.").wait_for()
    del stage.complaints[heard:]
    yield "documents, what is missing", page
    newer = Document.objects.get(is_part=True)
    details, replace = f"{kept}{newer.pk}/details/", f"{kept}{newer.pk}/replace/"
    yield "details of a document", stage.open("alice", details)
    odd = {"title": CASE_NUMBER}
    yield "details of a document, case data", stage.press("alice", details, "Save", **odd)
    page = stage.open("alice", details)
    page.locator("#id_title").fill("Alice's title")
    stage.press("amir", details, "Save", title="Amir's title")
    go(page, "button", "Save")
    yield "details of a document, a colleague was first", page
    yield "replace a document", stage.open("alice", replace)
    yield "replace a document, none chosen", stage.press("alice", replace, "Replace the document")
