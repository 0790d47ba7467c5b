"""What every test may ask for: the seven people, signed-in clients, a browser.

The state's data (counties, closed days, the governing letter) and the wordings of requests are
always there.
"""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client, TransactionTestCase

from portal import access, append_only, clock
from portal.models import User
from tests import make

pytest_plugins = [
    "tests.plugins.skips",
    "tests.plugins.browser",
    "tests.plugins.cases",
    "tests.plugins.elsewhen",
]

FLUSHES = 5

# How long one example takes says how busy the machine is, not whether the rule holds.
hypothesis.settings.register_profile(
    "portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("portal")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """The test database with the state's data, which also survives the flush between tests.

    A transactional test ends with a flush of all tables. Only around it are the append-only
    triggers lifted; afterwards the data that every test counts on comes back.
    """
    flush = TransactionTestCase._fixture_teardown

    def flush_and_load(self: TransactionTestCase) -> None:
        with append_only.lifted(connection):
            flushed(self, FLUSHES)
        load()

    def flushed(self: TransactionTestCase, tries: int) -> None:
        # What a browser asked for as it was closed may still be answered, and hold a table that the
        # flush waits for while it waits for another: PostgreSQL ends one of the two.
        try:
            flush(self)
        except CommandError as fault:
            if tries == 1 or not isinstance(fault.__cause__, OperationalError):
                raise
            flushed(self, tries - 1)

    def load() -> None:
        call_command("load_state_data", verbosity=0, stdout=StringIO())
        call_command("load_wordings")

    with django_db_blocker.unblock():
        load()
    TransactionTestCase._fixture_teardown = flush_and_load
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path: Path) -> None:
    """Each test has an empty folder for uploads and one for outgoing mail."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_BACKEND = "portal.mail.EmlFolder"


@pytest.fixture(autouse=True)
def no_remembered_attempts(request: pytest.FixtureRequest) -> Iterator[None]:
    """No failed sign-in is kept for the next test, in a table that no flush empties, and no look
    of a page."""
    yield
    caches["template_fragments"].clear()
    if "transactional_db" in request.fixturenames:
        caches["default"].clear()


@pytest.fixture
def mail_folder(settings) -> Path:
    """Where outgoing mail of this test lands, one .eml file each."""
    return Path(settings.EMAIL_FILE_PATH)


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """client_of(alice) is Alice's signed-in browser, without a browser."""

    def sign_in(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def signed_in(client_of: Callable[[User], Client]) -> Callable[[User], Client]:
    """signed_in(alice) is her browser just after she gave her password, as a signature needs."""

    def sign_in(person: User) -> Client:
        client = client_of(person)
        session = client.session
        session[access.PASSWORD_AT] = clock.now().timestamp()
        session.save()
        return client

    return sign_in


@pytest.fixture
def alice(db) -> User:
    """Of Alameda, may sign."""
    return make.known("alice")


@pytest.fixture
def amir(db) -> User:
    """Of Alameda, prepares; may not sign."""
    return make.known("amir")


@pytest.fixture
def bob(db) -> User:
    """Of Butte, may sign: the stranger to Alameda's proposals."""
    return make.known("bob")


@pytest.fixture
def carol(db) -> User:
    """Reviewer at CDSS."""
    return make.known("carol")


@pytest.fixture
def dana(db) -> User:
    """Approver at CDSS."""
    return make.known("dana")


@pytest.fixture
def erin(db) -> User:
    """Administrator at CDSS."""
    return make.known("erin")


@pytest.fixture
def frank(db) -> User:
    """Auditor: reads all but drafts."""
    return make.known("frank")
