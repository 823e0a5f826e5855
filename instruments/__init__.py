"""What do a questionnaire's answers mean? Keys as data, scoring, reliable change. Imports none of our other rooms."""

from instruments import change
from instruments.catalogue import built_in, declared, find
from instruments.declaration import Instrument, declare
from instruments.errors import InstrumentError
from instruments.scoring import Score, Scores, score, score_many
from instruments.writing import read, write

__all__ = [
    "Instrument",
    "InstrumentError",
    "Score",
    "Scores",
    "built_in",
    "change",
    "declare",
    "declared",
    "find",
    "read",
    "score",
    "score_many",
    "write",
]
