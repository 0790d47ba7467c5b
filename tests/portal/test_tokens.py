"""A form sent twice happens once, and both answers lead to the same page."""

import threading

import pytest
from django.core import signing
from django.db import connection, transaction

from portal import tokens
from portal.models import FormToken

URL = "/proposals/CIP-2027-0042/"


def use(token, user, act="create", url=URL):
    with transaction.atomic():
        used = tokens.redeem(token, user=user, act=act)
        used.conclude(url)
    return url


def test_a_token_is_taken_once_and_keeps_where_it_led(alice):
    token = tokens.issue(alice, "create")
    assert not FormToken.objects.exists()
    use(token, alice)
    kept = FormToken.objects.get()
    assert (kept.user, kept.act, kept.result) == (alice, "create", URL)


def test_each_rendered_form_has_a_token_of_its_own(alice):
    use(tokens.issue(alice, "create"), alice)
    use(tokens.issue(alice, "create"), alice)
    assert FormToken.objects.count() == 2


def test_a_repeat_answers_with_the_first_result(alice):
    token = tokens.issue(alice, "create")
    use(token, alice)
    with pytest.raises(tokens.AlreadyUsed) as told:
        use(token, alice, url="/elsewhere/")
    assert told.value.result == URL
    assert FormToken.objects.get().result == URL


def test_the_transaction_around_a_repeat_stays_usable(alice):
    token = tokens.issue(alice, "create")
    use(token, alice)
    with transaction.atomic():
        with pytest.raises(tokens.AlreadyUsed):
            tokens.redeem(token, user=alice, act="create")
        alice.title = "Director"
        alice.save()
    alice.refresh_from_db()
    assert alice.title == "Director"


def test_an_act_that_failed_may_be_tried_again_with_the_same_form(alice):
    token = tokens.issue(alice, "create")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tokens.redeem(token, user=alice, act="create")
        raise ZeroDivisionError
    assert use(token, alice) == URL


@pytest.mark.parametrize("forged", ["", "x", "x:y", "\0", "WzFd:abc:def", "9" * 100_000])
def test_a_forged_token_is_refused(alice, forged):
    with pytest.raises(tokens.Invalid):
        use(forged, alice)


def test_a_token_with_a_changed_letter_is_refused(alice):
    token = tokens.issue(alice, "create")
    with pytest.raises(tokens.Invalid):
        use(token[:-1] + ("A" if token[-1] != "A" else "B"), alice)


@pytest.mark.parametrize("content", [1, None, "text", ["a"], ["a", "b", "c", "d"], {"a": 1}])
def test_a_signed_token_of_another_shape_is_refused(alice, content):
    with pytest.raises(tokens.Invalid):
        use(signing.dumps(content, salt="portal.tokens"), alice)


def test_a_token_of_another_person_or_another_form_is_refused(alice, bob):
    token = tokens.issue(alice, "create")
    with pytest.raises(tokens.Invalid):
        use(token, bob)
    with pytest.raises(tokens.Invalid):
        use(token, alice, act="send CIP-2027-0042")
    assert not FormToken.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_token_outside_a_transaction_is_refused(alice):
    with pytest.raises(transaction.TransactionManagementError):
        tokens.redeem(tokens.issue(alice, "create"), user=alice, act="create")


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_acts_and_the_others_get_its_result(alice):
    token = tokens.issue(alice, "create")
    start = threading.Barrier(20, timeout=180)
    results, acted = [], []

    def press(number):
        try:
            start.wait()
            acted.append(use(token, alice, url=f"{URL}{number}/"))
        except tokens.AlreadyUsed as first:
            results.append(first.result)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(acted) == 1
    assert results == acted * 19
