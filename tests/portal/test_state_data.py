"""Loading counties, closed days and the letter: as often as one likes."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from portal.models import County, GoverningLetter, OfficeClosure

pytestmark = pytest.mark.django_db


def load(**options) -> str:
    said = StringIO()
    call_command("load_state_data", stdout=said, **options)
    return said.getvalue().strip()


def test_all_58_counties_are_there_with_numbers_and_fips_as_text():
    assert County.objects.count() == 58
    assert list(County.objects.order_by("number").values_list("number", flat=True)) == [
        f"{number:02}" for number in range(1, 59)
    ]
    for county in County.objects.all():
        assert county.fips == f"06{2 * int(county.number) - 1:03}"
        county.full_clean(exclude=["number"])


def test_the_closures_of_2026_to_2031_are_there():
    closed = OfficeClosure.objects.closed()
    assert len(closed) == 62
    assert {day.year for day in closed} == set(range(2026, 2032))
    assert closed[date(2026, 12, 25)] == "Christmas Day"
    assert closed[date(2027, 3, 31)] == "Farmworkers Day (formerly César Chávez Day)"
    assert all(day.weekday() < 5 for day in closed)


def test_loading_again_adds_nothing():
    assert load() == "Added 0 counties, 0 office closures and 0 letters."


def test_what_an_administrator_changed_stays():
    County.objects.filter(name="Kern").update(ihss_department="Another department")
    OfficeClosure.objects.filter(date=date(2027, 3, 31)).update(name="Farmworkers Day")
    OfficeClosure.objects.filter(date=date(2028, 11, 10)).update(date=date(2028, 11, 13))
    OfficeClosure.objects.filter(date=date(2029, 5, 28)).update(in_force=False)
    before = OfficeClosure.objects.closed()
    load()
    assert County.objects.get(name="Kern").ihss_department == "Another department"
    assert OfficeClosure.objects.closed() == before
    assert before[date(2027, 3, 31)] == "Farmworkers Day"
    assert date(2028, 11, 10) not in before
    assert date(2028, 11, 13) in before
    assert date(2029, 5, 28) not in before


def test_a_day_that_an_administrator_declared_first_is_left_alone():
    day = date(2031, 12, 25)
    OfficeClosure.objects.filter(date=day).delete()
    OfficeClosure.objects.create(date=day, name="Declared")
    load()
    assert OfficeClosure.objects.closed()[day] == "Declared"


def test_what_is_missing_comes_back():
    County.objects.filter(number="58").delete()
    OfficeClosure.objects.filter(date__year=2031).delete()
    assert load() == "Added 1 counties, 11 office closures and 0 letters."
    assert County.objects.get(number="58").name == "Yuba"


def test_the_letter_is_published_by_nobody_in_particular():
    letter = GoverningLetter.objects.get()
    assert letter.version == 1
    assert letter.published_at is not None
    assert letter.published_by is None


def test_a_broken_file_changes_nothing(tmp_path):
    (tmp_path / "counties.csv").write_text("number,name\n99,Nowhere\n")
    (tmp_path / "office_closures.csv").write_text("date,name\n2040-01-02,A day\nnever,Another\n")
    with pytest.raises(Exception, match="never|population"):
        load(data=tmp_path)
    assert not County.objects.filter(number="99").exists()
    assert not OfficeClosure.objects.filter(date__year=2040).exists()


def test_closures_read_with_their_date():
    assert str(OfficeClosure.objects.get(date=date(2026, 9, 7))) == "September 7, 2026: Labor Day"
