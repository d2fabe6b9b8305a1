"""Who signed which text: `content/signatures.yml`. An edit changes a text's hash, and the text is a draft again."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from ampoule.content import Content, Text, Topic
from ampoule.yamlfile import YamlFile

_SCHEMA = {
    "type": ["object", "null"],
    "additionalProperties": {
        "type": "object", "additionalProperties": False, "required": ["hash", "name", "role", "date"],
        "properties": {"hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "name": {"type": "string", "minLength": 1},
                       "role": {"type": "string", "minLength": 1}, "date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}}},
}


def _hash(value: dict) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def topic_hash(content: Content, topic: Topic) -> str:
    """SHA-256 of the canonical JSON of what a patient can read of a topic."""
    return _hash({"title": topic.title, "answer": topic.answer.text, "brief": topic.brief.text, "detail": topic.detail.text if topic.detail else "",
                  "sources": [row["title"] for row in content.cite(topic.sources)]})


def reply_hash(text: Text) -> str:
    return _hash({"text": text.text, "blanks": list(text.blanks)})


@lru_cache(4)
def _signatures(path: Path) -> dict:
    return (YamlFile(path).require(_SCHEMA) or {}) if path.exists() else {}


def topic_signed(content: Content, topic_id: str) -> bool:
    row = _signatures(content.root / "signatures.yml").get(f"topics/{topic_id}")
    return bool(row and row["hash"] == topic_hash(content, content.topics[topic_id]))


def reply_signed(content: Content, text: Text) -> bool:
    row = _signatures(content.root / "signatures.yml").get(text.id)
    return bool(row and row["hash"] == reply_hash(text))


MUST_BE_SIGNED = ("replies/emergency", "replies/handoff", "replies/scope", "replies/errors")


def unsigned_safety_texts(content: Content) -> list[str]:
    """Emergency, hand-off and refusal texts nobody has signed: with AMPOULE_REQUIRE_REVIEW=1 they stop the start."""
    return [text.id for text in content.texts.values() if text.id.split("#")[0] in MUST_BE_SIGNED and not reply_signed(content, text)]
