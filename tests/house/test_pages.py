"""What every page promises, whoever opens it: read from its HTML, without a browser.

Each route of the portal is opened for each case of a small portal by each kind of person; a
refusal is a page, too. Django's own administration pages are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy

import pytest
from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import TemplateString
from django.http import HttpResponse
from django.test import Client

from portal.access import routes
from proposals.models import Document, Proposal
from reviews.models import Enhancement, Message, Note, SavedView
from tests import make
from tests.house.addresses import filled

pytestmark = pytest.mark.django_db

SERVICE = " – CMIPS interface proposals"
PEOPLE = ("alice", "amir", "carol", "dana", "erin", "frank")
PLAIN = ("health", "ready", "version")
MARK = "UNDEFINED"
CONTROLS = "input:not([type=hidden]), select, textarea, button, summary, a[href]"
POLICY = {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def cases() -> list[Proposal]:
    """A draft with gaps, one that is complete, and a proposal at each point of its way."""
    alice, carol = make.someone("alice"), make.someone("carol")
    for first_name in PEOPLE:
        make.someone(first_name)
    gaps = Proposal.objects.start(make.county("Alameda"), by=alice, tool_name="Hours Overview")
    ready = make.draft(cmips_methods=["writes"], purpose="A macro logs in at night.")
    Document.objects.add(ready, make.a_file(), by=alice, kind="security_plan", label="internal")
    asked = make.requested(words="Please look at both.").review
    Message.objects.write(asked, by=alice, text="We are on it.")
    Note.objects.write(asked, by=carol, text="The county called.")
    SavedView.objects.keep(by=carol, name="Late", query="view=overdue")
    planned = {"title": "Overtime report", "what": "Overtime of a week.", "state": "planned"}
    Enhancement.objects.add(by=carol, **planned)
    decided = make.decided(make.responded(), conditions=[make.condition()]).review
    reviews = [
        make.sent(),
        asked,
        make.drafted_decision(
            make.in_review(make.sent(cmips_methods=["writes"])), override="It is switched off."
        ).review,
        decided,
        make.decided(outcome="not_approved").review,
    ]
    return [gaps, ready, *(review.proposal for review in reviews)]


@pytest.fixture
def marked(settings) -> None:
    """A name that a template prints and nobody gave it shows on the page."""
    engines = deepcopy(settings.TEMPLATES)
    engines[0]["OPTIONS"]["string_if_invalid"] = f"{MARK}(%s)"
    settings.TEMPLATES = engines


@pytest.mark.parametrize("first_name", [*PEOPLE, "a stranger"])
def test_every_page_keeps_its_promises_to(first_name, cases, marked, client_of):
    known = first_name in PEOPLE
    client = client_of(make.someone(first_name)) if known else Client()
    faults: list[str] = []
    titles: dict[str, str] = {}
    refusals: set[int] = set()
    opened = 0
    for path in paths(cases):
        answer = client.get(path)
        faults += [f"{path}: {fault}" for fault in header_faults(answer, signed_in=known)]
        if not is_new_page(answer, refusals):
            continue
        page = BeautifulSoup(answer.content, "html.parser")
        faults += [f"{path}: {fault}" for fault in page_faults(page)]
        if answer.status_code == 200:
            opened += 1
            title = page.title.text
            if title in titles:
                faults.append(f"{path} and {titles[title]} are both called {title!r}")
            titles[title] = path
    assert opened >= 8
    assert not faults, "\n".join(faults)


def is_new_page(answer: HttpResponse, refusals: set[int]) -> bool:
    """Whether there is a page to read: no file, no redirect, no refusal that was read before."""
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    if answer.streaming or not is_page or not answer.content:
        return False
    if answer.status_code in refusals:
        return False
    if answer.status_code in (403, 404):
        refusals.add(answer.status_code)
    return True


def paths(cases: list[Proposal]) -> Iterator[str]:
    """The address of every page: each route with all that can stand in it."""
    for route in routes():
        name = route.name
        if name.startswith(("admin", "account_logout")) or name in PLAIN:
            continue
        asked = re.findall(r"<(?:\w+:)?(\w+)>", route.path)
        if "reference" not in asked:
            yield from filled(name, asked, None)
            continue
        for case in cases:
            yield from filled(name, asked, case)


def header_faults(answer: HttpResponse, *, signed_in: bool) -> Iterator[str]:
    """What an answer doesn't protect."""
    if answer.status_code >= 500:
        yield f"answers {answer.status_code}"
    for name, value in HEADERS.items():
        if answer.headers.get(name) != value:
            yield f"{name} is {answer.headers.get(name)!r}"
    policy = answer.headers.get("Content-Security-Policy", "")
    for part in POLICY - {part.strip() for part in policy.split(";")}:
        yield f"the content policy lacks {part}"
    if "unsafe" in policy:
        yield "the content policy allows what is unsafe"
    if signed_in and "no-store" not in answer.headers.get("Cache-Control", ""):
        yield "may be stored"


