"""The All County Letter to read: the words the portal keeps of it, version by version."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access import signed_in
from portal.models import GoverningLetter

# Under which heading each sentence is read. The headings are the portal's, the sentences are not.
SUBJECTS = (
    ("How CMIPS data may be reached", ("direct", "software", "connect", "crud", "ddl")),
    ("What the data may be used for", ("purpose", "research")),
    ("Sending a concept proposal", ("contacts", "receipt")),
    ("CDSS’s review and answer", ("review", "thirty_days", "documents", "security")),
)


@signed_in
@require_safe
def governing_letter(request: HttpRequest, version: int | None = None) -> HttpResponse:
    """The letter in force, or the version that a proposal was signed under (ACL-10).

    A version that is not published yet binds nobody, and is not there.
    """
    versions = GoverningLetter.objects.exclude(published_at=None).order_by("-version")
    kept = next((one for one in versions if version in (None, one.version)), None)
    if kept is None:
        raise Http404
    context = {
        "kept": kept,
        "is_by_number": version is not None,
        "current": versions[0],
        "versions": versions,
        "quoted": quoted(kept),
    }
    return render(request, "portal/governing_letter.html", context)


def quoted(letter: GoverningLetter) -> list[tuple[str, list[str]]]:
    """The sentences beneath their headings, without those that a responsibility says already."""

    def is_read_above(text: str) -> bool:
        return any(text in one for one in letter.responsibilities)

    found = [
        (heading, [text for key in keys if not is_read_above(text := letter.sentences[key])])
        for heading, keys in SUBJECTS
    ]
    return [(heading, sentences) for heading, sentences in found if sentences]
