"""Cross-validate the label classifier and the red-flag lane on folds by author: each fold is what one hand wrote.

    make crossval

The encoder's adapter has seen all hands, so these figures are kinder than those on messages by people outside; see
docs/quality.md for both.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ampoule import content, examples  # noqa: E402
from ampoule.encoder import Encoder  # noqa: E402
from ampoule.labels import outcome_of  # noqa: E402
from ampoule.training import VectorCache, train  # noqa: E402


def main() -> None:
    texts = content.load(ROOT / "content")
    rows = examples.load(ROOT / "data", texts)
    encoder = Encoder(ROOT / "models/encoder")
    vectors = VectorCache(encoder, ROOT / ".cache")
    by_hand = defaultdict(list)
    for row in rows:
        by_hand[row.hand].append(row)
    print(f"{len(rows):,} sentences by {len(by_hand)} hands\n\n{'left out':<12}{'n':>6}{'label':>9}{'outcome':>9}{'flags missed':>14}{'false flags':>13}")
    total = np.zeros(2)
    for hand, held in sorted(by_hand.items()):
        reader = train([row for row in rows if row.hand != hand], texts, encoder, vectors=vectors)
        lines = [reader.repaired(row.text) for row in held]
        features = reader.features.rows(lines, vectors.of(lines))
        best = [reader.label_model.labels[i] for i in reader.label_model.probabilities(features).argmax(axis=1)]
        flag = reader.flag_model.probabilities(features)[:, reader.flag_model.labels.index("flag")]
        right = np.array([b == row.label for b, row in zip(best, held, strict=True)])
        outcome = np.array([outcome_of(b) == outcome_of(row.label) for b, row in zip(best, held, strict=True)])
        is_flag = np.array([row.label.startswith("emergency") for row in held])
        missed = f"{np.mean(flag[is_flag] < 0.5):.1%}" if is_flag.any() else "-"
        print(f"{hand:<12}{len(held):>6}{right.mean():>9.1%}{outcome.mean():>9.1%}{missed:>14}{np.mean(flag[~is_flag] >= 0.5):>13.1%}", flush=True)
        total += [right.sum(), outcome.sum()]
    print(f"{'all':<12}{len(rows):>6}{total[0] / len(rows):>9.1%}{total[1] / len(rows):>9.1%}")


if __name__ == "__main__":
    main()
