"""Documents are kept whole, beside the proposal, and read only by those who may."""

import errno
import hashlib
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.urls import reverse

from portal import clock
from portal.models import JournalEntry
from proposals.models import Document, DocumentRefused, EditRefused, Proposal, kept_file
from tests import make
from tests.pages import errors_on, form_on, messages_on
from tests.proposals.test_files import PDF

ABOUT = {"kind": "security_plan", "label": "confidential"}


def file(name: str = "Plan.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def draft(alice):
    return Proposal.objects.start(make.county("Alameda"), by=alice, tool_name="Caseload Compass")


@pytest.fixture
def page(draft):
    return reverse("section", args=[draft.reference, "documents"])


@pytest.fixture
def plan(draft, alice):
    return Document.objects.add(draft, file(), by=alice, title="Security plan", **ABOUT)


def stored_files(settings) -> list:
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


@pytest.mark.acl("ACL-7")
def test_a_document_is_kept_with_kind_label_size_and_fingerprint(
    client_of, draft, page, amir, settings
):
    browser = client_of(amir)
    typed = form_on(browser.get(page)) | ABOUT | {"title": "Our plan", "add": "document"}
    answer = browser.post(page, typed | {"file": file()}, follow=True)
    assert messages_on(answer) == ["“Our plan” is added."]
    found = Document.objects.get()
    assert (found.kind, found.label, found.title) == ("security_plan", "confidential", "Our plan")
    assert (found.size, found.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert (found.uploaded_by, found.is_part) == (amir, True)
    (kept,) = stored_files(settings)
    assert kept.read_bytes() == PDF
    assert "Plan" not in kept.name
    shown = answer.content.decode()
    assert "System security plan · Confidential (security)" in shown
    assert found.sha256 in shown
    assert JournalEntry.objects.filter(act="add document", subject=draft.reference).exists()
    assert draft.states.get(section="documents").saved_by == amir


def test_a_file_chosen_is_added_whichever_button_is_pressed(client_of, draft, page, amir):
    browser = client_of(amir)
    answer = browser.post(page, {"seen": 0, **ABOUT, "file": file(), "then": "list"})
    assert answer.url == reverse("proposal", args=[draft.reference])
    assert Document.objects.count() == 1


def test_none_is_needed_and_the_tick_says_so(client_of, draft, page, amir):
    browser = client_of(amir)
    browser.post(page, form_on(browser.get(page)) | {"no_documents_now": "on"})
    draft.refresh_from_db()
    assert draft.no_documents_now
    browser.post(page, {"seen": 1, **ABOUT, "file": file()})
    draft.refresh_from_db()
    assert not draft.no_documents_now


def test_the_page_asks_for_what_is_missing(client_of, page, amir):
    browser = client_of(amir)
    answer = browser.post(page, {"seen": 0, "add": "document", "title": "Our plan"})
    assert answer.status_code == 422
    assert errors_on(answer) == [
        "Choose one file or several",
        "Choose what kind of document it is",
        "Choose who may read it",
    ]
    assert form_on(answer)["title"] == "Our plan"
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("plan.exe", b"MZ", "Choose a file of one of these kinds"),
        ("plan.pdf", b"MZ a program", "but its content is something else"),
        ("plan.pdf", PDF + b"/Encrypt", "locked with a password"),
        ("plan.pdf", b"", "“plan.pdf” was not added. The file is empty. Choose another one."),
        ("Case 1234567.pdf", PDF, "This looks like a case number"),
        ("a" * 300 + ".pdf", PDF, "Rename the file: its name has more than 150 characters."),
        ("plan\u202efdp.exe", PDF, "Choose a file of one of these kinds"),
        (
            "plan.pdf",
            PDF + b"\0" * (26 * 1024 * 1024),
            "“plan.pdf” was not added. The file is larger than 25 MB. Make it smaller or split it.",
        ),
    ],
)
def test_a_file_that_is_not_taken_says_why_beside_the_input(
    client_of, page, amir, settings, name, content, words
):
    answer = client_of(amir).post(
        page, {"seen": 0, **ABOUT, "title": "Our plan", "file": file(name, content)}
    )
    assert answer.status_code == 422
    (said,) = errors_on(answer)
    assert words in said
    assert form_on(answer) == form_on(answer) | ABOUT | {"title": "Our plan"} | {
        "label": ["confidential"]
    }
    assert not Document.objects.exists()
    assert not stored_files(settings)


