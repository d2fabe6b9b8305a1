"""PEMAT-P, item by item: what can be judged from an answer's text by a rule, and what takes a person.

An item's wording is ours; the numbers are those of AHRQ's form (13 and 14 belong to audiovisual material).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ampoule import readability, text_rules
from ampoule.content import Content, Topic

AGREE, DISAGREE, NOT_APPLICABLE, OPEN = "+", "-", "n/a", "?"
MAX_CHUNK_LINES, MAX_CHUNK_WORDS = 14, 30
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?(?:not\s+)?(?:\w+ed|given|taken|made|known|done|seen|set|told|shown|put|kept|written|found)\b",
    re.IGNORECASE,
)
_PASSIVE_SHARE = 0.25
# How the last line of an answer begins when it names an action.
_ACTION = re.compile(
    r"\b(?:ask|bring|call|check|tell|phone|keep|talk|speak|follow|read|write|book|see|show|look|note|say|do not|don't|go|get|use|have|make|take|plan|wait)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Item:
    """One item; `judge` gives `+`, `-`, `n/a` or `?` for a topic's answer."""

    number: int
    asks: str
    rule: str
    judge: Callable[[Content, Topic], str]


def _yes(agreed: bool) -> str:
    return AGREE if agreed else DISAGREE


def _everyday(content: Content, topic: Topic) -> str:
    return _yes(readability.measure(topic.answer.text).grade <= readability.MAX_GRADE)


def _active(content: Content, topic: Topic) -> str:
    sentences = [s for s in re.split(r"[.!?:]\s+|\n", topic.answer.text) if s.strip()]
    return _yes(sum(bool(_PASSIVE.search(s)) for s in sentences) <= _PASSIVE_SHARE * len(sentences))


def _numbers(content: Content, topic: Topic) -> str:
    if not re.search(r"(?<!\w)\d", topic.answer.text):
        return NOT_APPLICABLE
    return _yes(not text_rules.problems(content, topic.answer))


def _no_sums(content: Content, topic: Topic) -> str:
    return _yes(not text_rules.FORMULA.search(topic.answer.text))


def _chunks(content: Content, topic: Topic) -> str:
    lines = topic.answer.text.splitlines()
    return _yes(len(lines) <= MAX_CHUNK_LINES and all(len(line.split()) <= MAX_CHUNK_WORDS for line in lines))


def _action(content: Content, topic: Topic) -> str:
    return _yes(bool(_ACTION.search(topic.answer.text.splitlines()[-1])))


def _to_you(content: Content, topic: Topic) -> str:
    last = topic.answer.text.splitlines()[-1]
    return _yes(bool(re.search(r"\byou(?:r|rs)?\b", last, re.IGNORECASE) or re.match(_ACTION, last)))


def _person(content: Content, topic: Topic) -> str:
    return OPEN


def _never(content: Content, topic: Topic) -> str:
    return NOT_APPLICABLE


ITEMS = (
    Item(1, "The purpose is plain at once", "takes a person", _person),
    Item(2, "Nothing distracts from the purpose", "takes a person", _person),
    Item(3, "Everyday words", f"reading grade at most {readability.MAX_GRADE:.0f}", _everyday),
    Item(4, "Medical terms only to make them known, and explained", "takes a person", _person),
    Item(5, "Active voice", f"at most {_PASSIVE_SHARE:.0%} of the sentences look passive", _active),
    Item(6, "Numbers are clear", "no number or unit breaks the house style; n/a without numbers", _numbers),
    Item(7, "No sums to do", "no formula in the answer", _no_sums),
    Item(8, "Short sections", f"at most {MAX_CHUNK_LINES} lines of at most {MAX_CHUNK_WORDS} words", _chunks),
    Item(9, "Sections have headings that tell", "very short material: one section under the topic's title", _never),
    Item(10, "In an order that makes sense", "takes a person", _person),
    Item(11, "A summary", "very short material", _never),
    Item(12, "Visual cues to the key points", "takes a person, on the page", _person),
    Item(15, "Pictures wherever they would help", "takes a person; there are none", _person),
    Item(16, "Pictures support the text", "no pictures", _never),
    Item(17, "Pictures have clear captions", "no pictures", _never),
    Item(18, "Pictures are clear", "no pictures", _never),
    Item(19, "Tables are simple", "no tables", _never),
    Item(20, "At least one action is named", "the last line names one of a list of actions", _action),
    Item(21, "The reader is addressed directly", "the last line says you or your, or begins with the action", _to_you),
    Item(22, "Actions are broken into steps", "takes a person", _person),
    Item(23, "A tool to act with, where it would help", "takes a person; there is none", _person),
    Item(24, "Sums are explained", "no sums", _never),
    Item(25, "Charts are explained as something to act on", "no charts", _never),
    Item(26, "Pictures wherever they would help to act", "takes a person; there are none", _person),
)
