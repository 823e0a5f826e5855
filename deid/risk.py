"""How easily could somebody pick out one person, with what may be known of people?

Formulas over groups of people who look alike: who shares every *quasi-identifier* (sex, birth year, language, ...)
forms a class; f is its size. Measures and names: El Emam, Guide to the De-Identification of Personal Health
Information, 2013, chapters 16-19; l-diversity: Machanavajjhala et al. 2007 (doi 10.1145/1217299.1217302); t-closeness:
Li et al. 2007 (doi 10.1109/ICDE.2007.367856).
The practice is taken as its own population: who looks somebody up knows that the person was a patient here. So the
prosecutor's and the journalist's risk are the same number, an upper bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ACCEPTED_CLASS = 11  # a risk of 0.09, 1 in 11: EMA Policy 0070 and Health Canada's public release of clinical data

Sizes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClassRisk:
    """The risk in people's classes. Shares are of people, between 0 and 1."""

    people: int
    classes: int
    smallest: int  # k
    alone: int  # people whose class is theirs alone (sample uniques)
    over_threshold: int  # people whose class is smaller than ACCEPTED_CLASS

    @property
    def alone_share(self) -> float:
        return self.alone / self.people

    @property
    def prosecutor_highest(self) -> float:
        """The risk of the person easiest to pick out: 1 / smallest f."""
        return 1 / self.smallest

    @property
    def marketer(self) -> float:
        """The share of people rightly named by somebody who names everybody: classes / people. The average of 1/f."""
        return self.classes / self.people

    @property
    def over_threshold_share(self) -> float:
        return self.over_threshold / self.people


def class_risk(sizes: Sizes) -> ClassRisk:
    """The risk that follows from the sizes of all classes (each at least 1). Raises ValueError where there are none."""
    found = np.asarray(sizes, np.int64)
    if not len(found) or found.min() < 1:
        raise ValueError("sizes of classes are whole numbers of at least 1, and there is at least one class")
    small = found[found < ACCEPTED_CLASS]
    return ClassRisk(
        people=int(found.sum()),
        classes=len(found),
        smallest=int(found.min()),
        alone=int((found == 1).sum()),
        over_threshold=int(small.sum()),
    )


@dataclass(frozen=True)
class Diversity:
    """How much does knowing the class tell of a sensitive value? The worst class decides."""

    distinct: int  # fewest different values in a class
    entropy: float  # smallest exp(entropy) of a class: that many equally frequent values
    closeness: float  # largest distance of a class's distribution from everybody's, between 0 and 1


def diversity(counts: npt.NDArray[np.int64]) -> Diversity:
    """counts: one row a class, one column a sensitive value; how many people. No empty rows."""
    table = np.asarray(counts, np.float64)
    if not table.size or (table.sum(axis=1) < 1).any():
        raise ValueError("every class has at least one person and one sensitive value")
    shares = table / table.sum(axis=1, keepdims=True)
    everybody = table.sum(axis=0) / table.sum()
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    entropies = -(shares * logs).sum(axis=1)
    distances = np.abs(shares - everybody).sum(axis=1) / 2  # equal distance between any two categories
    return Diversity(
        distinct=int((table > 0).sum(axis=1).min()),
        entropy=float(np.exp(entropies.min())),
        closeness=float(distances.max()),
    )


def may_say(number: int, of: int, k: int) -> bool:
    """May a share of people be shown? Where those it counts, and those it does not, are nobody or at least k."""
    return all(each == 0 or each >= k for each in (number, of - number))
