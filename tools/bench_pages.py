"""The pages of the benchmark, each with who asks for it and the bare twin it is compared with."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from tools.bench_server import Asked

Ask = Callable[[int], HttpResponseBase]
LIST, DETAIL, POST = "list", "detail", "post"
EXPORTED = 10_000


@dataclass(frozen=True)
class Page:
    """A page of the benchmark: whose it is, the twin it is compared with, and what is asked.

    `forms` are those of a POST, one for each time; each can be sent once.
    """

    name: str
    twin: str
    person: User
    url: str = ""
    forms: Sequence[Asked] = ()

    def asker(self) -> Ask:
        """Asks for the page as its person, through the whole middleware in this process."""
        client = _signed_in(self.person)
        if self.forms:
            return lambda number: _went(client.post(*self.forms[number]))
        return _get(client, self.url)

    def session(self) -> str:
        """A session of its person, for another program."""
        return _signed_in(self.person).session.session_key or ""


class Pages:
    """All pages over one set of data. `drafts` and `decidable` are used up by the POSTs."""

    def __init__(self, drafts: list[str], decidable: list[str]) -> None:
        self.drafts, self.decidable = drafts, decidable
        self.alice, self.bob = _person("alice@alameda"), _person("bob@butte")
        self.carol, self.dana = _person("carol@cdss"), _person("dana@cdss")
        self.queue = reverse("queue") + "?view=all"
        self.review = _busiest(Review.objects.filter(status=Status.IN_REVIEW))

    def twins(self) -> dict[str, Ask]:
        """The bare list, the bare detail and the bare POST."""
        one = Proposal.objects.order_by("pk")[0].reference
        client, url = _signed_in(self.alice), reverse("bare_post")
        return {
            LIST: _get(client, reverse("bare_list")),
            DETAIL: _get(client, reverse("bare_detail", args=[one])),
            POST: lambda number: _went(client.post(url, {"token": secrets.token_urlsafe(24)})),
        }

    def all(self) -> list[Page]:
        """Every page; later ones join this list."""
        queue, carol = f"{self.queue}&", self.carol
        review = self.review.reference
        return [
            Page("queue", LIST, carol, self.queue),
            Page("queue-filtered", LIST, carol, f"{queue}status=in_review&county=04"),
            Page("queue-last", LIST, carol, f"{queue}before=end"),
            Page("search", LIST, carol, f"{queue}status=in_review&q={review}"),
            Page("search-common", LIST, carol, f"{queue}status=open&q=county"),
            Page("statewide", LIST, carol, reverse("statewide")),
            Page("register", LIST, carol, reverse("register")),
            Page("export", LIST, carol, self.export()),
            *self.opened(),
            Page("send", POST, self.bob, forms=self.send()),
            Page("decide", POST, self.dana, forms=self.decide()),
        ]

    def opened(self) -> list[Page]:
        """The pages of one person or one proposal."""
        draft = self.drafts[-1]
        mine = _busiest(Review.objects.filter(proposal__county__in=self.alice.counties()))
        return [
            Page("review", DETAIL, self.carol, reverse("review", args=[self.review.reference])),
            Page("home", LIST, self.alice, reverse("home")),
            Page("proposal", DETAIL, self.alice, reverse("proposal", args=[mine.reference])),
            Page("section", DETAIL, self.bob, reverse("section", args=[draft, "how"])),
            Page("send-page", DETAIL, self.bob, reverse("send", args=[draft])),
        ]

    def in_a_browser(self) -> dict[str, tuple[str, str]]:
        """The pages that a browser opens, too: address and session of whoever opens it."""
        pages = [Page("queue", LIST, self.carol, f"{self.queue}&rows=50"), *self.opened()]
        return {page.name: (page.url, page.session()) for page in pages}

    def export(self) -> str:
        """The list as CSV, of the status whose proposals are nearest to ten thousand."""
        counted = Review.objects.values_list("status").annotate(rows=Count("pk"))
        status = min(counted.order_by("status"), key=lambda one: abs(one[1] - EXPORTED))[0]
        return reverse("export_queue", args=["csv"]) + f"?view=all&status={status}"

    def send(self) -> list[Asked]:
        """One draft each time, sent as its county would."""
        letter = GoverningLetter.objects.current()
        forms: list[Asked] = []
        for proposal in _in_order(self.drafts[:-1]):
            seen = signed_under(proposal.content(), letter)
            token = tokens.issue(self.bob, f"send {proposal.reference}")
            signed = {"name": self.bob.name, "title": self.bob.title}
            agreed = {f"agree_{number}": "agree" for number in range(1, 7)}
            url = reverse("send", args=[proposal.reference])
            forms.append((url, {"seen": seen, "token": token, **signed, **agreed}))
        return forms

    def decide(self) -> list[Asked]:
        """One drafted decision each time, released as an approver would."""
        forms: list[Asked] = []
        for proposal in _in_order(self.decidable):
            token = tokens.issue(self.dana, f"release {proposal.reference}")
            url = reverse("release", args=[proposal.reference])
            forms.append((url, {"seen": proposal.review.version, "token": token}))
        return forms


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


def _get(client: Client, url: str) -> Ask:
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
