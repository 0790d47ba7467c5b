"""Who proposes and who builds: the county's contacts, the tool and its vendor (ACL-2, ACL-3)."""

from __future__ import annotations

from typing import Any

from proposals.sections.parts import (
    Answer,
    Kind,
    Section,
    answered,
    has_vendor,
    own_technical_contact,
)

# Ways in which work has begun before CDSS answered (ACL-1): recorded and shown, never a bar.
BEGUN = ("developing", "buying", "using")


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
            hint="Then leave the rest of this section empty.",
            group="Technical contact",
        ),
        *_contact(
            "technical",
            "technical contact",
            group="Technical contact",
            when=own_technical_contact,
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
        Answer(
            "work_begun_detail",
            "What has begun, and when",
            "text",
            "optional",
            when=answered("work_begun", *BEGUN),
        ),
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