def page_faults(page: BeautifulSoup) -> Iterator[str]:
    """What is wrong with a page, in words."""
    yield from heading_faults(page)
    yield from reference_faults(page)
    yield from name_faults(page)
    yield from alike_faults(page)
    yield from code_faults(page)
    for name in set(re.findall(rf"{MARK}\(([^)]*)\)", str(page))):
        yield f"nobody gave it {name}"
    for tag in page.find_all(True):
        odd = [key for key in tag.attrs if key == "style" or key.startswith("on")]
        if odd or tag.name == "style" or (tag.name == "script" and not tag.get("src")):
            yield f"inline code or style: {tag.name} {odd}"
        if any(value == "None" for value in tag.attrs.values()):
            yield f"an attribute says None: {str(tag)[:90]}"
        if str(tag.get("href", "")).startswith("javascript:"):
            yield f"a link that runs code: {tag['href']}"


# What the code calls things: a field's name, a type, an empty value, an instant as programs do.
CODE = re.compile(
    r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b(?:True|False|NaN|null|undefined)\b|<[A-Za-z]+[:.]? |object at 0x"
    r"|\{['\"]|\['|Traceback|\d{4}-\d\d-\d\dT\d\d|\w+(?:Error|Exception)\b"
)
# "None" begins a sentence in plain words, and stands alone or within one only in code's.
NOTHING = re.compile(r"^None$|(?<=[^.:] )None\b")
ADDRESSES = re.compile(r"\S+@\S+|https?://\S+|\S+\.(?:pdf|txt|docx|csv)\b")


def code_faults(page: BeautifulSoup) -> Iterator[str]:
    """Words of the code that a page shows to people who don't know them."""
    shown = BeautifulSoup(str(page.body or ""), "html.parser")
    for tag in shown.find_all(["code", "textarea", "svg"]):
        tag.decompose()
    for text in shown.stripped_strings:
        plain = " ".join(ADDRESSES.sub("", text).split())
        for match in (*CODE.finditer(plain), *NOTHING.finditer(plain)):
            yield f"shows a word of the code: {match.group()}"


def heading_faults(page: BeautifulSoup) -> Iterator[str]:
    if len(page.find_all("h1")) != 1:
        yield f"has {len(page.find_all('h1'))} main headings"
    if not page.title or not page.title.text.endswith(SERVICE) or page.title.text == SERVICE:
        yield f"is called {page.title and page.title.text!r}"
    if not page.html.get("lang"):
        yield "names no language"


def reference_faults(page: BeautifulSoup) -> Iterator[str]:
    """Ids that stand twice, and what points to an id that isn't there."""
    ids = Counter(tag["id"] for tag in page.find_all(id=True))
    yield from (f"#{name} stands {count} times" for name, count in ids.items() if count > 1)
    for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
        for tag in page.find_all(attrs={name: True}):
            for target in tag[name].split():
                if target not in ids:
                    yield f"{name}={target} leads nowhere"
    for tag in page.find_all(href=re.compile("^#.")):
        if tag["href"][1:] not in ids:
            yield f"{tag['href']} leads nowhere"


def name_faults(page: BeautifulSoup) -> Iterator[str]:
    """Controls without a name, and groups without a legend."""
    labels = {tag["for"] for tag in page.find_all("label", attrs={"for": True}) if words(tag)}
    for control in page.select(CONTROLS):
        if control.get("id") not in labels and not own_name(page, control):
            yield f"has no name: {str(control)[:90]}"
    for group in page.find_all("fieldset"):
        if not group.legend or not words(group.legend):
            yield "a group has no legend"
    for group in page.find_all("nav"):
        if not (group.get("aria-label") or group.get("aria-labelledby")):
            yield f"has no name: {str(group)[:90]}"


