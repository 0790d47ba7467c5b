"""What a hostile client tries, and that the portal stands it: each test is an attack once made."""

import io
import struct
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.urls import reverse

from portal import clock, tokens
from portal.models import FormToken, JournalEntry, Membership, Notice, User
from proposals.files import FileRefused, check
from proposals.models import Document, Proposal
from reviews.models import Message, Note, Review
from tests import make
from tests.pages import errors_on, form_on

pytestmark = pytest.mark.django_db

NUMBER = "His number is 123-45-6789."
HEADERS = (
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
)
WORD = "word/document.xml"
SIGNED = {**{f"agree_{number}": "agree" for number in range(1, 7)}, "name": "Bob", "title": "Chief"}


def url(name: str, case: Proposal | Review, *more: object) -> str:
    return reverse(name, args=[case.reference, *more])


def send(client: Client, address: str, **typed: object):
    """Send the form of a page with some answers put in the place of its own."""
    return client.post(address, form_on(client.get(address)) | typed)


class TestCaseDataIsRefusedFromEveryone:
    """No text with the shape of a Social Security number is stored, whoever writes it."""

    ITEM = {
        "item-0-what": "document:risk_assessment",
        "item-0-why": "To see the risks.",
        "item-0-by": f"{make.in_days(21):%B %-d, %Y}",
    }
    # Of a reviewer: the page, where the proposal stands, and the box with the number.
    BOXES = [
        ("notes", make.in_review, {"text": NUMBER}),
        ("review_messages", make.in_review, {"text": NUMBER}),
        ("checklist", make.in_review, {"complete-note": NUMBER}),
        ("request_documents", make.in_review, ITEM | {"words": NUMBER}),
        ("request_documents", make.in_review, ITEM | {"item-0-why": NUMBER}),
        ("recommend", make.in_review, {"outcome": "approved", "more_reasons": NUMBER}),
        (
            "recommend",
            make.in_review,
            {"outcome": "approved", "more_reasons": "Fine.", "letter": NUMBER},
        ),
        ("reminder", lambda: make.requested().review, {"how": NUMBER}),
        ("waive", lambda: make.requested().review, {"why": NUMBER}),
        ("send_back", lambda: make.drafted_decision().review, {"why": NUMBER}),
        ("reopen", lambda: make.decided().review, {"why": NUMBER}),
        ("correct_receipt", make.sent, {"on": "3/15/2026", "at": "3 pm", "why": NUMBER}),
    ]

    @pytest.mark.parametrize(("page", "standing", "typed"), BOXES)
    def test_at_cdss(self, page, standing, typed, dana, client_of):
        review = standing()
        before = Review.objects.get(pk=review.pk).version
        shown = url("review" if page == "checklist" else page, review)
        client = client_of(dana)
        start = form_on(client.get(shown))
        answer = client.post(url(page, review), start | typed)
        assert answer.status_code == 422
        assert any("Take out the number" in words for words in errors_on(answer))
        assert NUMBER in answer.content.decode()
        assert b'name="no_case_data"' in answer.content or b"-no_case_data" in answer.content
        assert Review.objects.get(pk=review.pk).version == before
        assert not Message.objects.exists()
        assert not Note.objects.exists()

    def test_about_an_item(self, carol, client_of):
        item = make.requested().items.first()
        page = url("request_item", item.request.review, item.pk)
        answer = send(client_of(carol), page, what="waived", why=NUMBER)
        assert answer.status_code == 422
        assert [words for words in errors_on(answer) if "Reason" in words] == errors_on(answer)

    @pytest.mark.parametrize("box", ["name", "title", "because_2"])
    def test_in_a_signature(self, box, bob, client_of):
        draft = make.draft(by=bob)
        typed = SIGNED | {"agree_2": "cannot", "because_2": "It connects."} | {box: NUMBER}
        answer = send(client_of(bob), url("send", draft), **typed)
        assert answer.status_code == 422
        assert not Review.objects.exists()

    def test_in_the_name_of_who_gets_letters(self, alice, client_of):
        page = url("correspondents", make.sent())
        answer = send(client_of(alice), page, program_name="Ann 123-45-6789")
        assert answer.status_code == 422

    def test_in_the_name_of_a_file(self, alice, client_of):
        page = url("section", make.draft(), "documents")
        file = make.a_file("case 123-45-6789.txt")
        answer = send(client_of(alice), page, file=file, kind="other", label="public", add="1")
        assert answer.status_code == 422
        assert not Document.objects.exists()

    def test_who_says_that_it_is_none_is_on_record(self, carol, client_of):
        review = make.in_review()
        page = url("notes", review)
        answer = send(client_of(carol), page, text=NUMBER, no_case_data="on")
        assert answer.status_code == 302
        (said,) = JournalEntry.objects.filter(act="say it is no case data")
        assert (said.actor, said.data) == (carol, {"fields": ["text"]})

    def test_so_is_who_says_it_of_a_row_beside_the_form(self, carol, client_of):
        page = url("request_documents", make.in_review())
        typed = self.ITEM | {"item-0-why": NUMBER, "item-0-no_case_data": "on"}
        assert send(client_of(carol), page, **typed).status_code == 302
        assert JournalEntry.objects.filter(act="say it is no case data").count() == 1

    def test_so_is_who_says_it_of_a_reason(self, dana, client_of):
        page = url("reopen", make.decided().review)
        assert send(client_of(dana), page, why=NUMBER, no_case_data="on").status_code == 302
        assert JournalEntry.objects.filter(act="say it is no case data").count() == 1