def test_a_title_with_case_data_is_refused(client_of, page, amir):
    answer = client_of(amir).post(
        page, {"seen": 0, **ABOUT, "title": "Case no 1234567", "file": file()}
    )
    assert errors_on(answer) == [
        "Choose the file again",
        "“Title” is not saved. Take out the number: it looks like a case number",
    ]
    assert not Document.objects.exists()


def test_the_same_file_twice_is_one_document(client_of, page, amir, settings):
    browser = client_of(amir)
    browser.post(page, {"seen": 0, **ABOUT, "file": file()})
    answer = browser.post(page, {"seen": 1, **ABOUT, "file": file("Copy.pdf")})
    assert errors_on(answer) == [
        "“Copy.pdf” was not added. This file is in the list already, as “Plan.pdf”. Choose another."
    ]
    assert len(stored_files(settings)) == Document.objects.count() == 1


def test_a_full_disk_says_so_and_leaves_neither_row_nor_file(
    client_of, page, amir, settings, monkeypatch
):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("proposals.models.documents.os.fsync", full)
    answer = client_of(amir).post(page, {"seen": 0, **ABOUT, "file": file()})
    assert answer.status_code == 422
    (said,) = errors_on(answer)
    assert "was not added. The file could not be stored. Nothing else was lost." in said
    assert not Document.objects.exists()
    assert not stored_files(settings)


def test_a_folder_that_became_read_only_says_so_too(client_of, page, amir, settings, monkeypatch):
    def read_only(*given, **more):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as remounted:
        remounted.setattr(Path, "open", read_only)
        remounted.setattr(Path, "unlink", read_only)
        answer = client_of(amir).post(page, {"seen": 0, **ABOUT, "file": file()})
    assert answer.status_code == 422
    assert "The file could not be stored. Nothing else was lost." in errors_on(answer)[0]
    assert not Document.objects.exists()
    assert not stored_files(settings)


def test_a_save_that_fails_after_the_file_leaves_no_file(draft, alice, settings):
    Proposal.objects.filter(pk=draft.pk).update(sent_at=clock.now())
    with pytest.raises(EditRefused):
        Document.objects.add(draft, file(), by=alice, **ABOUT)
    assert not stored_files(settings)


def breaks_off(monkeypatch, *, is_kept: bool) -> None:
    """The connection breaks off while the next transaction is kept: after that, or before."""
    database = connections["default"]
    commit = database.commit

    def break_off() -> None:
        monkeypatch.setattr(database, "commit", commit)
        if is_kept:
            commit()
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(database, "commit", break_off)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_file_goes_only_when_its_row_was_not_kept(draft, alice, settings, monkeypatch, is_kept):
    breaks_off(monkeypatch, is_kept=is_kept)
    with pytest.raises(OperationalError, match="closed the connection"):
        Document.objects.add(draft, file(), by=alice, **ABOUT)
    assert Document.objects.count() == len(stored_files(settings)) == is_kept
    if is_kept:
        assert Path(Document.objects.get().path).read_bytes() == PDF


@pytest.mark.django_db(transaction=True)
def test_a_file_stays_while_the_database_cannot_say_whether_it_has_its_row(
    draft, alice, settings, monkeypatch
):
    def away(execute, sql, *rest):
        if sql.startswith("SELECT 1") and "stored" in sql:
            raise OperationalError("the database system is starting up")
        return execute(sql, *rest)

    breaks_off(monkeypatch, is_kept=True)
    with connection.execute_wrapper(away), pytest.raises(OperationalError, match="closed the"):
        Document.objects.add(draft, file(), by=alice, **ABOUT)
    assert len(stored_files(settings)) == Document.objects.count() == 1


