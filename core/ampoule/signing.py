"""Who signed which text: `content/signatures.yml`. An edit changes a text's hash, and the text is a draft again.

A signature may keep the words that were signed (`words`), so that a later edit can be shown beside them.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path

from ampoule import content as contents
from ampoule.content import Content, Text, Topic
from ampoule.yamlfile import ContentError, YamlFile

FILE = "signatures.yml"
_SCHEMA = {
    "type": ["object", "null"],
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "required": ["hash", "name", "role", "date"],
        "properties": {
            "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "name": {"type": "string", "minLength": 1},
            "role": {"type": "string", "minLength": 1},
            "date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
            "words": {"type": "object"},
        },
    },
}


def digest(words: dict) -> str:
    """SHA-256, as 64 hex digits, of the canonical JSON of what a patient can read."""
    return hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def topic_words(content: Content, topic: Topic) -> dict:
    """What a patient can read of a topic."""
    return {
        "title": topic.title,
        "answer": topic.answer.text,
        "brief": topic.brief.text,
        "detail": topic.detail.text if topic.detail else "",
        "sources": [row["title"] for row in content.cite(topic.sources)],
    }


def reply_words(text: Text) -> dict:
    """What a patient can read of a reply or of a glossary entry, and the names of its blanks."""
    return {"text": text.text, "blanks": list(text.blanks)}


def topic_hash(content: Content, topic: Topic) -> str:
    return digest(topic_words(content, topic))


def reply_hash(text: Text) -> str:
    return digest(reply_words(text))


def signatures(root: Path) -> dict[str, dict]:
    """text id -> {hash, name, role, date, words?}. ContentError for a broken file."""
    path = root / FILE
    try:
        stamp = path.stat()
    except FileNotFoundError:
        return {}
    return _signatures(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(4)
def _signatures(path: Path, changed_ns: int, size: int) -> dict[str, dict]:
    """Read once until the file changes: the answer to every message asks."""
    return YamlFile(path).require(_SCHEMA) or {}


def topic_signed(content: Content, topic_id: str) -> bool:
    row = signatures(content.root).get(f"topics/{topic_id}")
    return bool(row and row["hash"] == topic_hash(content, content.topics[topic_id]))


def reply_signed(content: Content, text: Text) -> bool:
    row = signatures(content.root).get(text.id)
    return bool(row and row["hash"] == reply_hash(text))


MUST_BE_SIGNED = ("replies/emergency", "replies/handoff", "replies/scope", "replies/errors")


def unsigned_safety_texts(content: Content) -> list[str]:
    """Emergency, hand-off and refusal texts nobody has signed: with AMPOULE_REQUIRE_REVIEW=1 they stop the start."""
    return [text.id for text in content.texts.values() if text.id.split("#")[0] in MUST_BE_SIGNED and not reply_signed(content, text)]


def review_required() -> bool:
    """Whether AMPOULE_REQUIRE_REVIEW=1 holds back what nobody has signed."""
    return os.environ.get("AMPOULE_REQUIRE_REVIEW") == "1"


def may_say(content: Content, text: Text) -> bool:
    """Whether this text of the desk may reach a patient: unsigned ones are withheld where a review is required."""
    return not review_required() or reply_signed(content, text)


def load_for_patients(root: Path) -> Content:
    """The content of a process that talks to patients. ContentError also where a review is required and a safety text
    is not signed."""
    content = contents.load(root)
    if review_required() and (unsigned := unsigned_safety_texts(content)):
        shown = ", ".join(unsigned[:3]) + (" ..." if len(unsigned) > 3 else "")
        raise ContentError(
            root / FILE,
            None,
            f"AMPOULE_REQUIRE_REVIEW=1, and {len(unsigned)} emergency, hand-off or refusal texts are not signed: {shown}",
            "sign them with `ampoule review sign`, or start without that setting",
        )
    return content
