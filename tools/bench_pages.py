"""The pages of the benchmark, each with who asks for it and the bare twin it is compared with."""

import secrets
from collections.abc import Callable

from django.db import connection
from django.db.models import Count, QuerySet
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import access, clock, tokens
from portal.models import GoverningLetter, User
from proposals.models import Proposal
from reviews.models import Review
from reviews.models.receipts import signed_under
from reviews.moves import Status

Ask = Callable[[int], HttpResponseBase]
LIST, DETAIL, POST = "list", "detail", "post"


class Pages:
    """All pages over one set of data. `drafts` and `decidable` are used up by the POSTs."""

    def __init__(self, drafts: list[str], decidable: list[str]) -> None:
        self.drafts, self.decidable = drafts, decidable
        self.alice, self.bob = _person("alice@alameda"), _person("bob@butte")
        self.carol, self.dana = _person("carol@cdss"), _person("dana@cdss")
        self.queue = reverse("queue") + "?view=all&rows=50"
        self.review = _busiest(Review.objects.filter(status=Status.IN_REVIEW))

    def twins(self) -> dict[str, Ask]:
        """The bare list, the bare detail and the bare POST."""
        one = Proposal.objects.order_by("pk")[0].reference
        client, url = _signed_in(self.alice), reverse("bare_post")
        return {
            LIST: _get(self.alice, reverse("bare_list")),
            DETAIL: _get(self.alice, reverse("bare_detail", args=[one])),
            POST: lambda number: _went(client.post(url, {"token": secrets.token_urlsafe(24)})),
        }

    def all(self) -> list[tuple[str, str, Ask]]:
        """Name, twin and request of each page; later pages join this list."""
        queue = f"{self.queue}&"
        review = self.review.reference
        return [
            ("queue", LIST, _get(self.carol, self.queue)),
            ("queue-filtered", LIST, _get(self.carol, f"{queue}status=in_review&county=04")),
            ("queue-last", LIST, _get(self.carol, f"{queue}before=end")),
            ("search", LIST, _get(self.carol, f"{queue}q={review}")),
            ("search-common", LIST, _get(self.carol, f"{queue}q=county")),
            *(
                (name, LIST if name == "home" else DETAIL, _get(person, url))
                for name, (person, url) in self.opened().items()
            ),
            ("send", POST, self.send()),
            ("decide", POST, self.decide()),
        ]

    def opened(self) -> dict[str, tuple[User, str]]:
        """The pages of one person or one proposal: who opens which address."""
        draft = self.drafts[-1]
        mine = _busiest(Review.objects.filter(proposal__county__in=self.alice.counties()))
        return {
            "review": (self.carol, reverse("review", args=[self.review.reference])),
            "home": (self.alice, reverse("home")),
            "proposal": (self.alice, reverse("proposal", args=[mine.reference])),
            "section": (self.bob, reverse("section", args=[draft, "how"])),
            "send-page": (self.bob, reverse("send", args=[draft])),
        }

    def in_a_browser(self) -> dict[str, tuple[str, str]]:
        """The pages that a browser opens, too: address and session of whoever opens it."""
        places = {"queue": (self.carol, self.queue), **self.opened()}
        return {
            name: (url, _signed_in(person).session.session_key or "")
            for name, (person, url) in places.items()
        }

    def send(self) -> Ask:
        """Sends one draft each time, as its county would."""
        client = _signed_in(self.bob)
        letter = GoverningLetter.objects.current()
        forms = []
        for proposal in _in_order(self.drafts):
            seen = signed_under(proposal.content(), letter)
            token = tokens.issue(self.bob, f"send {proposal.reference}")
            signed = {"name": self.bob.name, "title": self.bob.title}
            agreed = {f"agree_{number}": "agree" for number in range(1, 7)}
            url = reverse("send", args=[proposal.reference])
            forms.append((url, {"seen": seen, "token": token, **signed, **agreed}))
        return lambda number: _went(client.post(*forms[number]))

    def decide(self) -> Ask:
        """Releases one drafted decision each time, as an approver would."""
        client = _signed_in(self.dana)
        forms = []
        for proposal in _in_order(self.decidable):
            token = tokens.issue(self.dana, f"release {proposal.reference}")
            url = reverse("release", args=[proposal.reference])
            forms.append((url, {"seen": proposal.review.version, "token": token}))
        return lambda number: _went(client.post(*forms[number]))


def proposals() -> int:
    """How many proposals the database holds."""
    return Proposal.objects.count()


def weighed(ask: Ask, number: int) -> tuple[int, int]:
    """The SQL queries and the bytes of one more answer."""
    with CaptureQueriesContext(connection) as queries:
        answer = ask(number)
    return len(queries), len(b"".join(answer))


def _person(begins: str) -> User:
    return User.objects.get(email__startswith=begins)


def _signed_in(person: User) -> Client:
    """The browser of someone who has just given their password."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person)
    session = client.session
    session[access.PASSWORD_AT] = clock.now().timestamp()
    session.save()
    return client


def _get(person: User, url: str) -> Ask:
    client = _signed_in(person)

    def ask(number: int) -> HttpResponseBase:
        answer = client.get(url)
        if answer.status_code != 200:
            raise SystemExit(f"{url} answers {answer.status_code}.")
        return answer

    return ask


def _went(answer: HttpResponseBase) -> HttpResponseBase:
    if answer.status_code != 302:
        raise SystemExit(f"A form was refused with {answer.status_code}.")
    return answer


def _busiest(reviews: QuerySet[Review]) -> Review:
    """The review with most periods: most to show."""
    return reviews.annotate(periods=Count("rounds")).order_by("-periods", "pk")[0]


def _in_order(references: list[str]) -> list[Proposal]:
    found = {
        one.reference: one for one in Proposal.objects.whole().filter(reference__in=references)
    }
    return [found[reference] for reference in references]
