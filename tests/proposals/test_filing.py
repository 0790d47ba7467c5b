"""Several files at once, each with its own answer; details changed; a newer file for an older."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from portal import clock
from portal.models import JournalEntry
from proposals.models import Document, DocumentRefused, EditRefused, Proposal, SectionState
from reviews.models import Review
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words
from tests.proposals.test_files import DOCX, OLE, PDF, PNG, container

ABOUT = {"kind": "security_plan", "label": "confidential"}


def file(name: str = "Plan.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def draft(alice):
    return make.draft(by=alice, no_documents_now=False)


@pytest.fixture
def plan(draft, alice):
    return Document.objects.add(draft, file(), by=alice, title="Our plan", **ABOUT)


@pytest.fixture
def page(draft):
    return reverse("section", args=[draft.reference, "documents"])


@pytest.fixture
def add(draft):
    return reverse("add_document", args=[draft.reference])


def at(name: str, document: Document) -> str:
    return reverse(name, args=[document.proposal.reference, document.pk])


def stored_files(settings) -> list:
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


class TestSeveralWithoutScript:
    def test_all_get_the_kind_and_readers_chosen_for_them_and_their_files_names(
        self, client_of, page, amir
    ):
        several = [file("Plan.pdf"), file("Flow.png", PNG), file("Roles.docx", DOCX)]
        answer = client_of(amir).post(page, {**ABOUT, "file": several}, follow=True)
        (said, *_) = messages_on(answer)
        assert said == "“Plan.pdf”, “Flow.png” and “Roles.docx” are added."
        found = list(Document.objects.all())
        assert [one.title for one in found] == ["Plan.pdf", "Flow.png", "Roles.docx"]
        assert {(one.kind, one.label, one.is_part) for one in found} == {(*ABOUT.values(), True)}

    def test_one_that_is_not_taken_is_named_and_the_others_are_added(
        self, client_of, page, amir, settings
    ):
        several = [file("Plan.pdf"), file("Tool.pdf", b"MZ a program"), file("Flow.png", PNG)]
        answer = client_of(amir).post(page, {**ABOUT, "file": several})
        assert answer.status_code == 422
        assert messages_on(answer) == ["“Plan.pdf” and “Flow.png” are added."]
        (said,) = errors_on(answer)
        assert said.startswith("“Tool.pdf” was not added. The file's name ends in .pdf, but its")
        assert Document.objects.count() == len(stored_files(settings)) == 2
        # The page that comes back can be sent on: its version counts what was added.
        version = SectionState.objects.get(
            proposal__documents__title="Plan.pdf", section="documents"
        )
        assert form_on(answer)["seen"] == str(version.version)

    def test_each_that_is_not_taken_has_a_sentence_of_its_own(self, client_of, page, amir):
        several = [file("a.exe", b"MZ"), file("b.pdf", b""), file("b.docx", OLE)]
        said = errors_on(client_of(amir).post(page, {**ABOUT, "file": several}))
        assert [one.split(" was")[0] for one in said] == ["“a.exe”", "“b.pdf”", "“b.docx”"]
        assert not Document.objects.exists()

    def test_a_title_for_several_is_not_lost_in_silence(self, client_of, page, amir):
        typed = {**ABOUT, "title": "Our plans", "file": [file(), file("Flow.png", PNG)]}
        answer = client_of(amir).post(page, typed, follow=True)
        assert messages_on(answer)[1] == (
            "“Our plans” stands on none of them, since you chose several files. "
            "Press “Change” to give each its title."
        )
        assert [one.title for one in Document.objects.all()] == ["Plan.pdf", "Flow.png"]

    def test_the_page_says_how_much_goes_in_one_go(self, client_of, page, amir):
        shown = client_of(amir).get(page).content.decode()
        assert "Choose up to 20 files in one go, with 49 MB together at most." in shown

    def test_more_than_one_page_takes_is_told_with_what_to_do(
        self, client_of, page, amir, settings
    ):
        settings.REQUEST_MAX = 1000
        answer = client_of(amir).post(page, {**ABOUT, "file": file(content=PDF * 20)})
        assert answer.status_code == 413
        assert "Choose fewer files at a time and add the others afterwards." in words(answer)
        assert not Document.objects.exists()
        assert not stored_files(settings)

    def test_the_section_is_complete_with_documents_or_with_none_needed(
        self, client_of, draft, page, amir
    ):
        def stands() -> str:
            shown = client_of(amir).get(reverse("proposal", args=[draft.reference]))
            return soup(shown).select_one(f'a[href="{page}"]').find_parent("li").get_text(" ")

        assert "Completed" not in stands()
        client_of(amir).post(page, {**ABOUT, "file": file()})
        assert "Completed" in stands()
        client_of(amir).post(at("remove_document", Document.objects.get()))
        assert "Completed" not in stands()
        browser = client_of(amir)
        browser.post(page, form_on(browser.get(page)) | {"no_documents_now": "on"})
        assert "Completed" in stands()


BAD = {
    "a program": ("plan.exe", b"MZ", "Choose a file of one of these kinds"),
    "a renamed program": ("plan.pdf", b"MZ a program", "but its content is something else"),
    "a locked PDF": ("plan.pdf", PDF + b"/Encrypt 5 0 R", "Save it again without one"),
    "a locked Word file": ("plan.docx", OLE, "Save it again without a password"),
    "macros": ("plan.docx", container("word/vbaProject.bin"), "Save it again without them"),
    "macros, renamed": (
        "plan.xlsx",
        container("xl/vbaProject.bin", part="xl/workbook.xml"),
        "The file has macros in it",
    ),
    "a bomb": ("plan.docx", container(*map(str, range(5001))), "Save it again, smaller"),
    "nothing": ("plan.pdf", b"", "The file is empty. Choose another one."),
    "26 MB": ("plan.pdf", PDF + bytes(26 * 2**20), "Make it smaller or split it."),
    "a long name": ("a" * 300 + ".pdf", PDF, "its name has more than 150 characters"),
    "an override": ("plan\u202efdp.exe", PDF, "Choose a file of one of these kinds"),
    "a number": ("123-45-6789.pdf", PDF, "Rename the file. This looks like a Social Security"),
    "no ending": ("plan", PDF, "Choose a file of one of these kinds"),
}


class TestOneAfterTheOther:
    def test_it_is_added_and_the_list_comes_back(self, client_of, add, draft, amir):
        answer = client_of(amir).post(add, {**ABOUT, "title": "Our plan", "file": file()})
        assert answer.status_code == 200
        told = answer.json()
        document = Document.objects.get()
        assert document.title == "Our plan"
        assert at("replace_document", document) in told["list"]
        assert "Amir Haddad" in told["list"]
        assert told["seen"] == draft.states.get(section="documents").version

    @pytest.mark.parametrize("bad", BAD)
    def test_a_file_that_is_not_taken_leaves_nothing(self, client_of, add, amir, settings, bad):
        name, content, says = BAD[bad]
        answer = client_of(amir).post(add, {**ABOUT, "file": file(name, content)})
        assert answer.status_code == 422
        assert says in answer.json()["said"]
        assert not Document.objects.exists()
        assert not stored_files(settings)
        assert not JournalEntry.objects.filter(act="add document").exists()

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("Plan 🔒.pdf", "Plan 🔒.pdf"),
            ("<script>alert(1)</script>.pdf", "script>.pdf"),
            ("Plan <b>.pdf", "Plan <b>.pdf"),
            ("Zoe\u0308.pdf", "Zoë.pdf"),
            ("Plan\u202efdp.pdf", "Planfdp.pdf"),
        ],
    )
    def test_an_odd_name_is_kept_as_it_is_and_shown_as_text(
        self, client_of, add, page, amir, name, kept
    ):
        client_of(amir).post(add, {**ABOUT, "file": file(name)})
        assert Document.objects.get().file_name == kept
        shown = client_of(amir).get(page)
        assert kept in words(shown)
        assert not soup(shown).main.find("script")
        assert not soup(shown).main.dt.find("b")

    def test_what_is_missing_is_told_in_one_sentence_each(self, client_of, add, amir):
        answer = client_of(amir).post(add, {"file": file(), "title": "Case 1234567"})
        assert answer.status_code == 422
        said = answer.json()["said"]
        assert "Choose what kind of document it is" in said
        assert "Choose who may read it" in said
        assert "it looks like a case number" in said
        assert "Choose the file again" not in said, "the page still has it"

    def test_the_same_file_again_is_one_document_and_says_so(self, client_of, add, amir, settings):
        browser = client_of(amir)
        assert browser.post(add, {**ABOUT, "file": file()}).json()["same"] is False
        answer = browser.post(add, {**ABOUT, "file": file("Copy.pdf")})
        assert answer.status_code == 422
        assert answer.json()["same"] is True
        assert "is in the list already, as “Plan.pdf”" in answer.json()["said"]
        assert Document.objects.count() == len(stored_files(settings)) == 1

    def test_a_full_list_says_so(self, client_of, add, draft, alice, amir, settings, monkeypatch):
        monkeypatch.setattr("proposals.models.documents.DOCUMENTS_LIMIT", 1)
        first = Document.objects.add(draft, file(), by=alice, **ABOUT)
        answer = client_of(amir).post(add, {**ABOUT, "file": file("Flow.png", PNG)})
        assert answer.status_code == 422
        assert "Remove one first, or put several into one file." in answer.json()["said"]
        assert len(stored_files(settings)) == 1
        # A newer file takes no place of its own.
        Document.objects.replace(first, file("Flow.png", PNG), by=amir)
        assert Document.objects.filter(is_part=True).count() == 1

    def test_after_sending_nothing_is_added(self, client_of, add, draft, amir, alice, settings):
        make.sent(draft, by=alice)
        answer = client_of(amir).post(add, {**ABOUT, "file": file()})
        assert answer.status_code == 409
        assert "was sent to CDSS" in answer.json()["said"]
        assert not Document.objects.exists()
        assert not stored_files(settings)

    def test_another_county_finds_nothing(self, client_of, add, bob, carol):
        for stranger in (bob, carol):
            assert client_of(stranger).post(add, {**ABOUT, "file": file()}).status_code == 404


class TestDetails:
    def test_kind_readers_and_title_are_changed_afterwards(self, client_of, plan, amir):
        browser, page = client_of(amir), at("describe_document", plan)
        typed = form_on(browser.get(page)) | {
            "kind": "risk_assessment",
            "label": "internal",
            "title": "Risks",
        }
        answer = browser.post(page, typed, follow=True)
        assert messages_on(answer) == ["“Risks” is saved."]
        plan.refresh_from_db()
        assert plan.details == {"kind": "risk_assessment", "label": "internal", "title": "Risks"}
        entry = JournalEntry.objects.get(act="describe document")
        assert entry.data["before"]["title"] == "Our plan"
        assert (entry.actor, entry.data["after"]) == (amir, plan.details)

    def test_without_a_title_the_files_name_stands(self, client_of, plan, amir):
        browser, page = client_of(amir), at("describe_document", plan)
        browser.post(page, form_on(browser.get(page)) | {"title": " "})
        plan.refresh_from_db()
        assert plan.title == "Plan.pdf"

    def test_what_is_missing_is_asked_for(self, client_of, plan, amir):
        browser, page = client_of(amir), at("describe_document", plan)
        answer = browser.post(page, {"kind": "", "title": "x" * 300})
        assert answer.status_code == 422
        assert errors_on(answer) == [
            "Choose what kind of document it is",
            "Choose who may read it",
            "Shorten “Title” by 100 characters. It may have up to 200",
        ]

    def test_a_colleague_who_was_first_is_not_overwritten_unseen(
        self, client_of, plan, amir, alice
    ):
        slow, page = client_of(amir), at("describe_document", plan)
        typed = form_on(slow.get(page)) | {"title": "Amir's title"}
        quick = client_of(alice)
        quick.post(page, form_on(quick.get(page)) | {"title": "Alice's title"})
        answer = slow.post(page, typed)
        assert answer.status_code == 409
        assert "It now says: “Alice's title”" in words(answer)
        assert form_on(answer)["title"] == "Amir's title"
        plan.refresh_from_db()
        assert plan.title == "Alice's title"
        slow.post(page, form_on(answer))
        plan.refresh_from_db()
        assert plan.title == "Amir's title"

    def test_saving_what_is_there_already_is_no_act(self, client_of, plan, amir):
        browser, page = client_of(amir), at("describe_document", plan)
        browser.post(page, form_on(browser.get(page)))
        assert not JournalEntry.objects.filter(act="describe document").exists()

    def test_after_sending_the_details_stand(self, client_of, plan, draft, amir, alice):
        browser, page = client_of(amir), at("describe_document", plan)
        typed = form_on(browser.get(page)) | {"title": "Late"}
        make.sent(draft, by=alice)
        answer = browser.post(page, typed, follow=True)
        assert messages_on(answer) == ["This proposal was sent, so its documents stay with it."]
        with pytest.raises(EditRefused):
            plan.describe(by=amir, seen=plan.details_token, **ABOUT, title="Late")
        plan.refresh_from_db()
        assert plan.title == "Our plan"


class TestReplace:
    NEWER = PDF + b"newer"

    def replace(self, browser, document: Document, content: bytes = NEWER):
        newer = file("Plan v2.pdf", content)
        return browser.post(at("replace_document", document), {"file": newer}, follow=True)

    def test_the_newer_takes_the_place_and_the_older_is_kept(
        self, client_of, plan, draft, amir, settings
    ):
        answer = self.replace(client_of(amir), plan)
        said = "“Our plan” takes the place of Plan.pdf, which is kept."
        assert messages_on(answer) == [said]
        newer = Document.objects.get(is_part=True)
        assert newer.replaces == plan
        assert newer.details == plan.details
        assert [row["id"] for row in Proposal.objects.get(pk=draft.pk).content()["documents"]] == [
            newer.pk
        ]
        assert len(stored_files(settings)) == 2
        assert "Replaces Plan.pdf of" in words(answer)
        entry = JournalEntry.objects.get(act="replace document")
        assert (entry.data["document"], entry.data["replaces"]) == (newer.pk, plan.pk)
        kept = client_of(amir).get(at("document", plan))
        assert b"".join(kept.streaming_content) == PDF

    def test_a_title_that_is_the_files_name_changes_with_the_file(self, client_of, draft, amir):
        plain = Document.objects.add(draft, file(), by=amir, **ABOUT)
        self.replace(client_of(amir), plain)
        assert Document.objects.get(is_part=True).title == "Plan v2.pdf"

    def test_the_older_of_a_draft_is_its_countys_alone(self, client_of, plan, draft, amir, carol):
        self.replace(client_of(amir), plan)
        make.sent(Proposal.objects.get(pk=draft.pk))
        newer = Document.objects.get(is_part=True)
        assert client_of(carol).get(at("document", newer)).status_code == 200
        assert client_of(carol).get(at("document", plan)).status_code == 404
        assert client_of(amir).get(at("document", plan)).status_code == 200
        listed = client_of(amir).get(reverse("proposal_documents", args=[draft.reference]))
        assert "Replaces Plan.pdf of" in words(listed)

    def test_what_was_sent_stays_readable_for_those_it_was_sent_to(
        self, client_of, plan, draft, alice, carol
    ):
        review = make.sent(draft, by=alice)
        review.recall(by=alice)
        self.replace(client_of(alice), plan)
        draft.refresh_from_db()
        make.sent(draft, by=alice)
        assert client_of(carol).get(at("document", plan)).status_code == 200

    def test_one_that_was_replaced_already_leads_to_the_list(self, client_of, plan, amir):
        browser = client_of(amir)
        self.replace(browser, plan)
        answer = self.replace(browser, plan, PDF + b"third")
        assert messages_on(answer) == ["“Our plan” was replaced by “Our plan” already."]
        assert Document.objects.filter(is_part=True).count() == 1

    def test_the_same_file_is_no_newer_one(self, client_of, plan, amir, settings):
        answer = self.replace(client_of(amir), plan, PDF)
        assert errors_on(answer) == [
            "This file is in the list already, as “Our plan”. Choose another."
        ]
        plan.refresh_from_db()
        assert plan.is_part
        assert len(stored_files(settings)) == 1

    @pytest.mark.parametrize("bad", BAD)
    def test_a_file_that_is_not_taken_replaces_nothing(self, client_of, plan, amir, settings, bad):
        name, content, _ = BAD[bad]
        answer = client_of(amir).post(at("replace_document", plan), {"file": file(name, content)})
        assert answer.status_code == 422
        assert len(errors_on(answer)) == 1
        plan.refresh_from_db()
        assert plan.is_part
        assert len(stored_files(settings)) == Document.objects.count() == 1

    def test_without_a_file_it_asks_for_one(self, client_of, plan, amir):
        answer = client_of(amir).post(at("replace_document", plan))
        assert errors_on(answer) == ["Choose the newer file"]

    def test_after_sending_nothing_is_replaced(self, client_of, plan, draft, amir, alice, settings):
        make.sent(draft, by=alice)
        answer = self.replace(client_of(amir), plan)
        assert messages_on(answer) == ["This proposal was sent, so its documents stay with it."]
        plan.refresh_from_db()
        with pytest.raises(EditRefused):
            Document.objects.replace(plan, file(content=self.NEWER), by=amir)
        assert len(stored_files(settings)) == 1

    def test_a_removed_one_is_not_replaced(self, plan, amir, settings):
        plan.remove(by=amir)
        with pytest.raises(DocumentRefused, match="replaced or removed meanwhile"):
            Document.objects.replace(plan, file(content=self.NEWER), by=amir)
        assert len(stored_files(settings)) == 1


def test_a_document_of_a_message_is_no_part_of_a_draft_taken_back(client_of, alice):
    review = make.sent(make.draft(by=alice), by=alice)
    beside = make.beside(review.proposal, file(), by=alice)
    review.recall(by=alice)
    for name in ("describe_document", "replace_document", "remove_document"):
        assert client_of(alice).post(at(name, beside)).status_code == 404
    beside.refresh_from_db()
    assert beside.removed_at is None


# Races: whoever comes first holds the draft.


def together(*acts) -> list:
    """What each act did, or how it was refused, when all begin at once."""
    gate, results = threading.Barrier(len(acts), timeout=180), []

    def run(act):
        gate.wait()
        try:
            results.append(act())
        except (DocumentRefused, EditRefused) as refusal:
            results.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_one_of_several_newer_files_takes_the_place(self, draft, plan, alice, amir, settings):
        def newer(number: int):
            older = Document.objects.select_related("proposal").get(pk=plan.pk)
            upload = file(f"v{number}.pdf", PDF + b"%d" % number)
            return lambda: Document.objects.replace(older, upload, by=amir)

        results = together(*(newer(number) for number in range(6)))
        assert sum(isinstance(one, Document) for one in results) == 1
        assert sum(isinstance(one, DocumentRefused) for one in results) == 5
        assert Document.objects.filter(is_part=True).count() == 1
        assert len(stored_files(settings)) == Document.objects.count() == 2

    def test_the_same_file_at_once_is_one_document(self, draft, alice, settings):
        def again():
            proposal = Proposal.objects.get(pk=draft.pk)
            return lambda: Document.objects.add(proposal, file(), by=alice, **ABOUT)

        results = together(*(again() for _ in range(6)))
        assert sum(isinstance(one, Document) for one in results) == 1
        assert len(stored_files(settings)) == Document.objects.count() == 1

    def test_removed_or_replaced_but_not_both(self, draft, plan, alice, amir):
        older = Document.objects.select_related("proposal").get(pk=plan.pk)
        together(
            lambda: older.remove(by=alice),
            lambda: Document.objects.replace(
                Document.objects.select_related("proposal").get(pk=plan.pk),
                file(content=TestReplace.NEWER),
                by=amir,
            ),
        )
        acts = JournalEntry.objects.filter(act__in=["remove document", "replace document"])
        assert acts.count() == 1
        replaced = acts.get().act == "replace document"
        assert Document.objects.filter(is_part=True).exists() is replaced

    def test_what_is_sent_holds_what_the_list_held(self, draft, plan, alice, amir, settings):
        """Nothing comes into, or goes out of, a proposal once it is sent."""
        proposal = Proposal.objects.get(pk=draft.pk)
        older = Document.objects.select_related("proposal").get(pk=plan.pk)
        results = together(
            lambda: make.sent(draft, by=alice),
            lambda: Document.objects.add(proposal, file("x.png", PNG), by=amir, **ABOUT),
            lambda: Document.objects.replace(older, file(content=TestReplace.NEWER), by=amir),
        )
        (review,) = [one for one in results if isinstance(one, Review)]
        signed = [row["id"] for row in review.proposal.copies.get().content["documents"]]
        parts = Document.objects.filter(is_part=True).values_list("pk", flat=True)
        assert sorted(signed) == sorted(parts)
        assert clock.now() >= review.proposal.sent_at
        assert len(stored_files(settings)) == Document.objects.count()
