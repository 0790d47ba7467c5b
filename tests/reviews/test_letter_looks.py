"""The decision letter in all its looks: drafted, checked, sent, read and printed (ACL-8)."""

import io
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from portal import clock
from portal.models import JournalEntry, Notice
from portal.outbox import message_for
from reviews import letter_papers
from reviews.letter_kinds import CONDITIONS, KINDS
from reviews.models import Decision, Review
from tests import make
from tests.letters import of_html_mail, of_pdf, of_sheet, of_text_mail, on_one_line
from tests.pages import form_on, words
from tests.portal.test_paper import tags

pytestmark = pytest.mark.django_db

OUTCOMES = [*KINDS]


def review_for(kind: str) -> Review:
    return make.responded() if kind == "not_approved" else make.in_review()


def typed_into(client: Any, review: Review, kind: str) -> dict[str, Any]:
    """The page's form with a decision of that kind, its letter written and changed by hand."""
    path = reverse("recommend", args=[review.reference])
    form = form_on(client.get(path))
    form |= {"outcome": "approved" if kind == CONDITIONS else kind}
    form |= {"more_reasons": "It imports files only\nThe data stays in the county"}
    if kind == CONDITIONS:
        day = make.in_days(60)
        form |= {"condition-TOTAL_FORMS": "2"}
        for number, task in enumerate(("Wipe lost tablets.", "Delete the copy.")):
            form |= {
                f"condition-{number}-text": task,
                f"condition-{number}-by": f"{day:%B} {day.day}, {day.year}",
                f"condition-{number}-shown": "A test report",
            }
    written = form_on(client.post(path, form))
    return written | {"letter": written["letter"].replace("Questions:", "Any questions:")}


@pytest.mark.acl("ACL-8")
@pytest.mark.parametrize("kind", OUTCOMES)
def test_the_letters_preview_html_pdf_and_mail_say_the_same(
    client_of, alice, carol, dana, kind, settings
):
    settings.LETTERHEAD = ["744 Example Street, Sacramento, CA 95814"]
    review = review_for(kind)
    desk, checks, county = client_of(carol), client_of(dana), client_of(alice)
    path = reverse("recommend", args=[review.reference])
    typed = typed_into(desk, review, kind)
    preview_pdf = desk.post(path, typed | {"pdf": "1"})
    assert preview_pdf["Content-Type"] == "application/pdf"
    preview = desk.post(path, typed | {"more_reasons": ""})
    assert preview.status_code == 422
    whoever, her = "The approver who releases it", f"{dana.name} {dana.title}".strip()
    drafted = {of_sheet(preview), of_pdf(preview_pdf.content)}
    assert len(drafted) == 1, drafted
    assert not Decision.objects.exists()

    assert desk.post(path, typed).status_code == 302
    release = reverse("release", args=[review.reference])
    page = checks.get(release)
    check_pdf = checks.get(reverse("drafted_letter_pdf", args=[review.reference]))
    assert checks.post(release, form_on(page)).status_code == 302

    decision = Decision.objects.get()
    notice = decision.notice
    mail = message_for(notice.recipients.first())
    looks = {
        "preview": drafted.pop().replace(whoever, her),
        "release page": of_sheet(page),
        "PDF before release": of_pdf(check_pdf.content),
        "page of CDSS": of_sheet(
            desk.get(reverse("review_letter", args=[review.reference, notice.pk]))
        ),
        "page of the county": of_sheet(
            county.get(reverse("letter", args=[review.reference, notice.pk]))
        ),
        "PDF of CDSS": of_pdf(
            desk.get(reverse("review_letter_pdf", args=[review.reference, notice.pk])).content
        ),
        "PDF of the county": of_pdf(
            county.get(reverse("letter_pdf", args=[review.reference, notice.pk])).content
        ),
        "mail": of_text_mail(mail.body),
        "mail in HTML": of_html_mail(mail.alternatives[0][0]),
        "decision": on_one_line(decision.full_letter),
    }
    assert len(set(looks.values())) == 1, looks
    said = looks["mail"]
    for part in ("Any questions:", "1. It imports files only.", "744 Example Street", her):
        assert part in said
    assert ("How you show it: A test report." in said) == (kind == CONDITIONS)
    assert letter_papers.NOT_SENT not in said


# The PDF


def test_the_letter_is_tagged_as_the_standard_asks_with_its_lists_and_headings(dana):
    decision = make.decided(conditions=[make.condition(), make.condition("Delete the copy.")])
    made = letter_papers.decision_on_paper(decision).made()
    reader = PdfReader(io.BytesIO(made))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en-US"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    reference = decision.review.reference
    assert reader.metadata.title == f"Decision of CDSS: Caseload Compass ({reference})"
    found = tags(made)
    assert (found.count("/H1"), found.count("/H2")) == (1, 3)
    assert (found.count("/L"), found.count("/LI")) == (2, 3)


