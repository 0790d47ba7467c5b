"""The editor's pages: a new draft, its sections and its documents."""

from django.urls import path

import portal.converters  # noqa: F401  registers <ref:…>
from proposals import editor, views

urlpatterns = [
    path("proposals/new/", views.new_proposal, name="new_proposal"),
    path("proposals/<ref:reference>/edit/<slug:section>/", editor.section, name="section"),
    path("proposals/<ref:reference>/documents/<int:document>/", views.document, name="document"),
    path(
        "proposals/<ref:reference>/documents/<int:document>/remove/",
        views.remove_document,
        name="remove_document",
    ),
    path("proposals/<ref:reference>/discard/", views.discard, name="discard"),
]
