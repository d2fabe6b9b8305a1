"""`ampoule check`: what a clinician's edit must keep, with file, line and how to mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ampoule import content as contents
from ampoule import readability
from ampoule.content import Content, Text
from ampoule.lexicon import Lexicon, WordLists
from ampoule.quantities import Units
from ampoule.yamlfile import ContentError, YamlFile

_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_INTERVAL = r"\b(?:weekly|monthly|fortnightly|daily|every (?:other )?\d* ?(?:day|week|month|year)s?|(?:once|twice) (?:a|every) (?:day|week|month|year)|per (?:day|week|month)|each (?:day|week|month))\b"
AMOUNT = re.compile(rf"\b\d[\d.,]*\s*(?:mcg|mg|mL|units?|IU)\b|{_INTERVAL}", re.IGNORECASE)
_STYLE = {
    re.compile("[µμ]g"): "'µg' can be misread: write mcg",
    re.compile(r"\b\d+\.\d*0\b(?!\d)"): "a trailing zero can be misread: leave it out",
    re.compile(r"(?<![\d,])\.\d"): "a number below one needs a zero before the point",
    re.compile(r"\b\d{4,}\s*(?:mcg|mg)\b"): "thousands need a comma",
    re.compile(r"completely safe|cannot overdose|can't overdose|100 ?% safe|\bguarantee", re.IGNORECASE): "surer than any source: say what is known",
    re.compile(r"in my (?:hands|experience|work|practice)|\bmy patients\b", re.IGNORECASE): "the assistant has no experience of its own: leave it out",
}
# Numbers that are no clinical statement: emergency numbers, the vitamin's own name.
_NOT_CLAIMS = re.compile(r"\bB12\b|\bB6\b|\b(?:911|999|112|988|111)\b")
MUST_BE_NUMBER_FREE = ("replies/handoff",)


@dataclass(frozen=True)
class Finding:
    file: str
    line: int | None
    problem: str
    mend: str


def check(root: Path) -> list[Finding]:
    """Everything that is wrong in the content folder; empty where all is well. A file that cannot be loaded ends the check."""
    try:
        content = contents.load(root)
        for name in ("red_flags.yml", "cues.yml", "reasons.yml"):
            Lexicon(root / "lexicon" / name)
        for name in ("medicines.yml", "terms.yml", "languages.yml"):
            WordLists(root / "lexicon" / name)
        Units(root / "lexicon" / "units.yml")
    except ContentError as error:
        return [Finding(error.file, error.line, error.problem, error.mend)]
    found: list[Finding] = []
    for text in content.texts.values():
        found += _text(content, text)
    return [*found, *_shared_questions(content)]


def _where(root: Path, text: Text) -> tuple[str, int | None]:
    name, _, part = text.id.partition("#")
    path = root / f"{name}.yml"
    return str(path), YamlFile(path).line(part)


def _text(content: Content, text: Text) -> list[Finding]:
    problems: list[tuple[str, str]] = []
    kind, _, part = text.id.partition("#")
    if kind.startswith("replies/language"):
        return []
    for pattern, mend in _STYLE.items():
        if match := pattern.search(text.text):
            problems.append((f"'{match[0]}' is not the house style", mend))
    if part != "title" and len(text.text.split()) > 8:
        measured = readability.measure(text.text)
        if measured.grade > readability.MAX_GRADE:
            problems.append((f"reading grade {measured.grade:.1f}, at most {readability.MAX_GRADE:.0f}", "shorter sentences, or plainer words for: " + ", ".join(measured.hardest[:5])))
        if measured.words > readability.MAX_WORDS:
            problems.append((f"{measured.words} words, at most {readability.MAX_WORDS}", "say less, or move some of it to detail"))
    if part == "brief" or kind in MUST_BE_NUMBER_FREE:
        if match := AMOUNT.search(text.text):
            problems.append((f"'{match[0]}' stands in a text that may be shown beside a hand-off", "leave amounts and intervals out"))
    if kind.startswith("topics/") and part != "title":
        claimed = " ".join(content.claims[c].text for c in text.sources)
        known = set(_NUMBER.findall(claimed.replace(",", "")))
        for number in _NUMBER.findall(_NOT_CLAIMS.sub("", text.text).replace(",", "")):
            if number.rstrip(".") not in known:
                problems.append((f"the number {number} stands in no claim that the text cites", "cite the claim it comes from, or leave it out"))
    if not problems:
        return []
    file, line = _where(content.root, text)
    return [Finding(file, line, problem, mend) for problem, mend in problems]


def _shared_questions(content: Content) -> list[Finding]:
    """A question that stands under two topics."""
    owner: dict[str, str] = {}
    found = []
    for topic in content.topics.values():
        for question in topic.questions:
            key = re.sub(r"\W+", " ", question.lower()).strip()
            if owner.setdefault(key, topic.id) != topic.id:
                path = content.root / "topics" / f"{topic.id}.yml"
                found.append(Finding(str(path), YamlFile(path).line("questions"), f"'{question}' is also a question of {owner[key]}", "keep it in one of them"))
    return found
