"""How a county starts: whether it needs a proposal, a new draft, a copy, the questions on paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from portal import tokens
from portal.access import county_staff, public
from portal.models import User
from proposals import content as contents
from proposals import copying
from proposals import guide as rules
from proposals.advice import advice_on
from proposals.forms.start import FindEarlier, GuideForm, StartForm
from proposals.models import Proposal
from proposals.models.signed import STATEMENT
from proposals.sections import ANSWERS, DIRECTIONS, DOCUMENT_KINDS, row_answers
from proposals.sections.sheets import ALL, SHEETS

START = "start a proposal"
PER_PAGE = 25
TOO_OLD = "This page was too old. Press the button again"
HEADINGS = {
    rules.YES: "Yes, start a proposal",
    rules.NO: "No, you don’t need a proposal",
    rules.ASK: "Ask CDSS",
}


@public("Whether a tool needs a proposal is asked by people who have no account yet.")
@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Whether something needs a proposal: one question after the other, then the result.

    The answers live in the address, so that Back works and a colleague can be sent the page.
    """
    answers = _guided(request.GET)
    question = rules.BY_KEY.get(request.GET.get("change", ""), None)
    if question is None or question.key not in answers:
        question = rules.walk(answers)
    if isinstance(question, rules.Result):
        return render(request, "proposals/guide_result.html", _ended(request, answers, question))
    data = request.GET if request.GET.get("asked") == question.key else None
    others = {key: answer for key, answer in answers.items() if key != question.key}
    context = {
        "form": GuideForm(question, data, answer=answers.get(question.key, ())),
        "question": question,
        "number": rules.QUESTIONS.index(question) + 1,
        "total": len(rules.QUESTIONS),
        "kept": _kept(others),
    }
    return render(request, "proposals/guide.html", context)


def _guided(given: QueryDict) -> rules.Answers:
    """What an address or a form holds of the guide's answers."""
    return rules.answers_in({key: given.getlist(key) for key in rules.BY_KEY})


def _address(name: str, answers: rules.Answers, **more: str) -> str:
    """A page with the guide's answers in its address."""
    query = urlencode({**answers, **more}, doseq=True)
    return reverse(name) + (f"?{query}" if query else "")


def _change(answers: rules.Answers, key: str) -> str:
    return _address("guide", answers, change=key)


def _ended(request: HttpRequest, answers: rules.Answers, result: rules.Result) -> dict[str, Any]:
    """What the last page of the guide shows: the outcome, the answers, and what to do next."""
    read, user = rules.read_on_the_way(answers), request.user
    may_start = user.is_authenticated and user.is_county and bool(user.current_memberships)
    form = StartForm(user=user, initial={"token": tokens.issue(user, START)}) if may_start else None
    return {
        "result": result,
        "heading": HEADINGS[result.outcome],
        "said": [
            (rules.BY_KEY[key], rules.BY_KEY[key].words(answer), _change(answers, key))
            for key, answer in read.items()
        ],
        "advice": advice_on(read.get(rules.WAYS.key, ())),
        "form": form if result.outcome == rules.YES else None,
        "may_start": may_start,
        "kept": _kept(read),
        "start": _address("new_proposal", read),
        "here": _address("guide", read),
    }


def _kept(answers: rules.Answers) -> list[tuple[str, str]]:
    """The guide's answers as a form carries them on."""
    return [(key, value) for key, values in answers.items() for value in values]


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def new_proposal(request: HttpRequest) -> HttpResponse:
    """Start a draft for one's own county; the same form sent twice leads to the same draft.

    What the county said in the guide stands in the draft.
    """
    user = request.user
    if request.method != "POST":
        form = StartForm(user=user, initial={"token": tokens.issue(user, START)})
        return _start_page(request, form, _guided(request.GET))
    form, answers = StartForm(request.POST, user=user), _guided(request.POST)
    if not form.is_valid():
        return _start_page(request, form, answers)
    start = partial(
        Proposal.objects.start,
        form.county_of_draft(),
        by=user,
        tool_name=form.cleaned_data["tool_name"],
        answers=rules.carried_over(answers),
    )
    try:
        draft, page = _once(user, form.cleaned_data["token"], START, start)
    except tokens.Invalid:
        form.data = form.data.copy()
        form.data["token"] = tokens.issue(user, START)
        form.add_error(None, TOO_OLD)
        return _start_page(request, form, answers)
    if draft:
        words = f"{draft.reference} is started. Take the sections in any order."
        messages.success(request, words)
    return redirect(page)


