"""The statewide page: who opens it, what it says of a small portal, its files, its addresses."""

import pytest

from tests import make

pytestmark = pytest.mark.django_db


def test_a_decision_is_told_on_the_page(client_of, carol):
    make.decided()
    make.requested()
    page = client_of(carol).get("/statewide/").content.decode()
    assert "all 58 counties" in page
