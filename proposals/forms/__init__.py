"""The editor's forms: a new draft, a section, its rows of data, a document."""

from proposals.forms.documents import DocumentForm
from proposals.forms.rows import FlowsForm, TooManyRows, stored_rows, typed_rows
from proposals.forms.screened import Screened
from proposals.forms.section import SectionForm, field_of
from proposals.forms.start import StartForm
from proposals.forms.words import take_out

__all__ = [
    "DocumentForm",
    "FlowsForm",
    "Screened",
    "SectionForm",
    "StartForm",
    "TooManyRows",
    "field_of",
    "stored_rows",
    "take_out",
    "typed_rows",
]
