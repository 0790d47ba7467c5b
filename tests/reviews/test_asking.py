"""A colleague is asked to sign a draft, and sends it or returns it with a comment."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.models import JournalEntry, Membership, Notice, User
from proposals.models import Proposal, SectionState
from reviews.colleagues import colleagues_of, may_sign
from reviews.models import Asking, Review
from reviews.moves import MoveRefused
from tests import make
from tests.pages import form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(alice: User, amir: User) -> Proposal:
    """A draft of Amir's that may be signed as it is."""
    return make.draft(by=amir)


@pytest.fixture
def ann() -> User:
    """A second person who may sign for Alameda."""
    return make.person(
        "ann@alameda.example.gov", name="Ann Ito", of=make.county("Alameda"), may_sign=True
    )


def url(name: str, draft: Proposal) -> str:
    return f"/proposals/{draft.reference}/{name}/"


def ask(client: Client, draft: Proposal, signer: User, **changes: Any) -> Any:
    """Ask on the page, as a browser does."""
    page = url("ask-to-sign", draft)
    return client.post(page, form_on(client.get(page)) | {"signer": str(signer.pk)} | changes)


def asked(draft: Proposal, amir: User, alice: User, **more: Any) -> Asking:
    return Asking.objects.ask(draft, by=amir, signer=alice, **more)


def returned(draft: Proposal, amir: User, alice: User) -> Asking:
    asking = asked(draft, amir, alice)
    asking.give_back("Name the vendor's subcontractors.", by=alice)
    return asking


def rows(client: Client) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in soup(client.get("/")).select("li.row")]


# Asking


def test_a_preparer_asks_a_signer_and_everyone_sees_it(client_of, alice, amir, draft):
    client = client_of(amir)
    answer = ask(client, draft, alice, note="By Friday, please.")
    assert answer["Location"] == f"/proposals/{draft.reference}/"
    page = client.get(answer["Location"])
    assert messages_on(page) == ["Alice Nakamura is asked to sign, and gets an email."]
    assert "Waiting for Alice Nakamura to sign" in words(page)
    assert "By Friday, please." in words(page)
    assert "Amir Haddad asked today at" in words(page)
    (row,) = rows(client)
    assert "Waiting for Alice Nakamura to sign since today at" in row
    entry = JournalEntry.objects.get(act="ask to sign")
    assert (entry.actor, entry.data["signer"]) == (amir, "Alice Nakamura")
    assert "Friday" not in str(entry.data)


def test_the_signer_finds_it_first_on_the_start_page(client_of, alice, amir, draft):
    make.draft(by=alice, tool_name="A newer one")
    asked(draft, amir, alice)
    first, second = rows(client_of(alice))
    assert "Amir Haddad asks you to sign it and send it." in first
    assert "A newer one" in second
    page = soup(client_of(alice).get("/"))
    assert [one.get_text() for one in page.select("main a.btn:not(.second)")] == [
        f"Read and sign Caseload Compass, {draft.reference}"
    ]
    assert page.select_one("main a.btn:not(.second)")["href"] == url("send", draft)


def test_a_request_of_cdss_keeps_the_one_filled_button(client_of, alice, amir, draft):
    make.requested()
    asked(draft, amir, alice)
    page = soup(client_of(alice).get("/"))
    assert len(page.select("main a.btn:not(.second)")) == 1


def test_the_signer_reads_the_note_and_signs_on_check_and_send(client_of, alice, amir, draft):
    asked(draft, amir, alice, note="The date is fixed.")
    answer = client_of(alice).get(url("send", draft))
    assert "Amir Haddad asks you to sign" in words(answer)
    assert "The date is fixed." in words(answer)
    assert soup(answer).find("a", href=url("return", draft))
    assert "It changed since" not in words(answer)


