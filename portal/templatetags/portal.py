"""The parts that pages are made of, and how dates, times and sizes are written.

Every state is a word, a shape and a colour, in that order: cover the colour and it still reads.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import template
from django.core.exceptions import ObjectDoesNotExist
from django.forms import BaseForm
from django.forms.formsets import BaseFormSet
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal import wording
from portal.days import NotADay, parse_day

register = template.Library()

PARTS = "portal/parts"

# kind of state: shape, colour
STATES = {
    "draft": ("pen", ""),
    "submitted": ("ring", "blue"),
    "in_review": ("half", "blue"),
    "documents_requested": ("arrows", "amber"),
    "approved": ("check", "green"),
    "not_approved": ("cross", "red"),
    "out_of_scope": ("dash", ""),
    "withdrawn": ("dash", ""),
    "ready": ("pen", "amber"),
    "neutral": ("dot", ""),
    "progress": ("half", "blue"),
    "not_started": ("ring", ""),
    "problem": ("warn", "red"),
    "changed": ("pen", "blue"),
}
# States that are told in plain text, without a label around them.
PLAIN_STATES = {
    "completed": ("check", "green", "Completed"),
    "cannot_start": ("lock", "muted", "Cannot start yet"),
    "settled": ("check", "green", "Settled"),
    "to_do": ("ring", "muted", "To do"),
}
TASK_WORDS = {
    "progress": "In progress",
    "not_started": "Not started",
    "problem": "There is a problem",
}
NOTICE_ICONS = {
    "info": "info",
    "success": "check",
    "warning": "warn",
    "error": "warn",
    "internal": "lock",
}

NEAR_DAYS, SOON_DAYS = 5, 10


# How dates, times and sizes are written

for words in (
    wording.day,
    wording.plain_day,
    wording.short_day,
    wording.time_of_day,
    wording.moment,
    wording.long_moment,
    wording.lately,
    wording.machine_time,
    wording.size,
    wording.days_left,
):
    register.filter(words.__name__, words)


@register.filter
def is_before(planned: date | str | None, other: date) -> bool:
    """Whether a date, or what was typed for one, lies before another; not for what is no date."""
    try:
        return bool(planned) and parse_day(str(planned)) < other
    except NotADay:
        return False


# Shapes, states and dates


@register.simple_tag
def icon(name: str) -> SafeString:
    """A shape of the page's sprite; the words beside it say the same."""
    return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.filter
def notice_icon(kind: str) -> str:
    """The shape at the head of a notice of that kind."""
    return NOTICE_ICONS.get(kind, "info")


@register.simple_tag
def status_label(kind: str, label: str) -> SafeString:
    """The state of a proposal or a section, as shape and words in a coloured label."""
    shape, colour = STATES[kind]
    classes = f"tag {colour}".strip()
    return format_html('<span class="{}">{}{}</span>', classes, icon(shape), label)


@register.simple_tag
def state(kind: str, label: str = "") -> SafeString:
    """A state of work: plain text for what is settled or closed, a label for what needs a look."""
    if kind not in PLAIN_STATES:
        return status_label(kind, label or TASK_WORDS[kind])
    shape, colour, words = PLAIN_STATES[kind]
    return format_html('<span class="state {}">{}{}</span>', colour, icon(shape), label or words)


@register.inclusion_tag(f"{PARTS}/due.html")
def due(
    due_on: date | None,
    today: date,
    paused_until: date | None = None,
    style: str = "table",
) -> dict[str, Any]:
    """When an answer is due: the date, and in words how far off it is.

    `style`: "table" is a short date over words, "line" both in one line, "county" a long date
    after "By", in amber from the first day, since the county is waited for. While the clock is
    stopped for the county, it says by when and how many days late it is.
    """
    if paused_until:
        late = max(0, (today - paused_until).days)
        stopped = {"kind": "stopped", "shape": "pause", "style": style}
        return stopped | {"paused_until": paused_until, "late": late}
    if due_on is None:
        return {}
    left = (due_on - today).days
    kind, shape = next(
        (kind, shape)
        for limit, kind, shape in (
            (-1, "late", "warn"),
            (0, "late", "clock"),
            (NEAR_DAYS, "near", "clock"),
            (SOON_DAYS, "soon", "clock"),
            (left, "", ""),
        )
        if left <= limit
    )
    if style == "county" and not kind:
        kind, shape = "soon", "clock"
    return {"kind": kind, "shape": shape, "due_on": due_on, "today": today, "style": style}


@register.inclusion_tag(f"{PARTS}/day_strip.html")
def day_strip(day: int, days: int = 30, moved: int = 0) -> dict[str, Any]:
    """One mark a day: filled to today, pale to the last day, hollow for days the date moved.

    A picture of the words "Day 13 of 30", which stand beside it.
    """
    step, marks = 8, days + moved
    gone = max(0, min(day, marks))
    return {
        "width": marks * step - 2,
        "plain": days * step - 2,
        "gone": gone * step - 2 if gone else 0,
        "hollow": [position * step + 0.5 for position in range(max(days, gone), marks)],
    }


# Parts of a page


@register.simple_tag(takes_context=True)
def mailbox(context: template.Context, label: str = "") -> SafeString | str:
    """Where questions go: the mailbox of the governing letter (ACL-17), as a link."""
    try:
        address = context["letter"].mailbox
    except (KeyError, ObjectDoesNotExist):
        return label or "CDSS, at the address in your last letter"
    return format_html('<a href="mailto:{}">{}</a>', address, label or address)


@register.simple_block_tag
def notice(content: str, kind: str, heading: str = "", level: int = 0) -> SafeString:
    """A notice: info, success, warning, error, or internal (only CDSS sees it)."""
    return _part(
        "notice.html",
        kind=kind,
        heading=heading,
        level=level,
        shape=notice_icon(kind),
        content=content,
    )


