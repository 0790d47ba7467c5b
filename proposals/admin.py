"""What counties sent, as an administrator looks it up: nothing of it is changed here."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from portal.admin.base import ShownPage, ShownRows, site
from proposals.content import lines
from proposals.models import Contact, Document, Proposal, SignedCopy
from proposals.sections import SECTIONS


class ContactRows(ShownRows):
    """Whom CDSS writes to."""

    model = Contact
    fields = ("kind", "name", "title", "phone", "email")


class DocumentRows(ShownRows):
    """What was sent with it and since."""

    model = Document
    fields = ("title", "kind", "label", "size", "sha256", "uploaded_by", "uploaded_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).select_related("uploaded_by")


class CopyRows(ShownRows):
    """Each signed copy with its fingerprint."""

    model = SignedCopy
    fields = ("number", "signer_name", "signer_title", "signed_at", "governing_letter", "sha256")
    verbose_name_plural = "signed copies"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignedCopy]:
        return super().get_queryset(request).select_related("governing_letter")


@admin.register(Proposal, site=site)
class ProposalPage(ShownPage):
    """The proposals that were sent; a draft is its county's alone."""

    kind, named_by = "proposal", "reference"
    list_display = ("reference", "tool_name", "county", "sent_at", "arrived_by")
    list_select_related = ("county",)
    list_filter = ("arrived_by",)
    search_fields = ("reference", "tool_name", "vendor_name", "county__name")
    fields = (
        *("reference", "county", "created_by", "created_at", "sent_at", "arrived_by"),
        *("revises", "answers"),
    )
    readonly_fields = ("answers",)
    inlines = (ContactRows, DocumentRows, CopyRows)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        return super().get_queryset(request).visible_to(request.user)

    @admin.display(description="Answers")
    def answers(self, proposal: Proposal) -> str:
        """Every answer, section by section, as people read it."""
        content = proposal.content()
        sections = [(section.title, lines(section, content)) for section in SECTIONS]
        return render_to_string("admin/proposals/answers.html", {"sections": sections})
