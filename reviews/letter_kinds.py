"""The kinds of decision letter, the placeholders their templates may have, and the texts at first.

CDSS changes the texts on pages of its own; those here hold until somebody does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Words in square brackets, or what looks like them, a letter among them. Nothing is tried twice: a
# bracket that nobody closed would else take minutes in a long text.
OPENING, CLOSING = "[\uff3b\u3010\u3014\u27e6", "]\uff3d\u3011\u3015\u27e7"
_BRACKETS = re.escape(OPENING + CLOSING)
IN_BRACKETS = (
    rf"[{re.escape(OPENING)}](?:[^\w{_BRACKETS}\n]|[\d_])*+[^\W\d_][^{_BRACKETS}\n]*+"
    rf"[{re.escape(CLOSING)}]"
)
# A line to write on, drawn by hand: three or more low lines, or a row of dots that is longer than
# an ellipsis with its full stop. What looks like either counts too, with or without gaps.
_LOW = "_\uff3f\u2017\ufe4d\ufe4e\ufe4f\u02cd\u2581\u23bd"
_DOTS = {".": 1, "\u2024": 1, "\uff0e": 1, "\u00b7": 1, "\u2025": 2, "\u2026": 3, "\u22ef": 3}
_ELLIPSIS = 4
DRAWN = (
    rf"[{_LOW}](?:[ \t\u00a0]{{0,2}}+[{_LOW}]){{2,}}+"
    rf"|[{''.join(_DOTS)}](?:[ \u00a0]?+[{''.join(_DOTS)}])++"
)
LONGEST_TEMPLATE = 8000
CONDITIONS = "conditions"
KINDS = {
    "approved": "Approved",
    CONDITIONS: "Approved with conditions",
    "not_approved": "Not approved",
    "out_of_scope": "CDSS approval not needed",
}
PLACEHOLDERS = {
    "addressee": "the program contact with title, department and mailing address",
    "contact": "the program contact's name",
    "county": "the county's name",
    "tool": "the tool's name",
    "received": "the day on which CDSS received the proposal",
    "reference": "the reference of the proposal",
    "mailbox": "the mailbox for questions",
    "reasons": "the reasons, as a numbered list",
    "conditions": "the conditions with their dates, as a numbered list",
    "allowed": "what the All County Letter allows instead of a prohibited method",
}
# A paragraph with one of these is left out where the list is empty.
LISTS = ("reasons", "conditions", "allowed")
# What stands in a letter that is shown as an example; the people are invented.
EXAMPLE = {
    "addressee": "Maria Ortega, Program Manager\nIn-Home Supportive Services of the county",
    "contact": "Maria Ortega",
    "county": "the county",
    "tool": "Home Visit Planner",
    "received": "January 4, 2027",
    "reference": "CIP-2027-0042",
    "mailbox": "the mailbox for questions",
    "reasons": "1. The first reason.\n2. The second reason.",
    "conditions": "1. The first condition, by March 15, 2027.\n2. The second, by April 15, 2027.",
    "allowed": "What the All County Letter allows instead.",
}
AFTER_THE_DECISION = {
    "approved": "You may start to develop the tool now. Send a new proposal before you change how "
    "CMIPS data is used.",
    "not_approved": "This decision is final for this proposal. You may revise the proposal and "
    "send it again: it is then linked to this one and has a thirty-day period of its own.",
    "out_of_scope": "You may go on without CDSS's approval. Send a new proposal before the tool "
    "uses CMIPS data.",
}
_CONFIRM = "Confirm each condition on the proposal's page."
_AT_FIRST = """{{addressee}}

Subject: {{tool}}: {outcome}

Dear {{contact}}:

CDSS received your concept proposal for {{tool}} on {{received}}. {answer}

Reasons
{{reasons}}{lists}

What happens next
{then}

Questions: reply to this letter, and keep the reference in the subject."""


def text_at_first(kind: str) -> str:
    """The template as it comes with the portal."""
    outcome, answer, lists, then = {
        "approved": ("approved", "CDSS approves it.", "", AFTER_THE_DECISION["approved"]),
        CONDITIONS: (
            "approved with conditions",
            "CDSS approves it, on the conditions below.",
            "\n\nConditions\n{conditions}",
            f"{_CONFIRM} {AFTER_THE_DECISION['approved']}",
        ),
        "not_approved": (
            "not approved",
            "CDSS does not approve it.",
            "\n\nWhat is allowed instead\n{allowed}",
            AFTER_THE_DECISION["not_approved"],
        ),
        "out_of_scope": (
            "CDSS approval not needed",
            "It does not need CDSS's approval.",
            "",
            AFTER_THE_DECISION["out_of_scope"],
        ),
    }[kind]
    return _AT_FIRST.format(outcome=outcome, answer=answer, lists=lists, then=then)


def is_drawn(found: str) -> bool:
    """Whether what `DRAWN` found is a line to write on, and not the dots of a sentence."""
    return found[0] in _LOW or sum(_DOTS.get(one, 0) for one in found) > _ELLIPSIS


def faults(kind: str, text: str) -> Iterator[str]:
    """What keeps a text from being the template of this kind; each sentence says the remedy."""
    used = PLACEHOLDER.findall(text)
    for name in dict.fromkeys(used):
        if name not in PLACEHOLDERS:
            near = get_close_matches(name, PLACEHOLDERS, n=1)
            instead = f"Write {{{near[0]}}}" if near else "Choose one from the list"
            yield f"There is no placeholder {{{name}}}. {instead}"
    for brace in "{}":
        if brace in PLACEHOLDER.sub("", text):
            yield f"Take out the single “{brace}”: it belongs to no placeholder"
    needed = ["reasons", *([CONDITIONS] if kind == CONDITIONS else [])]
    for name in needed:
        if name not in used:
            yield f"Put {{{name}}} where the letter lists them"
    if CONDITIONS in used and kind != CONDITIONS:
        yield "Take out {conditions}: this letter has none"
    if re.search(IN_BRACKETS, text):
        yield "Replace the words in square brackets: no letter leaves with them"
    if any(is_drawn(found[0]) for found in re.finditer(DRAWN, text)):
        yield "Take out the line to write on, like “____”: no letter leaves with one"
