"""The editor's pages: a new draft, its sections and its documents."""

from django.urls import path

import portal.converters  # noqa: F401  registers <ref:…>
from proposals import autosave, editor, filing, starting

urlpatterns = [
    path("proposals/new/", starting.new_proposal, name="new_proposal"),
    path("proposals/guide/", starting.guide, name="guide"),
    path("proposals/copy/", starting.copy_earlier, name="copy_earlier"),
    path("proposals/<ref:reference>/copy/", starting.copy_proposal, name="copy_proposal"),
    path("proposals/questions/", starting.questions, name="questions"),
    path("proposals/questions/<slug:sheet>/", starting.questions, name="question_sheet"),
    path("proposals/<ref:reference>/edit/<slug:section>/", editor.section, name="section"),
    path(
        "proposals/<ref:reference>/edit/<slug:section>/autosave/",
        autosave.autosave,
        name="autosave",
    ),
    path("proposals/<ref:reference>/documents/add/", filing.add_document, name="add_document"),
    path("proposals/<ref:reference>/documents/<int:document>/", filing.document, name="document"),
    path(
        "proposals/<ref:reference>/documents/<int:document>/details/",
        filing.describe_document,
        name="describe_document",
    ),
    path(
        "proposals/<ref:reference>/documents/<int:document>/replace/",
        filing.replace_document,
        name="replace_document",
    ),
    path(
        "proposals/<ref:reference>/documents/<int:document>/remove/",
        filing.remove_document,
        name="remove_document",
    ),
]