class TestNumbers:
    HUGE = "9" * 5000

    @pytest.mark.parametrize(
        "typed",
        [
            {"remove": f"item-{HUGE}"},
            {"remove": "item-²"},
            {"add": "item", "item-TOTAL_FORMS": HUGE},
            {"item-TOTAL_FORMS": HUGE},
            {"seen": HUGE},
            {"seen": "1e30"},
        ],
    )
    def test_one_of_five_thousand_digits_is_no_number(self, typed, carol, client_of):
        page = url("request_documents", make.in_review())
        assert send(client_of(carol), page, **typed).status_code in (200, 422)

    @pytest.mark.parametrize("number", ["9223372036854775808", "9" * 40, "9" * 4000])
    def test_one_that_no_column_holds_is_not_found(self, number, alice, carol, client_of):
        review = make.requested().review
        county, desk = client_of(alice), client_of(carol)
        for client, name in (
            (county, "document"),
            (county, "copy"),
            (county, "letter"),
            (county, "item"),
            (county, "confirm_condition"),
            (desk, "review_document"),
            (desk, "review_copy"),
            (desk, "review_letter"),
            (desk, "request_item"),
        ):
            address = url(name, review, 7).replace("/7/", f"/{number}/")
            assert client.get(address).status_code == 404, address
        assert desk.post(f"/reviews/letters/{number}/").status_code == 404

    def test_a_forged_form_of_the_administration_gets_few_rows(self, erin, alice, client_of):
        page = reverse("admin:portal_user_change", args=[alice.pk])
        answer = send(client_of(erin), page, **{"memberships-TOTAL_FORMS": "2000"})
        assert answer.content.count(b'-county"') < 200


