"""The seven accounts of the demonstration. They exist only where its data was loaded, never in
production. The tests' people are the same seven."""

from dataclasses import dataclass

PASSWORD = "demo-portal-2026"


@dataclass(frozen=True)
class Account:
    email: str
    name: str
    title: str
    role: str
    does: str
    county: str | None = None
    may_sign: bool = False

    @property
    def first_name(self) -> str:
        return self.name.split()[0].lower()


ACCOUNTS = (
    Account(
        "alice@alameda.example.gov",
        "Alice Nakamura",
        "IHSS Program Manager",
        role="county",
        does="Alameda, may sign",
        county="01",
        may_sign=True,
    ),
    Account(
        "amir@alameda.example.gov",
        "Amir Haddad",
        "Management Analyst",
        role="county",
        does="Alameda, prepares",
        county="01",
    ),
    Account(
        "bob@butte.example.gov",
        "Bob Lindqvist",
        "Deputy Director",
        role="county",
        does="Butte, may sign",
        county="04",
        may_sign=True,
    ),
    Account(
        "carol@cdss.example.gov",
        "Carol Whitfield",
        "Associate Governmental Program Analyst",
        role="reviewer",
        does="CDSS, reviewer",
    ),
    Account(
        "dana@cdss.example.gov",
        "Dana Okafor",
        "Staff Services Manager II",
        role="approver",
        does="CDSS, approver",
    ),
    Account(
        "erin@cdss.example.gov",
        "Erin Castellanos",
        "Information Technology Specialist",
        role="administrator",
        does="CDSS, administrator",
    ),
    Account(
        "frank@audit.example.gov",
        "Frank Moreau",
        "Auditor",
        role="auditor",
        does="auditor, reads only",
    ),
)
