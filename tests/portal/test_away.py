"""Which faults mean that the database is away, and that the worker waits for it."""

from types import SimpleNamespace

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError

from portal import outbox
from portal.away import is_away
from portal.management.commands.run_worker import Worker


def cut_off() -> DatabaseError:
    """How the driver says that the server went away in the middle of an answer."""
    fault = DatabaseError("server closed the connection unexpectedly")
    fault.__cause__ = Exception("the driver's own")
    return fault


@pytest.mark.parametrize("fault", [OperationalError("x"), InterfaceError("x"), cut_off()])
def test_a_connection_that_broke_off_is_the_database_away(fault):
    assert is_away(fault)


@pytest.mark.parametrize(
    "fault", [DatabaseError("Forced update did not affect any rows."), IntegrityError("x"), None]
)
def test_what_another_try_would_not_mend_is_not(fault):
    assert not is_away(fault)


@pytest.mark.django_db
def test_the_worker_waits_for_a_database_that_broke_off_and_ends_with_a_fault(monkeypatch):
    worker, faults = Worker(1), [cut_off(), OperationalError("away"), IntegrityError("a fault")]

    def beat() -> None:
        raise faults.pop(0)

    monkeypatch.setattr(outbox, "beat", beat)
    closed = SimpleNamespace(close=lambda: None)
    monkeypatch.setattr("portal.management.commands.run_worker.connection", closed)
    monkeypatch.setattr(worker.wake, "wait", lambda seconds: None)
    with pytest.raises(IntegrityError, match="a fault"):
        worker.run()
    assert faults == []
