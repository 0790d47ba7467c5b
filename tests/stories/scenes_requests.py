"""What a request begins with, its library of wordings, what the county gave so far; arrivals."""

from collections.abc import Iterator
from datetime import timedelta

from portal import clock
from reviews.models import Finding, StandardWording
from tests import make
from tests.stories.scenes import CASE_NUMBER, Stage, State, go, of_desk, scene

FILL, ALL = "Fill in the wording of item 1", "Show the letter"


@scene
def beginning_a_request(stage: Stage) -> Iterator[State]:
    carol, review = make.someone("carol"), make.in_review(make.logged(business_needs=""))
    page = f"{of_desk(review)}request/"
    values = {
        rule: {"choice": "documents", "note": "Ask for the newest one."}
        for rule in ("complete", "safeguards", "vendor")
    }
    Finding.objects.save_checklist(review, by=carol, values=values)
    yield "request, what it could begin with", stage.open("carol", page)
    yield "request, from the checklist", stage.open("carol", f"{page}?from=checklist")
    yield "request, from what is missing", stage.open("carol", f"{page}?from=missing")
    opened = stage.open("carol", page)
    opened.locator("#id_item-0-what").select_option("document:risk_assessment")
    yield "request, a wording filled in", go(opened, "button", FILL)
    yield "request, the letter", go(opened, "button", ALL)
    again = go(opened, "button", "Add another item")
    again.locator("#id_item-1-what").select_option("document:risk_assessment")
    again.locator("#id_item-1-why").fill("The newest one.")
    yield "request, the same twice", go(again, "button", "Send the request")


@scene
def the_wordings(stage: Stage) -> Iterator[State]:
    make.someone("carol")
    add, wording = "/reviews/wordings/add/", StandardWording.objects.open().first()
    yield "wordings", stage.open("carol", "/reviews/wordings/")
    yield "wordings, as an auditor reads them", stage.open("frank", "/reviews/wordings/")
    yield "wordings for any", stage.open("carol", "/reviews/wordings/?what=any")
    yield "wordings, none such", stage.open("carol", "/reviews/wordings/?what=answer:tool_name")
    yield "wordings, odd address", stage.open("carol", "/reviews/wordings/?what=x&rows=9")
    yield "add a wording", stage.open("carol", add)
    yield "add a wording, empty", stage.press("carol", add, "Add the wording")
    typed = {"title": "Named", "text": CASE_NUMBER}
    yield "add a wording, a case number", stage.press("carol", add, "Add the wording", **typed)
    change = f"/reviews/wordings/{wording.pk}/"
    yield "change a wording", stage.open("carol", change)
    page = stage.open("carol", change)
    page.locator("#id_text").fill("Mine.")
    wording.end(by=make.someone("dana"))
    yield "change a wording, ended meanwhile", go(page, "button", "Save the wording")
    yield "409, a wording that was ended", stage.open("carol", change)


@scene
def while_the_county_answers(stage: Stage) -> Iterator[State]:
    with clock.travel(clock.now() - timedelta(days=20)):
        items = [
            make.document_item(),
            make.answer_item(),
            make.document_item("network_diagram", days=17),
            make.document_item("training", days=60),
        ]
        asked = make.requested(items=items)
    alice = make.someone("alice")
    document, answer, *_ = asked.items.all()
    document.add_document(make.a_file(), by=alice, label="internal")
    answer.change_answer("In the county's data center in Oakland.", by=alice)
    yield "review, partial arrivals", stage.open("carol", of_desk(asked.review))
    for name, number in (("given", document.pk), ("changed", answer.pk)):
        page = f"{of_desk(asked.review)}request/{number}/"
        yield f"item, {name}", stage.open("carol", page)
        yield f"item, {name}, nothing chosen", stage.press("carol", page, "Change the item")


@scene
def logging_an_arrival(stage: Stage) -> Iterator[State]:
    make.sent(tool_name="Visit Planner")
    fill = "Fill in its contacts"
    yield "log, no county chosen", stage.press("carol", "/reviews/log/", fill)
    page = stage.open("carol", "/reviews/log/")
    page.locator("#id_county").select_option(label="Butte County")
    yield "log, a county that sent nothing", go(page, "button", fill)
    page.locator("#id_county").select_option(label="Alameda County")
    yield "log, the contacts filled in", go(page, "button", fill)
    page.locator("#id_tool_name").fill("Visits Planner")
    page.get_by_role("radio", name="By email").check()
    page.locator("#id_on").fill("March 14, 2027")
    page.locator("#id_at").fill("2:30 AM")
    yield "log, errors and the like sent lately", go(page, "button", "Log the proposal")
