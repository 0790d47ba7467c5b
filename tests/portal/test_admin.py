"""The administrator's pages: who gets in, what can be changed there, and that it is on record."""

import re
from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import journal
from portal.admin import people
from portal.admin.base import TWICE
from portal.demonstration import PASSWORD
from portal.models import (
    County,
    GoverningLetter,
    JournalEntry,
    Membership,
    Notice,
    OfficeClosure,
    User,
)
from reviews.models import Review
from tests import make
from tests.pages import change_calendar

pytestmark = pytest.mark.django_db

NEW = {
    "email": "Nora.Lind@Yolo.example.gov",
    "name": "Nora Lind",
    "title": "Program Manager",
    "phone": "530-555-0177",
    "role": "county",
    "is_active": "on",
}


@pytest.fixture
def admin(client_of, erin):
    return client_of(erin)


def rows(*memberships: dict, kept: int = 0) -> dict:
    """The memberships as the page posts them."""
    given = {"memberships-TOTAL_FORMS": len(memberships), "memberships-INITIAL_FORMS": kept}
    for place, membership in enumerate(memberships):
        given |= {f"memberships-{place}-{name}": value for name, value in membership.items()}
    return given


def row_of(person: User, **changes) -> dict:
    one = person.memberships.get()
    given = {
        "id": one.pk,
        "user": person.pk,
        "county": one.county_id,
        "may_sign_from": one.may_sign_from or "",
        "may_sign_until": one.may_sign_until or "",
    }
    return rows(given | changes, kept=1)


def person_page(person: User) -> str:
    return reverse("admin:portal_user_change", args=[person.pk])


