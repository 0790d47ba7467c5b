"""Contacts a county used before, so that nobody types a telephone number twice (ACL-2).

Offered are the contacts of the county's own proposals, the latest first, and the person who is
signed in. What stands in the fields already and reads otherwise is set aside, not lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html

from portal.forms import PortalForm
from portal.models import County, User
from proposals import screening
from proposals.content import called
from proposals.models import Contact, Lost, Proposal, SectionState
from proposals.models.parts import CONTACT_PARTS
from proposals.sections import ANSWERS, CONTACTS, Section

MOST = 20
# So many rows are read for them: the same person stands in many proposals.
READ = 200
MYSELF = "me"
CHOOSE_FIRST = "Choose a contact first, then press “Fill in”."


@dataclass(frozen=True)
class Known:
    """A person to fill in: `key` is what the page sends, `parts` what it fills in."""

    key: str
    label: str
    parts: dict[str, str]


def known_to(proposal: Proposal, user: User) -> list[Known]:
    """The person who is signed in, then whom the county named before; each once."""
    own = {part: getattr(user, part, "") or "" for part in CONTACT_PARTS}
    found = {_same(own): Known(MYSELF, f"{_label(own)} (you)", own)}
    for contact in _contacts(proposal):
        parts = {part: getattr(contact, part) for part in CONTACT_PARTS}
        if len(found) > MOST:
            break
        found.setdefault(_same(parts), Known(str(contact.pk), _label(parts), parts))
    return list(found.values())


def _contacts(proposal: Proposal) -> Any:
    before = Contact.objects.filter(
        proposal__county=proposal.county_id, proposal__discarded_at__isnull=True
    )
    named = before.exclude(proposal=proposal).exclude(name="")
    return named.order_by("-proposal__created_at", "-pk")[:READ]


def sent_by(county: County) -> dict[str, list[Known]]:
    """Whom a county named in what it sent to CDSS: for each kind of contact the latest first, then
    those of the other kind. What only stands in a draft stays the county's own."""
    named = Contact.objects.filter(
        proposal__county=county, proposal__sent_at__isnull=False
    ).exclude(name="")
    rows = list(named.order_by("-proposal__sent_at", "-pk")[:READ])
    found: dict[str, list[Known]] = {}
    for kind in Contact.Kind.values:
        once: dict[tuple[str, str], Known] = {}
        for contact in sorted(rows, key=lambda row: row.kind != kind):
            parts = {part: getattr(contact, part) for part in CONTACT_PARTS}
            once.setdefault(_same(parts), Known(str(contact.pk), _label(parts), parts))
        found[kind] = list(once.values())[:MOST]
    return found


def _same(parts: dict[str, str]) -> tuple[str, str]:
    return parts["name"].strip().casefold(), parts["email"].strip().casefold()


def _label(parts: dict[str, str]) -> str:
    return ", ".join(part for part in (parts["name"], parts["title"]) if part)


class Picker(PortalForm):
    """The choice of a known contact for the program or the technical contact."""

    def __init__(self, kind: str, known: list[Known], picked: str = "") -> None:
        self.kind, self.kind_words = kind, Contact.Kind(kind).label
        self.group = ANSWERS[f"{kind}_name"].group
        hidden = format_html('<span class="vh">, as {}</span>', self.kind_words)
        self.base_fields = {
            f"known-{kind}": forms.ChoiceField(
                label=format_html("Use a contact from before{}", hidden),
                choices=[("", "Choose one"), *((one.key, one.label) for one in known)],
                required=False,
                widget=forms.Select(attrs={"class": "w-m", "autocomplete": "off"}),
            )
        }
        super().__init__(initial={f"known-{kind}": picked})

    @property
    def bound(self) -> Any:
        return self[f"known-{self.kind}"]


def pickers(proposal: Proposal, here: Section, user: User, data: Any) -> list[Picker]:
    """What the section of contacts offers, chosen as `data` says; nothing in other sections."""
    if here is not CONTACTS:
        return []
    known = known_to(proposal, user)
    return [Picker(kind, known, data.get(f"known-{kind}", "")) for kind in Contact.Kind.values]


def wanted(request: HttpRequest) -> str:
    """The contact whose button “Fill in” was pressed; empty when it was another button."""
    kind = request.POST.get("fill", "")
    return kind if kind in Contact.Kind.values else ""


def fill_in(
    proposal: Proposal, kind: str, chosen: str, *, by: User, seen: int
) -> tuple[str, SectionState | None]:
    """Write a known person into a contact of the draft, which is saved as it stands before.

    Answers with what was done, in words, and the section's new version if it has one. Raises
    EditRefused and StaleSection, as every save does.
    """
    person = next((one for one in known_to(proposal, by) if one.key == chosen), None)
    if person is None:
        return CHOOSE_FIRST, None
    values = _values(kind, person)
    lost = list(_gives_way(proposal, values))
    names = [ANSWERS[name].label.lower() for name, text in values.items() if text]
    if kind == Contact.Kind.TECHNICAL:
        values["same_person"] = False
    state = proposal.save_section(CONTACTS.key, values, by=by, seen=seen, lost=lost)
    words = f"Filled in from {person.parts['name']}: {_listed(names)}."
    if lost:
        words += " What stood there is kept under “Texts set aside”."
    return words, state


def _values(kind: str, person: Known) -> dict[str, Any]:
    """What to write. Nothing that looks like case data; an address stays where none is known."""
    fit = {
        f"{kind}_{part}": "" if screening.case_data(text) else text
        for part, text in person.parts.items()
    }
    return {name: text for name, text in fit.items() if text or not name.endswith("_address")}


def _gives_way(proposal: Proposal, values: dict[str, Any]) -> Iterator[Lost]:
    answers = proposal.content()["answers"]
    state = proposal.states.select_related("saved_by").get(section=CONTACTS.key)
    for name, text in values.items():
        if state.saved_by and answers[name].strip() and answers[name] != text:
            words = answers[name]
            yield Lost(name, called(ANSWERS[name]), words, state.saved_by, state.saved_at)


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
