"""Reports of barriers, from the first reading to the answer. None is ever deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from portal import case_data
from portal.admin.base import Page, back_to, site
from portal.forms import PlainText
from portal.models import BarrierReport
from portal.models.barriers import AlreadyAnswered, BarrierState
from portal.wording import moment, short_day


class AnswerForm(forms.ModelForm):
    """The answer to a report, in the administrator's own words."""

    # "answer" itself is written by the report alone, together with who answered and when.
    reply = PlainText(
        label="Your answer",
        rows=8,
        widget=forms.Textarea(attrs={"rows": 8, "class": "vLargeTextField"}),
        optional=True,
        help_text=(
            "Leave it empty and save, to note that you are looking into it. An answer is final: "
            "it is mailed if an address was given, and can't be changed."
        ),
    )

    class Meta:
        model = BarrierReport
        fields = ()

    def clean_reply(self) -> str:
        """The answer leaves by mail and is kept, so it holds no case data either."""
        text: str = self.cleaned_data["reply"].strip()
        if looks := case_data.looks_like(text):
            raise forms.ValidationError(f"{looks} Take it out of the answer")
        return text


class Overdue(admin.SimpleListFilter):
    """Those that should have been answered by now."""

    title, parameter_name = "answer", "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Overdue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        late = BarrierReport.objects.overdue().values("pk")
        return queryset.filter(pk__in=late) if self.value() else queryset


@admin.register(BarrierReport, site=site)
class BarrierPage(Page):
    """What kept people from using the portal: read here, looked into and answered."""

    kind = "barrier"
    form = AnswerForm
    list_display = ("reference", "reported", "page", "state", "answer_due")
    list_filter = ("state", Overdue)
    list_select_related = ("reported_by", "answered_by", "taken_by")
    search_fields = ("wanted", "obstacle", "page", "email")
    ordering = ("-reported_at", "-pk")
    actions = None
    told = (
        *("reference", "state", "answer_due", "reported", "whose", "email"),
        *("page", "wanted", "obstacle", "aids", "looked_into"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: BarrierReport | None = None) -> bool:
        """Until it is answered; an answer that comes second is read, and refused in words."""
        return obj is None or request.method == "POST" or obj.state != BarrierState.ANSWERED

    def get_fields(self, request: HttpRequest, obj: BarrierReport | None = None) -> tuple[str, ...]:
        may_answer = self.has_change_permission(request, obj)
        return (*self.told, "reply") if may_answer else (*self.told, "answered", "answer")

    def get_readonly_fields(
        self, request: HttpRequest, obj: BarrierReport | None = None
    ) -> tuple[str, ...]:
        return (*self.told, "answered", "answer")

    def subject(self, obj: BarrierReport) -> tuple[str, str]:
        return obj.subject

    @admin.display(description="Number", ordering="reported_at")
    def reference(self, report: BarrierReport) -> str:
        return report.reference

    @admin.display(description="Reported", ordering="reported_at")
    def reported(self, report: BarrierReport) -> str:
        return moment(report.reported_at)

    @admin.display(description="Answer by", ordering="answer_by")
    def answer_due(self, report: BarrierReport) -> str:
        late = ", overdue" if report.is_overdue else ""
        return f"{short_day(report.answer_by)}{late}"

    @admin.display(description="From")
    def whose(self, report: BarrierReport) -> str:
        return str(report.reported_by or "Someone who was not signed in")

    @admin.display(description="Looked into")
    def looked_into(self, report: BarrierReport) -> str:
        return f"{report.taken_by}, {moment(report.taken_at)}" if report.taken_at else "Not yet"

    @admin.display(description="Answered")
    def answered(self, report: BarrierReport) -> str:
        return f"{report.answered_by}, {moment(report.answered_at)}"

    def save_model(self, request: HttpRequest, obj: BarrierReport, form: Any, change: bool) -> None:
        """Answers it, or without words notes who looks into it."""
        text = form.cleaned_data["reply"]
        if not text:
            obj.look_into(by=request.user)
            return
        try:
            obj.give_answer(text, by=request.user)
        except AlreadyAnswered as refusal:
            obj.refusal = f"{refusal} Yours was not sent: {text}"

    def response_change(self, request: HttpRequest, obj: BarrierReport) -> HttpResponse:
        """Says that it is saved; or why an answer was not taken, with its words, to be kept."""
        if refusal := getattr(obj, "refusal", ""):
            messages.error(request, refusal)
            return back_to(obj)
        return super().response_change(request, obj)
