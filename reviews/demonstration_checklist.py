"""What Carol finds on the proposals of the demonstration, row by row of the checklist (ACL-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proposals import screening
from proposals.sections import has_vendor
from reviews.checklist import RULES

MEETS, DOCUMENTS, FAILS, NOT_APPLICABLE = "meets", "documents", "fails", "not_applicable"
FIRST_ROWS = 4
BEGUN, ASKED = "begun", "asked"


def findings(
    answers: Mapping[str, Any], told: Mapping[str, Any], how_far: str
) -> dict[str, dict[str, str]]:
    """The findings by rule, as the checklist's form sends them.

    `how_far` is "begun" (the first rows), "asked" (what is requested needs documents) or "done".
    """
    found = {rule.key: _said(MEETS) for rule in RULES}
    if answers["cmips_methods"] == [screening.NO_DATA]:
        found["ddl"] = _said(NOT_APPLICABLE, "It takes no file from CMIPS.")
    if not has_vendor(answers):
        found["vendor"] = _said(NOT_APPLICABLE, "No vendor.")
    if answers["research"] != "yes":
        found["research"] = _said(NOT_APPLICABLE)
    if told.get("outcome") == "out_of_scope":
        found = {key: _said(NOT_APPLICABLE) for key in found} | {
            "complete": _said(MEETS),
            "purpose": _said(NOT_APPLICABLE, "It holds no CMIPS data."),
        }
    if screening.findings(answers["cmips_methods"]):
        found["no_direct"] = _said(FAILS, "The county names the method itself.")
        found["ddl"] = _said(FAILS, "It uses no data download.")
    if how_far == ASKED:
        why = "; ".join(one["why"].rstrip(".") for one in told["ask"])
        found["safeguards"] = _said(DOCUMENTS, f"{why}.")
    elif told.get("conditions"):
        found["safeguards"] = _said(MEETS, "On the conditions of the decision.")
    elif "ask" in told:
        found["safeguards"] = _said(MEETS, "Shown by what the county sent.")
    if how_far == BEGUN:
        begun = [rule.key for rule in RULES[:FIRST_ROWS]]
        return {key: found[key] for key in begun}
    return found


def _said(choice: str, note: str = "") -> dict[str, str]:
    return {"choice": choice, "note": note}