NAMED_GROUPS = "fieldset, [role=group], form[aria-label], dialog"


def alike_faults(page: BeautifulSoup) -> Iterator[str]:
    """What a county can't tell apart when it hears the names alone, as lists of a page's links,
    buttons and fields give them. The title of a row is heard with its row."""
    main = page.select_one("body.county main")
    labels = {tag["for"]: words(tag) for tag in page.find_all("label", attrs={"for": True})}
    heard: dict[tuple[object, ...], set[object]] = {}
    for one in main.select("a[href], button, input, select, textarea") if main else ():
        is_choice = one.get("type") in ("hidden", "radio", "checkbox")
        if is_choice or one.find_parent(["template", "th"]):
            continue
        group = one.find_parent(lambda tag: tag.css.match(NAMED_GROUPS))
        if one.name == "a":
            key, what = ("link", words(one)), one["href"].partition("#")[0]
        elif one.name == "button":
            key, what = ("button", words(one)), (one.get("name"), one.get("value"))
        else:
            key, what = ("field", labels.get(one.get("id")), id(group)), id(one)
        heard.setdefault(key, set()).add(what)
    for (kind, name, *_), meant in heard.items():
        if len(meant) > 1:
            yield f"{len(meant)} {kind}s are called “{name}”"


def own_name(page: BeautifulSoup, control: Tag) -> str:
    """What a screen reader calls a control that has no label, as far as its page says."""
    named = [page.find(id=one) for one in control.get("aria-labelledby", "").split()]
    own = [control] if control.name in ("button", "a", "summary") else []
    texts = [words(tag) for tag in (*named, *own) if tag]
    return "".join([*texts, control.get("aria-label", ""), control.get("title", "")]).strip()


def words(tag: Tag) -> str:
    return tag.get_text(" ", strip=True, types=(NavigableString, TemplateString))


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<input id="a">', "has no name"),
        ('<label for="b">Name</label>', "for=b leads nowhere"),
        ('<a href="#gone">See</a>', "#gone leads nowhere"),
        ('<p id="c"></p><p id="c"></p>', "#c stands 2 times"),
        ("<h1>Another</h1>", "has 2 main headings"),
        ('<p style="color: red">x</p>', "inline code or style"),
        ("<script>1</script>", "inline code or style"),
        ('<p onclick="1">x</p>', "inline code or style"),
        (f"<p>{MARK}(form.nothing)</p>", "nobody gave it form.nothing"),
        ("<fieldset></fieldset>", "a group has no legend"),
        ('<textarea aria-label="Why" cols="None"></textarea>', "an attribute says None"),
        ("<p>Enter tool_name</p>", "a word of the code: tool_name"),
        ("<p>None</p>", "a word of the code: None"),
        ("<p>['name']</p>", "a word of the code: ['"),
        (
            '<main><a href="/a/">Change</a> <a href="/b/#c">Change</a></main>',
            "2 links are called “Change”",
        ),
        (
            (
                "<main><label for=d>Name</label><input id=d>"
                "<label for=e>Name</label><input id=e></main>"
            ),
            "2 fields are called “Name”",
        ),
        (
            "<main><button value=1>Remove</button> <button value=2>Remove</button></main>",
            "2 buttons are called “Remove”",
        ),
        ("<p>Sent 2027-01-28T10:00</p>", "a word of the code: 2027-01-28T10"),
        ("<p>&lt;Answer: x&gt;</p>", "a word of the code: <Answer: "),
    ],
)
def test_a_fault_would_be_found(html, fault):
    """The control: a page without fault, and then with one."""
    whole = (
        f'<html lang="en-US"><head><title>Help{SERVICE}</title></head>'
        '<body class="county"><h1>Help</h1>{}</body></html>'
    )
    assert not list(page_faults(BeautifulSoup(whole.format(""), "html.parser")))
    found = list(page_faults(BeautifulSoup(whole.format(html), "html.parser")))
    assert any(fault in one for one in found), found
