"""The data-flow picture on paper and on every width, and the index of a bundle from the disk."""

import io
import zipfile

import pypdf
import pytest
from playwright.sync_api import expect

from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

# How tall a sheet of paper is between its margins, in pixels, when it is 7.5 inches wide.
SHEET = 960
TALL = "() => [...document.querySelectorAll('.flow > .wide')].map((one) => one.clientHeight)"
SMALLEST = """
(shape) => Math.min(...[...document.querySelectorAll(`.flow > .${shape} text`)]
  .map((one) => one.getBoundingClientRect().height))
"""


@pytest.fixture
def review(alice):
    row = make.full_answers()["data_in"][0]
    return make.sent(by=alice, data_in=[row] * 40, data_out=[row] * 40)


def test_forty_rows_each_way_are_printed_wide_and_no_part_is_cut(page_of, alice, review):
    page = page_of(alice)
    page.goto(f"/proposals/{review.reference}/copies/1/")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 624, "height": SHEET})
    expect(page.locator(".flow > .wide").first).to_be_visible()
    expect(page.locator(".flow > .narrow").first).to_be_hidden()
    assert max(page.evaluate(TALL)) < SHEET
    kept = "() => getComputedStyle(document.querySelector('.flow > .wide')).breakInside"
    assert page.evaluate(kept) == "avoid"
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="Letter")))
    text = " ".join(" ".join(sheet.extract_text().split()) for sheet in printed.pages)
    assert " to 40, data out " in text
    assert text.count("Personal or confidential") >= 80


@pytest.mark.parametrize(
    ("width", "shape", "least"), [(1366, "wide", 12), (375, "narrow", 12), (320, "narrow", 10)]
)
def test_its_words_can_be_read_at_every_width(page_of, alice, review, width, shape, least):
    page = page_of(alice)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/proposals/{review.reference}/answers/")
    expect(page.locator(f".flow > .{shape}").first).to_be_visible()
    assert page.evaluate(SMALLEST, shape) >= least
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_index_of_a_bundle_opens_from_the_disk(page_of, alice, review, tmp_path):
    page = page_of(alice)
    answer = page.request.get(f"/proposals/{review.reference}/bundle/")
    with zipfile.ZipFile(io.BytesIO(answer.body())) as packed:
        packed.extractall(tmp_path)
    (index,) = tmp_path.glob("*/index.html")
    page.goto(index.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("Caseload Compass")
    bold = "() => getComputedStyle(document.querySelector('.summary dt')).fontWeight"
    assert page.evaluate(bold) == "600"
    page.get_by_role("link", name="The letter as a page").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("CDSS received your proposal")
