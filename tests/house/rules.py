"""The house rules: each reads a source and says what breaks it, one sentence per break.

They are functions of a text, so that each can be shown to fail on a made-up one.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]

# Each wing stands on those before it: portal <- proposals <- reviews.
WINGS = ("portal", "proposals", "reviews")
MAY_LOOK_DOWN = ("portal/urls.py", "portal/settings.py")

# Inside a wing: pure rules <- models <- forms <- views <- urls. A module that holds views is one
# of views by whatever name. What stands in none of these layers may be used by any of them, but
# itself uses nothing above the models.
LAYERS = {
    "models": 1,
    "forms": 2,
    "account_forms": 2,
    "views": 3,
    "desk": 3,
    "tracking": 3,
    "admin": 3,
    "errors": 3,
    "urls": 4,
}
PURE = (
    "portal.clock",
    "proposals.screening",
    "proposals.guide",
    "reviews.deadlines",
    "reviews.moves",
)

VIEWS = 3
MAILERS = ("portal/mail.py", "portal/outbox.py", "portal/notices.py")
RULE_MODULE = "reviews/deadlines.py"


def python_files() -> list[str]:
    """Every source of the wings, as a path from the project's folder."""
    return sorted(
        path.relative_to(ROOT).as_posix()
        for wing in WINGS
        for path in (ROOT / wing).rglob("*.py")
        if "migrations" not in path.parts
    )


def templates() -> list[str]:
    """Every template, by the name it is rendered with."""
    folder = ROOT / "templates"
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def module_of(path: str) -> str:
    return ".".join(PurePosixPath(path).with_suffix("").parts).removesuffix(".__init__")


