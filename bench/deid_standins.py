"""Stand-ins for the families kept back: sentences and names of their own, most names in no list of the lexicon.

Short clinical questions, messages to therapists, social text; a quarter in lower case, now and then a typo beside the
name. The tagger is never trained on these sentences nor on these lists; they share an author with its templates.
"""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "standins"
FAMILIES = ("questions", "messages", "social")
SLOT = re.compile(r"\{(\w+)\}")
LOWER_SHARE, TYPO_SHARE = 0.25, 0.15
TITLES = ["Mr.", "Mrs.", "Ms.", "Dr.", "Mr", "Ms", "Dr", "Miss"]
SURROUNDINGS = "{town} General Hospital|{last} Clinic|{town} High School|St. {first} Medical Center|{last} University"
LABELS = {
    "name": "NAME", "first": "NAME", "last": "NAME", "town": "LOCATION", "facility": "FACILITY", "date": "DATE",
    "month": "DATE", "phone": "PHONE", "email": "EMAIL", "mrn": "MRN",
    "handle": "HANDLE", "title": "TITLE", "link": "LINK",  # neither leak nor loss
}  # fmt: skip


class Draw:
    """Draws the value of a slot."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        lists = tomllib.loads((HERE / "names.toml").read_text(encoding="utf-8"))
        self.firsts, self.lasts = lists["first"].split(), lists["last"].split()
        self.towns = [" ".join(town.split()) for town in lists["town"].split(",")]

    def digits(self, layout: str) -> str:
        """`#` is a digit."""
        return "".join(str(self.rng.randrange(10)) if c == "#" else c for c in layout)

    def __call__(self, slot: str) -> str:
        pick = self.rng.choice
        first, last, town = pick(self.firsts), pick(self.lasts), pick(self.towns)
        day, month = self.rng.randint(1, 28), self.rng.randint(1, 12)
        middle = f"{first} {pick('ABCDEFGHJKLMNPRSTW')}. {last}"
        written = [f"{month}/{day}/19{day + 50}", f"{day} October 2023", f"19{day + 50}-{month:02}-{day:02}"]
        values = {
            "first": first,
            "last": last,
            "town": town,
            "title": pick(TITLES),
            "name": pick([f"{first} {last}"] * 4 + [middle, first, f"{first} {pick(self.firsts)} {last}"]),
            "date": pick([*written, f"March {day}, 2024"]),
            "month": pick(["March", "October", "June"]),
            "phone": self.digits(pick(["(4##) 555-####", "5##-555-####", "613 555 ####"])),
            "email": f"{first.lower()}.{last.lower()}@example.org",
            "mrn": self.digits(pick(["#######", "4######", "A######"])),
            "handle": f"{first.replace('-', '')}_{day}",
            "link": "http://t.co/" + self.digits("a#B#c#"),
            "facility": pick(SURROUNDINGS.split("|")).format(first=first, last=last, town=town),
        }
        return str(values[slot])


def mistyped(word: str, rng: random.Random) -> str:
    """The word with two letters exchanged."""
    at = rng.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def row(template: str, draw: Draw, name: str) -> dict[str, Any]:
    """One labelled text."""
    rng, text, end = draw.rng, "", 0
    spans: list[dict[str, Any]] = []
    slots = [*SLOT.finditer(template), None]
    for slot in slots:
        piece = template[end : slot.start() if slot else len(template)]
        words = re.findall(r"[a-z]{5,}", piece)
        if words and rng.random() < TYPO_SHARE / len(slots):
            word = rng.choice(words)
            piece = piece.replace(word, mistyped(word, rng), 1)
        text += piece
        if slot:
            value = draw(slot[1])
            if slot[1] in LABELS:
                spans.append({"start": len(text), "end": len(text) + len(value), "label": LABELS[slot[1]]})
            text, end = text + value, slot.end()
    if rng.random() < LOWER_SHARE and len(text.lower()) == len(text):
        text = text.lower()
    return {"id": name, "text": text, "spans": spans}


def rows(family: str, count: int = 1200, seed: int = 4) -> list[dict[str, Any]]:
    """Labelled texts of one family, the same for the same seed."""
    draw = Draw(seed)
    templates = (HERE / f"{family}.txt").read_text(encoding="utf-8").splitlines()
    return [row(templates[n % len(templates)], draw, f"{family}-{n}") for n in range(count)]
