"""Open text labelled by us: which words of tweets, editorials and film reviews name a person or a place.

The texts are those of the VADER study (Hutto and Gilbert 2014), in the source package of `vaderSentiment` (MIT): 4,200
tweets, and of the snippets of editorials and reviews the 8,500 that hold a word which might name. The labels are ours,
in `labels/`: a text's number, then what it names: N a person, P a place, O neither to be found nor to be spared (teams
and businesses with a person's or town's name, films, God). A number alone was read and names nothing.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from deid.text.training import corpora
from deid.text.training.generate import Labelled, Span

LABELS = Path(__file__).with_name("labels")
ARCHIVE = "hutto_ICWSM_2014.tar.gz"
KINDS = {"N": "NAME", "P": "LOCATION", "O": "NEUTRAL"}
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"'}


class Source(NamedTuple):
    """A table of the study, and the labels of its texts; whole: are its texts without a label read too?"""

    table: str
    labels: str
    whole: bool


TWEETS = Source("tweets_GroundTruth.txt", "tweets.txt", whole=True)
EDITORIALS = Source("nytEditorialSnippets_GroundTruth.txt", "editorials.txt", whole=False)
REVIEWS = Source("movieReviewSnippets_GroundTruth.txt", "reviews.txt", whole=False)


def labels(source: Source) -> dict[str, list[tuple[str, str]]]:
    """Number of a text -> what it names."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in (LABELS / source.labels).read_text(encoding="utf-8").splitlines():
        number, _, listed = line.partition(" ")
        named = [(entry[0], entry[2:]) for entry in listed.split("; ") if entry]
        found.setdefault(number, []).extend((KINDS[kind], words) for kind, words in named)
    return found


def lines(package: Path, table: str) -> list[str]:
    """The lines of one of the study's tables, out of the archive within the package."""
    with tarfile.open(package) as outer:
        inner = next(outer.extractfile(m) for m in outer if m.name.endswith(ARCHIVE))
        with tarfile.open(fileobj=inner) as study:
            held = next(study.extractfile(m) for m in study if m.name.endswith(table))
            if held is None:
                raise SystemExit(f"{package} holds no {table}: download vaderSentiment 3.3.2 as source.")
            return held.read().decode("utf-8", "replace").splitlines()


def read(package: Path, source: Source) -> Iterator[Labelled]:
    """Every text of a source that was read, with its labels."""
    told = labels(source)
    for line in lines(package, source.table):
        number, _, text = line.split("\t", 2)
        if source.whole or number in told:
            for entity, character in ENTITIES.items():
                text = text.replace(entity, character)
            yield Labelled(text.strip(), spans(text.strip(), told.get(number, [])))


def spans(text: str, named: list[tuple[str, str]]) -> tuple[Span, ...]:
    """Where a text has what it names; of two entries, one within the other, the longer; whole countries are neutral."""
    found = sorted(
        {
            (*match.span(), "NEUTRAL" if corpora.neutral(words, label) else label)
            for label, words in named
            for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)
        }
    )
    return tuple(
        one for one in found if not any(other != one and other[0] <= one[0] and one[1] <= other[1] for other in found)
    )
