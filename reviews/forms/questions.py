"""The questions of a proposal outside the editor: asked for by CDSS, confirmed, or copied in."""

from __future__ import annotations

from django import forms

from portal.forms import AnyOf, DayField, EmailAddress, OneOf, PlainText, Telephone
from proposals.sections import Answer


def control_for(answer: Answer, *, optional: bool = False) -> forms.Field:
    """The control of a question, as the editor has it; unless `optional` it wants an answer."""
    common = {"label": answer.label, "help_text": answer.hint, "optional": optional}
    if answer.missing:
        common["error_messages"] = {"required": answer.missing}
    if answer.kind == "tick":
        return forms.BooleanField(label=answer.label, required=False)
    if answer.kind == "choice":
        return OneOf(choices=answer.choices, **common)
    if answer.kind == "choices":
        alone = [choice for choice in answer.choices if choice[0] in answer.alone]
        together = [choice for choice in answer.choices if choice[0] not in answer.alone]
        first = alone[0][0] if alone else None
        return AnyOf(choices=together + alone, exclusive=first, **common)
    if answer.kind == "day":
        return DayField(**common)
    if answer.kind == "email":
        return EmailAddress(**common)
    if answer.kind == "phone":
        return Telephone(**common)
    rows = 6 if answer.kind == "text" else 0
    return PlainText(rows=rows, longest=answer.longest, **common)
