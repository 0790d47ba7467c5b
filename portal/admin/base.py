"""What all administration pages share: nothing is deleted, and every change is in the journal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from unicodedata import category

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection
from django.db.models import Field, Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst

from portal import clock, journal
from portal.access import Access
from portal.days import FIRST_YEAR, LAST_YEAR
from portal.forms import TURNING
from portal.models import BarrierReport, OfficeClosure


class Administration(admin.AdminSite):
    """The administrator's pages. It holds what our wings register, and nothing of any package."""

    site_header = site_title = "CMIPS interface proposals: administration"
    index_title = "Administration"

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The first page, which also says what has waited longest for an answer, and from
        November on whether next year's closed days are missing."""
        more = {
            "oldest_barrier": BarrierReport.objects.unanswered().first(),
            "next_year_lacks": OfficeClosure.objects.next_year_lacks(clock.today()),
        }
        return super().index(request, more | (extra_context or {}))

    index.access = Access("administrator", "The site asks for the role.")  # type: ignore[attr-defined]

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this is an administrator; 403 at once to whoever is signed in and is none."""
        if super().has_permission(request):
            return True
        if request.user.is_authenticated:
            raise PermissionDenied
        return False


site = Administration(name="admin")
site.disable_action("delete_selected")


class Kept:
    """For pages and rows of which nothing is ever deleted (Gov. Code 12275)."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def formfield_for_dbfield(self, *args: Any, **kwargs: Any) -> Any:
        """What is typed here stands on pages and in letters: as anywhere, nothing of it is hidden,
        and a day is of a year that people mean."""
        field = super().formfield_for_dbfield(*args, **kwargs)
        if isinstance(field, forms.CharField):
            has_lines = isinstance(field.widget, forms.Textarea)
            field.validators.append(_text_is_plain if has_lines else _line_is_plain)
        elif isinstance(field, forms.DateField):
            field.validators.append(_year_is_near)
            field.error_messages["invalid"] = "Enter the date like 2027-01-28."
        return field


def _text_is_plain(text: str) -> None:
    signs = set(text.replace("\r\n", "\n")) - {"\n"}
    if any(sign in TURNING or category(sign) in ("Cc", "Cs") for sign in signs):
        raise ValidationError("Type it again: it has signs that can’t be shown.")


def _line_is_plain(text: str) -> None:
    _text_is_plain(text)
    if "\n" in text:
        raise ValidationError("Type it on one line.")


def _year_is_near(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}.")


