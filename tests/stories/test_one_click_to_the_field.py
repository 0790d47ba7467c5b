"""On *Check and send* whatever is missing, or may be changed, is one click from its control."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from portal.models import User
from proposals import content as contents
from proposals.models import Proposal
from proposals.sections import ANSWERS, BY_KEY, row_answers
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

PageOf = Callable[..., Page]


def empty(alice: User) -> Proposal:
    return Proposal.objects.start(make.county("Alameda"), by=alice)


def with_a_vendor_and_nothing_of_it(alice: User) -> Proposal:
    draft = empty(alice)
    given = {"builder": "both", "work_begun": "using"}
    values = {answer.name: given.get(answer.name) for answer in BY_KEY["tool"].answers}
    draft.save_section("tool", {name: v or "" for name, v in values.items()}, by=alice, seen=0)
    return draft


def full_but_for_details_that_follow_from_answers(alice: User) -> Proposal:
    follow = {
        name: "yes" for name in ("other_use", "automated_decisions", "research") if name in ANSWERS
    }
    return make.draft(by=alice, data_elements=["other"], work_begun="using", **follow)


def rows_without_their_parts(alice: User) -> Proposal:
    rows = {f"data_{way}": [dict.fromkeys(row(way), ""), row(way)] for way in ("in", "out")}
    return make.draft(by=alice, **rows)


def answers_that_cannot_be(alice: User) -> Proposal:
    wrong = {name: "nobody" for name, one in ANSWERS.items() if one.kind in ("email", "phone")}
    return make.draft(by=alice, cmips_methods=["none", "ddl"], **wrong)


def complete(alice: User) -> Proposal:
    return make.draft(by=alice)


def row(way: str) -> dict[str, Any]:
    return make.full_answers()[f"data_{way}"][0]


DRAFTS = (
    empty,
    with_a_vendor_and_nothing_of_it,
    full_but_for_details_that_follow_from_answers,
    rows_without_their_parts,
    answers_that_cannot_be,
    complete,
)


@pytest.mark.parametrize("make_draft", DRAFTS, ids=lambda one: one.__name__.replace("_", " "))
def test_every_link_into_the_editor_lands_on_a_control(make_draft, page_of: PageOf, alice: User):
    draft = make_draft(alice)
    page = page_of(alice)
    page.goto(f"/proposals/{draft.reference}/send/")
    missing = page.locator(".notice.error a").evaluate_all("all => all.map(one => one.href)")
    assert len(missing) == len(contents.missing_for_letter(draft.content()))
    later = page.locator(".notice.warning li a").count()
    assert later == len(contents.missing_for_review(draft.content()))
    into = page.locator("main a[href*='/edit/']").evaluate_all("all => all.map(one => one.href)")
    for link in sorted({*missing, *into}):
        if "#" in link:
            assert lands_on(page, link) == "a control in sight", link


def test_why_a_document_is_not_there_is_one_click_away(page_of: PageOf, alice: User):
    here = f"/proposals/{make.requested().review.reference}/"
    page = page_of(alice)
    page.goto(here)
    link = page.get_by_role("link", name="We don't have this, because").first
    assert lands_on(page, link.evaluate("one => one.href")) == "a control in sight"


def lands_on(page: Page, link: str) -> str:
    """What the browser shows at the end of a link with a fragment."""
    page.goto("about:blank")
    page.goto(link)
    return page.evaluate(
        """() => {
            const it = document.querySelector(":target")
            if (!it) return "nothing"
            if (!it.matches("input, select, textarea, button")) return "a " + it.tagName
            const box = it.getBoundingClientRect()
            const shown = it.checkVisibility() && box.top >= 0 && box.bottom <= innerHeight
            return shown ? "a control in sight" : "a control out of sight"
        }"""
    )


def test_every_question_the_letter_asks_is_missing_in_one_of_these(alice: User):
    found = {
        point.field.split("-")[-1]
        for make_draft in DRAFTS
        for point in contents.missing_for_letter(make_draft(alice).content())
    }
    asked = {name for name, answer in ANSWERS.items() if answer.asked == "letter"}
    asked |= {
        answer.name
        for way in ("in", "out")
        for answer in row_answers(way)
        if answer.asked == "letter"
    }
    assert asked <= found
