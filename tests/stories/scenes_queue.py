"""CDSS's queue at work: rows ticked and assigned, one's own views, the workload, handing over."""

from collections.abc import Iterator

from playwright.sync_api import expect

from portal.models import Role
from tests import make
from tests.stories.scenes import Stage, State, go, scene


@scene
def several_at_once(stage: Stage) -> Iterator[State]:
    first, second = make.sent(), make.sent(make.draft(tool_name="Hours Overview"))
    miguel = make.person("miguel@cdss.example.gov", role=Role.REVIEWER, name="Miguel Santos")
    page = stage.open("carol", "/reviews/?view=unassigned")
    page.get_by_label(f"Select {first.reference}").check()
    page.get_by_label(f"Select {second.reference}").check()
    page.get_by_label("With selected, assign to").select_option(label="Miguel Santos")
    second.take(by=make.someone("dana"))
    go(page, "button", "Apply")
    expect(page.get_by_text(f"Assigned to Miguel Santos: {first.reference}.")).to_be_visible()
    expect(page.get_by_text(f"{second.reference} was not assigned: ")).to_be_visible()
    yield "queue, one assigned and one not", page
    yield "queue, nothing ticked", stage.press("carol", "/reviews/?view=all", "Apply")
    miguel.is_active = False
    miguel.save()
    yield "workload, someone left", stage.open("carol", "/reviews/load/")
    yield "workload, as an auditor", stage.open("frank", "/reviews/load/")
    theirs = f"/reviews/load/{miguel.pk}/"
    yield "hand over all", stage.open("carol", theirs)
    yield "hand over all, to nobody", stage.press("carol", theirs, "Hand over")
    page = stage.open("carol", theirs)
    page.get_by_label("Hand over to").select_option(label="Carol Whitfield")
    go(page, "button", "Hand over")
    yield "workload, handed over", page
    yield "nothing to hand over", stage.open("carol", theirs)


@scene
def views_of_ones_own(stage: Stage) -> Iterator[State]:
    make.sent()
    yield "no views yet", stage.open("carol", "/reviews/views/")
    page = stage.open("carol", "/reviews/?view=unassigned&county=01")
    page.get_by_text("Save this view").first.click()
    yield "queue, saving a view", page
    page.locator("#save_name").fill("Alameda, nobody's yet")
    go(page, "button", "Save this view")
    expect(page.get_by_role("link", name="Alameda, nobody's yet")).to_be_visible()
    yield "queue, a view of one's own", page
    page.get_by_text("Save this view").first.click()
    go(page, "button", "Save this view")
    yield "a view without a name", page
    yield "views of one's own", stage.open("carol", "/reviews/views/")
    go(page, "link", "Queue")
    page = stage.open("carol", "/reviews/views/")
    go(page, "link", "Rename")
    yield "rename a view", page
    page.locator("#id_name").fill("")
    go(page, "button", "Rename")
    yield "rename a view, without a name", page
