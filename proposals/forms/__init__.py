"""The editor's forms: a new draft, a section, its rows of data, a document."""

from proposals.forms.documents import AddDocuments, DescribeDocument, NewerFile
from proposals.forms.pages import stored_form, typed_form
from proposals.forms.rows import FlowsForm, TooManyRows
from proposals.forms.screened import Screened
from proposals.forms.section import SectionForm, field_of
from proposals.forms.start import StartForm
from proposals.forms.words import take_out

__all__ = [
    "AddDocuments",
    "DescribeDocument",
    "FlowsForm",
    "NewerFile",
    "Screened",
    "SectionForm",
    "StartForm",
    "TooManyRows",
    "field_of",
    "stored_form",
    "take_out",
    "typed_form",
]
