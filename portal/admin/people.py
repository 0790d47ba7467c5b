"""People and their counties, as an administrator keeps them. Nobody types another's password."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from portal import clock, journal
from portal.access import administrator
from portal.account_forms import AskForReset
from portal.admin.base import (
    JournaledPage,
    Kept,
    OpenedForm,
    back_to,
    confirm,
    facts,
    record_change,
    site,
)
from portal.models import Membership, Role, User

# The 58 counties, and one row that is empty.
MOST_ROWS = 59
# How many of what a person holds are named.
LISTED = 50
ANOTHER = "Ask another administrator: nobody takes their own access away."


class Held(NamedTuple):
    """What a person holds that someone else must take on when they leave: how many, and the first
    of them as address and words."""

    count: int
    first: Sequence[tuple[str, str]]


# The wings add to it: the hall knows nothing of their work.
HOLDINGS: list[Callable[[User], Held]] = []
# Where all of it is handed over at once: the names of pages, each with what it is called.
HANDED_OVER_IN: list[tuple[str, str]] = []


def held_by(person: User) -> Held:
    """Everything this person holds now."""
    found = [holding(person) for holding in HOLDINGS]
    first = [one for held in found for one in held.first]
    return Held(sum(held.count for held in found), first[:LISTED])


def links(held: Held) -> str:
    """Each as a link; of very many the first, and how many more there are."""
    listed = format_html_join(", ", '<a href="{}">{}</a>', held.first)
    more = held.count - len(held.first)
    return format_html("{}, and {} more", listed, more) if more else listed


class PersonForm(OpenedForm):
    """A person as an administrator keeps them. Nobody but the person ever types their password."""

    by: User

    def as_read(self) -> dict[str, str]:
        """Also the counties this person works for, and when they may sign."""
        rows = self.instance.memberships.select_related("county")
        return super().as_read() | {str(one.county): _in_words(one) for one in rows}

    class Meta:
        model = User
        fields = ("email", "name", "title", "phone", "role", "is_active")

    def clean(self) -> dict[str, Any]:
        """Refuses that administrators shut themselves out, which might leave none."""
        given = super().clean() or {}
        if self.instance.pk == self.by.pk:
            if given.get("role") != Role.ADMINISTRATOR:
                self.add_error("role", ANOTHER)
            if not given.get("is_active"):
                self.add_error("is_active", ANOTHER)
        return given


def _in_words(one: Membership) -> str:
    """What a row says of a county."""
    if one.ended_at:
        return "no longer works there"
    if one.may_sign_from is None:
        return "works there, doesn't sign"
    until = f" until {one.may_sign_until}" if one.may_sign_until else ""
    return f"may sign from {one.may_sign_from}{until}"


class NewPersonForm(PersonForm):
    """A new person, who gets a mail with a link to set a password."""

    send_link = forms.BooleanField(
        label="Send a link to set a password",
        required=False,
        initial=True,
        help_text="It works for one hour. You can send another one from this person's page.",
    )


class MembershipForm(forms.ModelForm):
    """That a person works for a county, and from when until when they may sign for it."""

    ended = forms.BooleanField(label="no longer works there", required=False)

    class Meta:
        model = Membership
        fields = ("county", "may_sign_from", "may_sign_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["county"].disabled = True
            self.initial["ended"] = self.instance.ended_at is not None

    def save(self, commit: bool = True) -> Membership:
        """Notes when it ended; taken back, the membership goes on as before."""
        if not self.cleaned_data["ended"]:
            self.instance.ended_at = None
        elif self.instance.ended_at is None:
            self.instance.ended_at = clock.now()
        saved: Membership = super().save(commit)
        return saved


class Memberships(BaseInlineFormSet):
    """All counties of one person."""

    def clean(self) -> None:
        """Only county staff belong to a county."""
        super().clean()
        if self.instance.role == Role.COUNTY:
            return
        for form in self.forms:
            given = getattr(form, "cleaned_data", {})
            if given.get("county") and not given.get("ended"):
                form.add_error(
                    "county",
                    "Only county staff belong to a county. End this, or choose that role.",
                )


class MembershipRows(Kept, admin.TabularInline):
    """The counties a person works for, and whether they may sign."""

    model = Membership
    fk_name = "user"
    form = MembershipForm
    formset = Memberships
    fields = (
        "county",
        "may_sign_from",
        "may_sign_until",
        "may_sign_granted_by",
        "since",
        "ended",
    )
    readonly_fields = ("may_sign_granted_by", "since")
    extra = 1
    max_num = MOST_ROWS
    can_delete = False
    verbose_name = "county"
    verbose_name_plural = "counties this person works for"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("county", "may_sign_granted_by")

    def get_formset(self, *args: Any, **kwargs: Any) -> Any:
        """Without a limit a forged form could ask for thousands of rows."""
        return super().get_formset(*args, absolute_max=MOST_ROWS, **kwargs)

    def formfield_for_dbfield(self, *args: Any, **kwargs: Any) -> Any:
        """A plain list of the counties, without buttons to change one from here."""
        field = super().formfield_for_dbfield(*args, **kwargs)
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label = "Choose a county"
            field.widget = field.widget.widget
        return field


@admin.register(User, site=site)
class PersonPage(JournaledPage):
    """Who may sign in, as what. A person who leaves is made inactive, never deleted."""

    kind, named_by = "person", "email"
    untold = frozenset({"password", "session_salt", "last_login", "joined_at"})
    list_display = ("name", "email", "role", "works_for", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("name", "email", "memberships__county__name")
    inlines = (MembershipRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("memberships__county")

    @admin.display(description="Works for")
    def works_for(self, person: User) -> str:
        counties = [one.county.name for one in person.memberships.all() if not one.ended_at]
        return ", ".join(counties) or ("–" if person.is_county else "CDSS")

    @admin.display(description="Holds now")
    def holds(self, person: User) -> str:
        """What someone else must take on when this person leaves."""
        return links(held_by(person)) or "Nothing"

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if obj is None:
            return (*PersonForm.Meta.fields, "send_link")
        return (*PersonForm.Meta.fields, "opened", "holds", "last_login", "joined_at")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return () if obj is None else ("holds", "last_login", "joined_at")

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = PersonForm if change else NewPersonForm
        form = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Saves the person; one who can't sign in any more leaves what they hold to others."""
        if not change:
            obj.set_unusable_password()
        was_reviewer = form.initial.get("role") in (Role.REVIEWER, Role.APPROVER)
        super().save_model(request, obj, form, change)
        if not obj.is_active or (was_reviewer and not obj.is_reviewer):
            self._warn_of_what_is_left(request, obj)

    def _warn_of_what_is_left(self, request: HttpRequest, person: User) -> None:
        held = held_by(person)
        if held.count:
            sentence = (
                "{} still holds {} open. Ask a reviewer to take over or hand over: {}. "
                "All at once: {}"
            )
            pages = [(reverse(name), label) for name, label in HANDED_OVER_IN]
            places = links(Held(len(pages), pages))
            words = format_html(sentence, person.name, held.count, links(held), places)
            messages.warning(request, words)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Saves the memberships; whoever gives the right to sign is kept with it."""
        before = {one.pk: facts(one) for one in form.instance.memberships.all()}
        for membership in formset.save(commit=False):
            was = before.get(membership.pk, {})
            now = facts(membership)
            signing = ("may_sign_from", "may_sign_until")
            if any(was.get(name) != now[name] for name in signing):
                granted = membership.may_sign_from is not None
                membership.may_sign_granted_by = request.user if granted else None
            membership.save()
            act = "change membership" if was else "add membership"
            county = membership.county.name
            subject = self.subject(form.instance)
            record_change(request, subject, act, was, facts(membership), of=county)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.cleaned_data.get("send_link") and form.instance.is_active:
            send_password_link(request, form.instance)

    def get_urls(self) -> list[URLPattern]:
        link = path("<int:pk>/password-link/", password_link, name="portal_user_password_link")
        return [link, *super().get_urls()]


def send_password_link(request: HttpRequest, person: User) -> None:
    """Sends the mail by which a person sets a password; on record with who had it sent."""
    asked = AskForReset({"email": person.email})
    if asked.is_valid():
        asked.save(request)
        journal.record("send password link", by=request.user, subject=("person", person.email))
        messages.info(request, f"A link to set a password is on its way to {person.email}.")


@administrator
def password_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once more, then sends a person the link to set a password."""
    person = get_object_or_404(User, pk=pk)
    if request.method == "POST" and person.is_active:
        with transaction.atomic():
            send_password_link(request, person)
        return back_to(person)
    if not person.is_active:
        messages.error(request, f"{person.name} may not sign in, so no link was sent.")
        return back_to(person)
    sentence = (
        f"Send a link to set a password to {person.name}, {person.email}? It works for one hour."
    )
    return confirm(request, person, "Send a link to set a password", sentence)
