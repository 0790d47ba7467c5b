"""Telling CDSS about a barrier: the form that is open to everyone, and the page after it."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from allauth.core import ratelimit
from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal import case_data, kept
from portal.access import public
from portal.forms import EmailAddress, PlainText, PortalForm
from portal.models import BarrierReport

_SALT = "portal.barriers"
BOX = "no_case_data"
TEXTS = ("wanted", "obstacle", "page", "aids", "email")
TOO_MANY = (
    "Many reports came from your network within a short time, so this one was not sent. Wait an "
    "hour and press the button again, or write to the address below"
)


class BarrierForm(PortalForm):
    """What someone wanted to do, and what stood in the way. Nothing asks who they are."""

    wanted = PlainText(
        label="What did you want to do?",
        rows=3,
        longest=2000,
        error_messages={"required": "Enter what you wanted to do, like “add a document”"},
    )
    obstacle = PlainText(
        label="What stood in your way?",
        rows=4,
        longest=2000,
        error_messages={"required": "Enter what stood in your way, in a sentence or two"},
    )
    page = PlainText(
        label="Which page was it?", optional=True, help_text="Its name or its address."
    )
    aids = PlainText(
        label="Which browser and aids do you use?",
        optional=True,
        help_text="For example: Edge with JAWS, keyboard only, 200 % zoom.",
    )
    email = EmailAddress(
        label="Where can we answer you?",
        optional=True,
        help_text="An email address. Without one we look into it all the same, but can’t tell you.",
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = signing.dumps(secrets.token_urlsafe(24), salt=_SALT)
        self.stated: tuple[str, ...] = ()

    def clean_token(self) -> str:
        """The number of this form, under which it is taken in once."""
        try:
            return str(signing.loads(self.cleaned_data["token"], salt=_SALT))
        except signing.BadSignature as fault:
            self.data = self.data.copy()
            self.data["token"] = self.fields["token"].initial
            raise forms.ValidationError("Press the button once more") from fault

    def clean(self) -> dict[str, Any]:
        """Refuses what looks like case data, unless its writer says that it is none."""
        given: dict[str, Any] = super().clean() or {}
        texts = {name: given[name] for name in TEXTS if given.get(name)}
        found = {name: look for name in texts if (look := case_data.looks_like(texts[name]))}
        if found:
            self.fields[BOX] = forms.BooleanField(
                label="This is not a Social Security or case number",
                help_text="We keep a record that you said so.",
                required=False,
            )
            self.fields[BOX].optional = False
        if found and self.data.get(BOX):
            self.stated = tuple(found)
        elif found:
            for name, sentence in found.items():
                self.add_error(name, f"{sentence} Take it out, or select the box below")
        return given


@public("Whoever can't use a page must be able to say so without an account.")
@require_http_methods(["GET", "HEAD", "POST"])
def report_barrier(request: HttpRequest) -> HttpResponse:
    """Tell CDSS about a barrier; sent twice, it is one report."""
    person = request.user if request.user.is_authenticated else None
    sent = request.POST if request.method == "POST" else None
    form = BarrierForm(sent, initial=_known(request))
    status = 200
    if sent is not None:
        status = 422
        if form.is_valid():
            given = {name: form.cleaned_data[name] for name in (*TEXTS, "token")}
            if _may_send(request, given["token"]):
                BarrierReport.objects.report(by=person, stated=form.stated, **given)
                query = urlencode({"report": signing.dumps(given["token"], salt=_SALT)})
                return redirect(f"{reverse('barrier_reported')}?{query}")
            form.add_error(None, TOO_MANY)
            status = 429
    return render(request, "portal/report_barrier.html", {"form": form}, status=status)


def _known(request: HttpRequest) -> dict[str, str]:
    """The page they came from, by its path alone, and where a signed-in person is answered."""
    page = request.GET.get("page", "") or urlsplit(kept.page_of(request)).path
    return {
        "page": page[:200] if page.startswith("/") else "",
        "email": getattr(request.user, "email", ""),
    }


def _may_send(request: HttpRequest, token: str) -> bool:
    """Whether another report may come from this address now; the same one sent again always."""
    return BarrierReport.objects.filter(token=token).exists() or ratelimit.consume(
        request, action="report_barrier"
    )


@public("Whoever reported a barrier reads its number there; the address can't be guessed.")
@require_safe
@never_cache
def barrier_reported(request: HttpRequest) -> HttpResponse:
    """The number of a report, and what happens with it."""
    try:
        token = signing.loads(request.GET.get("report", ""), salt=_SALT)
    except signing.BadSignature as fault:
        raise Http404 from fault
    report = get_object_or_404(BarrierReport, token=token)
    return render(request, "portal/barrier_reported.html", {"report": report})
