"""Word patterns as data: `content/lexicon/*.yml`, compiled to spaCy matchers and tested as they are loaded.

A pattern is a line of words, matched against lower-case tokens without apostrophes ("can't" is read as "cant"):

    throat|gullet .. clos*|shut     alternatives with |, any ending with *, up to 4 words between with ..
    ?my                             may be missing
    $throat                         a named list from the file's `words`

Every rule names sentences that it must match and sentences that it must not; a rule that fails its own sentences is a
ContentError, so a broken pattern never loads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.util import compile_infix_regex

from ampoule import schemas
from ampoule.yamlfile import ContentError, YamlFile

GAP = 4  # words that ".." may stand for

_nlp = spacy.blank("en")
_nlp.tokenizer.rules = {}
_nlp.tokenizer.infix_finditer = compile_infix_regex([r"[-–—/,;:.!?()…\"]"]).finditer
_APOSTROPHE = re.compile(r"(?<=\w)[’'`´](?=\w)")
_ODD = {"’": "'", "‘": "'", "“": '"', "”": '"', "​": ""}


def plain(text: str) -> str:
    """Lower case, straight quotes, no apostrophes inside words, one space between words."""
    for odd, straight in _ODD.items():
        text = text.replace(odd, straight)
    return re.sub(r"\s+", " ", _APOSTROPHE.sub("", text.lower())).strip()


def as_typed(words: str, text: str) -> str:
    """Words of the `plain` text as they stand in the text itself; as they are where it was repaired in between."""
    expression = r"\s+".join("[’'`´]?".join(map(re.escape, word)) for word in words.split())
    found = re.search(rf"(?<!\w){expression}(?!\w)", text, re.IGNORECASE)
    return found[0] if found else words


def tokens(text: str) -> Doc:
    """The words of a `plain` text."""
    return _nlp.make_doc(text)


@dataclass(frozen=True)
class Rule:
    id: str
    group: str
    urgency: str | None
    source: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """A rule that matched: the words `start:end` of the document, and their text."""

    rule: Rule
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class _RuleMatcher:
    """A rule with its patterns; `needed` is a word without which none of them matches."""

    rule: Rule
    needed: re.Pattern
    matcher: Matcher

    def spans(self, doc: Doc, text: str) -> list[tuple[int, int]]:
        """Where the rule matches; `text` is the document's words joined by spaces."""
        return [(start, end) for _, start, end in self.matcher(doc)] if self.needed.search(text) else []


def _joined(doc: Doc) -> str:
    return " ".join(token.text for token in doc)


