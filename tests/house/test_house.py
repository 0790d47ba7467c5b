"""The rules of the house that a reader of one file can't see."""

import re
from fnmatch import fnmatch

import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from tests.house import rules
from tests.house.rules import ROOT, python_files, read, templates

PYTHON = python_files()
TEMPLATES = templates()
PAGES = [name for name in TEMPLATES if name.endswith((".html", ".svg"))]
STATIC = sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "static").rglob("*") if path.is_file()
)
PYTHON_RULES = [
    rules.real_clock,
    rules.mail_outside_notices,
    rules.unscoped_proposals,
    rules.the_rule_again,
    rules.long_views,
]

# Rendered by Django, allauth or crispy-forms, which ask for these names.
ASKED_BY_OTHERS = {"account/*", "admin/*", "allauth/*", "forms/*"}


@pytest.mark.parametrize("path", PYTHON)
@pytest.mark.parametrize("rule", PYTHON_RULES, ids=lambda rule: rule.__name__)
def test_every_source_keeps_the_rule(rule, path):
    assert rule(path, read(path)) == []


@pytest.mark.parametrize("path", PYTHON)
def test_no_module_has_more_than_400_lines(path):
    assert rules.too_long(path, read(path), 400) == []


USUAL = {"__init__", "admin", "apps", "urls"}


@pytest.mark.parametrize("path", [path for path in PYTHON if path.count("/") == 1])
def test_the_readme_says_what_each_module_of_a_wing_holds(path):
    wing, _, name = path.removesuffix(".py").partition("/")
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    named = f"`{name}.py`" in told or name.startswith("demonstration")
    assert wing == "portal" or name in USUAL or named, f"The README doesn't name {path}."


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_keeps_the_rules(name):
    source = read(f"templates/{name}")
    assert rules.too_long(name, source, 120) == []
    assert rules.inline_code(name, source) == []
    assert rules.third_party_hosts(name, source) == []
    assert rules.the_rule_in_a_template(name, source) == []


@pytest.mark.parametrize("name", STATIC)
def test_no_static_file_names_another_host(name):
    if name.endswith((".css", ".js", ".svg")):
        assert rules.third_party_hosts(name, read(name)) == []


@pytest.mark.parametrize(("ending", "files", "kilobytes"), [(".css", 2, 30), (".js", 3, 20)])
def test_style_and_script_stay_small(ending, files, kilobytes):
    found = [ROOT / name for name in STATIC if name.endswith(ending)]
    assert len(found) <= files
    assert sum(path.stat().st_size for path in found) <= kilobytes * 1024


def named_in_python() -> set[str]:
    return {name for path in PYTHON for name in rules.names_in_python(read(path))}


def named_in_templates() -> set[str]:
    return {
        name for each in TEMPLATES for name in rules.names_in_template(read(f"templates/{each}"))
    }


def unused(names: list[str], named: set[str]) -> list[str]:
    """The templates that nobody names: by name, by pattern, or by the file's name alone."""
    return [
        name
        for name in names
        if not any(fnmatch(name, one) or name.endswith(f"/{one}") for one in named)
    ]


def exists(name: str) -> bool:
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return False
    return True


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_can_be_read(name):
    assert exists(name)


def test_every_template_that_is_named_is_there():
    named = {name for name in named_in_python() if "*" not in name and "/" in name}
    missing = [name for name in sorted(named | named_in_templates()) if not exists(name)]
    assert missing == []


def test_no_template_is_left_over():
    assert unused(TEMPLATES, named_in_python() | named_in_templates() | ASKED_BY_OTHERS) == []


VIEW = "@reviewer\ndef take(request, reference):\n"


