"""Scenes of what a county keeps: a copy with a large picture, and a calendar without a date."""

from collections.abc import Iterator

from tests import make
from tests.stories.scenes import Stage, State, of_county, of_desk, scene


@scene
def keeping(stage: Stage) -> Iterator[State]:
    make.someone("alice")
    row = make.full_answers()["data_in"][0]
    direct = {**row, "where": "CMIPS itself", "transport": "interface"}
    review = make.sent(data_in=[row, direct] * 10, data_out=[row] * 3)
    for place in ("sent", "answers", "copies/1"):
        yield f"many rows, {place}", stage.open("alice", f"{of_county(review)}{place}/")
    yield "many rows, CDSS's copy", stage.open("carol", f"{of_desk(review)}copies/1/")
    closed = make.standing_at("withdrawn")
    yield "calendar file, no date", stage.open("alice", f"{of_county(closed)}calendar.ics")
