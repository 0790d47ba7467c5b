"""Every page of a proposal after it is begun: the county's, CDSS's desk, and one URL per move."""

from django.urls import path

import portal.converters  # noqa: F401  registers <ref:…>
from reviews import (
    acts,
    arrivals,
    asking,
    bundle,
    calendar_file,
    corresponding,
    deciding,
    desk,
    exchange,
    listing,
    papers,
    posting,
    queue_page,
    record,
    requesting,
    responding,
    sending,
    tracking,
)

MINE = "proposals/<ref:reference>/"
COUNTY = [
    path("", tracking.home, name="home"),
    path("proposals/", listing.proposals, name="proposals"),
    path("proposals/export/<slug:kind>/", listing.export_proposals, name="export_proposals"),
    path(MINE, tracking.proposal, name="proposal"),
    path(f"{MINE}answers/", tracking.answers, name="answers"),
    path(f"{MINE}documents/", tracking.proposal_documents, name="proposal_documents"),
    path(f"{MINE}copies/<int:number>/", tracking.copy, name="copy"),
    path(f"{MINE}copies/<int:number>/pdf/", papers.copy_pdf, name="copy_pdf"),
    path(f"{MINE}calendar.ics", calendar_file.calendar_file, name="calendar_file"),
    path(f"{MINE}bundle/", bundle.bundle, name="bundle"),
    path(f"{MINE}letters/<int:notice>/", tracking.letter, name="letter"),
    path(f"{MINE}discard/", asking.discard, name="discard"),
    path(f"{MINE}ask-to-sign/", asking.ask_to_sign, name="ask_to_sign"),
    path(f"{MINE}return/", asking.return_to_preparer, name="return_to_preparer"),
    path(f"{MINE}take-back-asking/", asking.take_back_asking, name="take_back_asking"),
    path(f"{MINE}put-aside-comment/", asking.put_aside_comment, name="put_aside_comment"),
    path(f"{MINE}send/", sending.send, name="send"),
    path(f"{MINE}sent/", sending.sent, name="sent"),
    path(f"{MINE}request/<int:item>/", responding.item, name="item"),
    path(f"{MINE}respond/", responding.respond, name="respond"),
    path(f"{MINE}recall/", corresponding.recall, name="recall"),
    path(f"{MINE}withdraw/", corresponding.withdraw, name="withdraw"),
    path(f"{MINE}revise/", corresponding.revise, name="revise"),
    path(f"{MINE}messages/", corresponding.county_messages, name="county_messages"),
    path(f"{MINE}correspondents/", corresponding.correspondents, name="correspondents"),
    path(
        f"{MINE}conditions/<int:condition>/",
        corresponding.confirm_condition,
        name="confirm_condition",
    ),
]

ONE = "reviews/<ref:reference>/"
DESK = [
    path("reviews/", queue_page.queue_page, name="queue"),
    path("reviews/letters/", record.troubled_notices, name="troubled_notices"),
    path("reviews/letters/<int:recipient>/", record.settle_notice, name="settle_notice"),
    path(ONE, desk.review_page, name="review"),
    path(f"{ONE}checklist/", desk.checklist, name="checklist"),
    path(f"{ONE}changes/", desk.changes, name="changes"),
    path(f"{ONE}documents/", desk.review_documents, name="review_documents"),
    path(f"{ONE}documents/<int:document>/", desk.review_document, name="review_document"),
    path(f"{ONE}copies/<int:number>/", desk.review_copy, name="review_copy"),
    path(f"{ONE}copies/<int:number>/pdf/", papers.review_copy_pdf, name="review_copy_pdf"),
    path(f"{ONE}messages/", exchange.review_messages, name="review_messages"),
    path(f"{ONE}read/", exchange.mark_read, name="mark_read"),
    path(f"{ONE}correspondents/", exchange.review_correspondents, name="review_correspondents"),
    path(f"{ONE}notes/", exchange.notes, name="notes"),
    path(f"{ONE}notices/", record.notices, name="notices"),
    path(f"{ONE}notices/<int:notice>/", record.review_letter, name="review_letter"),
    path(f"{ONE}history/", record.history, name="history"),
]

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
    path(f"{ONE}notices/<int:notice>/post/", posting.record_post, name="record_post"),
    path(f"{ONE}on-behalf/<slug:move>/", arrivals.on_behalf, name="on_behalf"),
]

urlpatterns = [*COUNTY, *DESK, *MOVES]
