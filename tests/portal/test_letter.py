"""The governing letter, version by version."""

import pytest
from django.core.exceptions import ValidationError

from portal.models import GoverningLetter

pytestmark = pytest.mark.django_db

# As the letter has them, slips of the pen and all.
RESPONSIBILITIES = [
    (
        "Counties shall not develop/procure tools/applications that directly connect to the CMIPS "
        "application."
    ),
    (
        "Counties shall not develop/procure tools/applications that directly connect to the CMIPS "
        "application to perform CRUD (create, read, update and delete) operations to "
        "update/maintain IHSS case data. Counties may use CMIPS Data Download (DDL) files for "
        "import of any electronic CMIPS data for their reporting needs."
    ),
    (
        "Counties, its employees, agents, vendors and subcontractors shall protect from "
        "unauthorized disclosure any Personal Information, Sensitive Information, or Confidential "
        "Information (PSCI)."
    ),
    (
        "Counties shall implement administrative, physical, and technical safeguards that "
        "reasonably and appropriately protect the confidentiality, integrity, and availability of "
        "PSCI that it creates, receives, maintains, uses, or transmits on behalf of IHSS and CMIPS."
    ),
    (
        "Counties shall develop and maintain a written information privacy and security program "
        "that includes administrative, technical, and physical safeguards appropriate to the size "
        "and complexity of the county's operations and the appropriate levels of security "
        "(confidentiality, integrity, and availability)."
    ),
    (
        "County Department's agree to allow CDSS to inspect systems, ancillary tools and/or "
        "records implemented utilizing data from the CMIPS database. Such inspections shall be "
        "scheduled at times that take into account the operational and staffing demands. The "
        "County Department agrees to promptly remedy any violation noted as a provision of this "
        "ACL and certify the same to CDSS in writing."
    ),
]


def new_version(version: int, **changes) -> GoverningLetter:
    letter = GoverningLetter.objects.current()
    letter.pk = None
    letter.version = version
    letter.published_at = None
    for name, value in changes.items():
        setattr(letter, name, value)
    letter.save()
    return letter


@pytest.mark.acl("ACL-10")
def test_the_six_responsibilities_are_those_of_the_letter_word_by_word():
    assert GoverningLetter.objects.current().responsibilities == RESPONSIBILITIES


@pytest.mark.acl("ACL-9")
def test_the_sentences_on_direct_access_are_those_of_the_letter():
    sentences = GoverningLetter.objects.current().sentences
    assert sentences["direct"].endswith("and will not be approved.")
    assert sentences["software"].endswith("or accesses CMIPS directly is not allowed.")
    assert sentences["ddl"] in RESPONSIBILITIES[1]
    assert sentences["crud"] in RESPONSIBILITIES[1]
    assert sentences["connect"] == RESPONSIBILITIES[0]


@pytest.mark.acl("ACL-17")
def test_the_mailbox_is_the_one_at_the_end_of_the_letter():
    assert GoverningLetter.objects.current().mailbox == "CMIPSI-Requests@dss.ca.gov"


def test_no_number_is_claimed():
    letter = GoverningLetter.objects.current()
    assert letter.number == ""
    assert "XX" not in str(letter)
    assert str(letter) == "All County Letter, draft of November 2019 (version 1)"


def test_the_current_one_is_the_highest_that_is_published(erin):
    assert GoverningLetter.objects.current().version == 1
    draft = new_version(2, title="A later letter")
    assert GoverningLetter.objects.current().version == 1
    draft.publish(by=erin)
    assert GoverningLetter.objects.current() == draft
    assert draft.published_by == erin


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "Another"), ("mailbox", "other@dss.ca.gov"), ("responsibilities", ["x"] * 6)],
)
def test_a_published_letter_is_never_changed(field, value):
    letter = GoverningLetter.objects.current()
    setattr(letter, field, value)
    with pytest.raises(ValidationError, match="write a new version"):
        letter.save()
    assert getattr(GoverningLetter.objects.current(), field) != value


def test_saving_it_unchanged_is_no_harm():
    GoverningLetter.objects.current().save()


def test_it_is_not_changed_in_bulk_nor_deleted():
    with pytest.raises(ValidationError, match="write a new version"):
        GoverningLetter.objects.update(title="Another")
    with pytest.raises(ValidationError, match="never deleted"):
        GoverningLetter.objects.all().delete()
    with pytest.raises(ValidationError, match="never deleted"):
        GoverningLetter.objects.current().delete()


def test_it_is_published_once(erin):
    with pytest.raises(ValidationError, match="write a new version"):
        GoverningLetter.objects.current().publish(by=erin)


@pytest.mark.parametrize("texts", [["x"] * 5, ["x"] * 7, ["x"] * 5 + [" "], "xxxxxx"])
def test_a_letter_without_exactly_six_responsibilities_is_not_published(erin, texts):
    with pytest.raises(ValidationError, match="six county responsibilities"):
        new_version(2, responsibilities=texts).publish(by=erin)


def test_a_letter_that_lacks_a_quoted_sentence_is_not_published(erin):
    sentences = {**GoverningLetter.objects.current().sentences, "ddl": ""}
    with pytest.raises(ValidationError, match="lacks the sentences: ddl"):
        new_version(2, sentences=sentences).publish(by=erin)


def test_a_text_mended_just_before_is_the_one_that_is_published(erin):
    """Whoever publishes has read the letter before somebody mended it."""
    draft = new_version(2)
    draft.save()
    mended = GoverningLetter.objects.get(pk=draft.pk)
    mended.title = "Mended"
    mended.save()
    draft.publish(by=erin)
    assert GoverningLetter.objects.current().title == draft.title == "Mended"
    with pytest.raises(ValidationError):
        mended.publish(by=erin)


def test_a_draft_may_be_changed_until_it_is_published():
    draft = new_version(2)
    draft.title = "Better"
    draft.save()
    assert GoverningLetter.objects.get(version=2).title == "Better"
