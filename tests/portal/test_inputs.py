"""The boxes of a form, written at once, say exactly what Django's templates would say."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.forms.renderers import BaseRenderer, DjangoTemplates

from portal.inputs import Boxes

AB = [("1", "First"), ("2", "Second")]
HOSTILE = "\"'<script>&amp; O’ne"


class Every(forms.Form):
    """A box of each kind."""

    line = forms.CharField(help_text="A hint", initial=HOSTILE)
    text = forms.CharField(widget=forms.Textarea)
    one = forms.ChoiceField(choices=[("", "Any"), ("1", HOSTILE), ("Some", AB)])
    several = forms.MultipleChoiceField(choices=AB)
    maybe = forms.NullBooleanField()
    ticked = forms.BooleanField()
    radios = forms.ChoiceField(widget=forms.RadioSelect, choices=AB)
    boxes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, choices=AB)
    number = forms.IntegerField(localize=True)
    hidden = forms.CharField(widget=forms.HiddenInput)
    email = forms.EmailField(disabled=True)
    secret = forms.CharField(widget=forms.PasswordInput)
    day = forms.DateField(widget=forms.DateInput(attrs={"class": HOSTILE, "data-yes": True}))


GIVEN: dict[str, Any] = {
    "line": HOSTILE,
    "text": "\n\nTwo lines end before it, and </textarea> in it",
    "one": "2",
    "several": ["1", "2"],
    "ticked": "on",
    "radios": "2",
    "boxes": ["1"],
    "number": "12000",
    "hidden": "",
    "day": "not a day",
}


def said(renderer: BaseRenderer, data: dict[str, Any] | None) -> list[tuple[str, Any, Any]]:
    """Every element with its attributes, in any order, and its text."""
    form = Every(data, renderer=renderer)
    html = "".join(str(form[name]) for name in form.fields)
    html += "".join(str(one.tag()) for name in ("radios", "boxes") for one in form[name])
    found = BeautifulSoup(html, "html.parser").find_all(True)
    return [(one.name, sorted(one.attrs.items()), one.string) for one in found]


@pytest.mark.parametrize("data", [None, {}, GIVEN], ids=["empty", "nothing given", "filled"])
def test_each_box_is_what_django_itself_would_write(data):
    assert len(said(Boxes(), data)) > 25
    assert said(Boxes(), data) == said(DjangoTemplates(), data)
