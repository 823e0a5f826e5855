"""What do others get from the same data? Each figure of ours beside a published or recomputed one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.validate import cases_effects, cases_scores, cases_stays

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "references"


@dataclass(frozen=True)
class Line:
    """One figure. tolerance: the largest difference allowed, as a share of the reference where `relative`."""

    case: str
    figure: str
    ours: float
    reference: float
    tolerance: float
    relative: bool
    source: str

    @property
    def difference(self) -> float:
        return self.ours - self.reference

    @property
    def inside(self) -> bool:
        allowed = self.tolerance * abs(self.reference) if self.relative else self.tolerance
        return abs(self.difference) <= allowed + 1e-12


Figures = Iterator[tuple[str, float, float]]
Case = Callable[[Path, Mapping[str, Any]], Figures]


def lines(folder: Path = FOLDER) -> list[Line]:
    """Every figure of every open case. Raises FileNotFoundError where the reference data is not beside the project."""
    listed = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["cases"]
    expected = {case["id"]: case["expected"] for case in listed}
    return [
        Line(case, figure, float(ours), float(theirs), tolerance, relative, source)
        for case, source, tolerance, relative, compute in CASES
        for figure, ours, theirs in compute(folder, expected[case.split()[0]])
    ]


# case, source, tolerance, relative?, computation
CASES: tuple[tuple[str, str, float, bool, Case], ...] = (
    ("SURV-01", "R survival, lung cancer trial (log-log limits)", 1e-6, True, cases_stays.lung),
    ("SURV-03", "R survival, Gehan 1965", 1e-6, True, cases_stays.gehan),
    ("SURV-04", "R survival, lifelines' waltons", 1e-6, True, cases_stays.waltons),
    ("SURV-05", "R survival, melanoma of Andersen et al. 1993", 1e-6, True, cases_stays.melanoma),
    ("SURV-05 Gray", "R cmprsk; its variance differs in the order of 1/n", 1e-3, True, cases_stays.gray),
    ("CHG-01", "Jacobson & Truax 1991", 1e-6, False, cases_scores.worked),
    ("CHG-02", "R clinicalsignificance, Claus et al.", 1e-6, True, cases_scores.claus),
    ("CHG-03", "NHS Talking Therapies' definitions, synthetic referrals", 0.0, False, cases_scores.talking),
    ("INT-01", "Newcombe 1998, R prop.test and binom.test", 1e-6, False, cases_effects.shares),
    ("INT-02", "Newcombe 1998, R Epi ci.pd", 1e-6, False, cases_effects.differences),
    ("INT-03", "Benjamini & Hochberg 1995, R p.adjust", 1e-9, False, cases_effects.many),
    ("AUD-01", "R pROC and glm, births of Hosmer & Lemeshow", 1e-6, False, cases_scores.predictor),
    ("CRI-01", "R survival, synthetic signals", 1e-6, True, cases_stays.crisis),
    ("INS-01", "published scoring keys, synthetic answers", 1e-9, False, cases_scores.sheets),
    ("ITS-01", "Linden 2015, R sandwich", 1e-4, True, cases_effects.smoking),
    ("DID-01", "R fixest's documentation; csdid and differences", 5e-3, True, cases_effects.staggered),
    ("SEQ-01", "GrowthBook's own tests", 1e-5, False, cases_effects.always_valid),
    ("SEQ-02", "Armitage et al. 1969; Jennison & Turnbull 2000", 1e-3, False, cases_effects.constants),
)  # fmt: skip
