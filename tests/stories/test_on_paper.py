"""The sheets of questions as they leave the printer, and the button that prints them."""

import io

import pypdf
import pytest
from playwright.sync_api import expect

from proposals.sections.sheets import SHEETS

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESSES = [f"/proposals/questions/{key}/" if key else "/proposals/questions/" for key in SHEETS]
FRAME = (".band", ".top .wrap", ".foot", "nav.chips", "[data-print]")
BROKEN = """
() => [...document.querySelectorAll(".summary > div, tr")]
  .filter((one) => getComputedStyle(one).breakInside !== "avoid")
  .map((one) => one.textContent)
"""


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_printed_sheet_has_a_title_block_and_nothing_of_the_frame(page_of, address):
    page = page_of(None)
    page.goto(address)
    title = page.locator("h1").inner_text()
    page.emulate_media(media="print")
    for part in FRAME:
        expect(page.locator(part).first).to_be_hidden()
    expect(page.locator(".print")).to_contain_text("California Department of Social Services")
    assert page.evaluate(BROKEN) == []
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(format="Letter")))
    first = " ".join(paper.pages[0].extract_text().split())
    for words in ("CMIPS interface proposals, printed", title, "Filled in by", "no case numbers"):
        assert words in first


def test_there_is_room_to_write(page_of):
    page = page_of(None)
    page.goto("/proposals/questions/")
    page.emulate_media(media="print")
    heights = page.evaluate(
        "() => [...document.querySelectorAll('.write')].map((one) => one.clientHeight)"
    )
    assert len(heights) > 60
    assert min(heights) >= 24
    tallest = page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('.text')].map((one) => one.clientHeight))"
    )
    assert tallest >= 110


def test_the_button_prints_and_is_out_of_sight_without_script(page_of):
    page = page_of(None)
    page.goto("/proposals/questions/vendor/")
    page.evaluate("window.print = () => { document.title = 'printed' }")
    page.get_by_role("button", name="Print").click()
    assert page.title() == "printed"
    page = page_of(None, java_script_enabled=False)
    page.goto("/proposals/questions/vendor/")
    expect(page.locator("[data-print]")).to_be_hidden()
