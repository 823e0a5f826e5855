"""Pack what a large body of talk says of words into `deid/text/classes.tsv.gz` (`make classes`): build time only.

Source: the lookup tables of `spacy-lookups-data` (MIT, Explosion): for a million written forms of Reddit comments the
log-probability, and for 190,000 the Brown cluster (words that stand between the same words share a path in a tree).
Each line of the result: path, habit, a tab, then the words, ascending, parted by blanks.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import math
from bisect import bisect
from pathlib import Path
from typing import Any

from deid.text.classes import PACKED

RAREST = -18.5  # natural log-probability: one in a hundred million words
UNSEEN = -20.5  # the package's own figure for a form it does not list
# Steps of log P(Word) - log P(word), and of log P: the letters of `habit`.
LEANINGS, COMMONNESS = (-4.0, -2.5, -1.2, 0.0, 1.2, 2.5), (-17.0, -15.0, -13.0, -11.0, -9.0)


def table(name: str) -> Any:
    """One of the package's tables."""
    import spacy_lookups_data

    path = Path(spacy_lookups_data.__file__).parent / "data" / f"en_lexeme_{name}.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return json.load(lines)


def tree_path(number: int) -> str:
    """The path from the root: the package keeps its bits in reverse order."""
    return f"{number:b}"[::-1] if number else ""


def habit(forms: dict[str, float]) -> str:
    """How is it mostly written (0 nearly always lower, 6 nearly always capitalised, A, mixed), and how often?"""
    ways: dict[str, float] = collections.defaultdict(lambda: UNSEEN)
    for form, log in forms.items():
        way = "x" if form.islower() else "A" if form.isupper() else "X" if form[1:].islower() else "m"
        ways[way] = max(ways[way], log)
    most = max(ways, key=lambda way: ways[way])
    written = most if most in "Am" else str(bisect(LEANINGS, ways["X"] - ways["x"]))
    total = math.log(sum(math.exp(log) for log in forms.values()))
    return f"{written}{bisect(COMMONNESS, total)}"


def packed(logs: dict[str, float], clusters: dict[str, int]) -> dict[tuple[str, str], list[str]]:
    """Path and habit -> the words, in lower case."""
    every: dict[str, dict[str, float]] = collections.defaultdict(dict)
    for form, log in logs.items():
        if len(form) > 1 and form.replace("'", "").isalpha():
            every[form.lower()][form] = log
    groups: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for key, forms in every.items():
        ranked = sorted(forms, key=lambda form: (-forms[form], form))
        if forms[ranked[0]] < RAREST:
            continue
        path = next((tree_path(clusters[form]) for form in ranked if clusters.get(form)), "")
        groups[path, habit(forms)].append(key)
    return groups


def main() -> None:
    """Read the tables, write the classes."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    groups = packed(table("prob"), table("cluster"))
    lines = [f"{path} {habit}\t{' '.join(sorted(words))}" for (path, habit), words in sorted(groups.items())]
    PACKED.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
    print(f"{sum(map(len, groups.values())):,} words in {PACKED.name}, {PACKED.stat().st_size:,} bytes")  # noqa: T201  a build step says what it made


if __name__ == "__main__":
    main()
