"""What the classifiers see of a sentence: its vector from the encoder, and its words and letter groups."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from ampoule.encoder import Encoder

# Weights of the parts, found on folds grouped by author: see docs/decisions/0002-understanding.md.
NGRAM_DIM, NGRAM_SCALE, VECTOR_SCALE = 256, 3.0, 3.0


def _word_vectorizer(**options) -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32, **options)


def _letter_vectorizer(**options) -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32, **options)


class Features:
    """Turns sentences into float32 rows of shape (n, dim).

    Words and letter groups are tf-idf weighted and reduced to NGRAM_DIM numbers, so that the classifier on top is
    small and trains in seconds. The state is plain arrays (npz) and JSON: nothing is unpickled, and the versions of
    scikit-learn that train and load may differ.
    """

    def __init__(self, encoder: Encoder, words: TfidfVectorizer, letters: TfidfVectorizer, components: np.ndarray) -> None:
        self.encoder, self._words, self._letters = encoder, words, letters
        # Row-major the other way round: multiplying a sparse row is then a sum over few rows.
        self._projection = np.ascontiguousarray(components.T)

    @classmethod
    def fit(cls, encoder: Encoder, texts: list[str]) -> Features:
        words, letters = _word_vectorizer(min_df=2, max_features=20000), _letter_vectorizer(min_df=4, max_features=20000)
        grams = hstack([words.fit_transform(texts), letters.fit_transform(texts)]).tocsr()
        size = min(NGRAM_DIM, min(grams.shape) - 1)
        svd = TruncatedSVD(size, n_iter=3, random_state=0).fit(grams)
        return cls(encoder, words, letters, svd.components_.astype(np.float16).astype(np.float32))

    def rows(self, texts: list[str], vectors: np.ndarray | None = None) -> np.ndarray:
        """`vectors` are the encoder's, where they are known already."""
        grams: csr_matrix = hstack([self._words.transform(texts), self._letters.transform(texts)]).tocsr().astype(np.float32)
        vectors = self.encoder.encode(texts) if vectors is None else vectors
        return np.hstack([vectors * VECTOR_SCALE, (grams @ self._projection) * NGRAM_SCALE]).astype(np.float32)

    def save(self, folder: Path) -> None:
        (folder / "vocabulary.json").write_text(
            json.dumps(
                {name: {term: int(i) for term, i in v.vocabulary_.items()} for name, v in (("words", self._words), ("letters", self._letters))},
                ensure_ascii=False,
            ),
            encoding="utf-8",
        )
        np.savez_compressed(
            folder / "features.npz",
            words=self._words.idf_.astype(np.float32),
            letters=self._letters.idf_.astype(np.float32),
            components=self._projection.T.astype(np.float16),
        )

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> Features:
        vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        with np.load(folder / "features.npz", allow_pickle=False) as arrays:
            words, letters = _word_vectorizer(vocabulary=vocabulary["words"]), _letter_vectorizer(vocabulary=vocabulary["letters"])
            words.idf_, letters.idf_ = arrays["words"].astype(np.float64), arrays["letters"].astype(np.float64)
            return cls(encoder, words, letters, arrays["components"].astype(np.float32))
