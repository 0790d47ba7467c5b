"""Data in and out, users, dates and documents (ACL-3, ACL-7)."""

from __future__ import annotations

from proposals.sections.parts import YES_NO, Answer, Choices, Section

# The questions of one row of data in or data out (ACL-3: "all inputs and outputs").
HOW_OFTEN: Choices = (
    ("at_once", "At once, as it happens"),
    ("daily", "Every day or night"),
    ("weekly", "Every week"),
    ("monthly", "Every month"),
    ("on_demand", "On demand"),
    ("once", "Once"),
    ("undecided", "Not decided yet"),
)
TRANSPORT: Choices = (
    ("sftp", "Secure file transfer (SFTP)"),
    ("https", "Web page or service over HTTPS"),
    ("intranet", "File share inside the county network"),
    ("typed", "Typed by staff"),
    ("email", "Email"),
    ("text", "Text message"),
    ("paper", "Paper or mail"),
    ("device", "USB drive or other device"),
    ("interface", "Direct connection or interface"),
    ("other", "Another way"),
    ("undecided", "Not decided yet"),
)


def row_answers(direction: str) -> tuple[Answer, ...]:
    """The questions of one row: "in" asks where data comes from, "out" where it goes."""
    where = "Where it comes from" if direction == "in" else "Where it goes"
    where_missing = (
        "Enter where the data comes from" if direction == "in" else "Enter where the data goes"
    )
    return (
        Answer("what", "What data", "line", "letter", "Enter what data it is", limit=300),
        Answer("where", where, "line", "letter", where_missing),
        Answer("how_often", "How often", "choice", "review", "Choose how often", choices=HOW_OFTEN),
        Answer(
            "transport",
            "How the data travels",
            "choice",
            "review",
            "Choose how the data travels",
            choices=TRANSPORT,
        ),
        Answer(
            "sensitive",
            "Personal or confidential data?",
            "choice",
            "review",
            "Choose whether it is personal or confidential data",
            choices=YES_NO,
        ),
    )


FLOWS = Section(
    "data",
    "Data in and data out",
    "Everything that comes into the tool and everything that leaves it",
    rows=True,
)

USERS = Section(
    "users",
    "Who will use it, and when",
    "Users, and the date you plan to start",
    (
        Answer(
            "users",
            "Who will use the tool?",
            "text",
            "letter",
            "Say who will use the tool",
            hint="Kinds of staff and how many. No names.",
        ),
        Answer(
            "implementation_date",
            "Proposed implementation date",
            "day",
            "letter",
            "Enter the date you plan to start, like March 15, 2027",
            hint="The date you plan to start, like March 15, 2027.",
        ),
    ),
)

DOCUMENTS = Section(
    "documents",
    "Documents",
    "None is needed now. Add what you have.",
    (Answer("no_documents_now", "We have no document to add now", "tick", "optional"),),
    files=True,
)

# The first six are shown, the rest stand under "more".
DOCUMENT_KINDS: Choices = (
    ("security_plan", "System security plan"),
    ("risk_assessment", "Risk assessment"),
    ("privacy_assessment", "Privacy threshold or impact assessment"),
    ("data_flow_diagram", "Data-flow diagram"),
    ("system_requirements", "System requirements"),
    ("network_diagram", "Network diagram"),
    ("business_associate", "Business associate agreement"),
    ("contract_exhibit", "Contract security exhibit"),
    ("penetration_test", "Penetration-test summary"),
    ("vulnerability_scan", "Vulnerability scan summary"),
    ("attestation", "Third-party attestation (SOC 2, FedRAMP)"),
    ("poam", "List of known weaknesses and fix dates"),
    ("incident_plan", "Incident-response plan"),
    ("recovery_plan", "Recovery plan"),
    ("role_matrix", "Who can see or do what"),
    ("retention_schedule", "Retention schedule"),
    ("training", "Training evidence"),
    ("accessibility", "Accessibility report"),
    ("model_card", "AI model card"),
    ("deidentification", "De-identification method"),
    ("other", "Other document"),
)
DOCUMENT_KINDS_SHOWN = 6
DOCUMENT_LABELS: Choices = (
    ("public", "Public"),
    ("internal", "Internal"),
    ("confidential", "Confidential (security)"),
)
