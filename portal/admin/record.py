"""What the portal has on record: the journal, and the letters that left. Both are only read."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from portal import journal
from portal.admin.base import ShownPage, ShownRows, site
from portal.models import Attempt, JournalEntry, Notice, NoticeRecipient


class JournalPages(Paginator):
    """Pages of the journal: its length is the head's number, so nothing is counted."""

    @cached_property
    def count(self) -> int:
        if self.object_list.query.where:
            return int(self.object_list.count())
        return journal.head()[0]


class KindOfSubject(admin.SimpleListFilter):
    """What entries are about."""

    title, parameter_name = "subject", "subject_kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = ("proposal", "person", "county", "closure", "letter", "barrier", "portal")
        return [(kind, kind.capitalize()) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(subject_kind=self.value()) if self.value() else queryset


@admin.register(JournalEntry, site=site)
class JournalPage(ShownPage):
    """Who did what, when and from where."""

    kind, named_by = "journal", "number"
    paginator = JournalPages
    ordering = ("-number",)
    list_display = ("number", "at", "actor_label", "act", "subject_kind", "subject", "address")
    list_filter = (KindOfSubject,)
    search_fields = ("^subject", "^actor_label", "^act")
    search_help_text = "How a reference, an address, a name or an act begins"
    fields = (
        *("number", "at", "actor_label", "act", "subject_kind", "subject", "address"),
        *("what", "previous_hash", "hash"),
    )
    readonly_fields = ("what",)

    @admin.display(description="What")
    def what(self, entry: JournalEntry) -> str:
        return format_html("<pre>{}</pre>", json.dumps(entry.data, indent=2, ensure_ascii=False))


class RecipientRows(ShownRows):
    """To whom one letter went."""

    model = NoticeRecipient
    fields = ("email", "name", "part", "state", "tries", "accepted_at", "last_error")
    show_change_link = True


class AttemptRows(ShownRows):
    """Each try to hand the mail to the mail server."""

    model = Attempt
    fields = ("number", "began_at", "ended_at", "outcome", "detail")


@admin.register(Notice, site=site)
class NoticePage(ShownPage):
    """The letters that left, word by word, but for those that carry a way in."""

    kind, named_by = "notice", "event"
    ordering = ("-created_at", "-pk")
    list_display = ("created_at", "heading", "subject")
    search_fields = ("^subject", "heading")
    fields = ("event", "subject", "created_at", "heading", "text_if_shown", "digest", "secret")
    readonly_fields = ("text_if_shown",)
    inlines = (RecipientRows,)

    @admin.display(description="Text")
    def text_if_shown(self, notice: Notice) -> str:
        if notice.secret:
            return "Not shown: this letter carries a way in."
        return format_html("<pre>{}</pre>", notice.shown_text)


@admin.register(NoticeRecipient, site=site)
class RecipientPage(ShownPage):
    """One mail to one person, and what became of it."""

    kind, named_by = "notice", "key"
    ordering = ("-pk",)
    list_display = ("email", "notice", "state", "tries", "accepted_at", "next_try_at")
    list_select_related = ("notice",)
    list_filter = ("state",)
    search_fields = ("^email", "^notice__subject")
    fields = (
        *("notice", "email", "name", "part", "why", "state", "tries", "next_try_at"),
        *("accepted_at", "message_id", "last_error", "settled_by", "settled_at"),
    )
    inlines = (AttemptRows,)
