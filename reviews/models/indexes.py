"""The indexes of what CDSS reads many of: proposals in the queue, periods in the register, and both
where the state counts them."""

from django.db import models
from django.db.models import Q

from reviews.moves import DECIDED, OPEN, Status

# The order of the queue, and an index in it for each of its views and common filters: a page and a
# count read what they show. Those of county and assignee stand in for those of a foreign key.
PLACE = ("due_or_far", "county_by_or_far", "id")
_OPEN, _DECIDED = (sorted(one.value for one in group) for group in (OPEN, DECIDED))
_DRAFTED = Q(status=Status.IN_REVIEW.value, is_drafted=True)
_SENT = ~Q(status=Status.DRAFT.value)
OF_REVIEWS = (
    models.Index(fields=PLACE, condition=_SENT, name="queue_all"),
    models.Index(
        fields=["assignee", *PLACE], condition=Q(status__in=_OPEN), name="queue_of_a_reviewer"
    ),
    models.Index(
        fields=PLACE,
        condition=Q(assignee__isnull=True, status__in=_OPEN),
        name="queue_unassigned",
    ),
    models.Index(fields=PLACE, condition=_DRAFTED, name="queue_to_approve"),
    models.Index(
        fields=["-moved_at", "-id"], condition=Q(status__in=_DECIDED), name="queue_decided"
    ),
    models.Index(fields=PLACE, condition=Q(news=True) & _SENT, name="queue_news"),
    models.Index(fields=PLACE, condition=Q(is_idea=True) & _SENT, name="queue_ideas"),
    models.Index(fields=["status", *PLACE], name="queue_by_status"),
    models.Index(fields=["county", *PLACE], condition=_SENT, name="queue_by_county"),
    models.Index(fields=["assignee", *PLACE], condition=_SENT, name="queue_by_assignee"),
    models.Index(fields=["received_at"], name="queue_by_receipt"),
)

# The order of the register; the others hold all that the statewide page counts of its periods.
_DATES = ("due", "day_30", "received_on")
_KEPT, _RUNNING = Q(voided_at__isnull=True), Q(voided_at__isnull=True, answered_at__isnull=True)
OF_PERIODS = (
    models.Index(fields=["receipt_at", "id"], name="periods_by_receipt"),
    models.Index(fields=["review", "number"], condition=Q(number__gt=1), name="further_periods"),
    models.Index(fields=["review", "notified_on", *_DATES], condition=_KEPT, name="kept_periods"),
    models.Index(fields=["review", *_DATES], condition=_RUNNING, name="open_periods"),
    models.Index(
        fields=["answered_at", "received_on", "review"],
        condition=Q(answered_by="request"),
        name="periods_answered_by_request",
    ),
    models.Index(
        fields=["voided_at", "review"],
        condition=Q(voided_at__isnull=False),
        name="voided_periods",
    ),
)
