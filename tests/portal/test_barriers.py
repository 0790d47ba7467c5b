"""Reports of barriers: open to everyone, taken in once, tracked to the answer."""

import re
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from portal import clock, notices
from portal.models import BarrierReport, JournalEntry, Notice, NoticeRecipient, OfficeClosure
from portal.models.barriers import AlreadyAnswered, answer_by
from tests import make
from tests.pages import errors_on, form_on, soup, words
from tests.reviews.test_races import at_once

pytestmark = pytest.mark.django_db

AT = "/accessibility/report/"
LIST = "/admin/portal/barrierreport/"
TYPED = {"wanted": "Add a document.", "obstacle": "The button can't be reached by keyboard."}
MONDAY = datetime(2027, 3, 1, 20, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def none_reported_yet():
    cache.clear()


def report(client: Client, **typed: str):
    return client.post(AT, form_on(client.get(AT)) | TYPED | typed)


class TestReporting:
    def test_a_stranger_gets_a_number_and_a_day(self, client, erin):
        with clock.travel(MONDAY):
            answer = report(client)
            page = client.get(answer.url)
        assert "BAR-2027-0001" in words(page)
        assert "by Monday, March 15, 2027" in words(page)
        one = BarrierReport.objects.get()
        assert (one.wanted, one.obstacle) == (TYPED["wanted"], TYPED["obstacle"])
        assert (one.reported_by, one.email, one.state) == (None, "", "new")

    def test_who_is_signed_in_is_kept_with_it_and_answered_at_their_address(self, client_of, alice):
        report(client_of(alice))
        one = BarrierReport.objects.get()
        assert (one.reported_by, one.email) == (alice, alice.email)
        assert JournalEntry.objects.latest("number").actor == alice

    def test_numbers_follow_each_other_and_begin_anew_each_year(self):
        with clock.travel(MONDAY):
            assert [make.barrier().reference for _ in range(2)] == [
                "BAR-2027-0001",
                "BAR-2027-0002",
            ]
        with clock.travel(datetime(2028, 1, 3, 20, 0, tzinfo=UTC)):
            assert make.barrier().reference == "BAR-2028-0001"

    def test_the_same_form_sent_again_is_the_same_report(self, client):
        form = form_on(client.get(AT)) | TYPED
        first, second = client.post(AT, form), client.post(AT, form)
        (one,) = BarrierReport.objects.all()
        assert one.reference in words(client.get(first.url))
        assert one.reference in words(client.get(second.url))
        assert Notice.objects.count() == 1

    @pytest.mark.parametrize("token", ["", "made up", "x" * 5000])
    def test_a_form_that_is_none_of_ours_is_not_taken(self, client, token):
        answer = report(client, token=token)
        assert answer.status_code == 422
        assert not BarrierReport.objects.exists()
        assert client.post(AT, form_on(answer)).status_code == 302

    def test_what_is_missing_is_named(self, client):
        answer = client.post(AT, form_on(client.get(AT)) | {"email": "nowhere"})
        assert answer.status_code == 422
        assert errors_on(answer) == [
            "Enter what you wanted to do, like “add a document”",
            "Enter what stood in your way, in a sentence or two",
            "Enter an email address, like name@county.example.gov",
        ]

    def test_the_page_is_filled_in_by_its_path_alone(self, client):
        come_from = {"Referer": "http://testserver/proposals/CIP-2027-0042/?q=secret"}
        assert form_on(client.get(AT, headers=come_from))["page"] == "/proposals/CIP-2027-0042/"
        assert form_on(client.get(f"{AT}?page=/help/"))["page"] == "/help/"
        assert form_on(client.get(f"{AT}?page=javascript:alert(1)"))["page"] == ""
        abroad = {"Referer": "https://elsewhere.example.com/a/"}
        assert form_on(client.get(AT, headers=abroad))["page"] == ""

    def test_the_accessibility_page_passes_on_where_one_came_from(self, client):
        page = client.get("/accessibility/", headers={"Referer": "http://testserver/help/"})
        (link,) = soup(page).select("main a.btn")
        assert link["href"] == f"{AT}?page=/help/"

    def test_the_page_after_it_can_not_be_guessed(self, client):
        report(client)
        assert client.get("/accessibility/reported/").status_code == 404
        assert client.get("/accessibility/reported/?report=BAR-2027-0001").status_code == 404


class TestCaseData:
    NUMBER = "I wanted to note 123-45-6789."

    @pytest.mark.parametrize("name", ["wanted", "obstacle", "page", "aids"])
    def test_it_is_not_stored(self, client, name):
        answer = report(client, **{name: self.NUMBER})
        assert answer.status_code == 422
        assert "looks like a Social Security number" in errors_on(answer)[0]
        assert "123-45-6789" in str(form_on(answer))
        assert not BarrierReport.objects.exists()

    def test_unless_its_writer_says_that_it_is_none_which_is_on_record(self, client):
        report(client, wanted=self.NUMBER, no_case_data="on")
        assert BarrierReport.objects.get().wanted == self.NUMBER
        entry = JournalEntry.objects.get(act="report barrier")
        assert entry.data == {"stated_no_case_data": ["wanted"]}


class TestLimit:
    def test_a_flood_from_one_address_is_stopped_in_plain_words_and_keeps_the_text(self, client):
        answers = [report(client) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [302] * 5 + [429]
        assert "Wait an hour" in errors_on(answers[-1])[0]
        assert form_on(answers[-1])["wanted"] == TYPED["wanted"]
        assert report(client, REMOTE_ADDR="").status_code == 429
        elsewhere = Client(REMOTE_ADDR="198.51.100.7")
        assert report(elsewhere).status_code == 302

    def test_mistakes_do_not_count(self, client):
        for _ in range(8):
            assert report(client, wanted="").status_code == 422
        assert report(client).status_code == 302


class TestTenWorkingDays:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2027, 3, 1), date(2027, 3, 15)),
            (date(2027, 3, 6), date(2027, 3, 19)),
            (date(2026, 12, 21), date(2027, 1, 6)),
        ],
    )
    def test_weekends_and_closed_days_do_not_count(self, day, expected):
        assert answer_by(day) == expected

    def test_a_day_declared_closed_counts_no_more(self):
        OfficeClosure.objects.create(date=date(2027, 3, 3), name="A day of mourning")
        assert answer_by(date(2027, 3, 1)) == date(2027, 3, 16)


