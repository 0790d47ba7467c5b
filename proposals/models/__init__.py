"""What a county writes: the proposal, its contacts, data flows, documents and signed copies."""

from proposals.models.documents import (
    AlreadyThere,
    Document,
    DocumentChanged,
    DocumentRefused,
    kept_file,
)
from proposals.models.parts import Contact, DataFlow, SectionState
from proposals.models.proposal import Proposal, StaleSection
from proposals.models.set_aside import Lost, SetAside
from proposals.models.signed import SignedCopy
from proposals.models.starting import EditRefused, ReferenceCounter

__all__ = [
    "AlreadyThere",
    "Contact",
    "DataFlow",
    "Document",
    "DocumentChanged",
    "DocumentRefused",
    "EditRefused",
    "Lost",
    "Proposal",
    "ReferenceCounter",
    "SectionState",
    "SetAside",
    "SignedCopy",
    "StaleSection",
    "kept_file",
]
