"""The statewide page as it leaves the printer: a report of one page, two with all counties."""

import io
from datetime import timedelta

import pypdf
import pytest
from playwright.sync_api import Page

from portal import clock, outbox
from portal.models import County
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

EDGE = dict.fromkeys(("top", "right", "bottom", "left"), "0.4in")


@pytest.fixture
def report(page_of) -> Page:
    """The page of a state in which a good deal went on."""
    with clock.travel(clock.now() - timedelta(days=45)):
        for name in ("San Bernardino", "San Luis Obispo", "Contra Costa"):
            make.logged(make.county(name))
        late = [make.in_review() for _ in range(3)]
    make.decided(late[0])
    make.decided(late[1], conditions=[make.condition()])
    make.requested(late[2])
    outbox.deliver_due()
    return page_of(make.someone("carol"))


@pytest.mark.parametrize("sheet", ["Letter", "A4"])
def test_it_is_one_page_and_with_all_counties_at_most_two(report, sheet):
    report.goto("/statewide/")
    assert report.get_by_role("button", name="Print", exact=True).is_visible()
    paper = pypdf.PdfReader(io.BytesIO(report.pdf(format=sheet, margin=EDGE)))
    assert len(paper.pages) == 1
    first = " ".join(paper.pages[0].extract_text().split())
    for words in ("printed", "Statewide", "Notified within 30 days", "By county", "Counted to"):
        assert words in first
    assert "Download" not in first and "Print " not in first and "Figures as a table" not in first
    report.goto("/statewide/?all=1")
    paper = pypdf.PdfReader(io.BytesIO(report.pdf(format=sheet, margin=EDGE)))
    assert len(paper.pages) <= 2
    printed = " ".join(page.extract_text() for page in paper.pages)
    assert all(name in printed for name in County.objects.values_list("name", flat=True))
