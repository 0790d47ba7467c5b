"""The answers and the checklist of a case look as they were kept, until something is found anew."""

from datetime import date, time

import pytest
from bs4 import BeautifulSoup
from django.core.cache import caches

from portal import clock
from portal.parts_kept import LARGEST
from reviews import reading
from reviews.models import Finding, Review
from tests import make

pytestmark = pytest.mark.django_db


def read(client, review: Review) -> BeautifulSoup:
    response = client.get(f"/reviews/{review.reference}/")
    assert response.status_code == 200
    page = BeautifulSoup(response.content, "html.parser")
    for secret in page.select("input[name=csrfmiddlewaretoken]"):
        secret.decompose()
    return page.main


def chosen(page: BeautifulSoup) -> dict[str, str]:
    boxes = page.select("#checklist ~ form input[type=radio][checked]")
    return {box["name"].removesuffix("-choice"): box["value"] for box in boxes}


def save(review: Review, *, by, **choices: str) -> None:
    values = {rule: {"choice": choice, "note": "Read."} for rule, choice in choices.items()}
    Finding.objects.save_checklist(review, by=by, values=values, seen=None)


def test_a_page_looks_the_same_when_it_is_opened_again(client_of, carol, monkeypatch):
    review, client = make.in_review(vendor_return="", other_use="yes"), client_of(carol)
    first = str(read(client, review))

    def never(*args: object) -> None:
        raise AssertionError("What is kept was worked out again.")

    for name in ("answers", "suggestions", "marked"):
        monkeypatch.setattr(reading, name, never)
    assert str(read(client, review)) == first
    caches["template_fragments"].clear()
    with pytest.raises(AssertionError, match="worked out again"):
        read(client, review)


def test_what_a_colleague_found_stands_there_at_once(client_of, carol, dana):
    review, client = make.in_review(), client_of(carol)
    assert chosen(read(client, review)) == {}
    save(review, by=dana, program="meets")
    assert chosen(read(client, review)) == {"program": "meets"}
    save(review, by=dana, program="fails", research="meets")
    assert chosen(read(client, review)) == {"program": "fails", "research": "meets"}
    # As it was before, but found later: who saves now has seen the later finding.
    seen = read(client, review).select_one("#checklist ~ form input[name=seen]")["value"]
    assert seen == Finding.objects.latest("at").at.isoformat()


def test_an_answer_that_changed_stands_there_at_once(client_of, carol):
    request = make.requested(items=[make.answer_item("hosting")])
    client, review = client_of(carol), request.review
    before = read(client, review).select_one("#answer-hosting").text
    make.responded(request)
    after = read(client, review).select_one("#answer-hosting").text
    assert after != before
    assert "Was:" in after


def test_an_auditor_reads_findings_where_a_reviewer_has_boxes(client_of, carol, frank):
    review = make.in_review()
    save(review, by=carol, program="meets")
    assert read(client_of(carol), review).select("#checklist ~ form input[type=radio]")
    page = read(client_of(frank), review)
    assert not page.select("#checklist ~ form input")
    assert "Meets" in page.select_one("#checklist ~ form").text


def test_what_was_typed_and_refused_is_shown_again_and_never_kept(client_of, carol):
    review, client = make.in_review(), client_of(carol)
    read(client, review)
    typed = {"program-choice": "perhaps", "program-note": "Ask for the date."}
    wrong = client.post(f"/reviews/{review.reference}/checklist/", typed)
    assert wrong.status_code == 422
    assert "Ask for the date." in wrong.content.decode()
    assert "Ask for the date." not in str(read(client, review))
    assert chosen(read(client, review)) == {}


def test_two_cases_with_the_same_answers_lead_to_their_own_pages(client_of, carol):
    one, two = make.in_review(), make.in_review(make.sent())
    client = client_of(carol)
    for review, other in ((one, two), (two, one)):
        page = str(read(client, review))
        assert f"/reviews/{review.reference}/checklist/" in page
        assert other.reference not in page


def test_a_day_of_last_year_has_its_year_though_the_page_was_kept_before(client_of, carol):
    def noon(day: date):
        return clock.travel(clock.instant(day, time(12)))

    year = clock.today().year
    with noon(date(year, 2, 2)):
        request = make.requested()
    with noon(date(year, 2, 4)):
        review = make.responded(request)
        assert "Same as the version of" in read(client_of(carol), review).text
    with noon(date(year + 1, 1, 5)):
        kept = read(client_of(carol), review)
        caches["template_fragments"].clear()
        assert str(kept) == str(read(client_of(carol), review))
        assert f", Feb 2, {year}" in kept.text


def test_a_part_of_unusual_size_is_written_each_time_and_not_kept():
    cache = caches["template_fragments"]
    for key, size in (("usual", LARGEST), ("unusual", LARGEST + 1)):
        cache.set(key, "x" * size, None)
    assert len(cache.get("usual")) == LARGEST
    assert cache.get("unusual") is None
