"""What the state gives: the 58 counties."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from portal.admin.base import JournaledPage, OpenedForm, site
from portal.models import County


@admin.register(County, site=site)
class CountyPage(JournaledPage):
    """The 58 counties: their names and departments may change, not which there are."""

    kind = "county"
    form = OpenedForm
    list_display = ("name", "number", "seat", "welfare_department", "ihss_department")
    search_fields = ("name", "number", "seat")
    readonly_fields = ("number", "fips")
    list_per_page = 60

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
