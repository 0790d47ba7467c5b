"""What a copy of a proposal takes over: answers, contacts and rows, but no case-level data.

That a text only looks like case data was stated by its writer, for that proposal. A copy carries
no such statement, so a text with that shape stays behind (Welf. & Inst. Code 10850).
"""

from __future__ import annotations

from typing import Any

from proposals import screening
from proposals.content import Content, called
from proposals.sections import ANSWERS, DIRECTIONS, row_answers

ROW_TEXTS = ("what", "where")


def carried_over(content: Content) -> tuple[dict[str, Any], list[str]]:
    """The answers and rows that a copy begins with, by name, and the fields that were left out."""
    answers, left_out = dict(content["answers"]), []
    for name, value in answers.items():
        if isinstance(value, str) and screening.case_data(value):
            answers[name] = ""
            left_out.append(name)
    for direction in DIRECTIONS:
        rows = [dict(row) for row in content[f"data_{direction}"]]
        for number, row in enumerate(rows):
            for part in ROW_TEXTS:
                if screening.case_data(row.get(part) or ""):
                    row[part] = ""
                    left_out.append(f"{direction}-{number}-{part}")
        answers[f"data_{direction}"] = rows
    return answers, left_out


def spoken(field: str) -> str:
    """What a field that was left out is called on the page."""
    if field in ANSWERS:
        return called(ANSWERS[field])
    direction, number, part = field.split("-")
    labels = {answer.name: answer.label for answer in row_answers(direction)}
    return f"{DIRECTIONS[direction]} {int(number) + 1}: {labels[part]}"
