"""The Reader: a patient's message and the state of the conversation become a Reading.

One trained artefact (a folder of npz and JSON files; nothing is unpickled) serves the engine and the web service alike.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ampoule import contacts, languages, segments
from ampoule.classifier import Linear
from ampoule.content import Content
from ampoule.encoder import Encoder
from ampoule.features import Features
from ampoule.labels import EMERGENCIES
from ampoule.lexicon import Hit, Lexicon, plain, tokens
from ampoule.mentions import GlossaryReader, MentionReader, Mentions
from ampoule.quantities import Quantity, Units
from ampoule.red_flags import Flag, RedFlags
from ampoule.spelling import Spelling
from ampoule.state import State

FORMAT = 3
# So many words at most make a follow-up that leans on what was said before.
FOLLOW_UP_WORDS = 9


# What looks like one of Rasa's own commands in front of a message tells nothing about it.
_COMMAND = re.compile(r"^(?:/+[\w.]*(?:\{.*?\})?\s*)+")

# "and 200?" after an amount: the number is meant in the same unit.
_BARE_NUMBER = re.compile(r"(?:(?:and|what about|how about|ok|so|or|then)\W+)*(?P<number>\d[\d.,]*)\W*$")


class ArtefactError(Exception):
    """The trained artefact is missing, or does not fit this content or this version."""


@dataclass
class Evidence:
    """Everything read from one message, before the gate decides. Probabilities are 0 to 1; `labels` maps every label
    of the classifier to its probability, `parts` does so for each part of a message that may ask two things, and
    `in_context` for the message read together with the last topic. `bare_number` marks a lone number that took the unit
    of the amount before. The statistical lane has two voices, the red-flag
    classifier and the emergency labels of the other one, over the message and each of its sentences: `flag` is their
    mean for the message, `sentence_flag` the highest of the sentences' means, `loudest` the highest voice of all."""

    text: str
    plain: str
    repaired: str
    labels: dict[str, float]
    parts: list[tuple[str, dict[str, float]]]
    in_context: dict[str, float] | None
    flag: float
    sentence_flag: float
    loudest: float
    flags: list[Flag]
    quantities: list[Quantity]
    bare_number: bool
    units: list[str]
    mentions: Mentions
    term: str | None
    language: str | None
    marks: list[str]
    reasons: list[Hit]


@dataclass
class Reading:
    """What a message is and asks for. `label` is the intent; `outcome` and `safety` are those of the turn to come.

    `event` is what it does to an open hand-off (accept, decline, detail, offer); `details` what it tells for one;
    `conversion` and `conversion_problem` what can be said of an amount in it; `ranking` the three likeliest labels;
    `because` the words by which the rules decided, [rule, words], empty where only the statistics did."""

    label: str
    outcome: str
    safety: str = "none"
    topics: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    kind: str | None = None
    reason: str | None = None
    urgency: str = "routine"
    event: str | None = None
    details: dict = field(default_factory=dict)
    conversion: dict | None = None
    conversion_problem: str | None = None
    quantity: dict | None = None
    quantities: list[str] = field(default_factory=list)
    routes: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    medicines: list[str] = field(default_factory=list)
    language: str | None = None
    term: str | None = None
    choice: str | None = None
    ranking: list[tuple[str, float]] = field(default_factory=list)
    flag_probability: float = 0.0
    decided_by: list[str] = field(default_factory=list)
    because: list[tuple[str, str]] = field(default_factory=list)

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict) -> Reading:
        return cls(**data)


