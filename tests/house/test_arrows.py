"""Which part of the house may know which: portal <- proposals <- reviews, and up the layers."""

import pytest

from tests.house.rules import imports, layer_arrows, python_files, read, wing_arrows

FILES = python_files()


def test_there_is_a_house_to_look_at():
    assert "portal/clock.py" in FILES
    assert "reviews/deadlines.py" in FILES


@pytest.mark.parametrize("path", FILES)
def test_no_wing_knows_one_that_stands_on_it(path):
    assert wing_arrows(path, read(path)) == []


@pytest.mark.parametrize("path", FILES)
def test_inside_a_wing_each_layer_knows_only_those_beneath_it(path):
    assert layer_arrows(path, read(path)) == []


class TestTheseTestsCanFail:
    @pytest.mark.parametrize(
        ("path", "source"),
        [
            ("portal/views.py", "from proposals.models import Proposal"),
            ("portal/views.py", "import reviews.moves"),
            ("portal/models/people.py", "def f():\n    from reviews import letters"),
            ("proposals/forms.py", "from reviews.deadlines import answer_by"),
            ("proposals/models/proposal.py", "if True:\n    import reviews"),
        ],
    )
    def test_a_wrong_arrow_between_wings_is_named(self, path, source):
        (sentence,) = wing_arrows(path, source)
        assert sentence.startswith(path)

    @pytest.mark.parametrize(
        ("path", "source"),
        [
            ("reviews/desk.py", "from proposals.models import Proposal\nimport portal.clock"),
            ("portal/urls.py", "from reviews import desk"),
            ("portal/settings.py", "import proposals"),
        ],
    )
    def test_right_ones_are_not(self, path, source):
        assert wing_arrows(path, source) == []

    @pytest.mark.parametrize(
        ("path", "source"),
        [
            ("reviews/models/rounds.py", "from reviews.forms import AskForm"),
            ("reviews/models/rounds.py", "from reviews import desk"),
            ("reviews/models/__init__.py", "from ..forms import AskForm"),
            ("reviews/forms/acts.py", "from reviews.tracking import send"),
            ("reviews/desk.py", "import reviews.urls"),
            ("reviews/letters.py", "from reviews.forms import AskForm"),
            ("reviews/deadlines.py", "from django.utils import timezone"),
            ("reviews/deadlines.py", "from reviews.models import Round"),
            ("proposals/screening.py", "from portal.models import GoverningLetter"),
        ],
    )
    def test_a_layer_that_knows_one_above_it_is_named(self, path, source):
        (sentence,) = layer_arrows(path, source)
        assert sentence.startswith(path)

    @pytest.mark.parametrize(
        ("path", "source"),
        [
            ("reviews/forms/acts.py", "from reviews.models import Round"),
            ("reviews/urls.py", "from reviews import desk, tracking"),
            ("reviews/models/rounds.py", "from reviews import deadlines, letters"),
            ("reviews/letters.py", "from reviews.models import Round"),
            ("reviews/acts.py", "from reviews.forms import A\n@reviewer\ndef a(request): ..."),
        ],
    )
    def test_a_layer_that_knows_one_beneath_it_is_not(self, path, source):
        assert layer_arrows(path, source) == []

    def test_relative_imports_are_read_as_what_they_name(self):
        found = dict(imports("reviews/models/rounds.py", "from ..forms import A\nfrom . import b"))
        assert found == {1: "reviews.forms.A", 2: "reviews.models.b"}
