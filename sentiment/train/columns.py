"""Learning columns: naive-Bayes weighted linear support vector machines over n-grams.

Wang and Manning (2012), "Baselines and Bigrams": each n-gram is first weighed by its naive Bayes log-count
ratio, then a linear SVM is trained. The product of both is one number for each n-gram, which is all that is
shipped. Texts count each n-gram once and are divided by the square root of their number of n-grams.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from sentiment.models.table import Floats

LEAST_STEP = 12
"""An n-gram all whose bytes are smaller is dropped: less than a hundredth of the largest weight."""

QUIET_STEP = 5
"""A smaller byte says less than a six-hundredth of the largest weight; as a zero it takes less room."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Column:
    """One learnt question: a weight for each n-gram and a bias."""

    name: str
    weights: Floats
    bias: float

    def answer(self, matrix: sparse.csr_matrix) -> Floats:
        """Answer it for counted texts."""
        scores: Floats = shorten(matrix) @ self.weights + self.bias
        return scores


def shorten(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Divide each text by the square root of the number of its n-grams."""
    sizes = np.sqrt(np.maximum(np.diff(matrix.indptr), 1)).astype(np.float32)
    short = matrix.copy()
    short.data = short.data / np.repeat(sizes, np.diff(matrix.indptr))
    return short


def count_ratio(
    matrix: sparse.csr_matrix, yes: Bools, importance: Floats | None = None, smoothing: float = 1.0
) -> Floats:
    """Give the naive Bayes log-count ratio of each n-gram; `importance` weighs the texts."""
    weights = np.ones(len(yes), dtype=np.float32) if importance is None else importance
    told, others = weights * yes, weights * ~yes
    often = (smoothing + matrix.T @ told) / (told.sum() + 1)
    ratio: Floats = np.log(often / ((smoothing + matrix.T @ others) / (others.sum() + 1))).astype(np.float32)
    return ratio


def learn(
    name: str,
    matrix: sparse.csr_matrix,
    yes: Bools,
    *,
    strength: float = 0.5,
    importance: Floats | None = None,
) -> Column:
    """Learn one column: which texts are `yes`. `strength` is the SVM's C, `importance` weighs the texts."""
    ratio = count_ratio(matrix, yes, importance)
    weighed = shorten(matrix)
    weighed.data = weighed.data * ratio[weighed.indices]
    coefficients, bias = separate(weighed, yes, strength, importance)
    return Column(name, coefficients * ratio, bias)


def separate(
    matrix: sparse.csr_matrix, yes: Bools, strength: float, importance: Floats | None = None
) -> tuple[Floats, float]:
    """Train a linear SVM: (coefficients, bias).

    It may stop before it has converged: more rounds fit the training texts better, not the dev texts.
    """
    machine = LinearSVC(C=strength, max_iter=60, tol=1e-3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(matrix, yes, sample_weight=importance)
    return machine.coef_.ravel().astype(np.float32), float(machine.intercept_[0])


def pack(columns: list[Column], buckets: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.generic]]:
    """Round columns to signed bytes, drop n-grams that then say nothing; give the arrays of a `Table`.

    A byte b stands for b·|b|·scale (see `Table`), so the root of a weight is what is rounded.
    """
    weights = np.stack([column.weights for column in columns], axis=1)
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / (127 * 127)
    small = (np.sign(weights) * np.round(np.sqrt(np.abs(weights) / scale))).astype(np.int8)
    small[np.abs(small.astype(np.int16)) < QUIET_STEP] = 0
    telling = np.flatnonzero((np.abs(small.astype(np.int16)) >= LEAST_STEP).any(axis=1))
    order = telling[np.argsort(buckets[telling])]
    return {
        "kept": buckets[order].astype(np.uint32),
        "weights": small[order],
        "scale": scale.astype(np.float32),
        "bias": np.array([column.bias for column in columns], dtype=np.float32),
    }