def as_posted(person: User, **changes) -> dict:
    given = {
        "email": person.email,
        "name": person.name,
        "title": person.title,
        "phone": person.phone,
        "role": person.role,
        "is_active": "on",
        **rows(),
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def opened_of(page) -> str:
    """What the page carries of how it was opened."""
    found = BeautifulSoup(page.content, "html.parser").select_one("input[name=opened]")
    return found["value"]


def last_entry() -> JournalEntry:
    return JournalEntry.objects.latest("number")


def acts() -> list[str]:
    return list(JournalEntry.objects.order_by("number").values_list("act", flat=True))


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


class TestWhoGetsIn:
    @pytest.mark.parametrize("name", ["alice", "amir", "bob", "carol", "dana", "frank"])
    def test_only_an_administrator_does(self, client_of, name):
        client = client_of(make.known(name))
        for page in ("/admin/", "/admin/portal/user/", "/admin/portal/journalentry/"):
            assert client.get(page, follow=True).status_code == 403
            assert client.post(page, follow=True).status_code == 403

    def test_a_stranger_is_led_to_the_portal_s_own_sign_in(self, client):
        for page in ("/admin/", "/admin/portal/user/1/password-link/"):
            response = client.get(page, follow=True)
            assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")

    def test_an_administrator_who_is_signed_in_already_is_led_on(self, admin):
        response = admin.get("/admin/login/?next=/admin/portal/user/", follow=True)
        assert response.redirect_chain[-1] == ("/admin/portal/user/", 302)
        assert response.status_code == 200

    def test_an_administrator_who_was_made_inactive_is_out_at_once(self, admin, erin):
        assert admin.get("/admin/").status_code == 200
        User.objects.filter(pk=erin.pk).update(is_active=False)
        assert admin.get("/admin/").status_code == 302

    def test_nothing_but_our_own_tables_stands_there(self, admin):
        page = admin.get("/admin/").content.decode()
        found = set(re.findall(r'href="/admin/(\w+/\w+)/"', page))
        assert found == {
            "portal/user",
            "portal/barrierreport",
            "portal/county",
            "portal/officeclosure",
            "portal/governingletter",
            "portal/journalentry",
            "portal/notice",
            "portal/noticerecipient",
            "proposals/proposal",
            "reviews/lettertemplate",
            "reviews/review",
        }
        assert "Recent actions" not in page

    def test_an_administrator_makes_no_move(self, admin):
        review = make.in_review()
        for move in ("take", "put-back", "release", "recommend", "request", "notes"):
            assert admin.post(f"/reviews/{review.reference}/{move}/").status_code in (404, 405)
        assert Review.objects.get().version == review.version


class TestNothingIsDeleted:
    def test_no_page_of_any_table_deletes(self, admin, alice):
        make.decided()
        letter = GoverningLetter.objects.current()
        kept = {
            "portal_user": alice.pk,
            "portal_county": "01",
            "portal_officeclosure": OfficeClosure.objects.first().pk,
            "portal_governingletter": letter.pk,
            "portal_journalentry": JournalEntry.objects.first().pk,
            "portal_notice": Notice.objects.first().pk,
            "proposals_proposal": Review.objects.get().proposal_id,
            "reviews_review": Review.objects.get().pk,
        }
        for name, pk in kept.items():
            page = reverse(f"admin:{name}_delete", args=[pk])
            assert admin.get(page).status_code == 403
            assert admin.post(page, {"post": "yes"}).status_code == 403
            whole = reverse(f"admin:{name}_changelist")
            given = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
            assert "Delete" not in admin.post(whole, given, follow=True).content.decode()
        assert Review.objects.get()
        assert User.objects.filter(pk=alice.pk).exists()

    def test_nor_does_a_row_beneath_a_page(self, admin, alice):
        given = as_posted(alice) | row_of(alice) | {"memberships-0-DELETE": "on"}
        admin.post(person_page(alice), given)
        assert alice.memberships.count() == 1


class TestPeople:
    def test_a_new_person_gets_a_link_and_sets_the_password_alone(self, admin, erin, client):
        given = NEW | {"send_link": "on"} | rows({"county": "57", "may_sign_from": "2026-01-05"})
        response = admin.post("/admin/portal/user/add/", given, follow=True)
        nora = User.objects.get(email="nora.lind@yolo.example.gov")
        assert "A link to set a password is on its way to nora.lind@yolo.example.gov." in said(
            response
        )
        assert not nora.has_usable_password()
        assert acts() == [
            "add person",
            "add membership",
            "ask for new password",
            "send password link",
        ]
        assert {entry.actor for entry in JournalEntry.objects.exclude(actor=None)} == {erin}
        letter = Notice.objects.get()
        assert letter.secret
        assert [one.email for one in letter.recipients.all()] == ["nora.lind@yolo.example.gov"]
        link = re.search(r"/accounts/password/reset/key/\S+", letter.text)[0]
        key_page = client.get(link, follow=True)
        words = "five words in a row"
        client.post(key_page.redirect_chain[-1][0], {"password1": words, "password2": words})
        nora.refresh_from_db()
        assert nora.check_password(words)
        assert nora.may_sign_for(make.county("Yolo"), date(2026, 1, 5))
        assert nora.memberships.get().may_sign_granted_by == erin

    def test_without_the_tick_no_letter_leaves(self, admin):
        admin.post("/admin/portal/user/add/", NEW | rows())
        assert User.objects.filter(name="Nora Lind").exists()
        assert not Notice.objects.exists()

    def test_an_address_is_taken_once_in_capitals_or_not(self, admin, alice):
        given = NEW | {"email": alice.email.upper()} | rows()
        response = admin.post("/admin/portal/user/add/", given)
        assert "already exists" in response.content.decode()

    def test_of_a_new_person_saved_twice_at_once_the_second_is_told(self, admin, monkeypatch):
        """Neither is there when the other looks: the database alone knows."""
        add = "/admin/portal/user/add/"
        assert admin.post(add, NEW | rows()).status_code == 302
        monkeypatch.setattr(people.PersonForm, "validate_unique", lambda form: None)
        answer = admin.post(add, NEW | rows(), follow=True)
        assert answer.redirect_chain == [("/admin/portal/user/", 302)]
        assert said(answer).endswith(TWICE)
        assert User.objects.filter(email=NEW["email"].lower()).count() == 1
        assert acts().count("add person") == 1

    def test_what_changed_is_on_record_with_what_it_was(self, admin, erin, alice):
        given = as_posted(alice, title="Deputy Director", role="county") | row_of(alice)
        admin.post(person_page(alice), given)
        entry = last_entry()
        assert (entry.act, entry.actor, entry.subject_kind, entry.subject) == (
            "change person",
            erin,
            "person",
            alice.email,
        )
        assert entry.data == {
            "before": {"title": "IHSS Program Manager"},
            "after": {"title": "Deputy Director"},
        }

    def test_saved_unchanged_it_leaves_no_entry(self, admin, alice):
        assert admin.post(person_page(alice), as_posted(alice) | row_of(alice)).status_code == 302
        assert acts() == []

    def test_no_entry_and_no_page_shows_a_password(self, admin, alice):
        admin.post(person_page(alice), as_posted(alice, name="Alice N.") | row_of(alice))
        assert alice.password not in str(last_entry().data)
        page = admin.get(person_page(alice)).content.decode()
        assert alice.password not in page
        assert 'type="password"' not in page

    def test_what_the_form_does_not_ask_is_not_taken(self, admin, erin, alice, bob):
        given = as_posted(alice) | row_of(alice, may_sign_granted_by=bob.pk, since="2000-01-01")
        given |= {
            "password": "x",
            "session_salt": "x",
            "is_superuser": "on",
            "is_staff": "on",
            "joined_at": "2000-01-01",
            "send_link": "on",
            "memberships-0-county": "04",
            "memberships-0-ended_at": "2000-01-01",
        }
        before = User.objects.filter(pk=alice.pk).values().get()
        member = Membership.objects.filter(user=alice).values().get()
        admin.post(person_page(alice), given)
        assert User.objects.filter(pk=alice.pk).values().get() == before
        assert Membership.objects.filter(user=alice).values().get() == member
        assert not Notice.objects.exists()

    def test_a_reviewer_who_leaves_leaves_names_of_what_they_hold(self, admin, carol):
        reviews = [make.in_review(), make.requested().review]
        make.decided()
        assert reviews[0].reference in admin.get(person_page(carol)).content.decode()
        given = as_posted(carol, is_active=None)
        response = admin.post(person_page(carol), given, follow=True)
        carol.refresh_from_db()
        assert not carol.is_active
        words = said(response)
        assert "Carol Whitfield still holds 2 open" in words
        assert all(review.reference in words for review in reviews)

    def test_of_very_many_that_someone_holds_the_first_are_named(self, admin, carol, monkeypatch):
        monkeypatch.setattr(people, "LISTED", 2)
        held = [make.in_review().reference for _ in range(3)]
        page = admin.get(person_page(carol)).content.decode()
        assert [one in page for one in held] == [True, True, False]
        assert ", and 1 more" in page

    def test_who_is_made_inactive_is_signed_out(self, admin, client_of, carol):
        client = client_of(carol)
        assert client.get("/reviews/").status_code == 200
        admin.post(person_page(carol), as_posted(carol, is_active=None))
        assert client.get("/reviews/").status_code == 302

    @pytest.mark.parametrize("change", [{"is_active": None}, {"role": "reviewer"}])
    def test_nobody_takes_their_own_access_away(self, admin, erin, change):
        response = admin.post(person_page(erin), as_posted(erin, **change))
        assert "nobody takes their own access away" in response.content.decode()
        erin.refresh_from_db()
        assert erin.is_staff

    def test_the_right_to_sign_ends_and_is_given_by_name(self, admin, erin, alice):
        alameda = make.county("Alameda")
        admin.post(
            person_page(alice), as_posted(alice) | row_of(alice, may_sign_until="2026-03-31")
        )
        alice.refresh_from_db()
        assert alice.may_sign_for(alameda, date(2026, 3, 31))
        assert not alice.may_sign_for(alameda, date(2026, 4, 1))
        assert alice.memberships.get().may_sign_granted_by == erin
        entry = last_entry()
        assert entry.act == "change membership"
        assert entry.data["of"] == "Alameda"
        assert entry.data["before"]["may_sign_until"] is None
        assert entry.data["after"]["may_sign_until"] == "2026-03-31"

    def test_the_first_day_of_signing_is_not_after_the_last(self, admin, alice):
        given = row_of(alice, may_sign_from="2026-04-01", may_sign_until="2026-03-31")
        response = admin.post(person_page(alice), as_posted(alice) | given)
        assert "first day of signing" in response.content.decode()

    def test_a_membership_that_ended_opens_no_page_of_the_county(self, admin, client_of, alice):
        client = client_of(alice)
        reference = make.draft(by=alice).reference
        assert client.get(f"/proposals/{reference}/").status_code == 200
        admin.post(person_page(alice), as_posted(alice) | row_of(alice, ended="on"))
        assert alice.memberships.get().ended_at
        assert client.get(f"/proposals/{reference}/").status_code == 404
        admin.post(person_page(alice), as_posted(alice) | row_of(alice))
        assert alice.memberships.get().ended_at is None

    def test_an_older_page_does_not_let_in_again_who_was_shut_out_meanwhile(self, admin, alice):
        opened = opened_of(admin.get(person_page(alice)))
        away = as_posted(alice, is_active=None) | row_of(alice, ended="on")
        admin.post(person_page(alice), away)
        older = as_posted(alice, phone="510-555-0199", opened=opened) | row_of(alice)
        answer = admin.post(person_page(alice), older)
        words = " ".join(answer.content.decode().split())
        assert "This was changed since you opened the page" in words
        assert "On record now: May sign in: no; Alameda County: no longer works there." in words
        alice.refresh_from_db()
        assert (alice.is_active, alice.phone) == (False, "")
        assert alice.memberships.get().ended_at
        # Whoever has read that may save what they typed.
        again = older | {"opened": opened_of(answer)}
        assert admin.post(person_page(alice), again).status_code == 302
        alice.refresh_from_db()
        assert (alice.is_active, alice.phone) == (True, "510-555-0199")

    @pytest.mark.parametrize("change", [{"name": "Alice N."}, {"role": "county"}])
    def test_a_page_that_is_as_it_was_is_saved(self, admin, alice, change):
        page = admin.get(person_page(alice))
        given = as_posted(alice, opened=opened_of(page), **change) | row_of(alice)
        assert admin.post(person_page(alice), given).status_code == 302

    @pytest.mark.parametrize("odd", ["x", "é:ü", "[" * 9000, "eyJhIjoxfQ:1:x"])
    def test_what_a_page_never_carried_saves_nothing(self, admin, alice, odd):
        given = as_posted(alice, name="Odd", opened=odd) | row_of(alice)
        answer = admin.post(person_page(alice), given)
        assert "Open this page again, and change it there." in answer.content.decode()
        assert not User.objects.filter(name="Odd").exists()

    def test_only_county_staff_belong_to_a_county(self, admin, carol):
        given = as_posted(carol) | rows({"county": "04"})
        response = admin.post(person_page(carol), given)
        assert "Only county staff belong to a county." in response.content.decode()
        assert not carol.memberships.exists()

    def test_a_link_is_sent_again_after_asking_once_more(self, admin, erin, alice):
        page = reverse("admin:portal_user_password_link", args=[alice.pk])
        assert "Send a link to set a password to Alice Nakamura" in admin.get(page).content.decode()
        assert not Notice.objects.exists()
        assert admin.post(page).status_code == 302
        assert Notice.objects.get().secret
        assert last_entry().act == "send password link"
        alice.refresh_from_db()
        assert alice.check_password(PASSWORD)

    def test_but_not_to_someone_who_may_not_sign_in(self, admin, alice):
        alice.is_active = False
        alice.save()
        page = reverse("admin:portal_user_password_link", args=[alice.pk])
        response = admin.post(page, follow=True)
        assert "no link was sent" in said(response)
        assert not Notice.objects.exists()


class TestCountiesAndCalendar:
    def test_a_county_s_department_is_renamed_on_record_and_its_number_stays(self, admin):
        page = reverse("admin:portal_county_change", args=["04"])
        butte = make.county("Butte")
        names = ("name", "official_name", "seat", "population", "welfare_department")
        given = {name: getattr(butte, name) for name in names}
        given |= {"ihss_department": "Adult Services Division", "number": "99", "fips": "06999"}
        admin.post(page, given)
        butte.refresh_from_db()
        assert (butte.number, butte.fips) == ("04", "06007")
        assert butte.ihss_department == "Adult Services Division"
        assert last_entry().data["after"] == {"ihss_department": "Adult Services Division"}
        assert (last_entry().subject_kind, last_entry().subject) == ("county", "04")

    def test_an_older_page_of_a_county_or_a_closed_day_undoes_nothing(self, admin):
        county, closure = County.objects.get(name="Butte"), OfficeClosure.objects.first()
        for row, name, kept in (
            (county, "seat", "Chico"),
            (closure, "name", "Day of rest"),
        ):
            page = reverse(f"admin:portal_{row._meta.model_name}_change", args=[row.pk])
            older = admin.get(page)
            form = BeautifulSoup(older.content, "html.parser").select_one("#content-main form")
            given = {one["name"]: one.get("value", "on") for one in form.select("input[name]")}
            type(row).objects.filter(pk=row.pk).update(**{name: kept})
            answer = admin.post(page, given)
            assert f"{name.title()}: {kept}" in answer.content.decode().replace(
                "County seat", "Seat"
            )
            row.refresh_from_db()
            assert getattr(row, name) == kept

    def test_no_county_is_added(self, admin):
        assert admin.get("/admin/portal/county/add/").status_code == 403
        assert County.objects.count() == 58

    def test_a_closed_day_is_declared_and_taken_out_of_force(self, admin):
        change_calendar(admin, "add/", date="2027-07-06", name="Day of mourning", in_force="on")
        day = date(2027, 7, 6)
        assert OfficeClosure.objects.closed()[day] == "Day of mourning"
        assert (last_entry().act, last_entry().subject) == ("add closure", "2027-07-06")
        closure = OfficeClosure.objects.get(date=day)
        change_calendar(admin, f"{closure.pk}/change/", date="2027-07-06", name=closure.name)
        assert day not in OfficeClosure.objects.closed()
        assert last_entry().data == {"before": {"in_force": True}, "after": {"in_force": False}}

    def test_a_due_date_moves_only_by_an_act_of_its_own_on_record(self, admin):
        review = make.sent()
        due = review.due
        change_calendar(admin, "add/", date=due.isoformat(), name="Mourning", in_force="on")
        page = reverse("admin:reviews_review_move_date", args=[review.pk])
        assert "The county was told the first" in admin.get(page).content.decode()
        assert Review.objects.get().due == due
        admin.post(page)
        moved = Review.objects.get()
        assert moved.due > due
        assert moved.rounds.get().due == moved.due
        assert last_entry().act == "follow calendar"
        assert last_entry().data["before"] == due.isoformat()
        assert "or none runs" in said(admin.post(page, follow=True))


class TestTheLetter:
    def texts(self, admin) -> dict:
        """The form of a new version, as the page prefills it."""
        form = admin.get("/admin/portal/governingletter/add/").context["adminform"].form
        return {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}

    def test_a_new_version_begins_as_a_copy_and_gets_the_next_number(self, admin, erin):
        given = self.texts(admin)
        old = GoverningLetter.objects.current()
        assert given["responsibility_1"] == old.responsibilities[0]
        given |= {"number": "27-01", "version": 1, "published_at": "2020-01-01"}
        admin.post("/admin/portal/governingletter/add/", given)
        new = GoverningLetter.objects.get(version=old.version + 1)
        assert new.number == "27-01"
        assert new.responsibilities == old.responsibilities
        assert new.sentences == old.sentences
        assert new.published_at is None
        assert GoverningLetter.objects.current() == old
        assert (last_entry().act, last_entry().subject) == ("add letter", "2")

    def test_it_needs_all_six_responsibilities(self, admin):
        given = self.texts(admin) | {"responsibility_6": " "}
        response = admin.post("/admin/portal/governingletter/add/", given)
        assert response.context["adminform"].form.errors.keys() == {"responsibility_6"}
        assert GoverningLetter.objects.count() == 1

    def test_published_after_asking_it_is_in_force_and_on_record(self, admin, erin):
        admin.post("/admin/portal/governingletter/add/", self.texts(admin) | {"status": "Final"})
        new = GoverningLetter.objects.get(version=2)
        page = reverse("admin:portal_governingletter_publish", args=[new.pk])
        assert "Publish version 2?" in admin.get(page).content.decode()
        assert GoverningLetter.objects.current().version == 1
        admin.post(page)
        assert GoverningLetter.objects.current() == new
        new.refresh_from_db()
        assert new.published_by == erin
        assert (last_entry().act, last_entry().subject) == ("publish letter", "2")
        response = admin.post(page, follow=True)
        assert "never changed" in said(response)

    def test_a_published_one_is_never_changed(self, admin):
        given = self.texts(admin) | {"title": "Another letter"}
        letter = GoverningLetter.objects.current()
        page = reverse("admin:portal_governingletter_change", args=[letter.pk])
        assert admin.post(page, given).status_code == 403
        letter.refresh_from_db()
        assert letter.title != "Another letter"
        shown = admin.get(page).content.decode()
        assert "<textarea" not in shown
        assert "inspect systems, ancillary tools" in shown

    def test_one_not_yet_published_may_be_mended(self, admin):
        given = self.texts(admin)
        admin.post("/admin/portal/governingletter/add/", given)
        new = GoverningLetter.objects.get(version=2)
        page = reverse("admin:portal_governingletter_change", args=[new.pk])
        admin.post(page, given | {"responsibility_2": "Counties shall ask first."})
        new.refresh_from_db()
        assert new.responsibilities[1] == "Counties shall ask first."
        assert last_entry().data["after"]["responsibilities"] == new.responsibilities


class TestTheRecord:
    def test_cases_are_read_and_drafts_are_not_there(self, admin):
        review = make.decided().review
        draft = make.draft()
        page = admin.get("/admin/proposals/proposal/").content.decode()
        assert review.reference in page
        assert draft.reference not in page
        for name, pk in (("proposals_proposal", draft.pk), ("proposals_proposal", review.pk + 99)):
            response = admin.get(reverse(f"admin:{name}_change", args=[pk]))
            assert response.status_code == 302
        shown = admin.get(
            reverse("admin:proposals_proposal_change", args=[review.proposal_id])
        ).content.decode()
        assert "Shows supervisors how many cases each worker has." in shown
        assert "<textarea" not in shown

    @pytest.mark.parametrize(
        "name",
        [
            "portal_journalentry",
            "portal_notice",
            "portal_noticerecipient",
            "proposals_proposal",
            "reviews_review",
        ],
    )
    def test_what_is_only_read_takes_no_change_and_no_new_row(self, admin, name):
        make.decided()
        pages = admin.get(reverse(f"admin:{name}_changelist"))
        row = pages.context["cl"].result_list[0]
        change = reverse(f"admin:{name}_change", args=[row.pk])
        assert admin.get(change).status_code == 200
        assert admin.post(change, {"status": "approved", "act": "x"}).status_code == 403
        assert admin.get(reverse(f"admin:{name}_add")).status_code == 403
        assert admin.post(reverse(f"admin:{name}_add")).status_code == 403

    def test_the_text_of_a_letter_with_a_way_in_is_nowhere(self, admin, alice, client):
        client.post("/accounts/password/reset/", {"email": alice.email})
        notice = Notice.objects.get()
        link = re.search(r"/accounts/password/reset/key/(\S+)", notice.text)[1]
        recipient = notice.recipients.get()
        for name, pk in (("notice", notice.pk), ("noticerecipient", recipient.pk)):
            page = admin.get(reverse(f"admin:portal_{name}_change", args=[pk])).content.decode()
            assert link not in page
        found = admin.get("/admin/portal/notice/", {"q": link[:20]}).content.decode()
        assert notice.heading not in found

    def test_the_journal_is_not_counted_to_be_paged(self, admin, django_assert_max_num_queries):
        make.decided()
        with django_assert_max_num_queries(8) as seen:
            response = admin.get("/admin/portal/journalentry/")
        assert response.context["cl"].result_count == journal.head()[0]
        assert not [query for query in seen.captured_queries if "COUNT" in query["sql"]]

    def test_history_leads_to_what_the_journal_has_of_it(self, admin, alice):
        admin.post(person_page(alice), as_posted(alice, name="Alice N.") | row_of(alice))
        admin.post(person_page(alice), as_posted(alice) | row_of(alice))
        page = reverse("admin:portal_user_history", args=[alice.pk])
        response = admin.get(page, follow=True)
        assert response.context["cl"].result_count == 2
        assert (
            reverse("admin:portal_user_history", args=[alice.pk])
            in admin.get(person_page(alice)).content.decode()
        )

    def test_lists_cost_the_same_with_many_rows(self, admin):
        lists = ("user", "county", "officeclosure", "notice", "noticerecipient", "journalentry")
        pages = [f"/admin/portal/{name}/" for name in lists]
        pages += ["/admin/proposals/proposal/", "/admin/reviews/review/"]
        costs = {page: [] for page in pages}
        for again in (1, 2):
            for _ in range(3):
                make.decided()
            for place, county in enumerate(County.objects.all()[:5]):
                make.person(f"person{place}.{again}@example.gov", of=county)
            for page in pages:
                with CaptureQueriesContext(connection) as seen:
                    assert admin.get(page).status_code == 200
                costs[page].append(len(seen))
        assert {page: cost for page, cost in costs.items() if cost[1] > cost[0]} == {}

    def test_search_finds_by_what_people_know(self, admin, alice):
        review = make.decided().review
        for name, words in (
            ("portal/user", "alice@"),
            ("portal/county", "Oroville"),
            ("portal/officeclosure", "2027-11-25"),
            ("proposals/proposal", "Compass"),
            ("reviews/review", "Alameda"),
            ("portal/journalentry", review.reference),
            ("portal/notice", review.reference),
            ("portal/noticerecipient", "alice@"),
        ):
            response = admin.get(f"/admin/{name}/", {"q": words})
            assert response.context["cl"].result_count > 0, name


class TestThePage:
    def test_it_keeps_the_strict_content_policy(self, admin, alice):
        for page in ("/admin/", "/admin/portal/user/", person_page(alice)):
            response = admin.get(page)
            assert "unsafe" not in response.headers["Content-Security-Policy"]
            source = response.content.decode()
            assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", source)
            assert not re.search(r"\sstyle=|\son[a-z]+=", source)