class Shown(Kept):
    """For pages and rows that are only looked at."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ShownRows(Shown, admin.TabularInline):
    """Rows beneath a page that is only looked at."""

    extra = 0
    can_delete = False


class Page(Kept, admin.ModelAdmin):
    """A list and a page for each row. What Django's admin would log is in the journal instead."""

    # What the journal calls the subject, and which field names it there.
    kind = ""
    named_by = "pk"
    list_per_page = 50
    show_full_result_count = False
    save_on_top = False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list that the address asks for; one that no list could be is an odd address."""
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError) as odd:
            raise IncorrectLookupParameters from odd

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Nothing: the journal has it."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Nothing: the journal has it."""

    def subject(self, obj: Model) -> tuple[str, str]:
        """How the journal names what is on this page."""
        return self.kind, str(plain(getattr(obj, self.named_by)))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """What the journal has about the subject."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        kind, name = self.subject(obj)
        query = urlencode({"subject_kind": kind, "subject": name})
        return redirect(f"{reverse('admin:portal_journalentry_changelist')}?{query}")

    history_view.access = Access("administrator", "The site asks for the role.")  # type: ignore[attr-defined]


class ShownPage(Shown, Page):
    """A list and pages that are only looked at."""

    actions = None


class Opened(forms.CharField):
    """What a page showed when it was opened, carried by the page; nobody types it."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class OpenedForm(forms.ModelForm):
    """The form of a row that two administrators may have open at once: a page that is older than
    a change, such as that someone may not sign in any more, doesn't undo it unseen."""

    opened = Opened(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = self.as_read() if self.instance.pk else {}
        self.initial["opened"] = signing.dumps(self.now, salt=_OPENED)

    def as_read(self) -> dict[str, str]:
        """All that the page shows of the row, in words."""
        fields = [field for field in self.instance._meta.fields if field.name in self.fields]
        return {capfirst(field.verbose_name): _in_words(self.instance, field) for field in fields}

    def clean(self) -> dict[str, Any]:
        """Refuses a page that is out of date, and says what it says now; saved again it may."""
        given = super().clean() or {}
        if sent := given.get("opened"):
            try:
                before = signing.loads(sent, salt=_OPENED)
            except signing.BadSignature:
                raise ValidationError("Open this page again, and change it there.") from None
            names = dict.fromkeys([*before, *self.now])
            said = [
                f"{name}: {self.now.get(name, 'nothing')}"
                for name in names
                if before.get(name) != self.now.get(name)
            ]
            if said:
                self.data = self.data.copy()
                self.data[self.add_prefix("opened")] = self.initial["opened"]
                raise ValidationError(
                    "This was changed since you opened the page, so nothing of yours was saved. "
                    f"On record now: {'; '.join(said)}. Change below what is not right any more, "
                    "then save."
                )
        return given


TWICE = (
    "Nothing was saved just now: somebody saved the same at that moment, or you did by a second "
    "click. Look at the list as it is."
)
_OPENED = "portal.admin.opened"


def _in_words(obj: Model, field: Field) -> str:
    """What stands in a field, as people read it."""
    value = getattr(obj, f"get_{field.name}_display", lambda: getattr(obj, field.attname))()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(plain(value)) if value not in (None, "") else "nothing"


class JournaledPage(Page):
    """Pages an administrator changes: what was and what is stands in the journal."""

    untold: ClassVar[frozenset[str]] = frozenset()

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Model | None:
        """The row; held where it is about to be changed, so that two changes follow each other."""
        found = super().get_object(request, *args, **kwargs)
        if found is None or request.method != "POST" or not connection.in_atomic_block:
            return found
        # Without its key, which the journal's entry of whoever acts meanwhile refers to.
        type(found)._default_manager.select_for_update(no_key=True).get(pk=found.pk)
        return super().get_object(request, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page of a row; of two who save the same new one at once the second is told so."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as twice:
            # What the database itself refuses, and not the journal.
            if twice.__cause__ is None:
                raise
            messages.error(request, TWICE)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Saves it, and records the fields that differ; all in the view's one transaction."""
        stored = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        before = facts(stored, self.untold) if stored else {}
        super().save_model(request, obj, form, change)
        record_change(
            request,
            self.subject(obj),
            f"{'change' if stored else 'add'} {self.kind}",
            before,
            facts(obj, self.untold),
        )


def record_change(
    request: HttpRequest,
    subject: tuple[str, str],
    act: str,
    before: dict[str, Any],
    after: dict[str, Any],
    **more: Any,
) -> None:
    """Writes the fields that differ into the journal; nothing when none does."""
    changed = sorted(name for name in after if before.get(name) != after[name])
    if changed:
        data = {"after": {name: after[name] for name in changed}, **more}
        if before:
            data["before"] = {name: before[name] for name in changed}
        journal.record(act, by=request.user, subject=subject, data=data)


def facts(obj: Model, untold: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The fields of a row as the journal takes them."""
    return {
        field.name: plain(getattr(obj, field.attname))
        for field in obj._meta.concrete_fields
        if not field.primary_key and field.name not in untold
    }


def plain(value: Any) -> Any:
    """A value in JSON's own types, dates as people sort them."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def back_to(obj: Model) -> HttpResponseRedirect:
    """The page of a row, after something was done with it."""
    meta = obj._meta
    return redirect(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk]))


def confirm(request: HttpRequest, obj: Model, button: str, sentence: str) -> HttpResponse:
    """A page that asks before something is done that can't be undone."""
    context = {
        **site.each_context(request),
        "title": button,
        "opts": obj._meta,
        "original": obj,
        "button": button,
        "sentence": sentence,
    }
    return render(request, "admin/confirm.html", context)
