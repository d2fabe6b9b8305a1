"""What several tests of the library share: the shipped content, and a small content folder to break."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from ampoule import content as contents
from ampoule.content import Content
from ampoule.desk_content import KINDS
from ampoule.quantities import Units
from ampoule.red_flags import RedFlags
from hypothesis import settings

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "content"

# HYPOTHESIS_PROFILE=thorough looks for new counter-examples; the default finds the same every time.
settings.register_profile("repeatable", max_examples=300, deadline=None, derandomize=True, database=None)
settings.register_profile("thorough", max_examples=10_000, deadline=None, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="session")
def content() -> Content:
    return contents.load(CONTENT)


@pytest.fixture(scope="session")
def units() -> Units:
    return Units(CONTENT / "lexicon" / "units.yml")


@pytest.fixture(scope="session")
def red_flags() -> RedFlags:
    return RedFlags(CONTENT / "lexicon", check=False)


TOPIC = """\
id: {id}
title: "{title}"
answer: |
  A shot puts vitamin B12 in the body.
  Many adults get 1,000 mcg. Ask your clinic about yours.
brief: |
  Your clinic sets your own dose.
detail: |
  The label says how strong it is.
sources: [S1-01]
related: [{related}]
questions:
"""

SOURCES = """\
sources:
  S1:
    title: "A guide"
claims:
  S1-01:
    source: [S1]
    section: "Doses"
    text: "Many adults get 1,000 mcg."
"""

REPLIES = """\
offer:
  text: |
    Shall I pass it on to {clinic_name}?
  blanks: [clinic_name]
thanks:
  text: |
    You're welcome.
"""

GLOSSARY = """\
mma:
  term: "MMA"
  also: ["methylmalonic acid"]
  text: |
    A waste product in the blood.
"""

RULES = """\
words:
  throat: throat|gullet
rules:
  - id: throat_closing
    group: allergy
    patterns:
      - $throat .. clos*|shut
    match:
      - my throat is closing
    not:
      - the clinic is closing
"""

CUES = """\
rules:
  - id: denied
    group: negation_before
    patterns:
      - not
    match:
      - not closing
    not:
      - it is closing
"""

UNITS = """\
units:
  mcg:
    kind: mass
    spellings: [mcg, microgram, micrograms]
    fuzzy: [micrograms]
  mg:
    kind: mass
    spellings: [mg, milligram]
  ml:
    kind: other
    spellings: [ml]
"""

WORDS = """\
lists:
  medicine: [metformin]
"""


DESK = """\
outcomes:
  booked: { title: "Booked" }
  answered: { title: "Answered", clinical: true }
scripts:
  call:
    title: "Call back"
    urgencies: [emergency, same_day, routine]
    text: |
      Hello, this is {staff_name}.
    blanks: [staff_name]
canned:
  hello:
    title: "Hello"
    text: |
      I am reading your question now.
    unverified: true
    tags: [start]
kinds:
""" + "".join(f'  {kind}: {{ title: "{kind}", clinical: true }}\n' for kind in KINDS)


def topic_text(topic: str, related: str) -> str:
    questions = "".join(f'  - "question {i} about {topic}"\n' for i in range(20))
    return TOPIC.format(id=topic, title=topic.title(), related=related) + questions


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A content folder with two topics and one of everything else, all of it well."""
    root = tmp_path / "content"
    files = {
        "topics/dose.yml": topic_text("dose", "route"),
        "topics/route.yml": topic_text("route", "dose"),
        "sources.yml": SOURCES,
        "replies/handoff.yml": REPLIES,
        "glossary.yml": GLOSSARY,
        "desk.yml": DESK,
        "lexicon/red_flags.yml": RULES,
        "lexicon/cues.yml": CUES,
        "lexicon/reasons.yml": CUES,
        "lexicon/units.yml": UNITS,
        "lexicon/medicines.yml": WORDS,
        "lexicon/terms.yml": WORDS,
        "lexicon/languages.yml": WORDS,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    shutil.copy(CONTENT / "clinic.yml", root / "clinic.yml")
    return root


def replace(file: Path, old: str, new: str) -> int:
    """Put `new` in place of the only `old` in the file; the line on which it stood."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.fixture(name="replace")
def replace_fixture():
    return replace
