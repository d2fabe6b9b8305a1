"""The service's own pages: templates whose words are filled in once, at the start."""

from __future__ import annotations

import html
import re
from pathlib import Path

from ampoule_clinic.words import Words

STATIC = Path(__file__).with_name("static")


def render(template: str, words: Words, **values: str) -> str:
    """The page's HTML. KeyError where the template asks for a word that is neither in `content/` nor given."""
    known = words.page() | {"tel": tel(words)} | values
    source = (STATIC / template).read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: html.escape(known[match[1]]), source)


def tel(words: Words) -> str:
    """The link that dials the emergency number."""
    return _tel(words.content.country["emergency"])


def _tel(number: str) -> str:
    """What to dial: the first number in a text such as "112 or your local emergency number"."""
    found = re.search(r"\+?\d[\d -]*\d|\d", number)
    return f"tel:{re.sub(r'[ -]', '', found[0])}" if found else "tel:112"
