"""The base form, and the fields that every form of the portal is made of.

Each error is a sentence that says how to fix it. All field markup is the crispy pack in
`templates/forms/`: hint before error before input, groups in a fieldset, optional fields marked.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, time
from functools import cache
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import pretty_name
from django.utils.functional import cached_property

from portal.days import EXAMPLE, TIME_EXAMPLE, NotADay, parse_day, parse_time
from portal.wording import plain_day, size

LONGEST_LINE = 200
LONGEST_TEXT = 5000
CHOOSE_AGAIN = "Choose from the answers shown"
# What nobody sees on a page, nobody can mend.
NOT_WHOLE = "The form did not arrive whole. Open the page again"
LIMITS = ("max_length", "min_value", "max_value")

LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
# What a paste from Word brings along: spaces that hold together, signs nobody sees, a hyphen that
# shows only where a line ends, and bullets that are letters of a font of Word's own.
HOLDING_SPACES = re.compile("[\u00a0\u2007\u202f]")
UNSEEN = re.compile(
    "[\u200b\u2060\ufeff]"
    # Emoji and some scripts join letters by these two; beside a plain sign they join nothing.
    "|(?<![^\\x00-\\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\\x00-\\x7f])"
)
SOFT_HYPHEN = "\u00ad"
# Between digits it may hide a number, so there it is a hyphen.
HYPHEN_IN_A_NUMBER = re.compile(rf"(?<=\d){SOFT_HYPHEN}+(?=\d)")
BULLET = re.compile(
    "^[ \\t]*(?:[\uf020-\uf0ff]|[\u00b7\u2022\u00a7\u25aa\u25cf\u25cb\u25e6](?=\\t|  )|o(?=\\t))"
    "[ \\t]*",
    re.MULTILINE,
)
# Marks that turn the direction of text: they can make a sentence read as what it doesn't say.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def tidied(text: str, *, lines: bool) -> str:
    """A text without what pasting from Word leaves in it and nobody meant; quotes and dashes stay.

    `lines` when it may have several.
    """
    text = LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text))
    text = HYPHEN_IN_A_NUMBER.sub("-", UNSEEN.sub("", text)).replace(SOFT_HYPHEN, "")
    text = BULLET.sub("\u2022 ", HOLDING_SPACES.sub(" ", text)).replace("\t", " ")
    if not lines:
        return text.replace("\n", " ")
    text = "\n".join(line.rstrip(" ") for line in text.split("\n"))
    return re.sub(r"\n{4,}", "\n" * 3, text)


class PortalWords:
    """Gives any form the portal's manners: plain errors, no asterisks, validation on sending only.

    Put it before a form class that isn't ours, as `class SignIn(PortalWords, LoginForm)`.
    `optional` names the fields that may stay empty and are marked "(optional)" on the page;
    `labels` puts our labels in the place of another's.
    """

    use_required_attribute = False
    optional: Iterable[str] = ()
    labels: Mapping[str, str] = {}
    # What its page calls a form that is one of several rows: what the list of errors names it by.
    called = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label) or pretty_name(name)
            field.optional = getattr(field, "optional", False) or name in self.optional
            field.required = field.required and not field.optional
            stock = stock_errors(type(field))
            for code, words in how_to_fix(field).items():
                if field.error_messages.get(code) == stock.get(code):
                    field.error_messages[code] = words

    @cached_property
    def helper(self) -> FormHelper:
        """How crispy renders this form: the fields alone, the page writes the form element."""
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        return helper


class PortalForm(PortalWords, forms.Form):
    """The base of every form of the portal."""


def how_to_fix(field: forms.Field) -> dict[str, str]:
    """The sentences of a field whose author wrote none, by error code."""
    if field.widget.is_hidden:
        return dict.fromkeys(("required", "invalid", *LIMITS), NOT_WHOLE)
    label = str(field.label)
    name = label if label[1:2].isupper() else label[:1].lower() + label[1:]
    verb = (
        "Choose"
        if isinstance(field, forms.ChoiceField | forms.ModelChoiceField | forms.FileField)
        else "Enter"
    )
    if isinstance(field, forms.BooleanField):
        verb, name = "Select", f"“{label}”"
    if isinstance(field, forms.DateField):
        name = f"the {name}"
    words = {"required": f"Answer “{label}”" if label.endswith("?") else f"{verb} {name}"}
    if getattr(field, "max_length", None):
        words["max_length"] = (
            f"Shorten “{label}”: it may have up to {field.max_length:,} characters"
        )
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        words |= dict.fromkeys(("invalid_choice", "invalid_list"), CHOOSE_AGAIN)
    if isinstance(field, forms.EmailField):
        words["invalid"] = "Enter an email address, like name@county.example.gov"
    if isinstance(field, forms.IntegerField):
        words["invalid"] = f"Enter {name} as a whole number, like 42"
    return words


@cache
def stock_errors(field: type[forms.Field]) -> dict[str, str]:
    """The messages that Django gives this kind of field, to tell them from its author's."""
    stock: dict[str, str] = {}
    for kind in reversed(field.__mro__):
        stock.update(getattr(kind, "default_error_messages", {}))
    return stock