class Reader:
    def __init__(self, content: Content, features: Features, labels: Linear, flags: Linear, spelling: Spelling, check_patterns: bool = False) -> None:
        folder = content.root / "lexicon"
        self.content, self.features, self.label_model, self.flag_model, self._spelling = content, features, labels, flags, spelling
        self.words: dict = {}
        self._flag_column = flags.labels.index("flag")
        self._emergency_columns = [i for i, label in enumerate(labels.labels) if label in EMERGENCIES]
        self._red_flags = RedFlags(folder, check_patterns)
        self._reasons = Lexicon(folder / "reasons.yml", check_patterns)
        self._languages = languages.LatinLanguages(folder / "languages.yml")
        self._units, self._mentions, self._glossary = Units(folder / "units.yml"), MentionReader(folder), GlossaryReader(content)

    @classmethod
    def load(cls, models: Path, content: Content) -> Reader:
        """The reader trained into `models/reader`. ArtefactError where it is missing or was trained on other topics."""
        return cls.load_from(models / "reader", models / "encoder", content)

    @classmethod
    def load_from(cls, folder: Path, encoder_folder: Path, content: Content) -> Reader:
        try:
            manifest = json.loads((folder / "manifest.json").read_text())
        except OSError as error:
            raise ArtefactError(f"no trained reader in {folder}: run `make train`") from error
        encoder = Encoder(encoder_folder)
        if (manifest["format"], manifest["encoder"]) != (FORMAT, encoder.id):
            raise ArtefactError("the trained reader is of another version: run `make train`")
        if manifest["topics"] != sorted(content.topics):
            raise ArtefactError("topics were added or removed since training: run `make train`")
        words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        spelling = Spelling(words["domain"], set(words["urgent"]), set(words["names"]))
        return cls(content, Features.load(folder, encoder), Linear.load(folder / "labels.npz"), Linear.load(folder / "flags.npz"), spelling)

    def read(self, text: str, state: State | None = None, choice: str | None = None) -> Reading:
        """What the message is. `choice` is the id of a button the person pressed, already checked against those offered."""
        from ampoule import dialogue, gate  # they need the types above

        state = state or State()
        evidence = self.evidence(text, state)
        return gate.decide(evidence, state, self.content, choice or dialogue.typed_choice(evidence.text, state))

    def repaired(self, text: str) -> str:
        """The text as the classifiers see it."""
        return self._spelling.repair(plain(text))

    def evidence(self, text: str, state: State | None = None) -> Evidence:
        masked = contacts.mask(text).text
        cleaned = _COMMAND.sub("", plain(masked)) or plain(masked)
        script = languages.foreign_script(masked)
        repaired = cleaned if script else self._spelling.repair(cleaned)
        sentences, pieces = segments.sentences(repaired), segments.parts(repaired)
        sentences = sentences if len(sentences) > 1 else []
        pieces = pieces if len(pieces) > 1 else []
        context = self._context(repaired, state)
        batch = list(dict.fromkeys([repaired, *sentences, *pieces, *([context] if context else [])]))
        rows = self.features.rows(batch)
        at = {line: i for i, line in enumerate(batch)}
        labels = self.label_model.probabilities(rows)
        flag = self.flag_model.probabilities(rows)[:, self._flag_column]
        by_label = labels[:, self._emergency_columns].sum(axis=1)
        read = [0, *(at[s] for s in sentences)]
        whole = self._ranked(labels[0])
        found = {(f.rule, f.status): f for line in dict.fromkeys((cleaned, repaired)) for f in self._red_flags.find(line)}
        quantities = self._units.find(masked)
        bare = not quantities and bool(state and state.quantity and _BARE_NUMBER.match(cleaned))
        if bare:
            quantities = self._units.find(f"{_BARE_NUMBER.match(cleaned)['number']} {state.quantity['unit']}")
        return Evidence(
            text=masked,
            plain=cleaned,
            repaired=repaired,
            labels=whole,
            parts=[(p, self._ranked(labels[at[p]])) for p in pieces],
            in_context=self._ranked(labels[at[context]]) if context else None,
            flag=float((max(flag[i] for i in read) + by_label[0]) / 2),
            loudest=float(max(max(flag[i], by_label[i]) for i in read)),
            sentence_flag=float(max((flag[i] + by_label[i]) / 2 for i in read)),
            flags=list(found.values()),
            quantities=quantities,
            bare_number=bare,
            units=self._units.mentioned(masked),
            mentions=self._mentions.read(repaired),
            term=self._glossary.asked(repaired),
            language=self._language(masked, cleaned, script, whole),
            marks=contacts.marks(masked),
            reasons=self._reasons.find(tokens(repaired)),
        )

    def _ranked(self, probabilities: np.ndarray) -> dict[str, float]:
        order = np.argsort(-probabilities)
        return {self.label_model.labels[i]: float(probabilities[i]) for i in order}

    def _context(self, text: str, state: State | None) -> str | None:
        """The message with the last topic in front, where it may lean on it."""
        if not state or not state.topics or len(text.split()) > FOLLOW_UP_WORDS:
            return None
        return f"{plain(self.content.topics[state.topics[0]].title)}. {text}" if state.topics[0] in self.content.topics else None

    def _language(self, text: str, cleaned: str, script: str | None, labels: dict[str, float]) -> str | None:
        """The code of a language that is not English ("other" where unsure which), or None for English."""
        if script:
            return script
        words = re.findall(r"[^\W\d_]{2,}", cleaned)
        known = self._spelling.share_known(cleaned)
        foreign = labels.get("language", 0.0)
        if len(words) >= 1 and (foreign >= 0.5 and known < 0.9 or foreign >= 0.15 and known < 0.6 or foreign >= 0.05 and known < 0.35 and len(words) >= 3):
            return self._languages.likeliest(text)
        return None