def test_a_draft_that_changed_after_asking_says_where_and_by_whom(client_of, alice, amir, draft):
    asked(draft, amir, alice)
    seen = draft.states.get(section="users").version
    values = {name: make.full_answers()[name] for name in ("users", "implementation_date")}
    with clock.travel(clock.now() + timedelta(minutes=1)):
        draft.save_section("users", values | {"users": "Fifty."}, by=amir, seen=seen)
        text = words(client_of(alice).get(url("send", draft)))
        (row,) = rows(client_of(alice))
    assert "It changed since you were asked : Who will use it, and when, by Amir Haddad" in text
    assert "It changed since then." in row


def test_the_sections_that_changed_are_named_in_the_order_of_the_task_list(
    client_of, alice, amir, draft
):
    asked(draft, amir, alice)
    with clock.travel(clock.now() + timedelta(minutes=1)):
        make.fill(draft, by=amir, users="Fifty.", tool_name="Compass")
        # Which was written last is not what orders them.
        SectionState.objects.filter(proposal=draft, section="tool").update(version=9)
        text = words(client_of(alice).get(url("send", draft)))
    named = text.partition("It changed since you were asked")[2]
    assert -1 < named.index("Tool") < named.index("Who will use it")


def test_a_draft_saved_again_as_it_was_has_not_changed(client_of, alice, amir, draft):
    asked(draft, amir, alice)
    with clock.travel(clock.now() + timedelta(minutes=1)):
        make.fill(draft, by=amir)
        assert "It changed since" not in words(client_of(alice).get(url("send", draft)))


def test_only_who_may_sign_today_can_be_chosen(client_of, alice, amir, ann, draft):
    over = make.person(
        "over@alameda.example.gov",
        name="Over",
        of=make.county("Alameda"),
        may_sign=True,
    )
    Membership.objects.filter(user=over).update(may_sign_until=make.in_days(-1))
    make.person("bea@butte.example.gov", of=make.county("Butte"), may_sign=True)
    page = soup(client_of(amir).get(url("ask-to-sign", draft)))
    names = [one.get_text(strip=True) for one in page.select("#id_signer option")]
    assert names == ["Choose a name", "Alice Nakamura", "Ann Ito"]
    answer = ask(client_of(amir), draft, over)
    assert answer.status_code == 422
    assert "Choose one of the names in the list" in words(answer)
    assert not Asking.objects.exists()


def test_the_list_of_colleagues_and_the_query_agree_on_who_may_sign(alice, amir, ann, draft):
    for days in (-1, 0, 1):
        Membership.objects.filter(user=ann).update(may_sign_until=make.in_days(days))
        today, county = clock.today(), draft.county
        in_words = {one.user_id for one in colleagues_of(county, today) if one.signs}
        people = User.objects.annotate(county=Membership.objects.values("county")[:1])
        in_query = people.filter(may_sign("pk", "county", today), memberships__county=county)
        assert set(in_query.values_list("pk", flat=True)) == in_words
        assert (ann.pk in in_words) == (days >= 0)


def test_nothing_chosen_is_said_and_the_note_stays(client_of, alice, amir, ann, draft):
    page = url("ask-to-sign", draft)
    client = client_of(amir)
    answer = client.post(page, form_on(client.get(page)) | {"note": "Please read it."})
    assert answer.status_code == 422
    assert "Choose who should sign" in words(answer)
    assert "Please read it." in words(answer)
    assert soup(answer).title.get_text().startswith("Error: ")


def test_a_note_with_case_data_is_not_stored(client_of, alice, amir, draft):
    answer = ask(client_of(amir), draft, alice, note="She has 219-09-9999.")
    assert answer.status_code == 422
    assert "looks like a Social Security number" in words(answer)
    assert not Asking.objects.exists()


def test_the_same_form_sent_twice_asks_once(client_of, alice, amir, draft):
    client, page = client_of(amir), url("ask-to-sign", draft)
    form = form_on(client.get(page)) | {"signer": str(alice.pk)}
    assert [client.post(page, form).status_code for _ in range(2)] == [302, 302]
    assert Asking.objects.count() == 1
    assert Notice.objects.filter(event__startswith="asked_to_sign:").count() == 1


