"""Is anything of the eighteen kinds of identifiers in what is released? One row for each, 45 CFR 164.514(b)(2)(i).

Pure: given what was found and how much was looked at, which rows follow. What a row cannot say, it says it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Item:
    """One item of the list. kinds: identifiers of the feed that belong to it; shapes: what is written like it."""

    number: int
    letter: str
    title: str
    kinds: frozenset[str] = frozenset()
    shapes: frozenset[str] = frozenset()
    also: str = ""


def _item(number: int, title: str, kinds: str = "", shapes: str = "", also: str = "") -> Item:
    """kinds and shapes as one text each, parted by commas."""
    letter = chr(ord("A") + number - 1)
    return Item(number, letter, title, _listed(kinds), _listed(shapes), also)


def _listed(names: str) -> frozenset[str]:
    return frozenset(part.strip() for part in names.split(",") if part.strip())


NO_COLUMN = "no column of Rapport can hold it: text, numbers, days and yes or no alone are read"
ITEMS = (
    _item(
        1,
        "Names",
        "given_name, family_name, full_name, clinician_name",
        also="a given or family name alone in patients' own words, and where it is all a field holds",
    ),
    _item(
        2,
        "Places smaller than a state",
        "street, postal_code",
        also="counts are by site, under the alias the practice chose; a ZIP keeps three digits, in the vault alone",
    ),
    _item(
        3,
        "Dates and ages over 89",
        "birth_date",
        "date, age over 89",
        "birth dates in patients' own words, for days of runs are everywhere; no row is about one person; weeks are "
        "those of groups, ages over 89 one group; quotes carry the year alone",
    ),
    _item(4, "Telephone numbers", "phone", "telephone"),
    _item(5, "Fax numbers", "", "telephone", "a fax number is written like a telephone number"),
    _item(6, "E-mail addresses", "email", "e-mail"),
    _item(7, "Social security numbers", "", "social security number"),
    _item(8, "Medical record numbers", "patient_number", "number"),
    _item(9, "Health plan beneficiary numbers", "health_number", "number"),
    _item(10, "Account numbers", "", "account"),
    _item(11, "Certificate and licence numbers", "", "number"),
    _item(12, "Vehicle identifiers and plates", "", "vehicle"),
    _item(13, "Device identifiers and serial numbers", "", "hardware"),
    _item(14, "Web addresses", "", "web address"),
    _item(15, "Network (IP) addresses", "", "network address"),
    _item(16, "Biometric identifiers", also=NO_COLUMN),
    _item(17, "Full-face photographs", also=NO_COLUMN),
    _item(
        18,
        "Any other unique number, characteristic or code",
        "clinician_number, canary",
        "number",
        "numbers of released rows are drawn at random or count up; none is derived from a person",
    ),
)
ALL_KINDS = frozenset(kind for item in ITEMS for kind in item.kinds)


@dataclass(frozen=True)
class Looked:
    """What was searched in the texts that are released.

    texts: how many different ones. columns: how many columns. known: identifiers at hand, by kind (empty where the
    exports were not read in this run). unsearched: of those, how many say nothing alone. hits: by kind or shape.
    """

    texts: int
    columns: int
    known: Mapping[str, int] = field(default_factory=dict)
    unsearched: Mapping[str, int] = field(default_factory=dict)
    hits: Mapping[str, int] = field(default_factory=dict)
    at_hand: bool = False


@dataclass(frozen=True)
class Row:
    """One row of the proof, as `privacy_check` holds it."""

    item: int
    title: str
    state: str  # passed, failed; not applicable where there was nothing to look for
    checked: str
    looked_at: int
    hits: int


def rows(looked: Looked) -> tuple[Row, ...]:
    """The eighteen rows, in the order of the regulation."""
    return tuple(_row(item, looked) for item in ITEMS)


def _row(item: Item, looked: Looked) -> Row:
    hits = sum(looked.hits.get(name, 0) for name in item.kinds | item.shapes)
    said = [part for part in (_kinds_said(item, looked), _shapes_said(item), item.also) if part]
    searched = bool(item.kinds or item.shapes)
    something = not item.kinds or bool(item.shapes) or any(looked.known.get(kind, 0) for kind in item.kinds)
    return Row(
        item=item.number,
        title=item.title,
        state="failed" if hits else "passed" if something else "not applicable",
        checked=f"({item.letter}) " + "; ".join(said),
        looked_at=looked.texts if searched else looked.columns,
        hits=hits,
    )


def _kinds_said(item: Item, looked: Looked) -> str:
    words = ", ".join(sorted(kind.replace("_", " ") for kind in item.kinds))
    if not item.kinds:
        return ""
    if not looked.at_hand:
        return f"{words}: not searched now, they are at hand only while the exports are read"
    known = sum(looked.known.get(kind, 0) for kind in item.kinds)
    if not known:
        return f"{words}: the exports give none"
    unsearched = sum(looked.unsearched.get(kind, 0) for kind in item.kinds)
    left = f", {unsearched:,} of them left out: too short or too common to tell alone" if unsearched else ""
    return f"{known:,} known from the exports looked for ({words}){left}"


def _shapes_said(item: Item) -> str:
    return f"what is written like one ({', '.join(sorted(item.shapes))})" if item.shapes else ""
