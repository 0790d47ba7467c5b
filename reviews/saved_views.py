"""A person's own views of the queue: saved under a name, named otherwise, replaced, removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from portal.access import reviewer
from reviews.forms.queue import NameOfView, SaveView
from reviews.forms.queue_address import kept_query
from reviews.models import SavedView
from reviews.models.saved_views import MOST, NameTaken, NotKept


@reviewer
def saved_views(request: HttpRequest) -> HttpResponse:
    """The views of one's own; and save what the queue shows under a name.

    A name that is there already gets the new filters, so that saving twice saves once.
    """
    form, status = SaveView(), 200
    if request.method == "POST":
        form, status = SaveView(request.POST), 422
        if form.is_valid():
            given = form.cleaned_data
            query = kept_query(given["query"])
            try:
                view, is_new = SavedView.objects.keep(
                    by=request.user, name=given["name"], query=query
                )
            except NotKept as refusal:
                form.add_error(None, str(refusal))
            else:
                done = "Saved as" if is_new else "Replaced what stood under"
                messages.success(request, f"{done} “{view.name}”. It stands above the queue.")
                return redirect(f"{reverse('queue')}?{view.query}")
    context = {"form": form, "views": SavedView.objects.of(request.user), "most": MOST}
    return render(request, "reviews/desk/saved_views.html", context, status=status)


@reviewer
def rename_view(request: HttpRequest, saved: int) -> HttpResponse:
    """Give a view of one's own another name."""
    view = get_object_or_404(SavedView.objects.of(request.user), pk=saved)
    form = NameOfView(request.POST if request.method == "POST" else None, initial={"name": view})
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            view.rename(by=request.user, name=form.cleaned_data["name"])
        except NameTaken as taken:
            form.add_error("name", str(taken))
        else:
            messages.success(request, f"It is called “{view.name}” now.")
            return redirect("saved_views")
    context = {"form": form, "view": view}
    return render(request, "reviews/desk/rename_view.html", context, status=status)


@require_POST
@reviewer
def remove_view(request: HttpRequest, saved: int) -> HttpResponse:
    """Take a view of one's own off the list; no proposal is touched."""
    view = get_object_or_404(SavedView.objects.of(request.user), pk=saved)
    view.remove(by=request.user)
    messages.success(request, f"“{view.name}” is removed from your views.")
    return redirect("saved_views")