def test_a_second_page_opened_before_asks_nobody_else(client_of, alice, amir, ann, draft):
    client, page = client_of(amir), url("ask-to-sign", draft)
    one, other = (form_on(client.get(page)) for _ in range(2))
    client.post(page, one | {"signer": str(alice.pk)})
    answer = client.post(page, other | {"signer": str(ann.pk), "note": "Kept."})
    assert answer.status_code == 409
    assert "Amir Haddad asked Alice Nakamura to sign it today at" in words(answer)
    assert "Kept." in words(answer)
    assert Asking.objects.get().signer == alice
    # The page that came back knows what stands now, so pressing again means it.
    assert client.post(page, form_on(answer) | {"signer": str(ann.pk)}).status_code == 302
    assert Asking.objects.standing_for(draft).signer == ann


def test_asking_somebody_else_ends_the_first_asking(client_of, alice, amir, ann, draft):
    first = asked(draft, amir, alice)
    ask(client_of(amir), draft, ann)
    first.refresh_from_db()
    assert (first.how, first.ended_by) == ("superseded", amir)
    assert "asks you to sign" not in " ".join(rows(client_of(alice)))
    assert "asks you to sign" in " ".join(rows(client_of(ann)))


def test_the_same_person_is_not_asked_twice(client_of, alice, amir, draft):
    asked(draft, amir, alice)
    assert ask(client_of(amir), draft, alice).status_code == 409
    assert Asking.objects.count() == 1


def test_an_incomplete_draft_asks_nobody_and_says_what_to_do(client_of, alice, amir):
    draft = make.draft(by=amir, users="")
    answer = client_of(amir).get(url("ask-to-sign", draft))
    assert "nobody could sign it yet" in words(answer)
    assert soup(answer).find("a", href=url("send", draft))
    with pytest.raises(MoveRefused, match="lacks something"):
        asked(draft, amir, alice)


@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
def test_nobody_asks_themselves_or_for_another_county(alice, amir, draft, who):
    person = make.someone(who)
    with pytest.raises(MoveRefused):
        Asking.objects.ask(draft, by=person, signer=alice)
    with pytest.raises(MoveRefused):
        Asking.objects.ask(draft, by=amir, signer=make.someone("bob"))


@pytest.mark.parametrize("name", ["ask-to-sign", "return", "take-back-asking", "put-aside-comment"])
@pytest.mark.parametrize("who", ["bob", "carol", "erin", "frank"])
def test_for_others_the_pages_are_not_there(client_of, alice, amir, draft, who, name):
    asking = asked(draft, amir, alice)
    client = client_of(make.someone(who))
    assert client.post(url(name, draft), {"asking": asking.pk}).status_code == 404
    asking.refresh_from_db()
    assert asking.is_open


def test_where_nobody_may_sign_the_page_says_whom_to_write_to(client_of, amir):
    draft = make.draft(by=amir)
    answer = client_of(amir).get(url("ask-to-sign", draft))
    assert "Nobody may sign for Alameda County here yet." in words(answer)
    assert "Nobody may sign for Alameda County here yet." in words(
        client_of(amir).get(url("send", draft))
    )


def test_check_and_send_leads_a_preparer_to_asking(client_of, alice, amir, draft):
    page = soup(client_of(amir).get(url("send", draft)))
    (button,) = page.select("main a.btn")
    assert button["href"] == url("ask-to-sign", draft)


# Taking it back


def test_what_was_asked_can_be_taken_back(client_of, alice, amir, draft):
    asking = asked(draft, amir, alice)
    client = client_of(amir)
    answer = client.post(url("take-back-asking", draft), {"asking": asking.pk}, follow=True)
    assert messages_on(answer) == ["Alice Nakamura is not asked to sign any more."]
    assert "Waiting for" not in words(answer)
    asking.refresh_from_db()
    assert asking.how == "taken_back"
    again = client.post(url("take-back-asking", draft), {"asking": asking.pk})
    assert again.status_code == 409
    assert "Nobody is asked to sign it any more." in words(again)


