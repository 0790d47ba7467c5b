"""The two letters about a barrier: to the administrators that one was reported, and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, linebreaks

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
    news, link = "someone reports a barrier", settings.SITE_URL + path
    return _tell("reported", report, to or [mailbox], news, link)


def answered(report: BarrierReport) -> Notice | None:
    """The answer to whoever reported it; nothing where no address was given."""
    if not report.email:
        return None
    to = [To(report.email, "", "reporter", "you reported a barrier and gave this address")]
    return _tell("answered", report, to, "CDSS answers your report")


def _tell(event: str, report: BarrierReport, to: list[To], news: str, link: str = "") -> Notice:
    context = {"report": report, "link": link}
    text = render_to_string(f"portal/letters/barrier_{event}.txt", context).strip() + "\n"
    html = linebreaks(text, autoescape=True)
    # Our own address alone becomes a link: what a stranger typed leads nowhere.
    if link:
        html = html.replace(link, format_html('<a href="{0}">{0}</a>', link))
    return notices.tell(
        f"barrier {event}:{report.reference}",
        subject=report.subject,
        to=to,
        heading=f"{report.reference}: {news}",
        text=text,
        html=html,
    )