class TestLetters:
    def test_every_administrator_is_told_and_nobody_else(self, client, alice, erin, carol):
        make.person("noor@cdss.example.gov", role="administrator")
        make.person("gone@cdss.example.gov", role="administrator", is_active=False)
        report(client, page="/help/")
        told = set(NoticeRecipient.objects.values_list("email", flat=True))
        assert told == {erin.email, "noor@cdss.example.gov"}
        text = Notice.objects.get().text
        assert TYPED["obstacle"] in text
        assert f"{LIST}{BarrierReport.objects.get().pk}/change/" in text

    def test_the_mailbox_is_told_while_there_is_no_administrator(self, client, settings):
        report(client)
        assert NoticeRecipient.objects.get().email == settings.INTAKE_EMAIL

    def test_what_a_stranger_typed_is_no_markup_in_it(self, client, erin):
        report(
            client, wanted="<script>alert(1)</script> & more", obstacle="http://evil.example.com/"
        )
        notice = Notice.objects.get()
        assert "<script>" not in notice.html
        assert re.findall('href="([^"]+)"', notice.html) == [
            f"http://127.0.0.1:8000{LIST}{BarrierReport.objects.get().pk}/change/"
        ]
        assert "<script>alert(1)</script> & more" in notice.text

    def test_the_answer_goes_to_the_address_that_was_given(self, erin):
        one = make.barrier(email="pat@example.org")
        one.give_answer("The button can be reached now.", by=erin)
        notice = Notice.objects.get(event=f"barrier answered:{one.reference}")
        assert "The button can be reached now." in notice.text
        assert [to.email for to in notice.recipients.all()] == ["pat@example.org"]

    def test_without_an_address_no_letter_leaves(self, erin):
        one = make.barrier()
        one.give_answer("The button can be reached now.", by=erin)
        assert Notice.objects.count() == 1


