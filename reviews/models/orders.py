"""In which orders lists show reviews, and the indexes that they are read by."""

from django.db import models
from django.db.models import Q

from reviews.moves import DECIDED, OPEN, Status

# The order of the queue, and an index in it for each of its views and common filters: a page and a
# count read what they show. Those of county and assignee stand in for those of a foreign key.
PLACE = ("due_or_far", "county_by_or_far", "id")
_OPEN, _DECIDED = (sorted(one.value for one in group) for group in (OPEN, DECIDED))
_DRAFTED = Q(status=Status.IN_REVIEW.value, is_drafted=True)
_SENT = ~Q(status=Status.DRAFT.value)
INDEXES = (
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
    # A county's own page shows its latest.
    models.Index(
        fields=["county", "-moved_at", "-id"],
        condition=Q(status__in=_DECIDED),
        name="decided_of_a_county",
    ),
)
