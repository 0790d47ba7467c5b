"""The editor's pages: a new draft, its sections and its documents."""

from django.urls import path

import portal.converters  # noqa: F401  registers <ref:…>
from proposals import editor, starting, views

urlpatterns = [
    path("proposals/new/", starting.new_proposal, name="new_proposal"),
    path("proposals/guide/", starting.guide, name="guide"),
    path("proposals/copy/", starting.copy_earlier, name="copy_earlier"),
    path("proposals/<ref:reference>/copy/", starting.copy_proposal, name="copy_proposal"),
    path("proposals/questions/", starting.questions, name="questions"),
    path("proposals/questions/<slug:sheet>/", starting.questions, name="question_sheet"),
    path("proposals/<ref:reference>/edit/<slug:section>/", editor.section, name="section"),
    path("proposals/<ref:reference>/documents/<int:document>/", views.document, name="document"),
    path(
        "proposals/<ref:reference>/documents/<int:document>/remove/",
        views.remove_document,
        name="remove_document",
    ),
    path("proposals/<ref:reference>/discard/", views.discard, name="discard"),
]
