"""Two linear classifiers over the same features: which label a message has, and whether it holds a red flag."""

from __future__ import annotations

from pathlib import Path

import numpy as np


class Linear:
    """Multinomial logistic regression with its arrays in an npz file. `labels` gives the order of the columns."""

    def __init__(self, labels: list[str], weights: np.ndarray, bias: np.ndarray) -> None:
        self.labels, self._weights, self._bias = labels, weights, bias

    @classmethod
    def fit(cls, rows: np.ndarray, labels: list[str], strength: float, weights: np.ndarray | None = None) -> Linear:
        """`strength` is scikit-learn's C; `weights` counts each row, 1 where None."""
        from sklearn.linear_model import LogisticRegression  # seconds to import, and only training needs it

        model = LogisticRegression(C=strength, max_iter=250, tol=1e-3).fit(rows, labels, weights)
        coefficients, bias = model.coef_, model.intercept_
        if len(model.classes_) == 2:
            coefficients, bias = np.vstack([-coefficients[0], coefficients[0]]) / 2, np.array([-bias[0], bias[0]]) / 2
        return cls([str(c) for c in model.classes_], coefficients.astype(np.float32), bias.astype(np.float32))

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """Shape (n, labels); each row sums to 1."""
        scores = rows @ self._weights.T + self._bias
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)

    def save(self, file: Path) -> None:
        np.savez_compressed(file, labels=np.array(self.labels), weights=self._weights, bias=self._bias)

    @classmethod
    def load(cls, file: Path) -> Linear:
        with np.load(file, allow_pickle=False) as arrays:
            return cls([str(label) for label in arrays["labels"]], arrays["weights"], arrays["bias"])
