"""The pages of the benchmark, each with who asks for it and the bare twin it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, QuerySet
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
from tools.bench_twins import WRITTEN

LIST, ONE_COUNT, DETAIL, POST = "list", "list with one count", "detail", "post"
EXPORTED = 10_000


@dataclass(frozen=True)
class Page:
    """A page of the benchmark: whose it is, the twin it is compared with, and what is asked.

    A list is compared with the barest one, too, which says one number.

    `forms` are those of a POST, one for each time; each can be sent once.
    """

    name: str
    twin: str
    person: User
    url: str = ""
    forms: Sequence[Asked] = ()

    def asked(self, number: int) -> Asked:
        """What is asked the first, second … time."""
        return self.forms[number] if self.forms else (self.url, None)

    def weighed(self, number: int) -> tuple[int, int]:
        """The SQL queries and the bytes of an answer, asked for in this process."""
        client = _signed_in(self.person)
        client.get(reverse("help"))  # what only the first page of a session asks
        url, form = self.asked(number)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url) if form is None else client.post(url, form)
            size = len(b"".join(answer))
        if answer.status_code != (200 if form is None else 302):
            raise SystemExit(f"{url} answers {answer.status_code}.")
        return len(queries), size

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

    def twins(self) -> dict[str, Page]:
        """The bare list, the barest one, the bare detail and the bare POST."""
        one = Proposal.objects.order_by("pk")[0]
        written = {name: getattr(one, name) or "As it is." for name in WRITTEN}
        post = (reverse("bare_post", args=[one.reference]), written)
        return {
            LIST: Page("bare list", LIST, self.carol, reverse("bare_list")),
            ONE_COUNT: Page("one count", LIST, self.carol, reverse("one_count")),
            DETAIL: Page(
                "bare detail", DETAIL, self.carol, reverse("bare_detail", args=[one.reference])
            ),
            POST: Page("bare post", POST, self.bob, forms=[post] * len(self.decidable)),
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


def _busiest(reviews: QuerySet[Review]) -> Review:
    """The review with most periods: most to show."""
    return reviews.annotate(periods=Count("rounds")).order_by("-periods", "pk")[0]


def _in_order(references: list[str]) -> list[Proposal]:
    found = {
        one.reference: one for one in Proposal.objects.whole().filter(reference__in=references)
    }
    return [found[reference] for reference in references]
