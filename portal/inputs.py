"""How the boxes of a form are written: at once, where Django would open a template for each.

A review has fifty of them and the queue a list of 58 counties, which made them the dearest part of
a page. What they say is what Django's own templates say; every other template is Django's.
"""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

PLACE = "django/forms/widgets/"
ONE_LINE = (
    *("text", "hidden", "email", "password", "number", "url", "date", "checkbox"),
    *("radio_option", "checkbox_option"),
)


class Boxes(DjangoTemplates):
    """Django's renderer of forms, quicker for what each form of the portal has many of."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        widget = context.get("widget", {})
        name = template_name.removeprefix(PLACE).removesuffix(".html")
        if name in ONE_LINE and not widget.get("wrap_label"):
            return one_line(widget)
        if name == "textarea":
            return several_lines(widget)
        if name == "select":
            return options(widget)
        return super().render(template_name, context, request)


def one_line(widget: Mapping[str, Any]) -> SafeString:
    """A box of one line, or one to tick."""
    value = widget["value"]
    given = SafeString("") if value is None else format_html(' value="{}"', value)
    about = flatatt(widget["attrs"])
    return format_html(
        '<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], given, about
    )


def several_lines(widget: Mapping[str, Any]) -> SafeString:
    """A box for text of several lines."""
    # The first line end after the tag is none of the text's.
    text = "" if widget["value"] is None else widget["value"]
    about = flatatt(widget["attrs"])
    return format_html('<textarea name="{}"{}>\n{}</textarea>', widget["name"], about, text)


def options(widget: Mapping[str, Any]) -> SafeString:
    """A list to choose from, in groups where it has them."""
    written = (
        format_html('<optgroup label="{}">{}</optgroup>', group, _options(inside))
        if group
        else _options(inside)
        for group, inside, _ in widget["optgroups"]
    )
    return format_html(
        '<select name="{}"{}>{}</select>',
        widget["name"],
        flatatt(widget["attrs"]),
        format_html_join("", "{}", ((one,) for one in written)),
    )


def _options(inside: list[dict[str, Any]]) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            ("" if one["value"] is None else one["value"], flatatt(one["attrs"]), one["label"])
            for one in inside
        ),
    )