class TestFiles:
    def test_a_container_of_half_a_million_entries_is_refused_unread(self):
        entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, *[0] * 8, 1, *[0] * 6)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as container:
            container.writestr("[Content_Types].xml", "<x/>")
            container.writestr("word/document.xml", "<x/>")
        whole = packed.getvalue()
        start, end = whole.find(b"PK\x01\x02"), whole.rfind(b"PK\x05\x06")
        many = whole[:end] + (entry + b"a") * 400_000
        tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(many) - start, start, 0)
        began = clock.now()
        with pytest.raises(FileRefused, match="unpacks to far more"):
            check("plan.docx", len(many), io.BytesIO(many + tail), len(many) + 100)
        assert clock.now() - began < timedelta(seconds=1)

    @pytest.mark.parametrize(
        ("part", "listed"),
        [
            ("word/harmless.bin", b"application/vnd.ms-office.vbaProject"),
            ("word/harmless.bin", "application/vnd.ms-word.document.macroEnabled".encode("utf-16")),
            ("word/embeddings/sheet.XLSM", b"<x/>"),
        ],
    )
    def test_macros_under_another_name_are_found(self, part, listed):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as container:
            for name, content in (("[Content_Types].xml", listed), (part, b""), (WORD, b"<x/>")):
                container.writestr(name, content)
        with pytest.raises(FileRefused, match="macros"):
            check("plan.docx", 1000, packed, 2000)

    def test_a_container_that_breaks_off_inside_is_refused(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as container:
            container.writestr("[Content_Types].xml", "<x/>" * 100)
            container.writestr(WORD, "<x/>")
        broken = bytearray(packed.getvalue())
        broken[55:65] = b"\xff" * 10
        with pytest.raises(FileRefused, match="something else"):
            check("plan.docx", len(broken), io.BytesIO(broken), 5000)

    @pytest.mark.parametrize("step", ["new_file", "receive_data_chunk"])
    def test_without_room_on_the_disk_the_page_says_so(self, step, alice, client_of, monkeypatch):
        def full(*args: object, **kwargs: object) -> None:
            raise OSError(28, "No space left on device")

        client, page = client_of(alice), url("section", make.draft(), "documents")
        typed = form_on(client.get(page)) | {"kind": "other", "label": "public", "add": "1"}
        with monkeypatch.context() as no_room:
            no_room.setattr(TemporaryFileUploadHandler, step, full)
            answer = client.post(page, typed | {"file": make.a_file()})
        assert answer.status_code == 507
        assert b"no room for files" in answer.content
        assert not Document.objects.exists()
        assert client.post(page, typed | {"file": make.a_file()}).status_code == 302

    @pytest.mark.parametrize("name", ["../../etc/passwd.txt", "..\\..\\plan.txt", "/abs/plan.txt"])
    def test_a_path_in_a_name_leads_nowhere(self, name, alice, settings, client_of):
        page = url("section", make.draft(), "documents")
        send(client_of(alice), page, file=make.a_file(name), kind="other", label="public", add="1")
        document = Document.objects.get()
        assert "/" not in document.file_name
        assert document.path.resolve().is_relative_to(settings.MEDIA_ROOT.resolve())

    def test_what_is_downloaded_is_never_shown_in_a_page(self, alice, client_of):
        page = url("section", make.draft(), "documents")
        script = make.a_file("p\"'<b>.txt", b"<script>alert(1)</script>")
        send(client_of(alice), page, file=script, kind="other", label="public", add="1")
        document = Document.objects.get()
        answer = client_of(alice).get(url("document", document.proposal, document.pk))
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Type"].startswith("text/plain")
        assert "default-src 'none'" in answer["Content-Security-Policy"]


class TestOthersThings:
    """References are no secrets: what hangs on another proposal isn't reached by one's own."""

    def test_ids_of_another_proposal_under_ones_own_reference(self, alice, bob, client_of):
        mine = make.requested(make.in_review(make.sent(make.draft(by=bob), by=bob))).review
        theirs = make.decided(make.responded(), conditions=[make.condition()]).review
        document = theirs.proposal.documents.first()
        client = client_of(bob)
        for name, number in (
            ("document", document.pk),
            ("remove_document", document.pk),
            ("describe_document", document.pk),
            ("replace_document", document.pk),
            ("confirm_condition", theirs.decisions.get().conditions.get().number),
            *(("letter", notice.pk) for notice in Notice.objects.filter(subject=theirs.reference)),
        ):
            for reference in (mine, theirs):
                address = url(name, reference, number)
                assert client.get(address).status_code == 404, address
                assert client.post(address, {"seen": 1}).status_code in (404, 405), address

    def test_letters_inside_cdss_are_none_of_the_county(self, alice, client_of):
        review = make.drafted_decision().review
        for notice in Notice.objects.filter(subject=review.reference):
            opened = client_of(alice).get(url("letter", review, notice.pk)).status_code == 200
            assert opened is notice.event.startswith("receipt:"), notice.event

    @pytest.mark.parametrize("gone", ["draft", "discarded", "recalled"])
    def test_what_cdss_does_not_have_is_not_there(self, gone, alice, carol, client_of):
        if gone == "recalled":
            review = make.sent()
            review.recall(by=alice)
            proposal = review.proposal
        else:
            proposal = make.draft()
        if gone == "discarded":
            proposal.discard(by=alice)
            assert client_of(alice).get(url("proposal", proposal)).status_code == 404
        client = client_of(carol)
        for name in ("proposal", "answers", "review", "notes", "notices", "history", "changes"):
            assert client.get(url(name, proposal)).status_code == 404, name
        for name in ("take", "put_back", "checklist", "mark_read"):
            assert client.post(url(name, proposal), {"seen": 0}).status_code == 404, name


class TestRights:
    def test_no_form_says_whose_a_proposal_is(self, alice, bob, client_of):
        page = reverse("new_proposal")
        butte = make.county("Butte")
        extra = {
            "county": butte.number,
            "status": "approved",
            "created_by": bob.pk,
            "sent_at": "2026-01-01",
            "arrived_by": "email",
            "reference": "CIP-2026-9999",
        }
        assert send(client_of(alice), page, **extra).status_code == 302
        made = Proposal.objects.get()
        assert (made.county.name, made.created_by, made.arrived_by) == ("Alameda", alice, "portal")
        assert made.is_draft

    def test_a_token_of_another_person_or_act_opens_nothing(self, alice, bob, client_of):
        page = reverse("new_proposal")
        for token in (tokens.issue(bob, "start a proposal"), tokens.issue(alice, "log"), "x", ""):
            assert send(client_of(alice), page, token=token).status_code == 422
        assert not Proposal.objects.exists()
        assert not FormToken.objects.exists()

    @pytest.mark.parametrize("lost", ["the right to sign, yesterday", "the county", "the account"])
    def test_lost_rights_are_lost_at_once(self, lost, alice, client_of):
        draft, client = make.draft(), client_of(alice)
        typed = form_on(client.get(url("send", draft))) | SIGNED
        membership = Membership.objects.filter(user=alice)
        if lost == "the county":
            membership.update(ended_at=clock.now())
        elif lost == "the account":
            User.objects.filter(pk=alice.pk).update(is_active=False)
        else:
            membership.update(may_sign_until=clock.today() - timedelta(days=1))
        answer = client.post(url("send", draft), typed)
        expected = {"the county": 404, "the account": 302}.get(lost, 403)
        assert answer.status_code == expected
        assert not Review.objects.exists()

    def test_who_prepares_does_not_send_whatever_the_form_says(self, amir, client_of):
        draft = make.draft()
        answer = send(client_of(amir), url("send", draft), **SIGNED, may_sign="on", by="alice")
        assert answer.status_code == 403
        assert not Review.objects.exists()

    def test_nobody_releases_what_they_drafted(self, dana, client_of):
        decision = make.drafted_decision(make.in_review(by=dana), by=dana)
        answer = send(client_of(dana), url("release", decision.review))
        assert answer.status_code == 409
        decision.refresh_from_db()
        assert decision.released_at is None

    @pytest.mark.parametrize("move", ["respond", "withdraw"])
    def test_the_countys_move_needs_its_own_words(self, move, carol, client_of):
        review = make.requested().review
        page = url("on_behalf", review, move)
        answer = send(client_of(carol), page, on="3/15/2026", at="3 pm")
        assert answer.status_code == 422
        review.refresh_from_db()
        assert review.status == "documents_requested"


class TestEveryAnswer:
    @pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
    @pytest.mark.parametrize("page", ["home", "proposals", "account_login", "admin:index"])
    def test_only_the_methods_of_links_and_forms_are_answered(self, method, page, erin, client_of):
        answer = getattr(client_of(erin), method)(reverse(page))
        assert answer.status_code == 405

    @pytest.mark.parametrize("host", ["testserver", "evil.example"])
    def test_the_way_to_https_and_the_refusal_of_a_host_bear_all_headers(self, host, settings):
        settings.SECURE_SSL_REDIRECT = True
        answer = Client().get("/help/", headers={"host": host})
        assert answer.status_code == (301 if host == "testserver" else 400)
        assert [name for name in HEADERS if name not in answer] == []
        assert "evil" not in answer.get("Location", "")

    @pytest.mark.parametrize(
        "page",
        ["account_login", "account_reset_password", "account_reset_password_done"],
    )
    def test_pages_about_an_account_are_kept_nowhere(self, page, client):
        assert client.get(reverse(page))["Cache-Control"] == "no-store"

    def test_what_the_server_itself_refuses_bears_them_too(self):
        import runpy
        import socket

        from gunicorn import util

        write = util.write_error
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                runpy.run_path("gunicorn.conf.py")
                util.write_error(ours, 400, "Bad Request", "<script>said back</script>")
            finally:
                util.write_error = write
            answer = theirs.recv(4096).decode()
        head, _, body = answer.partition("\r\n\r\n")
        assert head.startswith("HTTP/1.1 400 Bad Request\r\n")
        assert [name for name in HEADERS if f"\r\n{name}: " not in head] == []
        assert f"Content-Length: {len(body)}" in head
        assert "said back" not in answer
