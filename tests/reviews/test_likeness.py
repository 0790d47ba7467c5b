"""How like two tools are: a rule that says its reasons."""

import pytest

from reviews.likeness import Traits, compare, distinctive, matches, vendor_key


def tool(**answers) -> Traits:
    blank = dict.fromkeys(("tool_name", "purpose", "business_needs", "technical_component"), "")
    return Traits.of({"answers": blank | {"vendor_name": "", "data_elements": []} | answers})


@pytest.mark.parametrize(
    "name",
    [
        "Tamarack & Sons, Inc.",
        "TAMARACK AND SONS LLC",
        "tamarack  and sons",
        "The Tamarack&Sons Co.",
    ],
)
def test_a_vendor_is_the_same_however_it_is_written(name):
    assert vendor_key(name) == vendor_key("Tamarack and Sons")


@pytest.mark.parametrize("name", ["", "None", "N/A", "TBD", "Not decided yet", "---"])
def test_no_vendor_is_the_same_as_none(name):
    assert vendor_key(name) == ""
    one = tool(vendor_name=name)
    assert compare(one, one) is None


def test_other_vendors_stay_others():
    assert vendor_key("Tamarack") != vendor_key("Tamarind")
    assert vendor_key("Co") and vendor_key("LLC Inc")


def test_words_of_the_field_say_nothing():
    assert distinctive("The county’s IHSS workers use CMIPS data for their case reports") == {}


def test_a_word_is_one_in_all_its_forms():
    assert len(distinctive("route routes routing routed")) == 1
    assert len(distinctive("tablet tablets")) == 1
    assert len(distinctive("policies policy")) == 1


def test_few_shared_words_are_chance_and_several_are_a_reason():
    one = tool(purpose="Plans offline routes on a tablet.")
    assert compare(one, tool(purpose="A tablet for fingerprints.")) is None
    found = compare(one, tool(purpose="Offline routes for another tablet, planned by area."))
    assert found and found.reasons[0].startswith("similar words: ")
    assert "offline" in found.reasons[0] and "tablet" in found.reasons[0]


def test_words_that_too_many_have_tell_nothing_apart():
    one = tool(purpose="Plans offline routes on a tablet.")
    assert compare(one, one, common=set(one.words)) is None


def test_the_same_data_is_a_reason_only_beside_another():
    ssn = {"data_elements": ["name", "ssn", "address"]}
    assert compare(tool(**ssn), tool(**ssn)) is None
    one, other = tool(vendor_name="Kestrel", **ssn), tool(vendor_name="Kestrel Inc", **ssn)
    reasons = compare(one, other).reasons
    assert reasons == ("same vendor", "same data: Social Security number, address")


def test_who_is_like_whom_is_the_same_from_both_sides():
    one = tool(tool_name="Route Planner", purpose="Offline routes on tablets.", vendor_name="A b")
    other = tool(tool_name="Planner of Routes", purpose="Tablets, offline.", vendor_name="AB, Inc.")
    assert compare(one, other).score == compare(other, one).score


def test_a_planned_enhancement_is_found_by_its_words():
    one = tool(purpose="Warns of overtime violations in a workweek.")
    listed = distinctive("overtime, workweek")
    assert matches(one, {}, listed) == ("overtime", "workweek")
    assert matches(tool(purpose="Overtime of kiosks."), {}, listed) == ()
    assert matches(tool(purpose="Kiosks."), {}, listed) == ()
    assert matches(one, {}, distinctive("overtime")) == ("overtime",)


def test_a_text_without_end_costs_no_time():
    one = tool(purpose="x" * 5000 + " word" * 5000, vendor_name="&" * 5000)
    assert len(one.words) <= 60 and len(one.vendor) <= 120
    assert all(len(word) <= 30 for word in one.words)
