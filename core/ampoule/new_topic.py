"""A first draft of a topic file, with hints on what it could rest on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ampoule import schemas
from ampoule.content import Claim, Content

FEWEST_QUESTIONS = schemas.TOPIC["properties"]["questions"]["minItems"]
_COMMON = frozenset(
    "a an and are as at b12 be by can do for from how if in into is it my of on or shot shots should the to vitamin what when which who why with "
    "you your".split()
)

_TEMPLATE = """\
# A draft. `make check` says what is still missing; docs/for-clinicians.md says how to write it.
id: {id}
title: {title}
answer: |
  TODO: the first line answers the question.
  TODO: the last line names one thing to do.
brief: |
  TODO: one or two sentences without amounts or intervals.
sources: [{sources}]
related: [{related}]
questions:{questions}
"""


class TopicError(Exception):
    """The topic cannot be begun; the message says why."""


def claims_about(content: Content, title: str, most: int = 6) -> list[Claim]:
    """The claims that share most words with the title, those that are only experience left out."""
    wanted = _stems(title)
    scored = [(len(wanted & _stems(claim.text)), claim) for claim in content.claims.values() if not claim.experience]
    return [claim for score, claim in sorted(scored, key=lambda row: -row[0])[:most] if score]


def topics_near(content: Content, claims: Iterable[str], most: int = 3) -> list[str]:
    """The topics that rest on most of the same claims, or on any."""
    wanted = set(claims)
    ranked = sorted(content.topics.values(), key=lambda topic: -len(wanted & set(topic.sources)))
    return [topic.id for topic in ranked[:most]]


def draft(content: Content, id: str, title: str, questions: Sequence[str], sources: Sequence[str], related: Sequence[str]) -> Path:
    """Write `topics/<id>.yml` and give back its path. TopicError for an id that is taken or no id, an unknown claim or topic."""
    path = content.root / "topics" / f"{id}.yml"
    if not re.fullmatch(schemas.TOPIC["properties"]["id"]["pattern"].strip("^$"), id):
        raise TopicError(f"'{id}' is no id: small letters, digits and _, beginning with a letter, such as storing_vials")
    if path.exists():
        raise TopicError(f"there is a topic '{id}' already: edit {path}")
    if not title.strip():
        raise TopicError("a topic needs a title: patients see it on a button")
    for claim in sources:
        if claim not in content.claims:
            raise TopicError(f"there is no claim '{claim}' in sources.yml: add it there first, with its source")
    for topic in related:
        if topic not in content.topics:
            raise TopicError(f"there is no topic '{topic}'")
    lines = "".join(f"\n  - {_quoted(question)}" for question in dict.fromkeys(q.strip() for q in questions) if question)
    path.write_text(
        _TEMPLATE.format(id=id, title=_quoted(title.strip()), sources=", ".join(sources), related=", ".join(related), questions=lines or " []"),
        encoding="utf-8",
    )
    return path


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _stems(text: str) -> set[str]:
    """Words cut to six letters, so that "vials" and "vial" are one."""
    return {word[:6].rstrip("s") for word in re.findall(r"[a-z0-9]{3,}", text.lower())} - _COMMON