@register.simple_block_tag
def empty(content: str, heading: str, level: int = 2) -> SafeString:
    """What stands where nothing is yet: why, and what next."""
    return _part("empty.html", heading=heading, level=level, content=content)


@register.simple_block_tag
def letter_sheet(
    content: str,
    department: str = "California Department of Social Services",
    division: str = "",
    on: date | None = None,
    reference: str = "",
) -> SafeString:
    """A letter as a sheet of paper."""
    return _part(
        "letter_sheet.html",
        department=department,
        division=division,
        on=on,
        reference=reference,
        content=content,
    )


@register.simple_block_tag
def summary_answer(content: str, term: str, change: str = "", hidden: str = "") -> SafeString:
    """A line of a summary list whose answer needs markup of its own."""
    return _part("summary_row.html", term=term, change=change, hidden=hidden, content=content)


@register.inclusion_tag(f"{PARTS}/summary_row.html")
def summary_row(
    term: str,
    answer: Any = "",
    change: str = "",
    hidden: str = "",
    missing: str = "",
    gap: str = "Not provided",
) -> dict[str, Any]:
    """A line of a summary list: term, answer, and where to change it.

    `answer` is text or a list of lines; `missing` says what the county must still enter, and
    becomes a link; without either, `gap` stands in grey. `hidden` names the answer for people
    who hear the link without the line.
    """
    lines = [answer] if isinstance(answer, str | int | float | date) else list(answer or [])
    return {
        "term": term,
        "lines": [line for line in lines if line not in ("", None)],
        "change": change,
        "hidden": hidden or term,
        "missing": missing,
        "gap": gap,
    }


@register.inclusion_tag(f"{PARTS}/task_row.html")
def task_row(
    number: int, title: str, url: str, hint: str, status: str, who: str = ""
) -> dict[str, Any]:
    """A section in the task list, with who worked on it last; one that can't start is no link."""
    closed = status == "cannot_start" or not url
    return {
        "number": number,
        "title": title,
        "url": url,
        "hint": hint,
        "status": status,
        "who": who,
        "closed": closed,
    }


@register.inclusion_tag(f"{PARTS}/segments.html")
def segments(statuses: Iterable[str]) -> dict[str, Any]:
    """A bar of one segment per section, a picture of "4 of 6 sections complete"."""
    fill = {"completed": "done", "progress": "half", "problem": "half"}
    return {"fills": [fill.get(status, "") for status in statuses]}


@register.inclusion_tag(f"{PARTS}/tracker.html")
def tracker(steps: Iterable[dict[str, str]]) -> dict[str, Any]:
    """Where a proposal stands: steps with name, when, state (done, now, later), perhaps icon."""
    shapes = {"done": "check", "now": "half", "later": ""}
    return {
        "steps": [{**step, "icon": step.get("icon") or shapes[step["state"]]} for step in steps]
    }


@register.inclusion_tag(f"{PARTS}/timeline.html")
def timeline(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What happened, newest first: at, text, perhaps link with link_text; major acts are filled."""
    return {"entries": entries}


@register.inclusion_tag(f"{PARTS}/back.html")
def back(url: str, label: str) -> dict[str, str]:
    """The link back to where the page belongs."""
    return {"url": url, "label": label}


@register.inclusion_tag(f"{PARTS}/crumbs.html")
def crumbs(*parts: str) -> dict[str, Any]:
    """The way here: address, label, address, label, and the name of this page."""
    *links, here = parts
    return {"links": list(zip(links[::2], links[1::2], strict=True)), "here": here}


# Errors of forms


def _forms(parts: Iterable[BaseForm | BaseFormSet | None]) -> Iterable[BaseForm]:
    for part in parts:
        if isinstance(part, BaseForm):
            yield part
        elif part is not None:
            yield from part


def first_control(field: Any) -> str:
    """The id of the control that a link about this field must reach."""
    return field.subwidgets[0].id_for_label if field.use_fieldset else field.id_for_label


def form_errors(form: BaseForm) -> Iterable[dict[str, str]]:
    """The errors of a form in the order of its fields, each with the control it is about.

    Those of a row begin with the row's name, as several rows may have the same one.
    """
    row = f"{form.called}: " if getattr(form, "called", "") else ""
    for error in _errors(form):
        yield error | {"text": f"{row}{error['text']}"}


def _errors(form: BaseForm) -> Iterable[dict[str, str]]:
    if not form.is_bound:
        return
    visible = form.visible_fields()
    for error in form.non_field_errors():
        yield {"text": error, "target": first_control(visible[0]) if visible else ""}
    for field in visible:
        for error in field.errors:
            yield {"text": error, "target": first_control(field)}
    for field in form.hidden_fields():
        for error in field.errors:
            yield {"text": error, "target": ""}


@register.inclusion_tag(f"{PARTS}/error_summary.html")
def error_summary(*parts: BaseForm | BaseFormSet | None) -> dict[str, Any]:
    """All errors of these forms and formsets, in one list above the heading that takes focus."""
    errors = [
        {"text": error, "target": ""}
        for part in parts
        if isinstance(part, BaseFormSet) and part.is_bound
        for error in part.non_form_errors()
    ]
    for form in _forms(parts):
        errors.extend(form_errors(form))
    return {"errors": errors}


@register.simple_tag
def error_prefix(*parts: BaseForm | BaseFormSet | None) -> str:
    """What the title of a page with errors begins with."""
    wrong = any(part.is_bound and not part.is_valid() for part in parts if part is not None)
    return "Error: " if wrong else ""


def _part(name: str, **context: Any) -> SafeString:
    return render_to_string(f"{PARTS}/{name}", context)