def test_a_file_goes_with_the_act_around_it(draft, alice, settings):
    with pytest.raises(IntegrityError), transaction.atomic(), kept_file(file()) as kept:
        Document.objects.record(draft, kept, by=alice, **ABOUT)
        Document.objects.record(draft, kept, by=alice, **ABOUT)
    assert not stored_files(settings)


def test_a_refused_file_raises_with_the_words(draft, alice):
    with pytest.raises(DocumentRefused, match="is empty"):
        Document.objects.add(draft, file(content=b""), by=alice, **ABOUT)


def test_a_document_comes_down_as_a_file_and_is_on_record(client_of, draft, plan, amir):
    Document.objects.filter(pk=plan.pk).update(file_name="Zoë's plan.pdf")
    answer = client_of(amir).get(reverse("document", args=[draft.reference, plan.pk]))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Zo%C3%AB%27s%20plan.pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(PDF))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    entry = JournalEntry.objects.get(act="download document")
    assert (entry.actor, entry.subject, entry.data["document"]) == (amir, draft.reference, plan.pk)


def test_a_draft_s_document_is_the_county_s_alone_and_a_sent_one_is_cdss_s_too(
    client_of, draft, plan, bob, carol, dana, erin, frank
):
    page = reverse("document", args=[draft.reference, plan.pk])
    for stranger in (bob, carol, dana, erin, frank):
        assert client_of(stranger).get(page).status_code == 404
    Proposal.objects.filter(pk=draft.pk).update(sent_at=clock.now())
    for reader in (carol, dana, erin, frank):
        assert client_of(reader).get(page).status_code == 200
    assert client_of(bob).get(page).status_code == 404


def test_what_the_county_holds_back_for_its_response_stays_with_the_county(
    client_of, draft, amir, alice, carol
):
    Proposal.objects.filter(pk=draft.pk).update(sent_at=clock.now())
    held = make.beside(draft, file(), by=alice)
    page = reverse("document", args=[draft.reference, held.pk])
    assert client_of(amir).get(page).status_code == 200
    assert client_of(carol).get(page).status_code == 404
    Document.objects.filter(pk=held.pk).update(kind=Document.ORIGINAL)
    assert client_of(carol).get(page).status_code == 200


def test_a_document_of_another_proposal_is_not_found(client_of, plan, alice):
    other = Proposal.objects.start(make.county("Alameda"), by=alice)
    browser = client_of(alice)
    for number in (plan.pk, 0, 10**30):
        assert browser.get(f"/proposals/{other.reference}/documents/{number}/").status_code == 404


def test_a_document_is_removed_after_asking_and_kept_out_of_sight(
    client_of, draft, plan, page, amir, settings
):
    browser = client_of(amir)
    ask = reverse("remove_document", args=[draft.reference, plan.pk])
    assert "Remove “Security plan”?" in browser.get(ask).content.decode()
    answer = browser.post(ask, follow=True)
    assert messages_on(answer) == ["“Security plan” is removed."]
    assert "Security plan" not in BeautifulSoup(answer.content, "html.parser").main.find(
        "form"
    ).text.replace("System security plan", "")
    assert len(stored_files(settings)) == 1
    assert browser.get(reverse("document", args=[draft.reference, plan.pk])).status_code == 404
    assert browser.post(ask).status_code == 404
    assert JournalEntry.objects.filter(act="remove document").count() == 1


def test_after_sending_no_document_is_added_or_removed(client_of, draft, plan, page, amir):
    Proposal.objects.filter(pk=draft.pk).update(sent_at=clock.now())
    browser = client_of(amir)
    answer = browser.post(page, {"seen": 1, **ABOUT, "file": file(content=PDF + b" ")})
    assert answer.status_code == 409
    browser.post(reverse("remove_document", args=[draft.reference, plan.pk]))
    assert Document.objects.get().removed_at is None
    with pytest.raises(EditRefused):
        plan.remove(by=amir)


def test_a_file_that_is_gone_from_the_disk_is_told_in_words(client_of, draft, plan, amir):
    plan.path.unlink()
    answer = client_of(amir).get(reverse("document", args=[draft.reference, plan.pk]))
    assert answer.status_code == 404
    assert "its file is not where we keep files" in answer.content.decode()
