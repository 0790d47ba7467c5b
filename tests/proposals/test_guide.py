"""Whether something needs a proposal: every way through the four questions, and where it ends."""

from itertools import chain, combinations, product

import pytest

from proposals import guide, screening
from proposals.guide import ASK, BEGUN, DATA, NO, QUESTIONS, UNSURE, WAYS, WHAT, YES, Result
from proposals.sections import ANSWERS

WAYS_KNOWN = [key for key, _ in WAYS.choices if key != UNSURE]
PROHIBITED = {method.key for method in screening.METHODS if method.prohibited}


def answers(what="", data="", ways=(), begun="") -> guide.Answers:
    given = {"what": [what], "data": [data], "ways": list(ways), "begun": [begun]}
    return guide.answers_in(given)


def some_ways() -> list[tuple[str, ...]]:
    """Every choice of ways, none among them, and "Another way, or not sure" by itself."""
    sizes = range(len(WAYS_KNOWN) + 1)
    return [*chain.from_iterable(combinations(WAYS_KNOWN, n) for n in sizes), (UNSURE,)]


def keys(question: guide.Question) -> list[str]:
    return ["", *(key for key, _ in question.choices)]


ALL = [answers(*each) for each in product(keys(WHAT), keys(DATA), some_ways(), keys(BEGUN))]


def test_all_combinations_are_here():
    assert len(ALL) == 7 * 4 * (2**7 + 1) * 6


def test_there_are_four_questions_and_each_takes_not_sure():
    assert [question.key for question in QUESTIONS] == ["what", "data", "ways", "begun"]
    assert all(UNSURE in dict(question.choices) for question in QUESTIONS)


def test_no_way_is_a_dead_end():
    """What isn't a result is a question that is still open; what is one says why."""
    for given in ALL:
        end = guide.walk(given)
        if isinstance(end, Result):
            assert end.outcome in (YES, NO, ASK) and all(end.reasons) and end.reasons, given
        else:
            assert end.key not in given, given


def test_whoever_answers_each_question_comes_to_a_result():
    for given in ALL:
        if len(given) == len(QUESTIONS):
            assert isinstance(guide.walk(given), Result), given


def test_the_questions_come_in_their_order_and_one_at_a_time():
    for given in ALL:
        read = [*guide.read_on_the_way(given)]
        assert read == [question.key for question in QUESTIONS][: len(read)], given


def test_an_answer_that_is_not_read_changes_nothing():
    """So that what was answered before a change of mind contradicts nothing."""
    for given in ALL:
        if isinstance(end := guide.walk(given), Result):
            read = guide.read_on_the_way(given)
            assert guide.walk(read) == end, given
            assert guide.carried_over(read) == guide.carried_over(given), given


def test_what_is_carried_over_is_an_answer_of_the_draft_and_never_contradicts_itself():
    for given in ALL:
        for name, value in guide.carried_over(given).items():
            offered = dict(ANSWERS[name].choices)
            assert all(one in offered for one in ([value] if isinstance(value, str) else value))
        methods = guide.carried_over(given).get("cmips_methods", [])
        assert screening.contradictions(methods) == [], given


def test_not_sure_is_never_carried_over_as_an_answer():
    for given in ALL:
        assert "undecided" not in guide.carried_over(given).values(), given
        assert UNSURE not in guide.carried_over(given).values(), given


def test_a_no_never_stands_on_a_not_sure():
    """Who isn't sure what it is may hear no only because no data is used at all."""
    for given in ALL:
        end = guide.walk(given)
        if isinstance(end, Result) and end.outcome == NO:
            read = guide.read_on_the_way(given)
            assert read["what"] != (UNSURE,) or read["data"] == ("no",), given


@pytest.mark.acl("ACL-9")
def test_a_prohibited_way_never_ends_in_no():
    """It isn't allowed, and CDSS must hear of it all the same."""
    for given in ALL:
        read = guide.read_on_the_way(given)
        if PROHIBITED & set(read.get("ways", ())):
            end = guide.walk(given)
            assert not isinstance(end, Result) or end.outcome == YES, given


@pytest.mark.acl("ACL-1")
@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (answers("ordinary"), NO),
        (answers("approved"), NO),
        (answers("new", "no"), NO),
        (answers("unsure", "no"), NO),
        (answers("new", "yes", ["ddl"], "no"), YES),
        (answers("new", "yes", [UNSURE], "unsure"), YES),
        (answers("changed", "yes", ["typed_in"], "developing"), YES),
        (answers("existing", "yes", ["ddl"]), YES),
        (answers("new", "unsure", ["ddl"], "no"), YES),
        (answers("unsure", "yes", ["direct"], "no"), YES),
        (answers("unsure", "yes", ["ddl"]), ASK),
        (answers("new", "unsure", [UNSURE]), ASK),
        (answers("unsure", "unsure", [UNSURE]), ASK),
    ],
)
def test_where_it_ends(given, outcome):
    assert guide.walk(given).outcome == outcome


@pytest.mark.parametrize(
    ("given", "carried"),
    [
        (
            answers("new", "yes", ["ddl", "direct"], "buying"),
            {"tool_state": "new", "work_begun": "buying", "cmips_methods": ["ddl", "direct"]},
        ),
        (
            answers("existing", "yes", ["typed_in"], "no"),
            {"tool_state": "existing", "work_begun": "using", "cmips_methods": ["typed_in"]},
        ),
        (answers("changed", "no"), {"tool_state": "changed", "cmips_methods": ["none"]}),
        (answers("new", "yes", [UNSURE], "unsure"), {"tool_state": "new"}),
        (answers("ordinary", "yes", ["ddl"], "no"), {}),
        (answers(), {}),
    ],
)
def test_what_the_draft_knows_then(given, carried):
    assert guide.carried_over(given) == carried


def test_work_that_has_begun_is_warned_of():
    """The letter asks to propose first (ACL-1); it never bars the proposal."""
    for begun in ("developing", "buying", "using"):
        end = guide.walk(answers("new", "yes", ["ddl"], begun))
        assert (end.outcome, end.warnings) == (YES, (guide.WAIT,))
    assert guide.walk(answers("new", "yes", ["ddl"], "no")).warnings == ()


@pytest.mark.parametrize(
    ("question", "values"),
    [
        (WHAT, []),
        (WHAT, ["purple"]),
        (WHAT, ["new", "ordinary"]),
        (WAYS, [UNSURE, "ddl"]),
        (WAYS, ["none"]),
        (BEGUN, ["undecided"]),
    ],
)
def test_what_no_question_offers_is_no_answer(question, values):
    assert question.read(values) == ()


def test_an_answer_reads_as_it_was_offered():
    assert WAYS.words(WAYS.read(["direct", "ddl", "ddl"])) == [
        "It imports CMIPS Data Download (DDL) files",
        "It connects to the CMIPS database or to an interface of it",
    ]
