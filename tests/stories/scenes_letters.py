"""A decision's letter that came back, on its way to being sent again; templates as an administrator
reads them."""

from collections.abc import Iterator

from django.db import transaction

from portal import notices, outbox
from reviews.models import LetterTemplate
from tests import make
from tests.stories.scenes import Stage, State, go, of_desk, scene


@scene
def a_letter_that_came_back(stage: Stage) -> Iterator[State]:
    carol, decision = make.someone("carol"), make.decided()
    letter = decision.notice
    mine, its = of_desk(decision.review), f"notices/{letter.pk}/"
    outbox.deliver_due()
    yield "proof of notice, all taken on", stage.open("carol", f"{mine}notices/")
    yield "which mail came back", stage.open("carol", f"{mine}{its}came-back/")
    wrong = go(stage.page("carol"), "button", "Record that it came back")
    yield "which mail came back, not said", wrong
    stage.page("carol").get_by_label("Alice Nakamura").check()
    stage.page("carol").locator("#id_said").fill("550 5.1.1 No such person at this county")
    yield "it came back", go(stage.page("carol"), "button", "Record that it came back")
    yield "it came back, for an auditor", stage.open("frank", f"{mine}notices/")
    yield "the review after it came back", stage.open("carol", mine)
    yield "letters that need a look", stage.open("carol", "/reviews/letters/")
    page = stage.open("carol", f"{mine}{its}again/")
    yield "to whom it is sent again", page
    with transaction.atomic():
        notices.record_post(letter, name="Pat", on=letter.created_at.date(), by=carol)
    yield "409, mailed meanwhile", go(page, "button", "Send it again")


@scene
def a_record_made_by_mistake(stage: Stage) -> Iterator[State]:
    carol, decision = make.someone("carol"), make.decided()
    letter = decision.notice
    mine, its = of_desk(decision.review), f"notices/{letter.pk}/"
    outbox.deliver_due()
    for one in letter.recipients.all():
        notices.came_back(one, said="550 5.1.1 No such person at this county", by=carol)
    yield "proof of notice, a record to take back", stage.open("carol", f"{mine}notices/")
    page = stage.open("carol", f"{mine}{its}did-not-come-back/")
    yield "which record was a mistake", page
    yield "which record was a mistake, not said", go(page, "button", "Take the record back")
    page.get_by_label("Alice Nakamura").check()
    page.get_by_label("Reason").fill("It was the returned mail of another proposal.")
    yield "a record taken back", go(page, "button", "Take the record back")
    page = stage.open("carol", f"{mine}{its}did-not-come-back/")
    with transaction.atomic():
        notices.try_again(letter.recipients.filter(state="bounced").get(), by=carol)
    page.get_by_label("Reason").fill("A mistake.")
    yield "409, sent again meanwhile", go(page, "button", "Take the record back")


@scene
def templates_as_an_administrator_reads_them(stage: Stage) -> Iterator[State]:
    page = "/admin/reviews/lettertemplate/"
    yield "templates, none written", stage.open("erin", page)
    text = f"{LetterTemplate.objects.in_force('approved').text} Thank you."
    LetterTemplate.objects.write("approved", text, by=make.someone("dana"), seen=0)
    yield "templates", stage.open("erin", page)