class TestTheseTestsCanFail:
    @pytest.mark.parametrize(
        ("rule", "path", "source"),
        [
            (rules.real_clock, "portal/views.py", "timezone.now()"),
            (rules.real_clock, "portal/views.py", "datetime.datetime.now(UTC)"),
            (rules.real_clock, "reviews/models/a.py", "at = DateTimeField(default=timezone.now)"),
            (rules.real_clock, "reviews/models/a.py", "at = DateTimeField(auto_now_add=True)"),
            (rules.real_clock, "reviews/desk.py", "date.today()"),
            (rules.real_clock, "reviews/desk.py", "time.time()"),
            (rules.mail_outside_notices, "reviews/a.py", "from django.core.mail import send_mail"),
            (rules.mail_outside_notices, "reviews/a.py", "from django.core import mail"),
            (rules.mail_outside_notices, "reviews/a.py", "import smtplib"),
            (rules.mail_outside_notices, "reviews/a.py", "user.email_user('hello')"),
            (rules.unscoped_proposals, "proposals/views.py", VIEW + "    Proposal.objects.get()"),
            (rules.unscoped_proposals, "reviews/acts.py", VIEW + "    x = Proposal.objects"),
            (rules.unscoped_proposals, "reviews/forms/a.py", "Proposal.objects.filter()"),
            (rules.the_rule_again, "reviews/queue.py", "due = received + timedelta(days=30)"),
            (rules.the_rule_again, "reviews/deadlines.py", "DAYS = 30\nOTHER_DAYS = 30"),
            (rules.the_rule_again, "reviews/queue.py", "LAST_DAY = 30"),
            (rules.long_views, "reviews/acts.py", VIEW + "    x\n" * 30),
        ],
    )
    def test_a_source_that_breaks_a_rule_is_named(self, rule, path, source):
        (sentence,) = rule(path, source)
        assert sentence.startswith(path)

    @pytest.mark.parametrize(
        ("rule", "path", "source"),
        [
            (rules.real_clock, "portal/clock.py", "datetime.now(UTC)"),
            (rules.real_clock, "reviews/desk.py", "clock.now()\nclock.today()\ntime.monotonic()"),
            (rules.mail_outside_notices, "portal/mail.py", "import smtplib"),
            (
                rules.unscoped_proposals,
                "reviews/acts.py",
                VIEW + "    Proposal.objects.visible_to(1)",
            ),
            (rules.unscoped_proposals, "proposals/models/a.py", "Proposal.objects.get(pk=1)"),
            (rules.the_rule_again, "reviews/models/a.py", "CharField(max_length=30)"),
            (rules.the_rule_again, "reviews/deadlines.py", "DAYS = 30"),
            (rules.the_rule_again, "reviews/forms/a.py", "ROWS_LIMIT = 30"),
            (rules.long_views, "reviews/acts.py", VIEW + "    x\n" * 29),
            (rules.long_views, "reviews/letters.py", "def receipt(review):\n" + "    x\n" * 40),
        ],
    )
    def test_one_that_keeps_it_is_not(self, rule, path, source):
        assert rule(path, source) == []

    def test_a_long_file_is_named(self):
        assert rules.too_long("a.py", "x\n" * 401, 400)
        assert rules.too_long("a.py", "x\n" * 400, 400) == []

    @pytest.mark.parametrize(
        "source",
        [
            '<p style="color: red">',
            "<style>p {}</style>",
            "<script>alert(1)</script>",
            '<script type="text/javascript">',
            '<a href="#" onclick="go()">',
            '<a href="javascript:go()">',
        ],
    )
    def test_code_within_a_page_is_named(self, source):
        assert rules.inline_code("reviews/a.html", source)
        assert rules.inline_code("reviews/letters/a.html", source) == []

    @pytest.mark.parametrize(
        "source",
        [
            '<script src="{% static "portal.js" %}" defer></script>',
            "<p>Online = {{ on }} and style = plain</p>",
            '<input name="one" value="{{ a }}">',
        ],
    )
    def test_what_only_looks_like_it_is_not(self, source):
        assert rules.inline_code("reviews/a.html", source) == []

    @pytest.mark.parametrize(
        "source",
        [
            '<img src="https://cdn.example.com/a.png">',
            '<script src="//cdn.example.com/a.js">',
            "a { background: url(//cdn.example.com/a.png) }",
            '@import "other.css";',
        ],
    )
    def test_another_host_is_named(self, source):
        assert rules.third_party_hosts("a", source)

    def test_the_name_of_a_language_is_no_host(self):
        svg = '<svg xmlns="http://www.w3.org/2000/svg">'
        assert rules.third_party_hosts("a.svg", svg) == []

    @pytest.mark.parametrize("source", ["Day 12 of 30", "within 30 days", "a 30-day period"])
    def test_the_rule_written_into_a_page_is_named(self, source):
        assert rules.the_rule_in_a_template("reviews/a.html", source)
        assert rules.the_rule_in_a_template("portal/help.html", source) == []

    def test_a_left_over_template_is_named(self):
        named = {"reviews/a.html", "reviews/letters/*.txt", "part.html"}
        names = ["reviews/a.html", "reviews/b.html", "reviews/letters/c.txt", "x/parts/part.html"]
        assert unused(names, named) == ["reviews/b.html"]

    def test_a_missing_template_is_noticed(self):
        assert not exists("reviews/there_is_no_such_page.html")

    def test_names_of_templates_are_found_where_they_stand(self):
        assert rules.names_in_python('render(r, "a/b.html")\nx = f"a/{y}/c_{z}.txt"') == {
            "a/b.html",
            "a/*/c_*.txt",
        }
        assert rules.names_in_template(
            "{% extends 'a.html' %}{% include \"b/c.html\" with x=1 %}"
        ) == {
            "a.html",
            "b/c.html",
        }


def test_what_the_readme_calls_done_is_shown_by_a_test_with_the_sentences_mark():
    rows = re.findall(
        r"^\| (ACL-\d+) \|.*\| (done|in part|not yet)", read("README.md"), re.MULTILINE
    )
    assert [sentence for sentence, _ in rows] == [f"ACL-{number}" for number in range(1, 19)]
    done = {sentence for sentence, state in rows if state == "done"}
    tests = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    shown = {found for text in tests for found in re.findall(r'mark\.acl\("(ACL-\d+)"', text)}
    assert done <= shown