class TestAnswering:
    def test_it_is_looked_into_by_one_and_on_record(self, erin):
        one = make.barrier()
        one.look_into(by=erin)
        one.look_into(by=make.person("noor@cdss.example.gov", role="administrator"))
        assert (one.state, one.taken_by) == ("looking", erin)
        assert JournalEntry.objects.filter(act="look into barrier").count() == 1

    def test_it_is_answered_once(self, erin):
        one, same = (make.barrier(), BarrierReport.objects.get())
        one.give_answer("It is mended.", by=erin)
        with pytest.raises(AlreadyAnswered, match="Erin .* has answered BAR-"):
            same.give_answer("It is not.", by=erin)
        assert BarrierReport.objects.get().answer == "It is mended."
        entry = JournalEntry.objects.get(act="answer barrier")
        assert (entry.actor, entry.subject) == (erin, one.reference)

    def test_the_letter_and_the_answer_stand_or_fall_together(self, erin, monkeypatch):
        one = make.barrier(email="pat@example.org")

        def fail(*args: object, **kwargs: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(notices, "tell", fail)
        with pytest.raises(RuntimeError):
            one.give_answer("It is mended.", by=erin)
        assert BarrierReport.objects.get().state == "new"

    def test_the_database_keeps_state_and_answer_together(self, erin):
        one = make.barrier()
        for broken in ({"state": "answered"}, {"answer": "x"}, {"state": "odd"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                BarrierReport.objects.filter(pk=one.pk).update(**broken)


class TestAdministration:
    @pytest.fixture
    def admin(self, client_of, erin) -> Client:
        return client_of(erin)

    def save(self, admin: Client, one: BarrierReport, reply: str = ""):
        return admin.post(f"{LIST}{one.pk}/change/", {"reply": reply}, follow=True)

    def test_saved_without_an_answer_it_is_being_looked_at(self, admin, erin):
        one = make.barrier()
        self.save(admin, one)
        one.refresh_from_db()
        assert (one.state, one.taken_by) == ("looking", erin)

    def test_saved_with_one_it_is_answered_and_stays_so(self, admin, erin):
        one = make.barrier(email="pat@example.org")
        self.save(admin, one, "It is mended.")
        one.refresh_from_db()
        assert (one.state, one.answer, one.answered_by) == ("answered", "It is mended.", erin)
        page = admin.get(f"{LIST}{one.pk}/change/")
        assert b"It is mended." in page.content
        assert b'name="reply"' not in page.content

    def test_who_answers_second_reads_so_and_keeps_the_words(self, admin, erin):
        one = make.barrier()
        one.give_answer("It is mended.", by=erin)
        page = words(self.save(admin, one, "We never heard of it."))
        assert f"has answered {one.reference} already. Yours was not sent: We never heard" in page
        assert "was changed successfully" not in page
        self.save(admin, one)
        one.refresh_from_db()
        assert (one.state, one.answer) == ("answered", "It is mended.")

    def test_an_answer_with_case_data_is_not_sent(self, admin):
        one = make.barrier()
        page = self.save(admin, one, "The case 123-45-6789 is mended.")
        assert b"looks like a Social Security number" in page.content
        one.refresh_from_db()
        assert one.state == "new"

    def test_nothing_else_is_changed_there_and_nothing_deleted(self, admin):
        one = make.barrier()
        admin.post(f"{LIST}{one.pk}/change/", {"reply": "", "wanted": "x", "state": "answered"})
        one.refresh_from_db()
        assert (one.wanted, one.state) == ("Add a document.", "looking")
        assert admin.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == 403
        form = {"action": "delete_selected", "_selected_action": one.pk, "post": "yes"}
        admin.post(LIST, form)
        assert BarrierReport.objects.filter(pk=one.pk).exists()

    def test_the_list_is_filtered_by_state_and_by_what_is_overdue(self, admin, erin):
        with clock.travel(MONDAY):
            late = make.barrier(page="/late/")
            make.barrier(page="/settled/").give_answer("It is mended.", by=erin)
        with clock.travel(datetime(2027, 4, 1, 20, 0, tzinfo=UTC)):
            make.barrier(page="/fresh/")
            overdue = admin.get(f"{LIST}?overdue=yes").content.decode()
            answered = admin.get(f"{LIST}?state__exact=answered").content.decode()
        assert "/late/" in overdue
        assert "overdue" in overdue
        assert "/settled/" not in overdue
        assert "/fresh/" not in overdue
        assert "/settled/" in answered
        assert "/late/" not in answered
        assert late.reference == "BAR-2027-0001"

    def test_the_first_page_names_the_one_that_waits_longest(self, admin, client_of, erin):
        assert b"barrier report waits" not in admin.get("/admin/").content
        later = client_of(erin)
        with clock.travel(MONDAY):
            first = make.barrier()
            make.barrier()
        with clock.travel(datetime(2027, 4, 1, 20, 0, tzinfo=UTC)):
            page = later.get("/admin/").content.decode()
        assert first.reference in page
        assert "Overdue" in page
        first.give_answer("It is mended.", by=erin)
        assert first.reference not in admin.get("/admin/").content.decode()

    def test_its_history_is_in_the_journal(self, admin):
        one = make.barrier()
        answer = admin.get(f"{LIST}{one.pk}/history/", follow=True)
        assert urlsplit(answer.redirect_chain[-1][0]).path.endswith("/journalentry/")
        assert b"report barrier" in answer.content


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_twenty_reports_get_twenty_numbers(self, erin):
        outcomes = at_once((str(one), make.barrier) for one in range(20))
        assert [one.raised for one in outcomes] == [None] * 20
        assert {one.number for one in BarrierReport.objects.all()} == set(range(1, 21))
        assert Notice.objects.count() == 20

    def test_one_form_sent_twenty_times_is_one_report(self, erin):
        def send() -> str:
            return make.barrier(token="the same form").reference

        outcomes = at_once((str(one), send) for one in range(20))
        assert {one.result for one in outcomes} == {BarrierReport.objects.get().reference}
        assert JournalEntry.objects.filter(act="report barrier").count() == 1
        assert Notice.objects.count() == 1

    def test_two_answers_at_once_are_one(self, erin):
        one = make.barrier(email="pat@example.org")

        def answer() -> None:
            BarrierReport.objects.get(pk=one.pk).give_answer("It is mended.", by=erin)

        outcomes = at_once((str(number), answer) for number in range(10))
        assert [found.won for found in outcomes].count(True) == 1
        assert Notice.objects.filter(event__startswith="barrier answered").count() == 1
