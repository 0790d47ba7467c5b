"""The pages around a decision: filled from the checklist, its letter, templates, conditions."""

from collections.abc import Iterator

from reviews.checklist import RULES
from reviews.models import Finding, LetterTemplate
from tests import make
from tests.stories.scenes import Stage, State, go, of_county, of_desk, scene


@scene
def letters_of_decisions(stage: Stage) -> Iterator[State]:
    review = make.in_review()
    carol = make.someone("carol")
    values = {rule.key: {"choice": "meets", "note": ""} for rule in RULES[:9]}
    values["inspection"] = {"choice": "documents", "note": "The answer is not clear."}
    Finding.objects.save_checklist(review, by=carol, values=values)
    here = of_desk(review)
    yield "decide, some rows not met", stage.open("carol", f"{here}recommend/?from=checklist")
    page = stage.open("carol", f"{here}recommend/")
    page.get_by_role("radio", name="Approve", exact=True).check()
    go(page, "button", "Write the letter")
    yield "decide, no reason chosen", page
    values["inspection"] = values["overlap"] = {"choice": "meets", "note": ""}
    Finding.objects.save_checklist(review, by=carol, values=values)
    yield "decide, from the checklist", stage.open("carol", f"{here}recommend/?from=checklist")
    review.refresh_from_db()
    one = make.condition(days=5) | {"shown": "A test report"}
    drafted = make.drafted_decision(review, conditions=[one, make.condition("Delete the copy.")])
    yield "release, with conditions", stage.open("dana", f"{here}release/")
    drafted.release(by=make.someone("dana"))
    drafted.refresh_from_db()
    yield "decision letter", stage.open("alice", f"{of_county(review)}letters/{drafted.notice_id}/")
    yield "its page at CDSS", stage.open("carol", f"{here}notices/{drafted.notice_id}/")
    yield "condition, how it is shown", stage.open("alice", f"{of_county(review)}conditions/1/")
    yield "conditions, none late", stage.open("carol", "/reviews/conditions/?view=late")
    yield "conditions to come", stage.open("carol", "/reviews/conditions/?view=ahead")
    drafted.conditions.first().confirm(by=make.someone("alice"), evidence="The report is there.")
    yield "conditions, confirmed", stage.open("carol", "/reviews/conditions/?view=confirmed")
    drafted.conditions.filter(number=2).update(by=make.in_days(-3))
    yield "conditions, late", stage.open("carol", "/reviews/conditions/?view=late")
    yield "conditions, a forged place", stage.open("carol", "/reviews/conditions/?after=x&rows=7")


@scene
def templates_of_letters(stage: Stage) -> Iterator[State]:
    dana = make.someone("dana")
    yield "templates, as they came", stage.open("dana", "/reviews/templates/")
    path = "/reviews/templates/approved/"
    yield "template", stage.open("dana", path)
    yield "template, a mistake", stage.press("dana", path, "Save the template", text="{reason}")
    page = stage.open("dana", path)
    now = LetterTemplate.objects.in_force("approved")
    text = now.text.replace("CDSS approves it.", "CDSS is glad to approve it.")
    LetterTemplate.objects.write("approved", text, by=dana, seen=0)
    page.locator("#id_text").fill(f"{text}\n\nWith best regards.")
    go(page, "button", "Save the template")
    yield "409, template changed meanwhile", page
    yield "template, with a version", stage.open("dana", path)
    yield "templates, one changed", stage.open("dana", "/reviews/templates/")