def imports(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Each module that a source imports, wherever in it, with its line."""
    package = module_of(path).split(".")
    if not path.endswith("__init__.py"):
        package = package[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            whole = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                yield node.lineno, f"{whole}.{alias.name}".strip(".")


def wing_arrows(path: str, source: str) -> list[str]:
    """No wing knows one that stands on it; only root urls and settings look down."""
    if path in MAY_LOOK_DOWN:
        return []
    own = WINGS.index(path.partition("/")[0])
    return [
        f"{path}:{line} imports {name}, which stands on {WINGS[own]}."
        for line, name in imports(path, source)
        if name.partition(".")[0] in WINGS[own + 1 :]
    ]


def layer_arrows(path: str, source: str) -> list[str]:
    """Inside a wing each layer knows only those beneath it; pure rules know no framework."""
    module = module_of(path)
    wing, _, rest = module.partition(".")
    own = layer(rest) or (VIEWS if holds_views(source) else LAYERS["models"])
    found = []
    for line, name in imports(path, source):
        top, _, inner = name.partition(".")
        if module in PURE:
            if top == "django" or (top in WINGS and layer(inner, top)):
                found.append(f"{path}:{line} imports {name}, but is a pure rule.")
        elif top == wing and layer(inner, wing) > own and not special(path):
            found.append(f"{path}:{line} imports {name}, which stands above it.")
    return found


def layer(inner: str, wing: str = "") -> int:
    """The layer of a module of a wing; 0 for one that stands in none."""
    first = inner.partition(".")[0]
    file = ROOT / wing / f"{first}.py"
    if first not in LAYERS and wing and file.is_file() and holds_views(file.read_text()):
        return VIEWS
    return LAYERS.get(first, 0)


def views_in(source: str) -> list[ast.FunctionDef]:
    """The views of a source: what wears a decorator and begins with a request."""
    return [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
        and node.decorator_list
        and [arg.arg for arg in node.args.args[:1]] == ["request"]
    ]


def holds_views(source: str) -> bool:
    return bool(views_in(source))


def special(path: str) -> bool:
    """The middleware shows error pages and the start of the wing knows all of it."""
    return path.endswith(("/middleware.py", "/apps.py")) or path in MAY_LOOK_DOWN


CLOCKS = {
    ("timezone", "now"),
    ("timezone", "localdate"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}


def real_clock(path: str, source: str) -> list[str]:
    """Nobody but the clock module asks what time it is."""
    if path == "portal/clock.py":
        return []
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if (name, node.attr) in CLOCKS:
                found.append(f"{path}:{node.lineno} asks {name}.{node.attr} instead of the clock.")
        elif isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add"):
            found.append(f"{path}:{node.value.lineno} uses {node.arg}, which asks the real clock.")
    return found


def mail_outside_notices(path: str, source: str) -> list[str]:
    """All mail goes through `tell`: nobody else knows how a mail is sent."""
    if path in MAILERS:
        return []
    found = [
        f"{path}:{line} imports {name}: mail leaves by portal.notices.tell alone."
        for line, name in imports(path, source)
        if name.startswith(("django.core.mail", "smtplib", "anymail"))
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ("email_user", "mail_admins"):
            found.append(f"{path}:{node.lineno} calls {node.attr}.")
    return found


def unscoped_proposals(path: str, source: str) -> list[str]:
    """Views and forms reach proposals only through what their user may see, or start a new one."""
    rest = module_of(path).partition(".")[2].partition(".")[0]
    if rest != "forms" and not holds_views(source):
        return []
    tree = ast.parse(source)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return [
        f"{path}:{node.lineno} uses Proposal.objects without visible_to."
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("objects", "_default_manager", "_base_manager")
        and isinstance(node.value, ast.Name)
        and node.value.id == "Proposal"
        and getattr(above[node], "attr", "") not in ("visible_to", "start")
    ]


def the_rule_again(path: str, source: str) -> list[str]:
    """The number of the thirty-day rule stands once, as a named constant of its module.

    A size of a field, or a constant that isn't about days, may be the same number by chance.
    """
    if path.startswith("portal/"):
        return []
    tree = ast.parse(source)
    chance = {
        id(node.value)
        for node in ast.walk(tree)
        if (isinstance(node, ast.keyword) and node.arg == "max_length")
        or (
            isinstance(node, ast.Assign)
            and all(
                isinstance(name, ast.Name) and name.id.isupper() and "DAY" not in name.id
                for name in node.targets
            )
        )
    }
    numbers = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value == 30 and id(node) not in chance
    ]
    allowed = 1 if path == RULE_MODULE else 0
    return [f"{path}:{node.lineno} writes the number 30 again." for node in numbers[allowed:]]


def the_rule_in_a_template(path: str, source: str) -> list[str]:
    """A page of a wing takes the number of days from its proposal's own period."""
    if not path.startswith(WINGS[1:]):
        return []
    return [
        f"{path} writes “{match.group()}” instead of the period's own number."
        for match in re.finditer(r"\b(?:of 30\b|30(?:-| )days?\b|day 30\b)", source, re.IGNORECASE)
    ]


def long_views(path: str, source: str) -> list[str]:
    """A view is scope, form, one verb, message, redirect: thirty lines hold that."""
    return [
        f"{path}:{node.lineno} {node.name} has {size} lines; 30 are enough for a view."
        for node in views_in(source)
        if (size := (node.end_lineno or 0) - node.lineno + 1) > 30
    ]


def too_long(path: str, source: str, lines: int) -> list[str]:
    """Past its size a file is split by subject."""
    size = len(source.splitlines())
    return [f"{path} has {size} lines; split it before {lines}."] if size > lines else []


SPACES_OF_NAMES = ("http://www.w3.org/", "https://www.w3.org/")


def third_party_hosts(path: str, source: str) -> list[str]:
    """No page contacts another host, nor names one to be contacted (SAM 4983.1)."""
    hosts = re.findall(r"https?://[^\s\"'<>)]+|(?:src|href|action)=[\"']//[^\"']+", source)
    hosts += re.findall(r"url\([\"']?//[^)]+|@import[^;]+", source)
    return [f"{path} names {host}." for host in hosts if not host.startswith(SPACES_OF_NAMES)]


INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "an inline style": r"<style\b",
    "an inline script": r"<script\b(?![^>]*\ssrc=)",
    "an event handler": r"<[a-z][^>]*\son[a-z]+\s*=",
    "a javascript address": r"javascript:",
}


def inline_code(path: str, source: str) -> list[str]:
    """The policy of every page forbids style and script within it; letters have no policy."""
    if "letters/" in path or "/email/" in path:
        return []
    plain = re.sub(r"{%.*?%}|{#.*?#}|{{.*?}}", "", source)
    return [
        f"{path} has {what}."
        for what, shape in INLINE.items()
        if re.search(shape, plain, re.IGNORECASE)
    ]


def names_in_template(source: str) -> set[str]:
    """The templates that a template extends or includes by name."""
    return set(re.findall(r"{%\s*(?:include|extends)\s+[\"']([^\"']+)[\"']", source))


def names_in_python(source: str) -> set[str]:
    """The names of templates in a source; a part filled in later stands as an asterisk."""
    tree = ast.parse(source)
    found, within = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            within |= {id(part) for part in node.values}
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if id(node) in within else node.value
        else:
            continue
        if re.fullmatch(r"[\w*./-]+\.(?:html|txt|svg)", text) and text.strip("*."):
            found.add(text)
    return found
