"""Several files in a real browser: their own kinds, progress, one that isn't taken, a line that is
cut, cancelling, trying again; and the same without script."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from proposals.models import Document, Proposal
from tests import make
from tests.proposals.test_files import PDF

ADD = "**/documents/add/"
BUTTON = "Add the documents"


@pytest.fixture
def draft(transactional_db) -> Proposal:
    return make.draft(by=make.someone("alice"), no_documents_now=False)


@pytest.fixture
def files(tmp_path):
    """files("a.pdf", …) are paths of different small files of those names."""

    def write(*names: str, size: int = 0) -> list[Path]:
        for name in names:
            content = PDF if name.endswith(".pdf") else b"MZ"
            (tmp_path / name).write_bytes(content + name.encode() + bytes(size))
        return [tmp_path / name for name in names]

    return write


def section(draft: Proposal) -> str:
    return f"/proposals/{draft.reference}/edit/documents/"


@pytest.fixture
def page(page_of, draft) -> Page:
    page = page_of(make.someone("alice"))
    page.goto(section(draft))
    return page


def choose(page: Page, *paths: Path) -> None:
    page.get_by_label("What kind of document is it?").first.select_option("security_plan")
    page.get_by_role("radio", name="Internal").check()
    page.get_by_label("Files").set_input_files(paths)


def said(page: Page):
    return page.locator("[data-documents] > [role=status]")


def press(page: Page, name: str = BUTTON) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def titles() -> list[str]:
    return sorted(document.title for document in Document.objects.filter(is_part=True))


def test_each_file_ends_with_its_own_kind_readers_and_title(page, files):
    choose(page, *files("plan.pdf", "flow.pdf", "risks.pdf"))
    expect(said(page)).to_have_text("Files chosen: 3")
    one = page.get_by_role("group", name="risks.pdf")
    one.get_by_label("What kind of document is it? of risks.pdf").select_option("risk_assessment")
    one.get_by_label("Who may read it? of risks.pdf").select_option("confidential")
    one.get_by_label("Title (optional) of risks.pdf").fill("Our risks")
    # What is chosen for all afterwards leaves alone what was chosen for one.
    page.get_by_role("radio", name="Public").check()
    press(page)
    expect(said(page)).to_have_text("Added 3 of 3.")
    expect(page.get_by_role("link", name="Our risks", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=BUTTON)).to_be_focused()
    assert titles() == ["Our risks", "flow.pdf", "plan.pdf"]
    kinds = {one.title: (one.kind, one.label) for one in Document.objects.all()}
    assert kinds["Our risks"] == ("risk_assessment", "confidential")
    assert kinds["plan.pdf"] == kinds["flow.pdf"] == ("security_plan", "public")
    # The section's own question is answered, and its form goes on with the version of now.
    expect(page.get_by_text("We have no document to add now")).to_have_count(0)
    page.get_by_role("button", name="Save and go back to the list").click()
    expect(page.get_by_role("heading", level=1, name="Caseload Compass")).to_be_visible()


def test_how_far_it_is_stands_in_words_and_in_a_bar(page, files):
    spoken = """() => {
        const heard = (one, kept) => new MutationObserver(() => kept.push(one.textContent))
            .observe(one, {childList: true});
        window.said = []; window.seen = [];
        heard(document.querySelector("[data-documents] > [role=status]"), window.said);
        heard(document.querySelector("progress + p"), window.seen);
    }"""
    page.evaluate(spoken)
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 600_000}
    choose(page, *files("plan.pdf", "flow.pdf", size=900_000))
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", slow)
    press(page)
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(said(page)).to_have_text("Added 2 of 2.")
    expect(page.get_by_role("progressbar")).to_be_hidden()
    seen = page.evaluate("window.seen")
    assert seen.count("100 %") == 2
    assert len(set(seen)) > 3
    # Spoken is each start and the end, not every percent.
    assert [words.strip() for words in page.evaluate("window.said")] == [
        "Files chosen: 2",
        "Sending plan.pdf, 1 of 2",
        "Sending flow.pdf, 2 of 2",
        "Added 2 of 2.",
    ]


def test_one_that_is_not_taken_stays_chosen_and_says_what_to_do(page, files):
    choose(page, *files("plan.pdf", "tool.exe", "flow.pdf"))
    press(page)
    expect(said(page)).to_have_text("Added 2 of 3. What to do stands beside each of the others.")
    one = page.get_by_role("group", name="tool.exe")
    expect(one.get_by_text("Choose a file of one of these kinds")).to_be_focused()
    assert titles() == ["flow.pdf", "plan.pdf"]
    one.get_by_role("button", name="Leave out tool.exe").press("Enter")
    expect(page.get_by_label("Files")).to_be_focused()
    expect(page.get_by_role("group", name="tool.exe")).to_have_count(0)


def test_only_the_label_needs_mending(page, files):
    page.get_by_label("Files").set_input_files(files("plan.pdf"))
    press(page)
    expect(
        page.get_by_text("Choose what kind of document it is. Choose who may read it")
    ).to_be_visible()
    page.get_by_label("What kind of document is it? of plan.pdf").select_option("contract_exhibit")
    page.get_by_label("Who may read it? of plan.pdf").select_option("internal")
    press(page)
    expect(said(page)).to_have_text("Added 1 of 1.")
    assert titles() == ["plan.pdf"]


def test_a_file_that_is_too_large_does_not_travel(page, files):
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else 0)
    choose(page, *files("plan.pdf", size=26 * 2**20))
    expect(page.get_by_text("Make this file smaller or split it")).to_be_visible()
    press(page)
    expect(said(page)).to_contain_text("Added 0 of 1.")
    assert not sent
    assert not Document.objects.exists()


def test_a_line_that_is_cut_says_so_and_nothing_is_doubled(page, files, settings):
    calls = []

    def cut(route: Route) -> None:
        calls.append(route.request)
        if len(calls) == 2:
            # The file arrives, its answer doesn't.
            route.fetch()
            return route.abort("connectionreset")
        if len(calls) == 4:
            return route.abort("connectionreset")
        return route.continue_()

    page.route(ADD, cut)
    choose(page, *files("plan.pdf", "flow.pdf", "risks.pdf"))
    press(page)
    lost = "The connection was lost. What is not added is still chosen: press “Try again”."
    expect(said(page)).to_have_text(f"Added 1 of 3. {lost}")
    expect(page.get_by_role("button", name="Try again")).to_be_focused()
    press(page, "Try again")
    expect(said(page)).to_have_text(f"Added 1 of 2. {lost}")
    press(page, "Try again")
    expect(said(page)).to_have_text("Added 1 of 1.")
    assert titles() == ["flow.pdf", "plan.pdf", "risks.pdf"]
    assert len([one for one in settings.MEDIA_ROOT.rglob("*") if one.is_file()]) == 3


def test_it_can_be_cancelled(page, files):
    held = []
    page.route(ADD, lambda route: held.append(route))
    choose(page, *files("plan.pdf", "flow.pdf"))
    press(page)
    press(page, "Cancel")
    stopped = "Added 0 of 2. You cancelled it. What is not added is still chosen."
    expect(said(page)).to_have_text(stopped)
    page.unroute(ADD)
    assert not Document.objects.exists()
    press(page, "Try again")
    expect(said(page)).to_have_text("Added 2 of 2.")


def test_signed_out_meanwhile_the_files_stay_chosen(page, files):
    page.context.clear_cookies(name="sessionid")
    choose(page, *files("plan.pdf"))
    press(page)
    expect(said(page)).to_contain_text("If you were signed out, sign in again.")
    assert not Document.objects.exists()


def test_what_is_sent_meanwhile_takes_no_more(page, files, draft):
    make.sent(draft)
    choose(page, *files("plan.pdf"))
    press(page)
    expect(page.get_by_role("group", name="plan.pdf")).to_contain_text("was sent to CDSS")
    assert not Document.objects.exists()


def test_files_that_are_chosen_go_first_whichever_button_is_pressed(page, files, draft):
    choose(page, *files("plan.pdf", "flow.pdf"))
    page.get_by_role("button", name="Save and go back to the list").click()
    page.wait_for_url(f"**/proposals/{draft.reference}/")
    assert titles() == ["flow.pdf", "plan.pdf"]


def test_a_name_is_text_and_nothing_else(page, files):
    (odd,) = files("plan.pdf")
    page.get_by_label("Files").set_input_files(
        {"name": "<img src=x onerror=alert(1)>.pdf", "mimeType": "", "buffer": odd.read_bytes()}
    )
    group = page.locator("[data-chosen] fieldset")
    expect(group.locator("legend")).to_have_text("<img src=x onerror=alert(1)>.pdf")
    group.locator("[data-part=kind]").select_option("other")
    group.locator("[data-part=label]").select_option("public")
    press(page)
    expect(said(page)).to_have_text("Added 1 of 1.")
    expect(
        page.get_by_role("link", name="<img src=x onerror=alert(1)>.pdf", exact=True)
    ).to_be_visible()
    assert page.locator("main img").count() == 0


def test_it_fits_a_narrow_screen(page_of, draft, files):
    page = page_of(make.someone("alice"), viewport={"width": 320, "height": 700})
    page.goto(section(draft))
    choose(
        page, *files("a-rather-long-name-of-the-security-plan-of-our-county-in-2026.pdf", "b.pdf")
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    press(page)
    expect(said(page)).to_have_text("Added 2 of 2.")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_without_script_several_go_together(page_of, draft, files):
    page = page_of(make.someone("alice"), java_script_enabled=False)
    page.goto(section(draft))
    expect(page.locator("noscript p")).to_contain_text("Choose up to 20 files in one go")
    expect(page.locator("noscript p")).to_be_visible()
    choose(page, *files("plan.pdf", "tool.exe", "flow.pdf"))
    press(page)
    expect(page.get_by_text("“plan.pdf” and “flow.pdf” are added.")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(
        "“tool.exe” was not added. Choose a file of one"
    )
    page.get_by_role("link", name="Change the details of plan.pdf").click()
    page.get_by_label("What kind of document is it?").select_option("network_diagram")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Network diagram · Internal")).to_be_visible()
    page.get_by_role("link", name="Replace plan.pdf").click()
    page.get_by_label("Newer file").set_input_files(files("plan-v2.pdf"))
    page.get_by_role("button", name="Replace the document").click()
    expect(
        page.get_by_text("“plan-v2.pdf” takes the place of plan.pdf, which is kept.")
    ).to_be_visible()
    assert titles() == ["flow.pdf", "plan-v2.pdf"]
