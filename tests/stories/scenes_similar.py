"""Similar tools of other counties, what CDSS plans itself, and ideas for CMIPS reporting."""

from collections.abc import Iterator

from reviews.models import Enhancement, Idea, ToolTraits
from tests import make
from tests.stories.scenes import CASE_NUMBER, Stage, State, go, of_county, of_desk, scene


@scene
def similar_tools(stage: Stage) -> Iterator[State]:
    carol, bob = make.someone("carol"), make.someone("bob")
    review = make.sent()
    yield "review, not compared yet", stage.open("carol", of_desk(review))
    yield "similar tools, not compared yet", stage.open("carol", f"{of_desk(review)}similar/")
    yield "similar tools of others, none", stage.open("alice", f"{of_county(review)}similar/")
    theirs = make.in_review(make.sent(make.draft(make.county("Butte"), by=bob), by=bob))
    make.decided(theirs, conditions=[make.condition(), make.condition()])
    what = {"title": "Cases of each worker", "what": "Supervisors see cases of each worker evenly."}
    Enhancement.objects.add(
        by=carol, state="planned", expected="summer 2027", words="shared", **what
    )
    Idea.objects.mark(review, by=carol, why="All counties need it.")
    ToolTraits.objects.compare_waiting()
    yield "review, with similar tools", stage.open("carol", of_desk(review))
    yield "similar tools", stage.open("carol", f"{of_desk(review)}similar/")
    yield "similar tools of others", stage.open("alice", f"{of_county(review)}similar/")
    yield "mark an idea, marked", stage.open("carol", f"{of_desk(review)}idea/")
    ideas = "/reviews/ideas/"
    yield "ideas", stage.open("frank", ideas)
    yield "ideas, filtered", stage.open("frank", f"{ideas}?county=01&status=open&q=cases")
    yield "ideas, none matches", stage.open("carol", f"{ideas}?county=04&q=zebra")
    odd = f"{ideas}?first=01/13/2027&last=01/12/2027&rows=7&after=forged"
    yield "ideas, odd filters", stage.open("carol", odd)


@scene
def what_cdss_plans(stage: Stage) -> Iterator[State]:
    carol, add = make.someone("carol"), "/reviews/enhancements/add/"
    yield "enhancements, none", stage.open("carol", "/reviews/enhancements/")
    yield "ideas, none", stage.open("carol", "/reviews/ideas/")
    yield "add an enhancement", stage.open("carol", add)
    yield "add an enhancement, empty", stage.press("carol", add, "Add the enhancement")
    typed = {"title": "Overtime report", "what": CASE_NUMBER}
    yield (
        "add an enhancement, a case number",
        stage.press("carol", add, "Add the enhancement", **typed),
    )
    what = {"title": "Overtime report", "what": "Overtime by week.", "state": "in_work"}
    one = Enhancement.objects.add(by=carol, **what)
    yield "enhancements", stage.open("carol", "/reviews/enhancements/")
    yield "enhancements, as an auditor reads them", stage.open("frank", "/reviews/enhancements/")
    here, ended = f"/reviews/enhancements/{one.pk}/", "/reviews/enhancements/?view=ended"
    page = stage.open("carol", here)
    yield "change an enhancement", page
    page.get_by_label("Name").fill("Overtime of each month")
    one.change(by=make.someone("dana"), seen=0, **what | {"what": "Overtime by week and by day."})
    yield "409, an enhancement changed meanwhile", go(page, "button", "Save the enhancement")
    yield "history of an enhancement", stage.open("frank", f"{here}history/")
    yield "ended enhancements, none", stage.open("carol", ended)
    one.end(by=carol, seen=1)
    yield "409, an ended enhancement", stage.open("carol", here)
    yield "ended enhancements", stage.open("frank", ended)
    yield "history of an ended enhancement", stage.open("carol", f"{here}history/")