class OptionalMark:
    """Lets a field say by itself that it is optional: `PlainText(optional=True)`."""

    def __init__(self, *args: Any, optional: bool = False, **kwargs: Any) -> None:
        if optional:
            kwargs["required"] = False
        super().__init__(*args, **kwargs)
        self.optional = optional


class PlainText(OptionalMark, forms.CharField):
    """A line of text, or with `rows` several lines.

    Line ends are made the same everywhere, and a paste from Word is made clean. Control characters
    and marks that turn the direction of text are refused, never taken out in silence. A text that
    is too long says by how much.
    """

    def __init__(self, *, rows: int = 0, longest: int = 0, **kwargs: Any) -> None:
        self.rows = rows
        self.longest = longest or (LONGEST_TEXT if rows else LONGEST_LINE)
        if rows:
            kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "cols": False}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = tidied(str(value), lines=bool(self.rows)) if value is not None else ""
        return super().to_python(text)

    def validate(self, value: str) -> None:
        super().validate(value)
        name = f"“{self.label}”" if self.label else "this answer"
        # First: of a text of megabytes, to look at each sign would take seconds.
        if (over := len(value) - self.longest) > 0:
            signs = "character" if over == 1 else "characters"
            raise ValidationError(
                f"Shorten {name} by {over:,} {signs}. It may have up to {self.longest:,}"
            )
        if any(mark in TURNING for mark in value):
            raise ValidationError(
                f"Type {name} again: it has hidden marks that turn the direction of text"
            )
        if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign != "\n" for sign in value):
            raise ValidationError(
                f"Type {name} again: it has signs that can’t be shown, perhaps from pasting"
            )


class EmailAddress(OptionalMark, forms.EmailField):
    """An email address, kept as typed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.EmailInput(attrs={"class": "w-m", "spellcheck": "false"}))
        # No mail server takes a longer one (RFC 5321).
        kwargs.setdefault("max_length", 254)
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No maxlength: a browser would cut a pasted address without a word."""
        return {}


class Telephone(PlainText):
    """A telephone number with area code, in any of the ways people write one."""

    widget = forms.TextInput(attrs={"type": "tel", "class": "w-m"})

    def validate(self, value: str) -> None:
        super().validate(value)
        digits = len(re.findall(r"[0-9]", value))
        if value and (digits < 10 or not re.fullmatch(r"[0-9+().,\-/ extEXT#]{10,40}", value)):
            raise ValidationError(
                f"Enter {str(self.label or 'telephone number').lower()} with its area code,"
                " like 916-555-0142",
                code="invalid",
            )


