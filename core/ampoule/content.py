"""What patients read, loaded from `content/` and checked while loading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ampoule import desk_content, schemas
from ampoule.desk_content import Desk
from ampoule.texts import BLANK, Text, text_of
from ampoule.yamlfile import ContentError, YamlFile


@dataclass(frozen=True)
class Topic:
    id: str
    title: str
    questions: tuple[str, ...]
    sources: tuple[str, ...]
    related: tuple[str, ...]
    answer: Text
    brief: Text
    detail: Text | None


@dataclass(frozen=True)
class Claim:
    """A fact with where it comes from; `experience` marks what a source offers only as its author's experience."""

    id: str
    text: str
    section: str
    source: tuple[str, ...]
    experience: bool = False


@dataclass(frozen=True)
class Term:
    id: str
    term: str
    also: tuple[str, ...]
    text: Text


@dataclass
class Content:
    """Everything in `content/` but the lexicon."""

    root: Path
    topics: dict[str, Topic]
    texts: dict[str, Text]
    claims: dict[str, Claim]
    sources: dict[str, dict]
    glossary: dict[str, Term]
    clinic: dict
    desk: Desk
    version: str = field(default="")

    def text(self, id: str) -> Text:
        """The text with this id; KeyError where there is none."""
        return self.texts[id]

    def reply(self, file: str, id: str) -> Text:
        return self.texts[f"replies/{file}#{id}"]

    @property
    def country(self) -> dict:
        """Emergency, crisis and poison numbers where the clinic is."""
        return self.clinic["countries"][self.clinic["country"]]

    def clinic_values(self) -> dict[str, str]:
        """The blanks that are the same in every reply of this clinic."""
        return {
            "clinic_name": self.clinic["name"],
            "clinic_phone": self.clinic["phone"],
            "after_hours_phone": self.clinic["after_hours_phone"],
            "clinic_hours": self.clinic["hours_text"],
            "emergency_number": self.country["emergency"],
            "poison_phone": self.country["poison"],
            "crisis_line": self.country["crisis"],
            "max_length": f"{self.clinic['max_message_length']:,}",
        }

    def cite(self, claim_ids: tuple[str, ...]) -> list[dict[str, str]]:
        """The sources behind these claims as the reader is shown them: one entry a claim, in order."""
        cited = []
        for claim_id in claim_ids:
            claim = self.claims[claim_id]
            title = "; ".join(self.sources[key]["title"] for key in claim.source)
            cited.append({"id": claim_id, "title": title, "section": claim.section})
        return cited


def load(root: Path) -> Content:
    """Read and check the content folder. Raises ContentError, naming file, line and mend."""
    if not root.is_dir():
        raise ContentError(root, None, "there is no content folder here", "run from the project's root or set AMPOULE_CONTENT")
    sources_file = YamlFile(root / "sources.yml")
    sources_data = sources_file.require(schemas.SOURCES)
    claims = {}
    for claim_id, row in sources_data["claims"].items():
        for key in row["source"]:
            if key not in sources_data["sources"]:
                raise sources_file.error(("claims", claim_id), f"claim {claim_id} names the unknown source '{key}'", "add it under sources")
        claims[claim_id] = Claim(claim_id, row["text"], row.get("section", ""), tuple(row["source"]), row.get("exp", False))

    texts: dict[str, Text] = {}
    topics = {}
    topic_files = {}
    for path in sorted((root / "topics").glob("*.yml")):
        topic = _topic(YamlFile(path), claims, texts)
        topics[topic.id] = topic
        topic_files[topic.id] = path
    for topic in topics.values():
        for other in topic.related:
            if other not in topics or other == topic.id:
                file = YamlFile(topic_files[topic.id])
                raise file.error(("related",), f"related topic '{other}' does not exist", "name another topic's id")
    for path in sorted((root / "replies").glob("*.yml")):
        _replies(YamlFile(path), claims, texts)
    glossary = {}
    file = YamlFile(root / "glossary.yml")
    for term_id, row in file.require(schemas.GLOSSARY).items():
        text = Text(f"glossary#{term_id}", row["text"].strip())
        texts[text.id] = text
        glossary[term_id] = Term(term_id, row["term"], tuple(row.get("also", ())), text)
    clinic_file = YamlFile(root / "clinic.yml")
    clinic = clinic_file.require(schemas.CLINIC)
    if clinic["country"] not in clinic["countries"]:
        raise clinic_file.error(("country",), f"no numbers for country '{clinic['country']}'", "add it under countries")
    desk = desk_content.load(root / "desk.yml", texts)
    content = Content(root, topics, texts, claims, sources_data["sources"], glossary, clinic, desk)
    content.version = _version(content)
    return content


def _topic(file: YamlFile, claims: Mapping[str, Claim], texts: dict[str, Text]) -> Topic:
    data = file.require(schemas.TOPIC)
    topic_id = data["id"]
    if topic_id != file.path.stem:
        raise file.error(("id",), f"id '{topic_id}' is not the file's name", f"rename the file to {topic_id}.yml or the id to {file.path.stem}")
    sources = tuple(data["sources"])
    for i, claim in enumerate(sources):
        if claim not in claims:
            raise file.error(("sources", i), f"source '{claim}' is not in sources.yml", "cite a claim that exists, or add it there")
    parts = {}
    for part in ("answer", "brief", "detail"):
        if part in data:
            _no_blanks(file, part, data[part])
            parts[part] = texts[f"topics/{topic_id}#{part}"] = Text(f"topics/{topic_id}#{part}", data[part].strip(), (), sources)
    texts[f"topics/{topic_id}#title"] = Text(f"topics/{topic_id}#title", data["title"])
    return Topic(topic_id, data["title"], tuple(data["questions"]), sources, tuple(data["related"]), parts["answer"], parts["brief"], parts.get("detail"))


def _no_blanks(file: YamlFile, part: str, text: str) -> None:
    if BLANK.search(text):
        raise file.error((part,), f"{part} has a blank in braces", "a topic's text is the same for everyone: write it out")


def _replies(file: YamlFile, claims: Mapping[str, Claim], texts: dict[str, Text]) -> None:
    for reply_id, row in file.require(schemas.REPLIES).items():
        text = text_of(file, (reply_id,), f"replies/{file.path.stem}#{reply_id}", row, claims)
        texts[text.id] = text


def _version(content: Content) -> str:
    """Eight hex digits that change whenever anything a patient can read changes."""
    readable = {
        "texts": {t.id: t.text for t in content.texts.values()},
        "clinic": content.clinic,
        "sources": {key: row["title"] for key, row in content.sources.items()},
    }
    return hashlib.sha256(json.dumps(readable, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:8]
