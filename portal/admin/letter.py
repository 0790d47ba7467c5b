"""The All County Letter in its versions: a published one is read, a new one may be written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join

from portal import journal
from portal.access import administrator
from portal.admin.base import JournaledPage, back_to, confirm, site
from portal.models import GoverningLetter
from portal.models.letter import RESPONSIBILITIES, SENTENCES
from portal.wording import moment

TEXT = forms.Textarea(attrs={"rows": 4, "cols": 100})


def _words_of(kind: str, keys: Any) -> dict[str, forms.CharField]:
    return {
        f"{kind}_{key}": forms.CharField(
            label=f"{kind} {key}".replace("_", " ").capitalize(), widget=TEXT
        )
        for key in keys
    }


NUMBERS = range(1, RESPONSIBILITIES + 1)
# A form class made by hand, since each text of the letter has a box of its own.
LetterTexts = type(
    "LetterTexts",
    (forms.ModelForm,),
    {**_words_of("responsibility", NUMBERS), **_words_of("sentence", SENTENCES)},
)


class LetterForm(LetterTexts):  # type: ignore[misc,valid-type]
    """A version of the letter: six responsibilities and each sentence that the portal quotes."""

    class Meta:
        model = GoverningLetter
        fields = ("title", "number", "status", "dated", "mailbox", "division", "department")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial |= texts_of(self.instance)

    def clean(self) -> dict[str, Any]:
        """Puts the texts where the letter keeps them, before the letter is checked whole."""
        given = super().clean() or {}
        self.instance.responsibilities = [given.get(f"responsibility_{n}", "") for n in NUMBERS]
        self.instance.sentences = {key: given.get(f"sentence_{key}", "") for key in SENTENCES}
        return given


def texts_of(letter: GoverningLetter) -> dict[str, str]:
    """The letter's texts by the boxes of the form."""
    numbered = enumerate(letter.responsibilities, start=1)
    return {f"responsibility_{number}": text for number, text in numbered} | {
        f"sentence_{key}": text for key, text in letter.sentences.items()
    }


@admin.register(GoverningLetter, site=site)
class LetterPage(JournaledPage):
    """The All County Letter in versions: a published one is read, a new one may be written."""

    kind, named_by = "letter", "version"
    form = LetterForm
    list_display = ("version", "title", "status", "dated", "published")
    ordering = ("-version",)

    @admin.display(description="Published", empty_value="Not published")
    def published(self, letter: GoverningLetter) -> str | None:
        return moment(letter.published_at) if letter.published_at else None

    @admin.display(description="County responsibilities")
    def responsibilities_in_full(self, letter: GoverningLetter) -> str:
        rows = ((text,) for text in letter.responsibilities)
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{}</li>", rows))

    @admin.display(description="Sentences that the portal quotes")
    def sentences_in_full(self, letter: GoverningLetter) -> str:
        rows = letter.sentences.items()
        return format_html_join("", "<p><b>{}</b>: {}</p>", rows)

    def has_change_permission(
        self, request: HttpRequest, obj: GoverningLetter | None = None
    ) -> bool:
        return obj is None or obj.published_at is None

    def get_fields(
        self, request: HttpRequest, obj: GoverningLetter | None = None
    ) -> tuple[str, ...]:
        head = LetterForm.Meta.fields
        if obj is not None and obj.published_at:
            texts = ("responsibilities_in_full", "sentences_in_full")
            return ("version", *head, "published", "published_by", *texts)
        version = ("version",) if obj else ()
        return (*version, *head, *(name for name in LetterForm.base_fields if name not in head))

    def get_readonly_fields(
        self, request: HttpRequest, obj: GoverningLetter | None = None
    ) -> tuple[str, ...]:
        fields = ("version",)
        if obj is not None and obj.published_at:
            return (*fields, "published", "responsibilities_in_full", "sentences_in_full")
        return fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version begins as a copy of the one in force."""
        letter = GoverningLetter.objects.current()
        return {name: getattr(letter, name) for name in LetterForm.Meta.fields} | texts_of(letter)

    def save_model(
        self, request: HttpRequest, obj: GoverningLetter, form: Any, change: bool
    ) -> None:
        if not change:
            last = GoverningLetter.objects.aggregate(last=Max("version"))["last"] or 0
            obj.version = last + 1
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/publish/", publish_letter, name="portal_governingletter_publish")
        return [own, *super().get_urls()]


@administrator
def publish_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts a version in force, after asking once more; proposals sent before keep theirs."""
    letter = get_object_or_404(GoverningLetter, pk=pk)
    if request.method == "POST" or letter.published_at:
        try:
            with transaction.atomic():
                letter.publish(by=request.user)
                subject = ("letter", str(letter.version))
                journal.record("publish letter", by=request.user, subject=subject)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, f"Version {letter.version} is in force now.")
        return back_to(letter)
    sentence = (
        f"Publish version {letter.version}? Every proposal sent from then on is sent under it, "
        "and it can't be changed any more. Proposals sent before keep the version they have."
    )
    return confirm(request, letter, "Publish this version", sentence)
