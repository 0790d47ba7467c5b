"""The sections of a concept proposal, described once.

The task list, the forms, check-your-answers, the signed copy and the comparison of two copies
all read this page. What a county must answer before it can send is what the letter asks for
(ACL-2, ACL-3, ACL-9); the rest the review needs, and may be answered "not decided yet".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from proposals.screening import METHODS

Kind = Literal["line", "text", "email", "phone", "choice", "choices", "day", "tick"]
Asked = Literal["letter", "review", "optional"]
Answers = Mapping[str, Any]
Choices = tuple[tuple[str, str], ...]

LINE_LIMIT = 200
TEXT_LIMIT = 4000
STORED_LIMIT = 20_000
ROWS_LIMIT = 40

YES_NO: Choices = (("no", "No"), ("yes", "Yes"), ("undecided", "Not decided yet"))


def _always(answers: Answers) -> bool:
    return True


def has_vendor(answers: Answers) -> bool:
    """The county named a vendor as the developer, alone or with its own staff (ACL-3, "if any")."""
    return answers.get("builder") in ("vendor", "both")


def _own_technical_contact(answers: Answers) -> bool:
    return not answers.get("same_person")


@dataclass(frozen=True)
class Answer:
    """One question to the county, stored as a field of its own.

    `asked` says who asks: the letter (needed to send), the review (counts towards a complete
    section) or nobody in particular ("(optional)"). `missing` tells the county what to do.
    """

    name: str
    label: str
    kind: Kind
    asked: Asked
    missing: str = ""
    hint: str = ""
    choices: Choices = ()
    group: str = ""
    limit: int = 0
    when: Callable[[Answers], bool] = _always

    @property
    def longest(self) -> int:
        """How many characters the answer may have before it is shown as a problem."""
        return self.limit or (TEXT_LIMIT if self.kind == "text" else LINE_LIMIT)


@dataclass(frozen=True)
class Section:
    """One page of the editor and one heading of the proposal."""

    key: str
    title: str
    hint: str
    answers: tuple[Answer, ...] = ()
    rows: bool = False
    files: bool = False


def _contact(kind: str, whose: str, **common: Any) -> tuple[Answer, ...]:
    def ask(part: str, label: str, of: Kind, missing: str, **more: Any) -> Answer:
        return Answer(f"{kind}_{part}", label, of, "letter", missing, **common, **more)

    return (
        ask("name", "Name", "line", f"Enter the name of the {whose}"),
        Answer(f"{kind}_title", "Title", "line", "optional", **common),
        ask(
            "phone",
            "Telephone number",
            "phone",
            f"Enter the telephone number of the {whose}, like 916-555-0142",
        ),
        ask(
            "email",
            "Email address",
            "email",
            f"Enter the email address of the {whose}, like name@county.gov",
        ),
        ask(
            "address",
            "Physical mailing address",
            "text",
            f"Enter the physical mailing address of the {whose}",
            hint="Street, city, state and ZIP code, on separate lines.",
            limit=400,
        ),
    )


CONTACTS = Section(
    "contacts",
    "County contacts",
    "The program contact and the technical contact",
    (
        *_contact("program", "program contact", group="Program contact"),
        Answer(
            "same_person",
            "The same person is the technical contact",
            "tick",
            "optional",
            group="Technical contact",
        ),
        *_contact(
            "technical",
            "technical contact",
            group="Technical contact",
            when=_own_technical_contact,
        ),
    ),
)

TOOL = Section(
    "tool",
    "Tool and vendor",
    "Its name, who builds it, and whether work has begun",
    (
        Answer(
            "tool_name",
            "Name of the system or tool",
            "line",
            "letter",
            "Enter the name of the system or tool",
            limit=120,
        ),
        Answer(
            "tool_state",
            "Is it new, changed or existing?",
            "choice",
            "review",
            "Choose whether the tool is new, changed or existing",
            choices=(
                ("new", "A new tool"),
                ("changed", "A change of a tool the county has"),
                ("existing", "A tool the county already uses as it is"),
                ("undecided", "Not decided yet"),
            ),
        ),
        Answer(
            "work_begun",
            "Has development or purchase begun?",
            "choice",
            "review",
            "Choose whether development or purchase has begun",
            hint="The letter asks counties to propose first. You can send it either way.",
            choices=(
                ("no", "No"),
                ("developing", "Yes, development has begun"),
                ("buying", "Yes, a purchase or contract has begun"),
                ("using", "Yes, it is in use"),
                ("undecided", "Not decided yet"),
            ),
        ),
        Answer("work_begun_detail", "What has begun, and when", "text", "optional"),
        Answer(
            "builder",
            "Who develops it?",
            "choice",
            "letter",
            "Choose who develops the tool",
            choices=(
                ("county", "The county's own staff"),
                ("vendor", "A vendor"),
                ("both", "The county and a vendor together"),
                ("undecided", "Not decided yet"),
            ),
        ),
        Answer(
            "vendor_name",
            "Name of the vendor",
            "line",
            "letter",
            "Enter the name of the vendor",
            group="Vendor, if there is one",
            when=has_vendor,
        ),
        Answer(
            "vendor_contact_name",
            "Contact person at the vendor",
            "line",
            "letter",
            "Enter the name of a contact person at the vendor",
            group="Vendor, if there is one",
            when=has_vendor,
        ),
        Answer(
            "vendor_contact_phone",
            "The vendor's telephone number",
            "phone",
            "letter",
            "Enter the vendor's telephone number, like 916-555-0142",
            group="Vendor, if there is one",
            when=has_vendor,
        ),
        Answer(
            "vendor_contact_email",
            "The vendor's email address",
            "email",
            "letter",
            "Enter the vendor's email address, like name@vendor.com",
            group="Vendor, if there is one",
            when=has_vendor,
        ),
        Answer(
            "subcontractors",
            "Subcontractors of the vendor",
            "text",
            "review",
            "Name the vendor's subcontractors, or write that there are none",
            group="Vendor, if there is one",
            when=has_vendor,
        ),
        Answer(
            "vendor_access",
            "Who at the vendor can see the data?",
            "text",
            "review",
            "Say who at the vendor can see the data, or write “not decided yet”",
            group="Vendor, if there is one",
            when=has_vendor,
        ),
        Answer(
            "vendor_return",
            "How the vendor returns or destroys data when its work ends",
            "text",
            "review",
            "Say how the vendor returns or destroys data, or write “not decided yet”",
            group="Vendor, if there is one",
            when=has_vendor,
        ),
    ),
)

PURPOSE = Section(
    "purpose",
    "What it does and why",
    "Purpose and function, and the business benefits",
    (
        Answer(
            "purpose",
            "Purpose and function",
            "text",
            "letter",
            "Describe the tool's purpose and function",
            hint="What the tool does, for someone who has never seen it.",
        ),
        Answer(
            "business_needs",
            "Business needs",
            "text",
            "letter",
            "Describe the business benefits the tool will achieve",
            hint="The business benefits the tool will achieve.",
        ),
    ),
)

DATA_ELEMENTS: Choices = (
    ("name", "Names"),
    ("ssn", "Social Security numbers"),
    ("case_number", "Case numbers"),
    ("birth_date", "Dates of birth"),
    ("address", "Addresses"),
    ("telephone", "Telephone numbers"),
    ("medical", "Medical information"),
    ("hours", "Authorized hours"),
    ("bank", "Bank information"),
    ("criminal_record", "Criminal records"),
    ("other", "Other data"),
    ("none", "None of these"),
    ("undecided", "Not decided yet"),
)

HOW = Section(
    "how",
    "How it works",
    "What it runs on, how CMIPS data is reached, where data is kept",
    (
        Answer(
            "technical_component",
            "What it runs on",
            "text",
            "letter",
            "Describe what the tool runs on",
            hint="The technical component: software, servers and databases.",
            group="What it runs on",
        ),
        Answer(
            "reached_from",
            "How will people reach the tool?",
            "choice",
            "letter",
            "Choose how people will reach the tool",
            choices=(
                ("intranet", "From the local intranet only"),
                ("internet", "From the internet"),
                ("both", "From both"),
            ),
            group="What it runs on",
        ),
        Answer(
            "multi_factor",
            "Do people sign in with a second factor?",
            "choice",
            "review",
            "Choose whether people sign in with a second factor",
            hint="For example a code from a phone, besides the password.",
            choices=YES_NO,
            group="What it runs on",
        ),
        Answer(
            "cmips_methods",
            "How is CMIPS data reached?",
            "choices",
            "letter",
            "Choose how CMIPS data is reached",
            hint="Choose all that apply.",
            choices=tuple((method.key, method.label) for method in METHODS),
            group="CMIPS data",
        ),
        Answer(
            "data_elements",
            "Which kinds of data does it touch?",
            "choices",
            "review",
            "Choose the kinds of data the tool touches",
            hint="Choose all that apply.",
            choices=DATA_ELEMENTS,
            group="CMIPS data",
        ),
        Answer("data_elements_other", "Other data", "line", "optional", group="CMIPS data"),
        Answer(
            "other_use",
            "Does anyone use the data for anything but administering the program?",
            "choice",
            "review",
            "Choose whether the data is used for anything else",
            hint="For example a vendor's product improvement, AI training or research.",
            choices=YES_NO,
            group="CMIPS data",
        ),
        Answer("other_use_detail", "For what else", "text", "optional", group="CMIPS data"),
        Answer(
            "hosting",
            "Where is it hosted?",
            "text",
            "review",
            "Say where the tool is hosted, or write “not decided yet”",
            group="Where data is kept",
        ),
        Answer(
            "data_location",
            "Where is data kept?",
            "text",
            "review",
            "Say where data is kept, or write “not decided yet”",
            group="Where data is kept",
        ),
        Answer(
            "outside_us",
            "Is data kept or seen outside the United States?",
            "choice",
            "review",
            "Choose whether data is kept or seen outside the United States",
            choices=YES_NO,
            group="Where data is kept",
        ),
        Answer(
            "mobile",
            "Telephones, tablets and offline copies",
            "text",
            "review",
            "Say whether telephones, tablets or offline copies hold data, or write “none”",
            group="Where data is kept",
        ),
        Answer(
            "outside_services",
            "Outside services that receive data",
            "text",
            "review",
            "Name the outside services that receive data, or write “none”",
            hint="For example maps or text messages.",
            group="Where data is kept",
        ),
        Answer(
            "retention",
            "How long is data kept, and how is it disposed of?",
            "text",
            "review",
            "Say how long data is kept and how it is disposed of, or write “not decided yet”",
            group="Where data is kept",
        ),
        Answer(
            "automated_decisions",
            "Does it make decisions by itself, or use artificial intelligence?",
            "choice",
            "review",
            "Choose whether the tool decides by itself or uses artificial intelligence",
            choices=YES_NO,
            group="Safeguards and further use",
        ),
        Answer(
            "automated_decisions_detail",
            "What it decides, and who checks it",
            "text",
            "optional",
            group="Safeguards and further use",
        ),
        Answer(
            "research",
            "Is data used for research or released to the public?",
            "choice",
            "review",
            "Choose whether data is used for research or released to the public",
            hint="The letter permits research only on aggregate, de-identified data.",
            choices=YES_NO,
            group="Safeguards and further use",
        ),
        Answer(
            "research_detail",
            "What is released, and how it is de-identified",
            "text",
            "optional",
            group="Safeguards and further use",
        ),
        Answer(
            "privacy_program_date",
            "Date of the county's written privacy and security program",
            "day",
            "optional",
            hint="Like March 15, 2027. Leave it empty if it is not decided yet.",
            group="Safeguards and further use",
        ),
    ),
)

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

SECTIONS: tuple[Section, ...] = (CONTACTS, TOOL, PURPOSE, HOW, FLOWS, USERS, DOCUMENTS)
BY_KEY: dict[str, Section] = {section.key: section for section in SECTIONS}
ANSWERS: dict[str, Answer] = {
    answer.name: answer for section in SECTIONS for answer in section.answers
}
DIRECTIONS: dict[str, str] = {"in": "Data in", "out": "Data out"}

# The first six are shown, the rest stand under "more" (DOMAIN: documents, by kind).
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


def section_of(name: str) -> Section:
    """The section a field belongs to. Raises KeyError for a name the proposal does not have."""
    if name in DIRECTIONS or name in ("data_in", "data_out"):
        return FLOWS
    for section in SECTIONS:
        if any(answer.name == name for answer in section.answers):
            return section
    raise KeyError(name)
