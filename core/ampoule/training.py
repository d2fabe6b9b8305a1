"""Training of the Reader: from labelled sentences to the artefact in `models/reader`."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ampoule import contacts
from ampoule.classifier import Linear
from ampoule.content import Content
from ampoule.encoder import Encoder
from ampoule.examples import Example, with_typos
from ampoule.features import Features
from ampoule.labels import AFTER_EMERGENCY
from ampoule.lexicon import plain
from ampoule.mentions import MentionReader
from ampoule.reader import FORMAT, Reader
from ampoule.red_flags import RedFlags
from ampoule.spelling import Spelling, domain_words

LABEL_STRENGTH, FLAG_STRENGTH = 0.1, 0.2  # scikit-learn's C, found on folds by hand
FLAG_WEIGHT = 1.5  # a red flag counts this much more than a sentence without
TYPO_SHARE = 0.15  # of the sentences are learnt once more with slips of the finger

SHARE = 500  # sentences that are encoded at a time


def train(
    examples: Sequence[Example], content: Content, encoder: Encoder, say: Callable[[str], None] = lambda _: None, vectors: VectorCache | None = None
) -> Reader:
    """A Reader trained on the examples. `say` is told of each long step."""
    rng = random.Random(0)
    lexicon = content.root / "lexicon"
    names, urgent = MentionReader(lexicon).names, RedFlags(lexicon).words
    # Contact details are masked here as they are in a patient's message.
    texts = [plain(contacts.mask(example.text).text) for example in examples]
    domain = domain_words(texts)
    spelling = Spelling(domain, urgent, names)
    typos = [(with_typos(text, rng), example.label) for text, example in zip(texts, examples, strict=True) if rng.random() < TYPO_SHARE]
    lines = [spelling.repair(text) for text in texts] + [spelling.repair(text) for text, _ in typos]
    labels = [example.label for example in examples] + [label for _, label in typos]
    say(f"words and letters of {len(lines):,} sentences")
    features = Features.fit(encoder, lines)
    say("vectors")
    rows = features.rows(lines, (vectors or VectorCache(encoder)).of(lines))
    say("labels")
    label_model = Linear.fit(rows, labels, LABEL_STRENGTH)
    say("red flags")
    flags = ["flag" if label.startswith("emergency") else "none" for label in labels]
    weights = np.array([0.0 if label in AFTER_EMERGENCY else FLAG_WEIGHT if flag == "flag" else 1.0 for label, flag in zip(labels, flags, strict=True)])
    flag_model = Linear.fit(rows, flags, FLAG_STRENGTH, weights)
    reader = Reader(content, features, label_model, flag_model, spelling, check_patterns=True)
    reader.words = {"domain": domain, "urgent": sorted(urgent), "names": sorted(names)}
    return reader


def save(reader: Reader, folder: Path) -> None:
    """Write the artefact: arrays and JSON only. What stood there is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    reader.features.save(folder)
    reader.label_model.save(folder / "labels.npz")
    reader.flag_model.save(folder / "flags.npz")
    (folder / "words.json").write_text(json.dumps(reader.words, ensure_ascii=False), encoding="utf-8")
    manifest = {"format": FORMAT, "encoder": reader.features.encoder.id, "topics": sorted(reader.content.topics)}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))


class VectorCache:
    """Sentence vectors kept on disk between trainings, by encoder and sentence."""

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        self._encoder, self._file = encoder, folder / f"vectors-{encoder.id}.npz" if folder else None
        self._known: dict[str, np.ndarray] = {}
        if self._file and self._file.exists():
            with np.load(self._file, allow_pickle=False) as arrays:
                self._known = dict(zip(map(str, arrays["lines"]), arrays["vectors"], strict=True))

    def of(self, lines: Sequence[str]) -> np.ndarray:
        missing = [line for line in dict.fromkeys(lines) if line not in self._known]
        if missing:
            # One thread a core, each with its share of the sentences: the encoder itself runs on one.
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                shares = [missing[i : i + SHARE] for i in range(0, len(missing), SHARE)]
                for share, vectors in zip(shares, pool.map(self._encoder.encode, shares), strict=True):
                    self._known.update(zip(share, vectors.astype(np.float16), strict=True))
            if self._file:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                np.savez(self._file, lines=np.array(list(self._known)), vectors=np.array(list(self._known.values())))
        return np.array([self._known[line] for line in lines], dtype=np.float32)
