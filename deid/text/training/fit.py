"""Fit the tagger: logistic regression with an L2 penalty on sparse yes/no features (L-BFGS), pruned and rounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack

Row = tuple[Sequence[str], float, bool]  # features, an extra number (0 where there is none), the answer


def fit(
    rows: Sequence[Row],
    *,
    least: int,
    penalty: float,
    positive: float,
    hidden: float = 0.0,
    digits: int = 2,
    smallest: float = 0.05,
    seed: int = 0,
) -> tuple[dict[str, float], float, float]:
    """Weights, the weight of the extra number, the bias.

    least: a feature seen in fewer rows is left out. positive: the cost of a missed identifier in false alarms.
    hidden: of every row a second copy hides this share of its features, so that none is leant on that another text
    may lack (Sutton, Sindelar and McCallum 2006, "Reducing weight undertraining"); which ones, the seed draws.
    smallest: nearer to 0 is left out.
    """
    counts = Counter(feature for features, _, _ in rows for feature in set(features))
    index = {feature: at for at, feature in enumerate(sorted(f for f, n in counts.items() if n >= least))}
    columns: list[int] = []
    pointers = [0]
    for features, _, _ in rows:
        columns.extend({index[f] for f in features if f in index})
        pointers.append(len(columns))
    x = csr_matrix((np.ones(len(columns), dtype=np.float32), columns, pointers), shape=(len(rows), len(index)))
    extra = np.array([number for _, number, _ in rows])
    y = np.array([answer for _, _, answer in rows], dtype=float)
    if hidden:
        x, extra, y = vstack([x, thinned(x, hidden, seed)]).tocsr(), np.tile(extra, 2), np.tile(y, 2)
    cost = np.where(y > 0, positive, 1.0) * len(rows) / len(y)
    size = len(index)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ theta[:size] + theta[size] * extra + theta[size + 1]
        p = 1 / (1 + np.exp(-np.clip(z, -35, 35)))
        value = float(np.sum(cost * (np.logaddexp(0, z) - y * z)) + penalty / 2 * np.sum(theta[:size] ** 2))
        residual = cost * (p - y)
        return value, np.concatenate([x.T @ residual + penalty * theta[:size], [residual @ extra, residual.sum()]])

    theta = minimize(loss, np.zeros(size + 2), jac=True, method="L-BFGS-B", options={"maxiter": 80}).x
    weights = {feature: round(float(theta[at]), digits) for feature, at in index.items()}
    return (
        {f: w for f, w in weights.items() if abs(w) >= smallest},
        round(float(theta[size]), 3),
        round(float(theta[size + 1]), 3),
    )


def thinned(x: csr_matrix, hidden: float, seed: int) -> csr_matrix:
    """The rows with a share of their features hidden, the same for the same rows and seed."""
    thin = x.copy()
    thin.data = (np.random.default_rng(seed).random(x.nnz) >= hidden).astype(np.float32)
    thin.eliminate_zeros()
    return thin
