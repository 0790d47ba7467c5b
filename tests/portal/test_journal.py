"""The record of who did what: complete, in order, and its damage shows."""

import threading
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from portal import append_only, clock, journal
from portal.models import JournalEntry, JournalHead, User

TABLE = JournalEntry._meta.db_table
PROPOSAL = ("proposal", "CIP-2027-0042")


@pytest.fixture
def carol(db):
    return User.objects.create_user("carol@cdss.example.gov", name="Carol Reyes", role="reviewer")


def write(act="took", by=None, **more):
    with transaction.atomic():
        return journal.record(act, by=by, subject=PROPOSAL, **more)


def damage(*statements):
    with append_only.lifted(connection), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def five(db):
    return [write(f"act {number}") for number in range(1, 6)]


# --- Writing ----------------------------------------------------------------------------------


def test_an_entry_says_who_did_what_to_which_when_and_from_where(carol):
    with (
        clock.travel(datetime(2027, 1, 28, 23, 58, tzinfo=UTC)),
        journal.coming_from("192.0.2.7"),
    ):
        write("took", carol, data={"from": "Submitted", "to": "In review"})
    entry = JournalEntry.objects.about(*PROPOSAL).get()
    assert (entry.number, entry.act, entry.actor) == (1, "took", carol)
    assert entry.actor_label == "Carol Reyes"
    assert entry.at == datetime(2027, 1, 28, 23, 58, tzinfo=UTC)
    assert entry.address == "192.0.2.7"
    assert entry.data == {"from": "Submitted", "to": "In review"}
    assert journal.current_address() == ""


def test_an_entry_keeps_the_name_that_the_person_had(carol):
    write("took", carol)
    carol.name = "Carol Smith"
    carol.save()
    assert JournalEntry.objects.get().actor_label == "Carol Reyes"
    assert journal.verify() == []


def test_a_person_who_stands_in_the_journal_cannot_be_deleted(carol):
    write("took", carol)
    with pytest.raises(ProtectedError):
        User.objects.filter(pk=carol.pk).delete()


def test_the_portal_itself_acts_without_a_person(db):
    assert write("reminded").actor_label == "the portal"


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        journal.record("took", by=None, subject=PROPOSAL)
    assert not JournalEntry.objects.exists()


def test_an_act_that_fails_leaves_no_entry_and_no_gap(db):
    write("first")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        journal.record("second", by=None, subject=PROPOSAL)
        raise ZeroDivisionError
    assert write("third").number == 2
    assert journal.verify() == []


def test_over_long_text_of_a_stranger_is_cut_not_refused(db):
    with transaction.atomic():
        entry = journal.record(
            "fail to sign in", by=None, subject=("person", "x" * 9000), address="y" * 900
        )
    assert (len(entry.subject), len(entry.address)) == (254, 64)
    assert journal.verify() == []


@pytest.mark.parametrize(
    "value",
    [1.5, datetime(2027, 1, 28), {1: "key"}, b"bytes", {"set"}, "nul\0", "half \ud800", object()],
)
def test_data_that_both_databases_would_not_return_alike_is_refused(db, value):
    with pytest.raises(ValueError, match="journal takes"):
        write(data={"value": value})
    assert not JournalEntry.objects.exists()


def test_data_comes_back_as_it_went_in(db):
    data = {"z": ["Ünïcode – “quotes”", 10**30, True, None, {"b": 1, "a": [[]]}], "a": ("x", "y")}
    write(data=data)
    assert JournalEntry.objects.get().data == {**data, "a": ["x", "y"]}
    assert journal.verify() == []


def test_the_same_act_has_the_same_hash_on_every_database(db):
    with clock.travel(datetime(2027, 1, 28, 23, 58, 1, 20, tzinfo=UTC)):
        entry = write("took", data={"b": "é", "a": 1}, address="192.0.2.7")
    assert entry.hash == "a0f5920c3f016b98b200f192dbbc01915fea23f5b74a79d664e3696965eae0a4"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_one_chain_without_gaps():
    problems = []

    def act():
        try:
            for _ in range(5):
                write()
        except DatabaseError as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert list(JournalEntry.objects.values_list("number", flat=True)) == list(range(1, 41))
    assert journal.verify() == []


def test_a_lost_head_lets_nobody_start_the_chain_anew(five):
    JournalHead.objects.all().delete()
    with pytest.raises(IntegrityError):
        write()
    assert journal.verify() != []


# --- Checking ---------------------------------------------------------------------------------


def test_a_whole_journal_has_no_faults(five):
    assert journal.verify() == []


def test_an_empty_journal_has_no_faults(db):
    assert journal.verify() == []


@pytest.mark.parametrize(
    "change",
    [
        "act = 'nothing'",
        "actor_label = 'Nobody'",
        "subject = 'CIP-2027-0043'",
        "subject_kind = 'person'",
        "address = '192.0.2.8'",
        """data = '{"a": 1}'""",
        "at = '2027-01-28 23:58:00+00'",
        f"hash = '{'1' * 64}'",
    ],
)
def test_an_altered_entry_is_found(five, change):
    damage(f"UPDATE {TABLE} SET {change} WHERE number = 3")
    assert any("Entry 3 was altered" in fault for fault in journal.verify())


def test_an_altered_person_is_found(five, carol):
    damage(f"UPDATE {TABLE} SET actor_id = {carol.pk} WHERE number = 3")
    assert journal.verify() == ["Entry 3 was altered: its hash does not fit its content."]


