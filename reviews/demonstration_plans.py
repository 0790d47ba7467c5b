"""What the demonstration shows of CDSS's own plans, of similar tools, and of an idea."""

from __future__ import annotations

from portal.models import User
from reviews.models import Enhancement, Idea, Review, ToolTraits

PLANS = (
    {
        "title": "Overtime and travel-time violations by week",
        "what": "A CMIPS report of violations and their dispute dates, for each provider and "
        "workweek.",
        "expected": "fall 2027",
        "state": "planned",
        "words": "overtime, violations, workweek, dispute",
    },
    {
        "title": "Disaster preparedness list with an expiry date",
        "what": "A download of recipients to check on in outages and fires, which says until when "
        "it may be kept.",
        "expected": "",
        "state": "planned",
        "words": "disaster, outage, wildfire, fires",
    },
)
# What became of the first meanwhile, so that it has a history.
LATER = {"expected": "summer 2027", "state": "in_work"}
IDEA = "Overtime Watch"


def plan_and_compare(reviewer: User) -> None:
    """A reviewer's list of plans, one idea, and what the worker would have compared by now."""
    first, *_ = [Enhancement.objects.add(by=reviewer, **given) for given in PLANS]
    first.change(by=reviewer, seen=first.version, **PLANS[0] | LATER)
    ToolTraits.objects.compare_waiting()
    if review := Review.objects.filter(proposal__tool_name=IDEA).first():
        why = "Every county counts these by hand; a CMIPS report would serve all."
        Idea.objects.mark(review, by=reviewer, why=why)
