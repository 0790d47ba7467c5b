"""What happens to a proposal after sending: its review, periods, requests, decisions, letters."""

from reviews.models.asking import Asking
from reviews.models.conversation import (
    Correspondent,
    Finding,
    Message,
    Note,
    StaleChecklist,
)
from reviews.models.decisions import Condition, Decision
from reviews.models.drafting import DecisionDraft
from reviews.models.items import Item
from reviews.models.plans import Enhancement, Idea
from reviews.models.requests import Request
from reviews.models.review import Review
from reviews.models.rounds import Round
from reviews.models.saved_views import SavedView
from reviews.models.similar import SimilarTool, ToolTraits, ToolWord
from reviews.models.templates import LetterTemplate
from reviews.models.visits import Visit
from reviews.models.wordings import StandardWording
from reviews.models.words import KnownWord, Words

__all__ = [
    "Asking",
    "Condition",
    "Correspondent",
    "Decision",
    "DecisionDraft",
    "Enhancement",
    "Finding",
    "Idea",
    "Item",
    "KnownWord",
    "LetterTemplate",
    "Message",
    "Note",
    "Request",
    "Review",
    "Round",
    "SavedView",
    "SimilarTool",
    "StaleChecklist",
    "StandardWording",
    "ToolTraits",
    "ToolWord",
    "Visit",
    "Words",
]
