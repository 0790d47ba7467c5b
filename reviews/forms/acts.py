"""Forms of the reviewers' moves and recorded acts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q

from portal import clock
from portal.came_back import Record
from portal.days import EXAMPLE, TIME_EXAMPLE
from portal.forms import DayField, OneOf, PlainText, TimeOfDay
from portal.models import Notice, Role, User
from portal.wording import lately, plain_day, time_of_day
from reviews.acting import Once
from reviews.forms.requesting import LONGEST_DAYS
from reviews.models import Item, Request, Round
from reviews.stationery import program_contact

# What came longer ago than this was typed wrong.
OLDEST_DAYS = 366


def reviewers() -> Any:
    """The people a review can be handed to: reviewers and approvers who can sign in."""
    roles = Q(role=Role.REVIEWER) | Q(role=Role.APPROVER)
    return User.objects.filter(roles, is_active=True).order_by("name")


class HandOver(Once):
    """Which reviewer goes on with the proposal."""

    to = forms.ModelChoiceField(
        reviewers(),
        label="Reviewer",
        empty_label="Choose a reviewer",
        error_messages={"required": "Choose a reviewer"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = reviewers().exclude(pk=self.review.assignee_id)


class Reason(Once):
    """Why something is done; the county or the next reviewer reads it."""

    why = PlainText(
        label="Reason", rows=4, longest=2000, error_messages={"required": "Write the reason"}
    )

    def __init__(self, *args: Any, hint: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].help_text = hint


class Reminder(Once):
    """When a county that doesn't answer was reminded by hand, and how."""

    on = DayField(label="Day of the reminder")
    how = PlainText(
        label="How the county was reminded",
        help_text="For example a call with the program contact.",
        longest=300,
        error_messages={"required": "Write how the county was reminded"},
    )

    def __init__(self, *args: Any, asked: Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial |= {"on": clock.today()}
        self.since = clock.pacific_date(asked.asked_at)

    def clean_on(self) -> date:
        return _day_since(self.since, "when the request went out", self.cleaned_data["on"])


class RecordPost(Once):
    """To whom a letter was mailed, and on which day."""

    home = "notices"
    name = PlainText(
        label="Mailed to",
        longest=120,
        error_messages={"required": "Enter the name of the person it was mailed to"},
    )
    on = DayField(label="Day of mailing")

    def __init__(self, *args: Any, letter: Notice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.letter = letter
        if contact := program_contact(self.review):
            self.fields["name"].initial = contact.name

    def clean_on(self) -> date:
        written = clock.pacific_date(self.letter.created_at)
        return _day_since(written, "when the letter was written", self.cleaned_data["on"])


class CameBack(Once):
    """Which mail of a letter was returned, and what the returned mail says."""

    home = "notices"
    mail = OneOf(
        label="Which mail came back?", error_messages={"required": "Choose which mail came back"}
    )
    said = PlainText(
        label="What the returned mail says",
        rows=3,
        longest=500,
        optional=True,
        help_text="Like “mailbox full” or “no such person”.",
    )

    def __init__(self, *args: Any, letter: Notice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken_on = {str(one.pk): one for one in letter.recipients.all() if one.is_taken_on}
        self.fields["mail"].choices = [
            (key, f"{one.name or one.email} ({one.part}), {one.email}")
            for key, one in self.taken_on.items()
        ]


class DidNotComeBack(Once):
    """Which record of a returned mail was a mistake, and why it is taken back."""

    home = "notices"
    mail = OneOf(
        label="Which mail did not come back?",
        error_messages={"required": "Choose which mail did not come back"},
    )
    why = PlainText(
        label="Reason",
        rows=3,
        longest=500,
        help_text="The history keeps it. The county doesn’t read it.",
        error_messages={"required": "Write why the record is taken back"},
    )

    def __init__(self, *args: Any, records: list[Record], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.records = {str(one.entry.number): one for one in records}
        self.offered = {key: one for key, one in self.records.items() if one.stands}
        self.fields["mail"].choices = [(key, _as_said(one)) for key, one in self.offered.items()]
        if len(self.offered) == 1:
            self.initial["mail"] = next(iter(self.offered))

    @property
    def chosen(self) -> Record | None:
        """The record that the page named, whether it stands or not."""
        return self.records.get(self.data.get("mail", ""))


def _as_said(one: Record) -> str:
    mail = f"{one.mail.name or one.mail.email} ({one.mail.part}), {one.mail.email}"
    return f"{mail}. Put on record by {one.entry.actor_label} {lately(one.entry.at)}"


class SendAgain(Once):
    """Nothing is asked: the page says to whom the letter goes."""

    home = "notices"


def _day_since(first: date, why: str, given: date) -> date:
    """A day that something was done on: not before it could be, and not ahead."""
    if given > clock.today():
        raise forms.ValidationError("Enter a day up to today")
    if given < first:
        raise forms.ValidationError(f"Enter a day from {plain_day(first)} on, {why}")
    return given


class ReceiptTime(forms.Form):
    """When something reached CDSS, as a person enters it: a day and a Pacific time of day."""

    on = DayField(
        label="Day of receipt",
        error_messages={"required": f"Enter the day of receipt, like {EXAMPLE}"},
    )
    at = TimeOfDay(
        label="Time of receipt",
        error_messages={"required": f"Enter the time of receipt, like {TIME_EXAMPLE}"},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("on") and given.get("at"):
            given["receipt_at"] = clock.instant(given["on"], given["at"])
            if given["receipt_at"] > clock.now():
                self.add_error("on", "Enter a time of receipt that is not in the future")
            elif clock.pacific(given["receipt_at"]).time() != given["at"]:
                self.add_error(
                    "at",
                    "No clock showed this time: it went forward by an hour that night. "
                    "Enter a time before or after that hour",
                )
        return given

    @property
    def receipt_at(self) -> datetime:
        return self.cleaned_data["receipt_at"]


class CorrectReceipt(ReceiptTime, Reason):
    """The true time of receipt, beginning with the one on record."""

    field_order = ("seen", "on", "at", "why")
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, period: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_record = period.receipt_at
        self.fields["on"].initial = period.received_on
        self.fields["at"].initial = time_of_day(period.receipt_at)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("receipt_at") == self.on_record.replace(second=0, microsecond=0):
            self.add_error("at", "Enter another time: this one is on record")
        known = clock.pacific_date(self.on_record)
        if given.get("on") and given["on"] < known - timedelta(days=OLDEST_DAYS):
            words = f"Enter a day within the year before {plain_day(known)}: look at the date again"
            self.add_error("on", words)
        return given

    def has_seen(self, mark: str) -> bool:
        """Whether the page showed what this correction changes; the next one does."""
        if self.cleaned_data["shown"] == mark:
            return True
        self.data = self.data.copy()
        self.data["shown"] = mark
        return False


class ChangeItem(Once):
    """What a reviewer does with one item of an open request."""

    WAIVE, CANCEL, EXTEND, BACK = "waived", "cancelled", "extend", "back"

    what = OneOf(
        label="What do you want to do?",
        choices=[
            (WAIVE, "Waive it"),
            (CANCEL, "Cancel it"),
            (EXTEND, "Give more time"),
            (BACK, "Send it back, once"),
        ],
        error_messages={"required": "Choose what to do with the item"},
    )
    why = PlainText(
        label="Reason",
        rows=3,
        longest=2000,
        optional=True,
        help_text="Needed for all but more time. The county reads it.",
    )
    until = DayField(
        label="New date",
        optional=True,
        help_text=f"Needed for more time. Like {EXAMPLE}",
    )

    settled = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.item = item
        self.fields["settled"].initial = item.settled_token
        impossible = {}
        if item.state in (Item.WAIVED, Item.CANCELLED):
            words = "A colleague waived or cancelled it already."
            impossible = dict.fromkeys((self.WAIVE, self.CANCEL, self.EXTEND, self.BACK), words)
        elif item.state == Item.SETTLED:
            words = "The county has settled it. You can send it back."
            impossible = dict.fromkeys((self.WAIVE, self.CANCEL), words)
            if item.sent_back_at:
                impossible[self.BACK] = "It was sent back once before."
        else:
            impossible[self.BACK] = "The county has not settled it yet."
        what = self.fields["what"]
        what.impossible = what.widget.impossible = impossible
        what.widget.hints = {
            self.WAIVE: "You can decide without it.",
            self.CANCEL: "It was asked in error.",
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        what = given.get("what")
        lacks_why = not given.get("why", "").strip() and "why" not in self.errors
        if what in (self.WAIVE, self.CANCEL, self.BACK) and lacks_why:
            self.add_error("why", "Write the reason; the county reads it")
        if what in (self.EXTEND, self.BACK) and "until" not in self.errors:
            self._check_until(what, given.get("until"))
        return given

    def refuse(self, words: str) -> None:
        super().refuse(words)
        self.item.refresh_from_db()
        self.data["settled"] = self.item.settled_token

    def _check_until(self, what: str, until: date | None) -> None:
        """More time needs a later date; an item sent back needs one that is still ahead."""
        now = self.item.by
        if until is None and what == self.EXTEND:
            self.add_error("until", f"Enter the new date, like {EXAMPLE}")
        elif until is None and now <= clock.today():
            self.add_error("until", f"Enter a new date: {plain_day(now)} is not ahead any more")
        elif until and until <= max(now, clock.today()):
            self.add_error("until", f"Enter a date after {plain_day(max(now, clock.today()))}")
        elif until and until > clock.today() + timedelta(days=LONGEST_DAYS):
            self.add_error("until", "Enter a date within a year from today")