def test_an_altered_entry_with_a_hash_made_to_fit_is_found(five):
    entry = JournalEntry.objects.get(number=3)
    entry.act = "nothing"
    damage(f"UPDATE {TABLE} SET act = 'nothing', hash = '{entry.computed_hash()}' WHERE number = 3")
    assert journal.verify() == [
        "Entry 4 does not follow entry 3: one of them was replaced, moved or added."
    ]


def test_a_removed_entry_is_found(five):
    damage(f"DELETE FROM {TABLE} WHERE number = 3")
    assert journal.verify() == ["Entry 3 is missing."]


def test_removed_entries_are_found(five):
    damage(f"DELETE FROM {TABLE} WHERE number < 4")
    assert journal.verify() == ["Entries 1 to 3 are missing."]


def test_a_removed_entry_whose_followers_moved_up_is_found(five):
    damage(
        f"DELETE FROM {TABLE} WHERE number = 3",
        f"UPDATE {TABLE} SET number = 3 WHERE number = 4",
        f"UPDATE {TABLE} SET number = 4 WHERE number = 5",
    )
    faults = journal.verify()
    assert "Entry 3 was altered: its hash does not fit its content." in faults
    assert "The last entry is 4, but 5 were recorded: the end was cut off." in faults


def test_two_entries_that_changed_places_are_found(five):
    damage(
        f"UPDATE {TABLE} SET number = 99 WHERE number = 2",
        f"UPDATE {TABLE} SET number = 2 WHERE number = 3",
        f"UPDATE {TABLE} SET number = 3 WHERE number = 99",
    )
    faults = journal.verify()
    assert any(fault.startswith("Entry 2 does not follow entry 1") for fault in faults)
    assert any(fault.startswith("Entry 3 does not follow entry 2") for fault in faults)


def test_an_added_entry_is_found(five):
    last = five[-1]
    added = JournalEntry(
        number=6,
        at=clock.now(),
        actor_label="the portal",
        act="added",
        subject_kind="proposal",
        subject="CIP-2027-0042",
        previous_hash=last.hash,
    )
    added.hash = added.computed_hash()
    added.save()
    assert journal.verify() == ["Entry 6 was added past the last one recorded, 5."]


def test_a_cut_off_end_is_found(five):
    damage(f"DELETE FROM {TABLE} WHERE number > 3")
    assert journal.verify() == ["The last entry is 3, but 5 were recorded: the end was cut off."]


def test_a_journal_emptied_altogether_is_found(five):
    damage(f"DELETE FROM {TABLE}")
    assert journal.verify() == ["The last entry is 0, but 5 were recorded: the end was cut off."]


def test_a_replaced_last_entry_is_found(five):
    last = five[-1]
    last.act = "nothing"
    damage(f"UPDATE {TABLE} SET act = 'nothing', hash = '{last.computed_hash()}' WHERE number = 5")
    assert "Entry 5 is not the one that was recorded last." in journal.verify()


def test_a_rewritten_end_is_found_by_who_noted_the_hash_outside(five):
    noted = journal.head()
    damage(f"DELETE FROM {TABLE} WHERE number > 3")
    JournalHead.objects.update(number=3, hash=five[2].hash)
    assert journal.verify() == []
    assert journal.verify(noted) == [
        "Entry 5 is not the one that was noted: its hash differs or it is gone."
    ]
    assert journal.verify((2, five[1].hash)) == []


def test_missing_triggers_are_found(five):
    with append_only.lifted(connection):
        faults = journal.verify()
    assert f"The trigger append_only_{TABLE}_update" in " ".join(faults)
    assert f"The trigger append_only_{TABLE}_delete" in " ".join(faults)
    assert journal.verify() == []


@pytest.mark.sqlite
@pytest.mark.parametrize("change", ["data = '{'", "at = 'yesterday'", "at = '2027-99-99'"])
def test_an_unreadable_entry_is_a_fault_and_no_crash(five, change):
    damage(
        "PRAGMA ignore_check_constraints = ON",
        f"UPDATE {TABLE} SET {change} WHERE number = 3",
        "PRAGMA ignore_check_constraints = OFF",
    )
    (fault,) = journal.verify()
    assert fault.startswith(("The journal cannot be read after entry 2", "Entry 3 was altered"))


def test_checking_takes_the_same_few_queries_however_long_it_is(
    five, django_assert_max_num_queries
):
    with django_assert_max_num_queries(4):
        assert journal.verify() == []


# --- The command ------------------------------------------------------------------------------


def test_the_command_prints_one_line_with_count_and_hash(five):
    said = StringIO()
    call_command("verify_journal", stdout=said)
    assert said.getvalue() == (
        f"The journal is whole: 5 entries, the last hash is {five[-1].hash}.\n"
    )


def test_the_command_names_each_fault_and_exits_with_1(five):
    damage(
        f"UPDATE {TABLE} SET act = 'nothing' WHERE number = 2",
        f"DELETE FROM {TABLE} WHERE number = 4",
    )
    said, faults = StringIO(), StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("verify_journal", stdout=said, stderr=faults)
    assert left.value.code == 1
    assert said.getvalue() == ""
    assert faults.getvalue().splitlines() == [
        "Entry 2 was altered: its hash does not fit its content.",
        "Entry 4 is missing.",
    ]


def test_the_command_checks_against_a_line_noted_earlier(five):
    number, last = journal.head()
    call_command("verify_journal", noted=[str(number), last], stdout=StringIO())
    with pytest.raises(SystemExit):
        call_command("verify_journal", noted=["5", "0" * 64], stderr=StringIO())
    with pytest.raises(CommandError):
        call_command("verify_journal", noted=["five", last], stderr=StringIO())
