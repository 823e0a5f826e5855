"""Fit the tagger: logistic regression with an L2 penalty on sparse yes/no features (L-BFGS), pruned and rounded."""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Row = tuple[list[str], float, bool]  # features, an extra number (0 where there is none), the answer


def fit(
    rows: list[Row], *, least: int, penalty: float, positive: float, digits: int = 2
) -> tuple[dict[str, float], float, float]:
    """Weights, the weight of the extra number, the bias.

    least: a feature seen in fewer rows is left out. positive: the cost of a missed identifier in false alarms.
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
    cost = np.where(y > 0, positive, 1.0)
    size = len(index)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ theta[:size] + theta[size] * extra + theta[size + 1]
        p = 1 / (1 + np.exp(-np.clip(z, -35, 35)))
        value = float(np.sum(cost * (np.logaddexp(0, z) - y * z)) + penalty / 2 * np.sum(theta[:size] ** 2))
        residual = cost * (p - y)
        return value, np.concatenate([x.T @ residual + penalty * theta[:size], [residual @ extra, residual.sum()]])

    theta = minimize(loss, np.zeros(size + 2), jac=True, method="L-BFGS-B", options={"maxiter": 80}).x
    weights = {feature: round(float(theta[at]), digits) for feature, at in index.items()}
    smallest = 5 * 10.0**-digits
    return (
        {f: w for f, w in weights.items() if abs(w) >= smallest},
        round(float(theta[size]), 3),
        round(float(theta[size + 1]), 3),
    )