class Lexicon:
    """The rules of one file. Raises ContentError for a broken pattern or a rule that fails its own sentences."""

    def __init__(self, path: Path, check: bool = True) -> None:
        self.file = YamlFile(path)
        data = self.file.require(schemas.RULES)
        self._words = data.get("words", {})
        self._expressions: dict[str, str] = {}
        # One matcher a rule, run only where a word that the rule needs is in the text: most rules need not run at all.
        self._matchers: list[_RuleMatcher] = []
        self.rules: dict[str, Rule] = {}
        for i, row in enumerate(data["rules"]):
            at = ("rules", i)
            if row["id"] in self.rules:
                raise self.file.error(at, f"rule '{row['id']}' stands here twice", "give each rule its own id")
            rule = self.rules[row["id"]] = Rule(row["id"], row.get("group", row["id"]), row.get("urgency"), tuple(row.get("source", ())))
            patterns = [self._compile(p, (*at, "patterns", j)) for j, p in enumerate(row["patterns"])]
            matcher = Matcher(_nlp.vocab, validate=False)  # The patterns are made here; checking their shape takes as long.
            matcher.add(rule.id, patterns)
            self._matchers.append(_RuleMatcher(rule, _needed_word(patterns), matcher))
        if check:
            self._check(data["rules"])

    def _compile(self, pattern: str, at: tuple) -> list[dict]:
        compiled: list[dict] = []
        for word in pattern.split():
            if word == "..":
                compiled += [{"OP": "?", "IS_SPACE": False}] * GAP
                continue
            optional = word.startswith("?") and len(word) > 1
            if word not in self._expressions:
                self._expressions[word] = self._expression(word, at)
            compiled.append({"LOWER": {"REGEX": self._expressions[word]}, **({"OP": "?"} if optional else {})})
        if not any("LOWER" in token and "OP" not in token for token in compiled):
            raise self.file.error(at, f"the pattern '{pattern}' would match anything", "name at least one word that must stand there")
        return compiled

    def _expression(self, word: str, at: tuple) -> str:
        """The regular expression of one word of a pattern."""
        choices = []
        for choice in word.removeprefix("?").split("|"):
            if choice.startswith("$"):
                if choice[1:] not in self._words:
                    raise self.file.error(at, f"'{choice}' is not under words", "add the list, or write the words out")
                choices += self._words[choice[1:]].split("|")
            else:
                choices.append(choice)
        if not all(re.fullmatch(r"[\w.+&-]+\*?", c) for c in choices):
            raise self.file.error(at, f"'{word}' is not a word, alternatives with |, a * ending, $list, ?word or ..", "see docs/content.md")
        return "^(?:" + "|".join(re.escape(c[:-1]) + r"\w*" if c.endswith("*") else re.escape(c) for c in choices) + ")$"

    def _check(self, rows: list[dict]) -> None:
        for i, (row, rule) in enumerate(zip(rows, self._matchers, strict=True)):
            for kind, wanted in (("match", True), ("not", False)):
                for j, sentence in enumerate(row[kind]):
                    doc = tokens(plain(sentence))
                    if bool(rule.spans(doc, _joined(doc))) != wanted:
                        problem = "does not match" if wanted else "matches"
                        raise self.file.error(
                            ("rules", i, kind, j), f"rule '{row['id']}' {problem} its own sentence '{sentence}'", "mend the pattern or the sentence"
                        )

    def find(self, doc: Doc) -> list[Hit]:
        """Every rule that matches, longest match first, one hit a rule and place."""
        text = _joined(doc)
        spans = [(start, end, matcher.rule) for matcher in self._matchers for start, end in matcher.spans(doc, text)]
        found: list[Hit] = []
        for start, end, rule in sorted(spans, key=lambda span: span[0] - span[1]):
            if not any(hit.rule is rule and hit.start <= start and end <= hit.end for hit in found):
                found.append(Hit(rule, start, end, doc[start:end].text))
        return found


def _needed_word(patterns: list[list[dict]]) -> re.Pattern:
    """A word that each pattern cannot do without, as one expression over tokens joined by spaces."""
    needed = []
    for pattern in patterns:
        required = [token["LOWER"]["REGEX"] for token in pattern if "LOWER" in token and "OP" not in token]
        needed.append(max(required, key=len).removeprefix("^").removesuffix("$"))
    return re.compile("(?:^| )(?:" + "|".join(dict.fromkeys(needed)) + ")(?= |$)", re.IGNORECASE)


class WordLists:
    """Named lists of words or short phrases, e.g. medicine names."""

    def __init__(self, path: Path) -> None:
        data = YamlFile(path).require(schemas.WORDS)
        self.lists: dict[str, tuple[str, ...]] = {name: tuple(plain(w) for w in words) for name, words in data["lists"].items()}
        self._patterns = {
            name: re.compile(r"(?<![\w-])(?:" + "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True)) + r")(?:s|es)?(?![\w-])")
            for name, words in self.lists.items()
            if words
        }

    def found(self, name: str, text: str) -> list[str]:
        """The words of list `name` that stand in a `plain` text."""
        return [m[0] for m in self._patterns[name].finditer(text)]


__all__ = ["ContentError", "Hit", "Lexicon", "Rule", "WordLists", "as_typed", "plain", "tokens"]
