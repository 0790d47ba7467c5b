"""A letter read in each of its looks, as one line of words, so that they can be compared."""

import io
import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from pypdf import PdfReader

from reviews.letter_papers import NOT_SENT
from tests.pages import soup


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def of_sheet(page: Any) -> str:
    """The first letter on a page as a reader has it: lists with numbers, nothing struck out."""
    letter: Tag = soup(page).select_one(".letter")
    for gone in letter.select("del"):
        gone.decompose()
    for several in letter.select("ol"):
        for number, item in enumerate(several.select("li"), start=1):
            item.insert(0, f"{number}. ")
    return on_one_line(letter.get_text(" ")).replace(" .", ".")


def of_pdf(made: bytes) -> str:
    """All that its pages say, without foot, page number and the mark of one that was not sent."""
    pages = []
    for page in PdfReader(io.BytesIO(made)).pages:
        text = re.sub(r"CIP-\d{4}-\d{4}\s*Page \d+ of \d+\s*$", "", page.extract_text())
        pages.append(text.replace(NOT_SENT, "", 1))
    return on_one_line(" ".join(pages))


def of_text_mail(body: str) -> str:
    return on_one_line(body.split("-" * 40)[1])


def of_html_mail(html: str) -> str:
    page = BeautifulSoup(html, "html.parser")
    heading = page.find("h2", string="The letter")
    return on_one_line(heading.find_next("div").get_text(" "))