def test_it_is_the_same_file_each_time_whatever_changes_later(dana, carol):
    decision = make.decided()
    made = letter_papers.decision_on_paper(decision).made()
    dana.name, dana.title = "Dana Newname", "Director"
    dana.save()
    decision = Decision.objects.get(pk=decision.pk)
    with clock.travel(clock.instant(make.in_days(40), clock.pacific(clock.now()).time())):
        assert letter_papers.decision_on_paper(decision).made() == made


def test_a_logo_stands_in_the_letterhead_and_says_nothing(dana, settings, tmp_path):
    decision = make.decided()
    without = letter_papers.decision_on_paper(decision).made()
    logo = tmp_path / "logo.svg"
    logo.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">'
        '<rect width="60" height="20" fill="#00618d"/></svg>'
    )
    settings.LETTERHEAD_LOGO = logo
    made = letter_papers.decision_on_paper(decision).made()
    assert made != without
    assert of_pdf(made) == of_pdf(without)


def test_a_logo_that_is_gone_leads_to_the_page_that_says_the_same(
    client_of, alice, dana, settings, tmp_path
):
    decision = make.decided()
    settings.LETTERHEAD_LOGO = tmp_path / "gone.svg"
    path = reverse("letter_pdf", args=[decision.review.reference, decision.notice.pk])
    answer = client_of(alice).get(path)
    assert answer.status_code == 503
    assert "Open the letter" in words(answer)


@pytest.mark.parametrize("odd", ["#panic() $x$ `y` *z* <a> @b // c", "🙂 資料", "w" * 300])
def test_whatever_was_written_makes_a_letter(dana, odd):
    decision = make.decided(letter=f"Dear all:\n\n{odd}\n\n1. {odd}\n2. {odd}\n\n- {odd}")
    text = of_pdf(letter_papers.decision_on_paper(decision).made())
    if odd.isascii():
        assert "".join(text.split()).count("".join(odd.split())) == 4


def test_a_letter_of_the_greatest_length_makes_a_paper(dana):
    letter = ("It imports data download files only, and nothing else at all. " * 190)[:12_000]
    made = letter_papers.decision_on_paper(make.decided(letter=letter)).made()
    assert 3 <= len(PdfReader(io.BytesIO(made)).pages) <= 8


def test_who_takes_it_stands_in_the_journal(client_of, alice, dana):
    decision = make.decided()
    reference = decision.review.reference
    path = reverse("letter_pdf", args=[reference, decision.notice.pk])
    answer = client_of(alice).get(path)
    name = f"{reference}-decision-1.pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    entry = JournalEntry.objects.get(act="download letter")
    assert (entry.actor, entry.data["decision"]) == (alice, 1)


def test_a_draft_says_outside_its_words_that_it_was_not_sent(client_of, dana):
    review = make.drafted_decision().review
    answer = client_of(dana).get(reverse("drafted_letter_pdf", args=[review.reference]))
    assert answer["Content-Disposition"].endswith('draft-not-sent.pdf"')
    page = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert page.count(letter_papers.NOT_SENT) == 1
    assert dana.name in page
    assert not JournalEntry.objects.filter(act="download letter").exists()


def test_no_other_county_and_no_other_letter_has_such_a_pdf(client_of, alice, bob, dana):
    decision = make.decided()
    reference, notice = decision.review.reference, decision.notice.pk
    receipt = Notice.objects.get(event__startswith="receipt:")
    assert client_of(bob).get(reverse("letter_pdf", args=[reference, notice])).status_code == 404
    alices = client_of(alice)
    assert alices.get(reverse("letter_pdf", args=[reference, receipt.pk])).status_code == 404
    assert alices.get(reverse("review_letter_pdf", args=[reference, notice])).status_code == 404
    other = make.in_review().reference
    assert alices.get(reverse("letter_pdf", args=[other, notice])).status_code == 404


# The mail


def test_the_mail_brings_the_letter_as_the_same_pdf_to_each_recipient(dana):
    decision = make.decided()
    name = f"{decision.review.reference}-decision-1.pdf"
    for recipient in decision.notice.recipients.all():
        ((found, made, kind),) = message_for(recipient).attachments
        assert (found, kind) == (name, "application/pdf")
        assert made == letter_papers.decision_on_paper(Decision.objects.get()).made()
    receipt = Notice.objects.get(event__startswith="receipt:")
    assert message_for(receipt.recipients.first()).attachments == []


def test_by_setting_the_mail_brings_no_pdf(dana, settings):
    settings.LETTER_PDF = False
    assert message_for(make.decided().notice.recipients.first()).attachments == []


def test_a_letter_whose_pdf_fails_leaves_all_the_same(dana, settings, tmp_path):
    decision = make.decided()
    settings.LETTERHEAD_LOGO = tmp_path / "gone.svg"
    mail = message_for(decision.notice.recipients.first())
    assert mail.attachments == []
    assert on_one_line(decision.full_letter) == of_text_mail(mail.body)
