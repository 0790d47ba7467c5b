"""What the state gives: the 58 counties, and the days on which its offices are closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from portal.admin.base import JournaledPage, site
from portal.models import County, OfficeClosure

# What the administrator should know after the calendar changed, a sentence each.
CALENDAR_WARNINGS: list[Callable[[], str]] = []


@admin.register(County, site=site)
class CountyPage(JournaledPage):
    """The 58 counties: their names and departments may change, not which there are."""

    kind = "county"
    list_display = ("name", "number", "seat", "welfare_department", "ihss_department")
    search_fields = ("name", "number", "seat")
    readonly_fields = ("number", "fips")
    list_per_page = 60

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(OfficeClosure, site=site)
class ClosurePage(JournaledPage):
    """The days on which state offices are closed, which the thirty days are counted with."""

    kind, named_by = "closure", "date"
    list_display = ("date", "weekday", "name", "in_force")
    list_filter = ("in_force",)
    search_fields = ("name", "date")
    fields = ("date", "name", "in_force")
    untold = frozenset({"loaded_as"})

    @admin.display(description="Weekday", ordering="date")
    def weekday(self, closure: OfficeClosure) -> str:
        return f"{closure.date:%A}"

    def save_model(self, request: HttpRequest, obj: OfficeClosure, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for warning in CALENDAR_WARNINGS:
            if sentence := warning():
                messages.warning(request, sentence)