def _once(
    user: User, token: str, act: str, make: Callable[[], Proposal]
) -> tuple[Proposal | None, str]:
    """A new draft and its page; for a form that was sent before, only the page it led to then.

    Raises tokens.Invalid.
    """
    try:
        with transaction.atomic():
            used = tokens.redeem(token, user=user, act=act)
            draft = make()
            page = reverse("proposal", args=[draft.reference])
            used.conclude(page)
    except tokens.AlreadyUsed as first:
        return None, first.result
    return draft, page


def _start_page(request: HttpRequest, form: StartForm, answers: rules.Answers) -> HttpResponse:
    known = rules.carried_over(answers)
    context = {
        "form": form,
        "kept": _kept(answers),
        "known": [(ANSWERS[name].label, _lines(name, value)) for name, value in known.items()],
    }
    status = 422 if form.is_bound else 200
    return render(request, "proposals/new.html", context, status=status)


def _lines(name: str, value: Any) -> list[str]:
    return contents.as_read(ANSWERS[name], value).splitlines()


@county_staff
@require_safe
def copy_earlier(request: HttpRequest) -> HttpResponse:
    """Choose which earlier proposal of the county to copy, drafts too; the newest first."""
    form = FindEarlier(request.GET)
    words = form.cleaned_data.get("q", "") if form.is_valid() else ""
    found = Proposal.objects.visible_to(request.user).searched(words).select_related("county")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "words": words, "query": urlencode({"q": words})}
    return render(request, "proposals/copy_earlier.html", context)


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def copy_proposal(request: HttpRequest, reference: str) -> HttpResponse:
    """Copy a proposal of one's own county into a new draft, after saying what is taken over."""
    visible = Proposal.objects.visible_to(request.user).whole()
    original = get_object_or_404(visible, reference=reference)
    user, act, refused = request.user, f"copy {reference}", ""
    if request.method == "POST":
        token = request.POST.get("token", "")
        try:
            draft, page = _once(user, token, act, partial(original.copy, by=user))
        except tokens.Invalid:
            refused = TOO_OLD
        else:
            if draft:
                words = f"{draft.reference} is a copy of {reference}. Change what differs."
                messages.success(request, words)
            return redirect(page)
    left_out = copying.carried_over(original.content())[1]
    context = {
        "proposal": original,
        "left_out": [copying.spoken(field) for field in left_out],
        "token": tokens.issue(user, act),
        "refused": refused,
    }
    return render(request, "proposals/copy.html", context, status=422 if refused else 200)


@public("The vendor and the county’s IT answer on paper, and have no account.")
@require_safe
def questions(request: HttpRequest, sheet: str = ALL) -> HttpResponse:
    """The questions to print: all, those of a section, or those for the vendor or for IT."""
    if sheet not in SHEETS:
        raise Http404
    context = {
        "sheet": SHEETS[sheet],
        "sheets": [(one, _sheet_address(one.key)) for one in SHEETS.values()],
        "directions": [(title, row_answers(key)) for key, title in DIRECTIONS.items()],
        "document_kinds": [label for _, label in DOCUMENT_KINDS],
        "title_block": ("Tool", "County", "Filled in by", "Telephone or email", "Date"),
        "site": settings.SITE_URL,
        "statement": STATEMENT,
    }
    return render(request, "proposals/questions.html", context)


def _sheet_address(key: str) -> str:
    return reverse("question_sheet", args=[key]) if key else reverse("questions")
