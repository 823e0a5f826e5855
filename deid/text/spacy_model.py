"""Layer 6. Does a spaCy model that is installed here know more names? It adds findings and never clears one.

Nothing is downloaded: a model that is not installed is an error that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from deid.text.spans import Span

LABELS = {"PERSON": "NAME", "PER": "NAME", "GPE": "PLACE", "LOC": "PLACE", "FAC": "PLACE"}


def load(name: str) -> Callable[[str], list[Span]]:
    """A function that gives a model's names and places."""
    import spacy
    from spacy.util import is_package

    from deid.text.scrubber import ScrubError

    if not is_package(name) and not (Path(name) / "config.cfg").is_file():
        raise ScrubError(
            "The spaCy model of this profile is neither installed nor a folder that holds one (with its config.cfg);"
            " install it, name its folder, or leave spacy_model out."
        )
    return finder(spacy.load(name))


def finder(pipeline: Any) -> Callable[[str], list[Span]]:
    """The names and places a pipeline finds in a text."""

    def find(text: str) -> list[Span]:
        entities = pipeline(text).ents
        return [Span(e.start_char, e.end_char, LABELS[e.label_], "model") for e in entities if e.label_ in LABELS]

    return find