def test_a_stale_page_does_not_take_back_a_newer_asking(client_of, alice, amir, ann, draft):
    old = asked(draft, amir, alice)
    new = asked(draft, amir, ann, seen=old.pk)
    answer = client_of(amir).post(url("take-back-asking", draft), {"asking": old.pk})
    assert answer.status_code == 409
    new.refresh_from_db()
    assert new.is_open


# Returning it


def test_the_signer_returns_it_with_a_comment(client_of, alice, amir, draft):
    asked(draft, amir, alice)
    client, page = client_of(alice), url("return", draft)
    form = form_on(client.get(page)) | {"comment": "Name the subcontractors."}
    answer = client.post(page, form, follow=True)
    assert messages_on(answer) == ["Returned. Amir Haddad gets your comment."]
    assert client.post(page, form).status_code == 302
    text = words(client_of(amir).get(f"/proposals/{draft.reference}/"))
    assert "Alice Nakamura returned it with a comment" in text
    assert "Name the subcontractors." in text
    (row,) = rows(client_of(amir))
    assert "Alice Nakamura returned it: “Name the subcontractors.”" in row
    letter = Notice.objects.get(event__startswith="returned_to_preparer:")
    assert [one.email for one in letter.recipients.all()] == [amir.email]
    assert "subcontractors" not in str(JournalEntry.objects.get(act="return to preparer").data)


@pytest.mark.parametrize("gone", ["disabled", "left"])
def test_who_asked_and_left_gets_no_letter_about_the_countys_draft(
    client_of, alice, amir, draft, gone
):
    asked(draft, amir, alice)
    if gone == "disabled":
        User.objects.filter(pk=amir.pk).update(is_active=False)
    else:
        Membership.objects.filter(user=amir).update(ended_at=clock.now())
    client, page = client_of(alice), url("return", draft)
    form = form_on(client.get(page)) | {"comment": "Name the subcontractors."}
    answer = client.post(page, form, follow=True)
    assert messages_on(answer) == ["Returned. Your county reads your comment."]
    assert "Name the subcontractors." in words(answer)
    assert not Notice.objects.filter(event__startswith="returned_to_preparer:").exists()


def test_what_was_asked_for_and_lacks_something_now_says_so(client_of, alice, amir, draft):
    asked(draft, amir, alice)
    make.fill(draft, by=amir, users="")
    for page in ("", "send/"):
        text = words(client_of(alice).get(f"/proposals/{draft.reference}/{page}"))
        assert "Something is missing now, so nobody can sign it yet." in text


def test_a_returned_draft_shows_its_comment_on_check_and_send_too(client_of, alice, amir, draft):
    returned(draft, amir, alice)
    for person in (alice, amir):
        answer = client_of(person).get(url("send", draft))
        assert "Name the vendor's subcontractors." in words(answer)
        assert soup(answer).find("a", href=url("ask-to-sign", draft))


def test_one_of_several_signers_may_ask_another(client_of, alice, ann, draft):
    page = soup(client_of(alice).get(url("send", draft)))
    assert page.find("a", string="Ask a colleague to sign instead")
    assert ask(client_of(alice), draft, ann).status_code == 302
    assert not soup(client_of(ann).get(url("send", draft))).find(
        "a", string="Ask a colleague to sign instead"
    )


@pytest.mark.parametrize(
    "comment, words_",
    [
        ("", "Write what should be changed"),
        ("  \n ", "Write what should be changed"),
        ("Case 219-09-9999 is named.", "looks like a Social Security number"),
    ],
)
def test_a_comment_is_needed_and_screened(client_of, alice, amir, draft, comment, words_):
    asked(draft, amir, alice)
    client, page = client_of(alice), url("return", draft)
    answer = client.post(page, form_on(client.get(page)) | {"comment": comment})
    assert answer.status_code == 422
    assert words_ in words(answer)
    assert Asking.objects.get().is_open


