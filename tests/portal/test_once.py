"""A row that may exist once is added once, and one that is there already ends no transaction."""

import pytest
from django.db import IntegrityError, transaction

from portal import clock
from portal.models import FormToken, Notice, NoticeRecipient
from portal.once import add_once

pytestmark = pytest.mark.django_db


def a_notice(event: str, **changes) -> Notice:
    parts = {"subject_kind": "proposal", "subject": "CIP-2027-0042", "heading": "Received"}
    parts |= {"text": "It is here.", "created_at": clock.now()}
    return Notice(event=event, **parts | changes)


def test_a_row_is_added_with_all_it_says_and_knows_its_key():
    notice = a_notice("receipt:1", heading="100% “received”; it's here", secret=True)
    assert add_once(notice)
    kept = Notice.objects.get()
    assert kept == notice
    for field in Notice._meta.concrete_fields:
        assert getattr(kept, field.attname) == getattr(notice, field.attname)
    notice.heading = "Changed"
    notice.save()
    assert Notice.objects.get().heading == "Changed"


def test_the_same_again_adds_nothing_and_the_transaction_stays_usable():
    assert add_once(a_notice("receipt:1"))
    with transaction.atomic():
        again = a_notice("receipt:1", heading="Something else")
        assert not add_once(again)
        assert again.pk is None and again._state.adding
        assert add_once(a_notice("receipt:2"))
    assert [one.heading for one in Notice.objects.order_by("event")] == ["Received", "Received"]


def test_keys_go_on_where_they_were(alice):
    """Rows that others add are not taken for the one that was to be added."""
    first = FormToken(token="one", act="create", user=alice, used_at=clock.now())
    assert add_once(first)
    add_once(FormToken(token="one", act="create", user=alice, used_at=clock.now()))
    other = FormToken(token="two", act="create", user=alice, used_at=clock.now())
    assert add_once(other)
    assert FormToken.objects.get(token="two").pk == other.pk != first.pk


def test_what_the_database_refuses_for_another_reason_is_an_error():
    notice = a_notice("receipt:1")
    add_once(notice)
    odd = NoticeRecipient(notice=notice, key="k", email="a@example.gov", state="gone")
    with pytest.raises(IntegrityError), transaction.atomic():
        add_once(odd)
    with pytest.raises(IntegrityError), transaction.atomic():
        add_once(a_notice("receipt:2", text=None))
    assert not NoticeRecipient.objects.exists()
