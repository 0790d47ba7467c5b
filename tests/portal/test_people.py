"""Counties, people and their right to sign."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from portal import clock
from portal.models import County, Membership, Role, User
from tests import make

pytestmark = pytest.mark.django_db


class TestCounty:
    def test_its_number_is_text_and_it_reads_as_its_official_name(self):
        assert str(make.county("Alameda")) == "Alameda County"
        assert make.county("Alameda").pk == "01"
        assert str(make.county("San Francisco")) == "City and County of San Francisco"

    def test_counties_come_by_name(self):
        assert [county.name for county in County.objects.all()[:3]] == [
            "Alameda",
            "Alpine",
            "Amador",
        ]

    @pytest.mark.parametrize("number", ["1", "001", "ab", "١٢"])
    def test_a_number_of_another_shape_is_refused(self, number):
        county = make.county("Alameda")
        county.number = number
        with pytest.raises(ValidationError, match="two digits"):
            county.full_clean(validate_unique=False)

    def test_one_that_people_belong_to_cannot_be_deleted(self, alice):
        with pytest.raises(ProtectedError):
            make.county("Alameda").delete()


class TestEmail:
    def test_it_is_kept_in_lower_case_and_found_in_any(self):
        person = User.objects.create_user(" Zoe@Alameda.Example.Gov ", "x" * 15, name="Zoe")
        assert person.email == "zoe@alameda.example.gov"
        assert User.objects.get_by_natural_key("ZOE@alameda.example.gov") == person

    def test_two_people_cannot_have_the_same_whatever_its_case(self, alice):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user(alice.email.upper(), name="Another Alice")

    def test_the_database_refuses_capitals_too(self, alice):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=alice.pk).update(email="Alice@alameda.example.gov")

    def test_a_person_without_one_is_refused(self):
        with pytest.raises(ValueError, match="email address"):
            User.objects.create_user("")

    def test_without_a_password_nobody_gets_in(self):
        assert not User.objects.create_user("new@butte.example.gov").has_usable_password()


class TestRoles:
    @pytest.mark.parametrize(
        ("role", "may"),
        [
            (Role.COUNTY, {"is_county"}),
            (Role.REVIEWER, {"is_reviewer", "reads_cases"}),
            (Role.APPROVER, {"is_reviewer", "is_approver", "reads_cases"}),
            (Role.ADMINISTRATOR, {"is_administrator", "reads_cases", "is_staff"}),
            (Role.AUDITOR, {"is_auditor", "reads_cases"}),
        ],
    )
    def test_what_follows_from_a_role(self, role, may):
        person = User(email="someone@example.gov", role=role)
        everything = (
            "is_county",
            "is_reviewer",
            "is_approver",
            "is_administrator",
            "is_auditor",
            "reads_cases",
            "is_staff",
        )
        assert {name for name in everything if getattr(person, name)} == may

    def test_the_admin_opens_for_active_administrators_alone(self, erin, dana):
        assert erin.has_perm("portal.add_user")
        assert erin.has_module_perms("portal")
        erin.is_active = False
        assert not erin.has_perm("portal.add_user")
        assert not dana.has_perms(["portal.add_user"])

    def test_the_first_administrator_is_made_by_the_command_line(self):
        person = User.objects.create_superuser("root@cdss.example.gov", "x" * 15, name="Root")
        assert person.is_administrator

    def test_an_unknown_role_is_refused_by_the_database(self, alice):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=alice.pk).update(role="superhero")


class TestMembership:
    def test_one_belongs_to_ones_own_county_alone(self, alice):
        assert alice.belongs_to(make.county("Alameda"))
        assert not alice.belongs_to(make.county("Butte"))
        assert [county.name for county in alice.counties()] == ["Alameda"]

    def test_several_counties_come_by_name(self, alice):
        make.membership(alice, make.county("Yuba"))
        make.membership(alice, make.county("Alpine"))
        alice = User.objects.get(pk=alice.pk)
        names = ["Alameda", "Alpine", "Yuba"]
        assert [county.name for county in alice.county_list] == names
        assert [county.name for county in alice.counties()] == names

    def test_one_that_has_ended_gives_nothing(self, alice):
        alice.memberships.update(ended_at=clock.now())
        assert alice.county_list == []
        assert not alice.belongs_to(make.county("Alameda"))
        assert not alice.may_sign_for(make.county("Alameda"))

    def test_it_gives_nothing_to_people_of_another_role(self, alice):
        alice.role = Role.REVIEWER
        assert alice.county_list == []

    def test_they_are_read_once_however_often_they_are_asked(
        self, alice, django_assert_num_queries
    ):
        alice = User.objects.get(pk=alice.pk)
        county = make.county("Alameda")
        with django_assert_num_queries(1):
            for _ in range(3):
                assert alice.belongs_to(county)
                assert alice.may_sign_for(county)
                assert str(alice.county_list[0]) == "Alameda County"

    def test_a_refreshed_person_reads_them_again(self, alice):
        assert alice.county_list
        alice.memberships.update(ended_at=clock.now())
        alice.refresh_from_db()
        assert alice.county_list == []

    def test_a_person_belongs_to_a_county_once(self, alice):
        with pytest.raises(IntegrityError), transaction.atomic():
            make.membership(alice, make.county("Alameda"))


class TestSigning:
    def test_alice_may_sign_for_alameda_and_amir_may_not(self, alice, amir):
        assert alice.may_sign_for(make.county("Alameda"))
        assert not alice.may_sign_for(make.county("Butte"))
        assert not amir.may_sign_for(make.county("Alameda"))

    @pytest.mark.parametrize(
        ("first", "last", "may"),
        [
            (None, None, False),
            (date(2026, 12, 1), None, True),
            (date(2026, 12, 2), None, False),
            (date(2026, 1, 1), date(2026, 12, 1), True),
            (date(2026, 1, 1), date(2026, 11, 30), False),
        ],
    )
    def test_the_right_holds_from_its_first_day_to_its_last(self, first, last, may):
        membership = Membership(may_sign_from=first, may_sign_until=last)
        assert membership.may_sign(date(2026, 12, 1)) is may

    def test_today_is_the_day_in_california(self, amir):
        amir.memberships.update(may_sign_from=date(2026, 12, 1))
        county = make.county("Alameda")
        before = clock.datetime(2026, 12, 1, 7, 59, tzinfo=clock.UTC)
        after = clock.datetime(2026, 12, 1, 8, 0, tzinfo=clock.UTC)
        with clock.travel(before):
            assert not amir.may_sign_for(county)
        with clock.travel(after):
            assert amir.may_sign_for(county)

    def test_a_right_that_ends_before_it_begins_is_refused(self, alice):
        with pytest.raises(IntegrityError), transaction.atomic():
            alice.memberships.update(may_sign_until=date(2019, 1, 1))

    def test_an_end_without_a_beginning_is_refused(self, amir):
        with pytest.raises(IntegrityError), transaction.atomic():
            amir.memberships.update(may_sign_until=date(2030, 1, 1))
