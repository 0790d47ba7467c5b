"""The templates of the decision letters, on pages for approvers: read, change, see what was."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock
from portal.access import approver
from portal.wording import plain_day
from reviews.acting import answer
from reviews.decision_text import filled
from reviews.forms.letter_templates import TemplateForm
from reviews.letter_kinds import EXAMPLE, KINDS, LONGEST_TEMPLATE, PLACEHOLDERS, faults
from reviews.letterhead import Frame
from reviews.models import LetterTemplate
from reviews.sheet import sheet


@approver
@require_safe
def letter_templates(request: HttpRequest) -> HttpResponse:
    """One template for each kind of decision letter, with who wrote it and when."""
    lines = [(kind, name, LetterTemplate.objects.in_force(kind)) for kind, name in KINDS.items()]
    return render(request, "reviews/desk/letter_templates.html", {"lines": lines})


@approver
def letter_template(request: HttpRequest, template: str) -> HttpResponse:
    """One template: its text to change, an example of the letter, and its earlier versions."""
    if template not in KINDS:
        raise Http404
    form = TemplateForm.on(request, template)

    def do() -> LetterTemplate:
        return LetterTemplate.objects.write(template, by=request.user, **form.given())

    def show(status: int) -> HttpResponse:
        context = _page(template, form)
        return render(request, "reviews/desk/letter_template.html", context, status=status)

    done = "Saved. Letters are written from it from now on."
    return answer(request, form, do, done, show, back=reverse("letter_templates"))


def _page(kind: str, form: TemplateForm) -> dict[str, Any]:
    """What stands beside the form: the example, the placeholders, what changed from one version
    to the next."""
    text = (form["text"].value() or "").replace("\r\n", "\n")
    versions = list(LetterTemplate.objects.filter(kind=kind).select_related("written_by"))
    first = LetterTemplate.objects.at_first(kind)
    pairs = zip(versions, [*versions[1:], first], strict=False)
    is_right = len(text) <= LONGEST_TEMPLATE and not list(faults(kind, text))
    example = filled(text, EXAMPLE) if is_right else ""
    return {
        "form": form,
        "name": KINDS[kind],
        "blocks": sheet(example, example) if example else [],
        "around": Frame(["Letterhead"], plain_day(clock.today()), "CIP-2027-0042", ["Signatory"]),
        "placeholders": [(f"{{{name}}}", words) for name, words in PLACEHOLDERS.items()],
        "versions": [(new, sheet(new.text, old.text, new.text)) for new, old in pairs],
    }
