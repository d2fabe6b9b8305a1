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
_PRESENT = ("current", "still_present")
_NEW_SUBJECT = {"i", "im", "ive", "my", "now", "then", "shes", "hes", "she", "he", "mum", "his", "her"}


@dataclass(frozen=True)
class Flag:
    """A red flag that a rule found. `status` is `now`, or why it does not count: negated, past, hypothetical, general,
    third_party, idiom. `urgency` is the rule's own, where it names one: few need the clinic the same day (D8)."""

    group: str
    rule: str
    text: str
    status: str
    urgency: str | None = None

    @property
    def certain(self) -> bool:
        """Whether the words alone are enough, whatever the statistical lane makes of them."""
        return self.urgency == "emergency"

    @property
    def same_day(self) -> bool:
        return self.urgency == "same_day"


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
        cues = _counting(self._cues.find(doc))
        return [Flag(hit.rule.group, hit.rule.id, hit.text, self._status(doc, hit, cues), hit.rule.urgency) for hit in hits]

    def _status(self, doc: Doc, hit: Hit, cues: list[Hit]) -> str:
        first, last = _bounds(doc, hit, _SENTENCE_END, new_subject=False)
        clause_first, clause_last = _bounds(doc, hit, _CLAUSE_END, new_subject=True)
        groups: dict[str, list[Hit]] = {}
        for cue in cues:
            if first <= cue.start and cue.end <= last:
                groups.setdefault(cue.rule.group, []).append(cue)

        def in_clause(cue: Hit) -> bool:
            return clause_first <= cue.start and cue.end <= clause_last

        if any(c.start <= hit.end + 1 and hit.start <= c.end + 1 for c in groups.get("idiom", ())):
            return "idiom"
        if "still_present" not in groups:
            before = (
                c
                for c in groups.get("negation_before", ())
                if in_clause(c) and (c.start < hit.start and hit.start - c.end <= REACH_BEFORE or hit.start <= c.start and c.end <= hit.end)
            )
            after = (c for c in groups.get("negation_after", ()) if in_clause(c) and hit.end <= c.end and c.start - hit.end <= REACH_AFTER)
            if any(before) or any(after):
                return "negated"
        # "What if I can't breathe after it": asked ahead in the same clause, whatever else the sentence says of now.
        for status in ("hypothetical", "third_party", "general"):
            if any(in_clause(c) and c.end <= hit.start for c in groups.get(status, ())) and not _own_body(doc, hit):
                return status
        current = any(not _overlaps(c, hit) for c in groups.get("current", ()))
        for status in ("third_party", "past", "hypothetical", "general"):
            if status in groups and not current and any(c.start < hit.end or status != "hypothetical" for c in groups[status]):
                return status
        return "now"


def _own_body(doc: Doc, hit: Hit) -> bool:
    """ "Is my tongue supposed to be swelling like this": asked, and yet it is there."""
    return any(token.text in ("my", "this", "these") for token in doc[max(0, hit.start - 3) : hit.end]) and any(
        token.text in ("this", "now", "supposed", "meant") for token in doc
    )


def _counting(cues: list[Hit]) -> list[Hit]:
    """The cues without those that only look like one ("not breathing", "feels as if", "oh no"): the group `not_a_cue`
    takes away what would clear a red flag, never what makes it present, but for one that takes its last word from
    another symptom ("hasn't gone | grey" does not say that something is still there)."""
    decoys = [c for c in cues if c.rule.group == "not_a_cue"]

    def counts(cue: Hit) -> bool:
        if cue.rule.group in _PRESENT:
            return not any(cue.start < d.start < cue.end < d.end for d in decoys)
        return cue.rule.group != "not_a_cue" and not any(_overlaps(cue, d) for d in decoys)

    return [cue for cue in cues if counts(cue)]


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
