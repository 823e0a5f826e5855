"""Does anything of the patient's own circle get through? Names of many origins, written in many ways."""

from __future__ import annotations

import random
import re
import string

from bench.deid_quality import percent, wilson
from deid.text import Scrubber, nicknames
from deid.text.training.fill import Filler

SENTENCES = (
    "I talked with {} today about the medication.",
    "{} was rude to me at the front desk", "please tell {} that i said thanks",
    "My appointment with {} went well, but the reminder was wrong.",
    "so {} never called back", "Is {} coming? I hope so.",
    "it was {} fault that we were late", "Honestly, {}!", "saw {} and felt better", "the bot called me {} again",
)  # fmt: skip
SHORTEST_TYPO = 5


def typo(name: str, rng: random.Random) -> str:
    """One slip in a word of five letters or more."""
    words = name.split(" ")
    at = max(range(len(words)), key=lambda i: len(words[i]))
    word = words[at]
    if len(word) < SHORTEST_TYPO:
        return name
    place = rng.randrange(len(word) - 1)
    letter = rng.choice(string.ascii_lowercase)
    words[at] = rng.choice(
        [word[:place] + word[place + 1 :], word[:place] + letter + word[place:],
         word[:place] + letter + word[place + 1 :],
         word[:place] + word[place + 1] + word[place] + word[place + 2 :]]
    )  # fmt: skip
    return " ".join(words)


def written(first: str, last: str, rng: random.Random) -> tuple[str, str]:
    """A way to write somebody, and what it is called."""
    full = rng.choice([f"{first} {last}", first, last])
    short = sorted(nicknames.pairs().get(first.lower(), ()))
    ways = {
        "as it is": full,
        "lower": full.lower(),
        "upper": full.upper(),
        "possessive": full + rng.choice(["'s", "’s"]),
        "nickname": rng.choice(short).capitalize() if short else first,
        "typo": typo(full, rng),
        "typo, lower": typo(full, rng).lower(),
    }
    way = rng.choice(list(ways))
    return ways[way], way


def line(trials: int = 3500, seed: int = 11) -> str:
    """The share of writings of which a word of two letters or more survives, and what kind they were."""
    rng = random.Random(seed)
    filler, scrubber = Filler(rng), Scrubber()
    leaks: list[str] = []
    for _ in range(trials):
        first, last = filler.drawn("first"), filler.drawn("last")
        circle = {
            "names": [f"{first} {last}"],
            "relatives": [filler.name() for _ in range(4)],
            "clinicians": [filler.name() for _ in range(3)],
        }
        name, way = written(first, last, rng)
        sentence = rng.choice(SENTENCES)
        out = scrubber.scrub(sentence.format(name), circle).text
        left = set(re.findall(r"[^\W\d_]{2,}", out.replace("[NAME]", " ").lower()))
        ordinary = set(re.findall(r"[^\W\d_]{2,}", sentence.lower()))
        parts = {word for word in re.findall(r"[^\W\d_]{2,}", name.lower()) if word not in ordinary}
        if parts & left:
            leaks.append(way)
    low, high = wilson(len(leaks), trials)
    kinds = ", ".join(sorted(set(leaks))) or "none"
    share = f"{percent(len(leaks) / trials)} [{percent(low)}, {percent(high)}] of {trials:,}"
    return f"known identifiers | leak {share} | kinds: {kinds}"
