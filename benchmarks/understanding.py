"""What each part of the understanding adds, on labelled messages by people outside (files of the measuring kind).

    .venv/bin/python benchmarks/understanding.py MESSAGES.jsonl EMERGENCIES.jsonl [--plain-encoder FOLDER]

`--plain-encoder` is a folder built from the weights without the adapter (tools/build_encoder.py with an empty adapter).
Prints the share right at first choice (label classifier alone: no patterns, no gate) and, for red flags, what is missed
and falsely raised by patterns alone, by the lane alone, and by both as the gate has them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ampoule import content, examples, gate  # noqa: E402
from ampoule.classifier import Linear  # noqa: E402
from ampoule.encoder import Encoder  # noqa: E402
from ampoule.features import NGRAM_DIM, Features  # noqa: E402
from ampoule.labels import outcome_of  # noqa: E402
from ampoule.lexicon import plain  # noqa: E402
from ampoule.reader import Reader  # noqa: E402
from ampoule.training import LABEL_STRENGTH, VectorCache  # noqa: E402


def accepts(row: dict, label: str) -> bool:
    outcome = outcome_of(label)
    return (f"answer:{label}" if outcome == "answer" else outcome) in (row.get("multi") or row["expect"])


def right(rows: list[dict], model: Linear, features: np.ndarray) -> str:
    best = model.probabilities(features).argmax(axis=1)
    return f"{np.mean([accepts(row, model.labels[i]) for row, i in zip(rows, best, strict=True)]):.1%}"


def first_choice(texts: content.Content, reader: Reader, encoders: dict[str, Encoder], sets: dict[str, list[dict]]) -> None:
    learnt = examples.load(ROOT / "data", texts)
    lines, labels = [plain(e.text) for e in learnt], [e.label for e in learnt]
    print(f"\n{'right at first choice':<34}" + "".join(f"{name:>24}" for name in sets))
    for name, encoder in encoders.items():
        features = Features.fit(encoder, lines)
        vectors = VectorCache(encoder, ROOT / ".cache")
        rows = features.rows(lines, vectors.of(lines))
        asked = {key: features.rows([plain(r["text"]) for r in value]) for key, value in sets.items()}
        width = rows.shape[1] - NGRAM_DIM
        for part, columns in (("vector", slice(0, width)), ("n-grams", slice(width, None)), ("both", slice(None))):
            if part == "n-grams" and name != next(iter(encoders)):
                continue
            model = Linear.fit(rows[:, columns], labels, LABEL_STRENGTH)
            print(f"{name + ', ' + part:<34}" + "".join(f"{right(value, model, asked[key][:, columns]):>24}" for key, value in sets.items()), flush=True)
    rng = random.Random(3)
    for repaired in (False, True):
        said = {key: [examples.with_typos(r["text"], rng) for r in value] for key, value in sets.items()}
        name = "with typos, " + ("repaired" if repaired else "as typed")
        rows = {key: reader.features.rows([reader.repaired(t) if repaired else plain(t) for t in value]) for key, value in said.items()}
        print(f"{name:<34}" + "".join(f"{right(sets[key], reader.label_model, rows[key]):>24}" for key in sets), flush=True)


def red_flags(reader: Reader, sets: dict[str, list[dict]]) -> None:
    print(f"\n{'red flags':<34}{'missed':>12}{'not checked':>13}{'false alarms':>14}{'checks':>9}")
    for key, rows in sets.items():
        read = [(row, reader.evidence(row["text"])) for row in rows]
        strict = [e for row, e in read if row["expect"] == ["emergency"]]
        calm = [e for row, e in read if "emergency" not in row["expect"]]

        def by_patterns(e) -> str:
            return "emergency" if any(f.status == "now" for f in e.flags) else "none"

        def by_lane(e) -> str:
            return "emergency" if e.flag >= gate.FLAG_SURE else "check" if e.loudest >= gate.FLAG_DOUBT else "none"

        for name, judge in (("patterns alone", by_patterns), ("lane alone", by_lane), ("both", lambda e: gate.safety_of(e)[0])):
            s, c = [judge(e) for e in strict], [judge(e) for e in calm]
            missed, unchecked, false = len(s) - s.count("emergency"), s.count("none"), c.count("emergency")
            print(f"{key + ', ' + name:<34}{missed:>5} of {len(s):<4}{unchecked:>13}{false:>7} of {len(c):<4}{c.count('check'):>9}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--plain-encoder", type=Path)
    options = parser.parse_args()
    sets = {path.stem: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()] for path in options.files}
    texts = content.load(ROOT / "content")
    reader = Reader.load(ROOT / "models", texts)
    encoders = {"as published": Encoder(options.plain_encoder)} if options.plain_encoder else {}
    encoders["with the adapter"] = reader.features.encoder
    red_flags(reader, sets)
    first_choice(texts, reader, encoders, sets)


if __name__ == "__main__":
    main()
