"""Make labelled texts: templates filled, then written as people write (lower case, capitals, typos)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deid.text.training.fill import IDENTIFIES, Filler

TEMPLATES = Path(__file__).parent / "templates"
SLOT = re.compile(r"\{(\w+)\}")
CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")  # [this|that|]
WORD = re.compile(r"[a-z]{4,}")
ORDINARY_SHARE, TYPO_SHARE = 0.4, 0.25
Span = tuple[int, int, str]


@dataclass(frozen=True)
class Labelled:
    """A text and what identifies in it: (start, end, label)."""

    text: str
    spans: tuple[Span, ...]


def templates() -> dict[str, list[str]]:
    """The templates of each genre."""
    read = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sorted(TEMPLATES.glob("*.txt"))}
    return {genre: [line.replace("\\n", "\n") for line in lines if line] for genre, lines in read.items()}


def chosen(template: str, rng: random.Random) -> str:
    """The template with one of each choice, innermost first."""
    while CHOICE.search(template):
        template = CHOICE.sub(lambda choice: rng.choice(choice[1].split("|")), template)
    return template


def fill(template: str, filler: Filler) -> Labelled:
    """One template with its choices made and every slot filled; a lower-cased name stands in one span of twelve."""
    template = chosen(template, filler.rng)
    text, spans, end = "", [], 0
    for slot in SLOT.finditer(template):
        text += template[end : slot.start()]
        value, label = filler(slot[1]), IDENTIFIES.get(slot[1])
        if label in {"NAME", "LOCATION"} and filler.rng.random() < 1 / 12:
            value = value.lower()
        if label:
            spans.append((len(text), len(text) + len(value), label))
        text += value
        end = slot.end()
    return Labelled(text + template[end:], tuple(spans))


def mistyped(word: str, rng: random.Random) -> str:
    """The word with one letter dropped, doubled or exchanged with its neighbour (so that its length can be kept)."""
    at = rng.randrange(1, len(word) - 1)
    return (
        word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        if rng.random() < 0.7
        else word[:at] + word[at - 1] + word[at + 1 :]
    )


def with_typos(text: Labelled, rng: random.Random) -> Labelled:
    """A typo in one ordinary word of fifteen; lengths stay, so the spans do."""
    kept = [(start, end) for start, end, _ in text.spans]

    def change(match: re.Match[str]) -> str:
        inside = any(start < match.end() and match.start() < end for start, end in kept)
        return match[0] if inside or rng.random() > 1 / 15 else mistyped(match[0], rng)

    return Labelled(WORD.sub(change, text.text), text.spans)


def emphasised(text: Labelled, rng: random.Random) -> Labelled:
    """Capitals where nothing is named: A Headline, or now and then an Important word."""
    kept = [(start, end) for start, end, _ in text.spans]
    share = 1.0 if rng.random() < 0.3 else 0.15

    def change(match: re.Match[str]) -> str:
        inside = any(start < match.end() and match.start() < end for start, end in kept)
        return match[0] if inside or rng.random() > share else match[0].capitalize()

    return Labelled(WORD.sub(change, text.text), text.spans)


def restyled(text: Labelled, rng: random.Random) -> Labelled:
    """As written on a phone, shouted, with typos, or as it stands."""
    if rng.random() < TYPO_SHARE:
        text = with_typos(text, rng)
    draw = rng.random()
    if draw < 0.18:
        text = emphasised(text, rng)
    if draw > 0.95 and len(text.text.upper()) == len(text.text):
        return Labelled(text.text.upper(), text.spans)
    if draw > 0.75 and len(text.text.lower()) == len(text.text):
        return Labelled(text.text.lower(), text.spans)
    return text


def joined(parts: list[Labelled]) -> Labelled:
    """Several texts as one comment."""
    text, spans = "", []
    for part in parts:
        text += " " if text else ""
        spans += [(start + len(text), end + len(text), label) for start, end, label in part.spans]
        text += part.text
    return Labelled(text, tuple(spans))


def generate(count: int, seed: int = 2026) -> Iterator[Labelled]:
    """`count` labelled texts, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311  a seeded draw, not a secret
    filler, genres = Filler(rng), templates()
    naming = [genre for genre in genres if genre != "ordinary"]
    for _ in range(count):
        parts = []
        genre = rng.choice(naming)
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            own = "ordinary" if rng.random() < ORDINARY_SHARE else genre
            parts.append(fill(rng.choice(genres[own]), filler))
        yield restyled(joined(parts), rng)