class DayField(OptionalMark, forms.DateField):
    """A day in one text box, in the ways people write it."""

    widget = forms.TextInput(attrs={"class": "w-m"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", f"Like {EXAMPLE}")
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            return parse_day(str(value))
        except NotADay as fault:
            raise ValidationError(str(fault), code="invalid") from fault

    def prepare_value(self, value: Any) -> Any:
        return plain_day(value) if isinstance(value, date) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class TimeOfDay(OptionalMark, forms.TimeField):
    """A time of day in one text box, Pacific time, in the ways people write it."""

    widget = forms.TextInput(attrs={"class": "w-s"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", f"Pacific time, like {TIME_EXAMPLE}")
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values:
            return None
        if isinstance(value, time):
            return value
        try:
            return parse_time(str(value))
        except NotADay as fault:
            raise ValidationError(str(fault), code="invalid") from fault


class ExplainedChoices:
    """Choices that can carry a hint, stand apart after "or", or stay visible though impossible."""

    hints: Mapping[str, str] = {}
    exclusive: str | None = None
    impossible: Mapping[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        key, attrs = str(value), option["attrs"]
        option["exclusive"] = key == self.exclusive
        option["hint"] = self.impossible.get(key) or self.hints.get(key, "")
        if key in self.impossible:
            attrs["disabled"] = True
        if option["hint"] and "id" in attrs:
            attrs["aria-describedby"] = f"{attrs['id']}_hint"
        if option["type"] == "radio":
            # Not allowed on one radio button: the pack puts it on the group.
            attrs.pop("aria-invalid", None)
        return option


class Radios(ExplainedChoices, forms.RadioSelect):
    """Radio buttons, of which one is chosen."""


class Boxes(ExplainedChoices, forms.CheckboxSelectMultiple):
    """Check boxes, of which any may be ticked."""


class ExplainedField(OptionalMark):
    """Passes what is said about single choices to their widget; `inline` sets them in a line."""

    def __init__(
        self,
        *,
        hints: Mapping[str, str] | None = None,
        exclusive: str | None = None,
        impossible: Mapping[str, str] | None = None,
        inline: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.inline = inline
        self.exclusive = self.widget.exclusive = exclusive
        if exclusive is not None:
            # After "or" nothing else may follow.
            self.choices = sorted(self.choices, key=lambda choice: choice[0] == exclusive)
        self.impossible = self.widget.impossible = impossible or {}
        self.widget.hints = hints or {}

    def refuse_impossible(self, values: Iterable[str]) -> None:
        """A choice that is shown with the reason why it isn't possible can't be sent either."""
        for value in values:
            if reason := self.impossible.get(value):
                raise ValidationError(reason, code="impossible")


class OneOf(ExplainedField, forms.ChoiceField):
    """One answer of several, as radio buttons."""

    widget = Radios

    def validate(self, value: str) -> None:
        super().validate(value)
        self.refuse_impossible([value])


class AnyOf(ExplainedField, forms.MultipleChoiceField):
    """Any answers of several, as check boxes; the one named `exclusive` goes with no other."""

    widget = Boxes

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        self.refuse_impossible(value)
        if self.exclusive in value and len(value) > 1:
            label = dict(self.choices)[self.exclusive]
            raise ValidationError(f"Choose “{label}” by itself, or clear its box", code="exclusive")


class Upload(OptionalMark, forms.FileField):
    """A file no larger than the portal takes; what kinds it takes is for its form to check."""

    widget = forms.FileInput
    default_error_messages: ClassVar = {
        "invalid": "Choose the file again: it did not arrive",
        "missing": "Choose the file again: it did not arrive",
        "empty": "Choose another file: this one is empty",
        "max_length": "Give the file a shorter name: it may have up to %(max)d characters",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 150)
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Lets the page say that a file is too large before it travels."""
        return super().widget_attrs(widget) | {"data-largest": settings.UPLOAD_MAX}

    def to_python(self, data: Any) -> UploadedFile | None:
        file = super().to_python(data)
        if file and file.size > settings.UPLOAD_MAX:
            raise ValidationError(
                f"Choose a file of up to {size(settings.UPLOAD_MAX)}:"
                f" this one has {size(file.size)}",
                code="too_large",
            )
        return file
