"""The database is empty again after each test, whatever is still being answered then."""

import threading
import time

import pytest
from django.db import OperationalError, connection, connections, transaction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def test_a_page_that_is_still_answered_when_a_test_ends_fails_nothing(alice):
    """What fails without a second try is the end of this test, not the test."""
    holds = threading.Event()

    def answer() -> None:
        """Reads one table, and while the flush waits for that one, wants all others."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM portal_user")
                holds.set()
                time.sleep(0.5)
                for table in connection.introspection.table_names():
                    cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
        except OperationalError:
            pass  # Of the two that waited for each other this one was ended.
        finally:
            connections.close_all()

    threading.Thread(target=answer).start()
    assert holds.wait(10)
