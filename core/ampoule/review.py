"""Reviewing texts: what is signed, what changed since, what is due again, and a signature added."""

from __future__ import annotations

import calendar
import difflib
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from ampoule import signing
from ampoule.content import Content
from ampoule.yamlfile import ContentError, YamlFile

DUE_AFTER_MONTHS = 12
STATES = ("draft", "changed", "due", "signed")
_HEADER = "# Who signed which text, and the words as they were signed. Written by `ampoule review sign`; do not edit by hand.\n"


class ReviewError(Exception):
    """A text cannot be shown or signed; the message says why."""


@dataclass(frozen=True)
class Review:
    """How a text stands. `state` is `draft` (never signed), `changed` (edited since), `due` (signed over 12 months ago)
    or `signed`; `words` are those a patient can read today, `signed_words` those that were signed, where they were kept."""

    id: str
    state: str
    words: dict
    sources: tuple[str, ...]
    name: str | None = None
    role: str | None = None
    date: str | None = None
    signed_words: dict | None = None


def reviews(content: Content, today: date) -> list[Review]:
    """Every text that is signed on its own: topics, replies, meanings of words."""
    signed = signing.signatures(content.root)
    return [_review(id, words, sources, signed.get(id), today) for id, (words, sources) in _signable(content).items()]


def one(content: Content, text_id: str, today: date) -> Review:
    """ReviewError where no text has this id."""
    wanted = text_id.removesuffix("#answer").removesuffix("#brief").removesuffix("#detail").removesuffix("#title")
    for review in reviews(content, today):
        if review.id == wanted:
            return review
    near = difflib.get_close_matches(wanted, _signable(content), 1, 0.5)
    raise ReviewError(f"there is no text '{text_id}'" + (f"; did you mean {near[0]}?" if near else ": `ampoule review` lists them"))


def chosen(content: Content, ids: list[str], today: date) -> list[Review]:
    """The texts with these ids; a file, such as `replies/emergency`, stands for all its texts. ReviewError for an unknown one."""
    found: dict[str, Review] = {}
    for id in ids:
        several = [review for review in reviews(content, today) if review.id.startswith(f"{id}#")]
        found.update((review.id, review) for review in several or [one(content, id, today)])
    return list(found.values())


def _signable(content: Content) -> dict[str, tuple[dict, tuple[str, ...]]]:
    """text id -> (words, claims)"""
    topics = {f"topics/{topic.id}": (signing.topic_words(content, topic), topic.sources) for topic in content.topics.values()}
    others = {text.id: (signing.reply_words(text), text.sources) for text in content.texts.values() if not text.id.startswith("topics/")}
    return topics | others


def _review(id: str, words: dict, sources: tuple[str, ...], row: dict | None, today: date) -> Review:
    if row is None:
        return Review(id, "draft", words, sources)
    if row["hash"] != signing.digest(words):
        state = "changed"
    else:
        state = "signed" if _is_day(row["date"]) and not is_due(date.fromisoformat(row["date"]), today) else "due"
    return Review(id, state, words, sources, row["name"], row["role"], row["date"], row.get("words"))


def is_due(signed: date, today: date) -> bool:
    """Whether the signature is 12 months old or older."""
    years, month = divmod(signed.month - 1 + DUE_AFTER_MONTHS, 12)
    last = calendar.monthrange(signed.year + years, month + 1)[1]
    return today >= date(signed.year + years, month + 1, min(signed.day, last))


def readable(words: dict) -> list[str]:
    """The words as lines, each part under its name."""
    lines: list[str] = []
    for part, value in words.items():
        if part == "text":
            lines += value.splitlines()
        elif value:
            lines += [f"[{part}]", *(dict.fromkeys(value) if isinstance(value, list) else value.splitlines())]
    return lines


def changes(review: Review) -> list[str]:
    """The lines that differ from those signed: `- ` as signed, `+ ` as now, `  ` unchanged. Empty where nothing changed
    or the signed words were not kept."""
    if review.state != "changed" or review.signed_words is None:
        return []
    order = sorted(review.signed_words, key=lambda part: list(review.words).index(part) if part in review.words else len(review.words))
    before = {part: review.signed_words[part] for part in order}
    return [line for line in difflib.ndiff(readable(before), readable(review.words)) if not line.startswith("?")]


def sign(content: Content, chosen_reviews: list[Review], name: str, role: str, on: date, today: date) -> None:
    """Add a signature to each text, replacing an earlier one. ReviewError for a missing name or role, or a date to come."""
    if not name.strip() or not role.strip():
        raise ReviewError("a signature needs a name and a role")
    if on > today:
        raise ReviewError(f"{on} has not come yet: a text is signed on the day it was read")
    rows = dict(signing.signatures(content.root))
    for review in chosen_reviews:
        rows[review.id] = {"name": name.strip(), "role": role.strip(), "date": on.isoformat(), "hash": signing.digest(review.words), "words": review.words}
    _write(content.root / signing.FILE, rows)


def problems(content: Content) -> list[ContentError]:
    """Signatures of texts that do not exist, of days that do not, and kept words that are not those signed."""
    path = content.root / signing.FILE
    if not (signed := signing.signatures(content.root)):
        return []
    file, known, found = YamlFile(path), _signable(content), []
    for id, row in signed.items():
        if id not in known:
            found.append(file.error((id,), f"'{id}' is signed but does not exist", "take it out, or name the text as `ampoule review` does"))
        elif not _is_day(row["date"]):
            found.append(file.error((id, "date"), f"'{row['date']}' is no day of the calendar", "sign it again with `ampoule review sign`"))
        elif "words" in row and signing.digest(row["words"]) != row["hash"]:
            found.append(file.error((id, "words"), f"the words kept of '{id}' are not those signed", "sign it again with `ampoule review sign`"))
    return found


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, so that a change can be read in a diff of the file."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def _write(path: Path, rows: dict[str, dict]) -> None:
    """The file whole or not at all, sorted by text."""
    body = yaml.dump(dict(sorted(rows.items())), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".tmp", delete=False) as new:
        new.write(_HEADER + body)
    os.chmod(new.name, 0o644)
    os.replace(new.name, path)
