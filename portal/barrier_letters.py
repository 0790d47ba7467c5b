"""The two letters about a barrier: to the administrators that one was reported, and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import linebreaks, urlize

from portal import notices
from portal.models.notices import Notice
from portal.models.people import Role, User
from portal.notices import To

if TYPE_CHECKING:
    from portal.models.barriers import BarrierReport


def reported(report: BarrierReport) -> Notice:
    """Tells every administrator, or CDSS's mailbox while there is none."""
    why = "you administer the portal"
    people = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    to = [To(one.email, one.name, "administrator", why) for one in people]
    mailbox = To(settings.INTAKE_EMAIL, "", "CDSS mailbox", "the portal has no administrator")
    path = reverse("admin:portal_barrierreport_change", args=[report.pk])
    context = {"report": report, "link": settings.SITE_URL + path}
    return _tell("reported", report, to or [mailbox], "someone reports a barrier", context)


def answered(report: BarrierReport) -> Notice | None:
    """The answer to whoever reported it; nothing where no address was given."""
    if not report.email:
        return None
    to = [To(report.email, "", "reporter", "you reported a barrier and gave this address")]
    return _tell("answered", report, to, "CDSS answers your report", {"report": report})


def _tell(
    event: str, report: BarrierReport, to: list[To], news: str, context: dict[str, object]
) -> Notice:
    text = render_to_string(f"portal/letters/barrier_{event}.txt", context).strip() + "\n"
    return notices.tell(
        f"barrier {event}:{report.reference}",
        subject=report.subject,
        to=to,
        heading=f"{report.reference}: {news}",
        text=text,
        html=urlize(linebreaks(text, autoescape=True)),
    )
