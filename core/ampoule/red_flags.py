"""Red flags by rule: the patterns of `content/lexicon/red_flags.yml`, and the scope rule that decides whether a match
is happening now to the writer or someone with them (CLINICAL D0: now or within about 48 hours, not negated, not
hypothetical, not plainly past, not somebody else's old story, not a figure of speech).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from spacy.tokens import Doc

from ampoule.lexicon import Hit, Lexicon, tokens

# A negation reaches this many words ahead ("no rash, hives or swelling") unless a clause ends in between.
REACH_BEFORE, REACH_AFTER = 6, 5
_SENTENCE_END = {".", "!", "?", ";", "…"}
_CLAUSE_END = _SENTENCE_END | {"but", "however", "though", "although", "except", "yet", "only", "just"}
_NEW_SUBJECT = {"i", "im", "ive", "my", "now", "then", "shes", "hes", "she", "he", "mum", "his", "her"}


@dataclass(frozen=True)
class Flag:
    """A red flag that a rule found. `status` is `now`, or why it does not count: negated, past, hypothetical, general,
    third_party, idiom."""

    group: str
    rule: str
    text: str
    status: str


class RedFlags:
    """Raises ContentError for broken patterns."""

    def __init__(self, folder: Path, check: bool = True) -> None:
        self._flags = Lexicon(folder / "red_flags.yml", check)
        self._cues = Lexicon(folder / "cues.yml", check)

    @property
    def words(self) -> set[str]:
        """Every plain word the patterns name, for spelling repair."""
        data = self._flags.file.data
        lines = [*data.get("words", {}).values(), *(p for row in data["rules"] for p in row["patterns"])]
        return {w for line in lines for w in re.findall(r"[a-z]{4,}(?![\w*])", line)}

    def find(self, text: str) -> list[Flag]:
        """The flags in a `plain` text, each with its status."""
        doc = tokens(text)
        hits = self._flags.find(doc)
        if not hits:
            return []
        cues = self._cues.find(doc)
        return [Flag(hit.rule.group, hit.rule.id, hit.text, self._status(doc, hit, cues)) for hit in hits]

    def _status(self, doc: Doc, hit: Hit, cues: list[Hit]) -> str:
        first, last = _bounds(doc, hit, _SENTENCE_END, new_subject=False)
        clause_first, clause_last = _bounds(doc, hit, _CLAUSE_END, new_subject=True)
        groups: dict[str, list[Hit]] = {}
        for cue in cues:
            if first <= cue.start and cue.end <= last:
                groups.setdefault(cue.rule.group, []).append(cue)

        def in_clause(cue: Hit) -> bool:
            return clause_first <= cue.start and cue.end <= clause_last

        if "idiom" in groups and any(in_clause(c) for c in groups["idiom"]):
            return "idiom"
        if "still_present" not in groups:
            before = (c for c in groups.get("negation_before", ()) if in_clause(c) and c.end <= hit.start and hit.start - c.end <= REACH_BEFORE)
            after = (c for c in groups.get("negation_after", ()) if in_clause(c) and hit.end <= c.end and c.start - hit.end <= REACH_AFTER)
            if any(before) or any(after):
                return "negated"
        current = any(not _overlaps(c, hit) for c in groups.get("current", ()))
        for status in ("third_party", "past", "hypothetical", "general"):
            if status in groups and not current and any(c.start < hit.end or status != "hypothetical" for c in groups[status]):
                return status
        return "now"


def _overlaps(a: Hit, b: Hit) -> bool:
    return a.start < b.end and b.start < a.end


def _bounds(doc: Doc, hit: Hit, ends: set[str], new_subject: bool) -> tuple[int, int]:
    """The first and last+1 word of the sentence or clause around a hit. A comma ends a clause where a new subject
    follows ("no hives, my tongue is swelling")."""

    def is_end(i: int) -> bool:
        word = doc[i].text
        if word in ends:
            return True
        return new_subject and word in {",", "-", "–", "—", "and"} and i + 1 < len(doc) and doc[i + 1].text in _NEW_SUBJECT

    first = next((i + 1 for i in range(hit.start - 1, -1, -1) if is_end(i)), 0)
    last = next((i for i in range(hit.end, len(doc)) if is_end(i)), len(doc))
    return first, last