def test_only_the_one_who_was_asked_returns_it(client_of, alice, amir, ann, draft):
    asking = asked(draft, amir, alice)
    for other in (amir, ann):
        assert client_of(other).get(url("return", draft)).status_code == 409
        with pytest.raises(MoveRefused):
            asking.give_back("No.", by=other)


def test_a_comment_that_came_too_late_is_shown_to_be_copied(client_of, alice, amir, draft):
    asking = asked(draft, amir, alice)
    client, page = client_of(alice), url("return", draft)
    form = form_on(client.get(page)) | {"comment": "Name the subcontractors."}
    asking.take_back(by=amir)
    answer = client.post(page, form)
    assert answer.status_code == 409
    assert "Name the subcontractors." in words(answer)


def test_a_change_takes_the_comment_off_the_start_page_and_keeps_it_on_the_list(
    client_of, alice, amir, draft
):
    returned(draft, amir, alice)
    with clock.travel(clock.now() + timedelta(minutes=1)):
        make.fill(draft, by=amir, subcontractors="Two.")
        assert "returned it" not in rows(client_of(amir))[0]
        text = words(client_of(amir).get(f"/proposals/{draft.reference}/"))
    assert "Name the vendor's subcontractors." in text
    assert "It changed since then : " in text


def test_a_comment_can_be_hidden(client_of, alice, amir, draft):
    asking = returned(draft, amir, alice)
    client = client_of(amir)
    for _ in range(2):
        answer = client.post(url("put-aside-comment", draft), {"asking": asking.pk}, follow=True)
    assert "returned it" not in words(answer)
    assert "returned it" not in rows(client)[0]
    assert JournalEntry.objects.filter(act="put aside comment").count() == 1


def test_asking_again_ends_the_comment(client_of, alice, amir, draft):
    first = returned(draft, amir, alice)
    assert ask(client_of(amir), draft, alice).status_code == 302
    text = words(client_of(amir).get(f"/proposals/{draft.reference}/"))
    assert "returned it" not in text
    assert "Waiting for Alice Nakamura to sign" in text
    first.refresh_from_db()
    assert first.put_aside_at


# How it ends


def test_sending_ends_it_as_sent(alice, amir, draft):
    asking = asked(draft, amir, alice)
    make.sent(draft)
    asking.refresh_from_db()
    assert (asking.how, asking.ended_by) == ("sent", alice)
    assert Asking.objects.standing_for(draft) is None


def test_a_sending_that_fails_ends_nothing(alice, amir, draft):
    asking = asked(draft, amir, alice)
    with pytest.raises(MoveRefused):
        Review.objects.send(
            draft, by=alice, name="A", title="B", agreements=make.agreements(), seen="old"
        )
    asking.refresh_from_db()
    assert asking.is_open


def test_another_signer_may_send_it_too(alice, amir, ann, draft):
    asking = asked(draft, amir, alice)
    make.sent(draft, by=ann)
    asking.refresh_from_db()
    assert (asking.how, asking.ended_by) == ("sent", ann)


def test_sending_leaves_no_comment_for_later(client_of, alice, amir, draft):
    returned(draft, amir, alice)
    make.sent(draft).recall(by=alice)
    assert "returned it" not in words(client_of(amir).get(f"/proposals/{draft.reference}/"))


def test_discarding_ends_it(client_of, alice, amir, draft):
    asking = asked(draft, amir, alice)
    client_of(amir).post(url("discard", draft))
    asking.refresh_from_db()
    assert asking.how == "discarded"
    assert not rows(client_of(alice))
    for name in ("send", "return", "ask-to-sign"):
        assert client_of(alice).get(url(name, draft)).status_code == 404


