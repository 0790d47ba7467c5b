"""The form of a section's page: with what is stored, or with what came in."""

from __future__ import annotations

from typing import Any

from proposals.forms.rows import FlowsForm, stored_rows, typed_rows
from proposals.forms.section import SectionForm
from proposals.models import Proposal
from proposals.sections import Section


def stored_form(proposal: Proposal, here: Section, blank: str = "") -> SectionForm | FlowsForm:
    """The page as it opens; `blank` names the direction that gets an empty row at its end."""
    content = proposal.content()
    if here.rows:
        return FlowsForm(proposal, stored_rows(content), blank=blank)
    return SectionForm.stored(here, proposal, content)


def typed_form(
    proposal: Proposal, here: Section, data: Any, **rows: Any
) -> SectionForm | FlowsForm:
    """The page as it came in; `rows` says which rows count. Raises TooManyRows."""
    if here.rows:
        return FlowsForm(proposal, typed_rows(data, **rows))
    return SectionForm(here, proposal, data)
