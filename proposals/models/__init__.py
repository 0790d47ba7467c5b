"""What a county writes: the proposal, its contacts, data flows, documents and signed copies."""

from proposals.models.documents import Document, DocumentRefused, kept_file
from proposals.models.parts import Contact, DataFlow, SectionState
from proposals.models.proposal import EditRefused, Proposal, StaleSection
from proposals.models.signed import SignedCopy

__all__ = [
    "Contact",
    "DataFlow",
    "Document",
    "DocumentRefused",
    "EditRefused",
    "Proposal",
    "SectionState",
    "SignedCopy",
    "StaleSection",
    "kept_file",
]
