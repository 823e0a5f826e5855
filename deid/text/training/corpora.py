"""Read labelled corpora: JSON lines of {"id", "text", "spans": [{"start", "end", "label"}]}; tell their family.

What the law lets stand (countries, states, years, ages under 90) is neutral: neither to be found nor to be spared.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from deid.text import bits, lexicon
from deid.text.training.generate import Labelled

FAMILIES = {"presidio": "presidio_*.jsonl", "twitter": "broad_twitter_*.jsonl"}
WIDE = bits.FLAG["state"] | bits.FLAG["country"] | bits.FLAG["state_code"]
WANTED = {"NAME", "LOCATION", "FACILITY"}


def neutral(text: str, label: str) -> bool:
    """Is the span one the tagger need not learn?"""
    if label not in WANTED:
        return True
    words = re.findall(r"[^\W\d_]+", text.lower())
    return label == "LOCATION" and bool(words) and all(lexicon.table().get(word, 0) & WIDE for word in words)


def read(path: Path) -> list[Labelled]:
    """The texts of one corpus."""
    texts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        spans = [
            (s["start"], s["end"], "NEUTRAL" if neutral(row["text"][s["start"] : s["end"]], s["label"]) else s["label"])
            for s in row["spans"]
        ]
        texts.append(Labelled(row["text"], tuple(spans)))
    return texts


def family(folder: Path, name: str) -> list[Labelled]:
    """Every text of one family."""
    return [text for path in sorted(folder.glob(FAMILIES[name])) for text in read(path)]
