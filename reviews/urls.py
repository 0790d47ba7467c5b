"""Every page of a proposal after it is begun: the county's, CDSS's desk, and one URL per move."""

from django.urls import path

import portal.converters  # noqa: F401  registers <ref:…>
from reviews import acts, arrivals, deciding, requesting

COUNTY: list = []

DESK: list = []

ONE = "reviews/<ref:reference>/"
MOVES = [
    path("reviews/log/", arrivals.log, name="log"),
    path(f"{ONE}take/", acts.take, name="take"),
    path(f"{ONE}hand-over/", acts.hand_over, name="hand_over"),
    path(f"{ONE}put-back/", acts.put_back, name="put_back"),
    path(f"{ONE}request/", requesting.request_documents, name="request_documents"),
    path(f"{ONE}request/<int:item>/", acts.request_item, name="request_item"),
    path(f"{ONE}reminder/", acts.reminder, name="reminder"),
    path(f"{ONE}waive/", acts.waive, name="waive"),
    path(f"{ONE}recommend/", deciding.recommend, name="recommend"),
    path(f"{ONE}send-back/", deciding.send_back, name="send_back"),
    path(f"{ONE}release/", deciding.release, name="release"),
    path(f"{ONE}close/", acts.close_proposal, name="close_proposal"),
    path(f"{ONE}reopen/", acts.reopen, name="reopen"),
    path(f"{ONE}receipt/", acts.correct_receipt, name="correct_receipt"),
    path(f"{ONE}on-behalf/<slug:move>/", arrivals.on_behalf, name="on_behalf"),
]

urlpatterns = [*COUNTY, *DESK, *MOVES]