@pytest.mark.parametrize("gone", ["disabled", "left", "right ended"])
def test_a_signer_who_left_is_named_and_somebody_else_can_be_asked(
    client_of, alice, amir, ann, draft, gone
):
    asked(draft, amir, alice)
    members = Membership.objects.filter(user=alice)
    if gone == "disabled":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    elif gone == "left":
        members.update(ended_at=clock.now(), may_sign_from=None)
    else:
        members.update(may_sign_until=make.in_days(-1))
    client = client_of(amir)
    assert "Alice Nakamura can't sign any more: ask somebody else." in rows(client)[0]
    page = client.get(f"/proposals/{draft.reference}/")
    assert "Alice Nakamura can't sign any more" in words(page)
    assert soup(page).find("a", string="Ask somebody else")["href"] == url("ask-to-sign", draft)
    assert ask(client, draft, ann).status_code == 302
    assert Asking.objects.standing_for(draft).signer == ann
    if gone == "right ended":
        assert "asks you" not in " ".join(rows(client_of(alice)))


def test_a_sent_proposal_asks_nobody(client_of, alice, amir):
    review = make.sent()
    client = client_of(amir)
    page = url("ask-to-sign", review.proposal)
    assert client.get(page)["Location"] == f"/proposals/{review.reference}/"
    with pytest.raises(MoveRefused, match="sent the proposal to CDSS"):
        asked(review.proposal, amir, alice)


def test_one_who_asks_while_it_is_sent_is_told_by_whom(client_of, alice, amir, draft):
    client, page = client_of(amir), url("ask-to-sign", draft)
    form = form_on(client.get(page)) | {"signer": str(alice.pk), "note": "Please read it."}
    make.sent(draft)
    answer = client.post(page, form)
    assert answer.status_code == 409
    assert "Alice Nakamura sent the proposal to CDSS" in words(answer)
    assert "Please read it." in words(answer)


# What CDSS sees of it, and what it costs


def test_cdss_reads_none_of_it(client_of, alice, amir, carol, erin, draft):
    asked(draft, amir, alice, note="Don't tell them about the pilot.")
    Notice.objects.get(event__startswith="asked_to_sign:").recipients.update(state="failed")
    troubled = client_of(carol).get("/reviews/letters/")
    assert draft.title not in words(troubled)
    assert "a draft" in words(troubled)
    notice = Notice.objects.get(event__startswith="asked_to_sign:")
    admin = client_of(erin).get(f"/admin/portal/notice/{notice.pk}/change/")
    assert b"the pilot" not in admin.content
    make.sent(draft)
    for page in ("", "notices/", "history/", "messages/"):
        text = client_of(carol).get(f"/reviews/{draft.reference}/{page}").content.decode()
        assert "the pilot" not in text
        assert "asks you to sign" not in text
        assert "asked Alice" not in text


def test_the_county_reads_in_the_timeline_who_asked_whom(client_of, alice, amir, draft):
    asking = returned(draft, amir, alice)
    asked(draft, amir, alice, seen=asking.pk)
    make.sent(draft)
    text = words(client_of(amir).get(f"/proposals/{draft.reference}/"))
    assert "Amir Haddad asked Alice Nakamura to sign it." in text
    assert "Alice Nakamura returned it to Amir Haddad with a comment." in text
    assert "subcontractors" not in text


def test_the_start_page_asks_the_database_no_more_for_it(client_of, alice, amir, draft):
    client = client_of(alice)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/")
        return len(captured)

    client.get("/help/")
    before = queries()
    asked(draft, amir, alice)
    for _ in range(3):
        returned(make.draft(by=amir), amir, alice)
    assert queries() == before


@pytest.mark.parametrize(
    "odd",
    [
        {"ended_at": clock.now()},
        {"how": "sent"},
        {"how": "lost", "ended_at": clock.now()},
        {"comment": "For nothing."},
    ],
)
def test_the_database_keeps_what_belongs_together(alice, amir, draft, odd):
    asking = asked(draft, amir, alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        Asking.objects.filter(pk=asking.pk).update(**odd)


def test_the_database_keeps_one_asking_for_a_draft(alice, amir, ann, draft):
    asking = asked(draft, amir, alice)
    asking.pk, asking.signer = None, ann
    with pytest.raises(IntegrityError), transaction.atomic():
        asking.save()
