"""By what are results split, into which categories, and which of those are too small to stand alone?

Strata are taken one at a time, never crossed. Inside the engine a category is a small number; the last number of each
attribute stands for "not recorded".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from deid.merging import Groups, merge_categories
from etl.release.rows import Rows
from etl.settings import Stratifiers

NOT_RECORDED = "not recorded"
RARE = "all others"  # words so few patients share that even naming the word would say something
JOINED = " + "
OF_PATIENT = ("sex", "race_ethnicity", "language", "payer")
BANDS = {"age_band": "age", "lead_time": "lead_days"}
UNSEALED = ("age_band", *OF_PATIENT)  # read from the patient's row, which may be corrected after a period is published


@dataclass(frozen=True)
class Attribute:
    """One stratifier as recorded: its categories in order. In the engine: column `s_<name>`, 0 ... len(labels)."""

    name: str
    labels: tuple[str, ...]
    lower_ends: tuple[int, ...] = ()  # of bands; empty for words

    @property
    def column(self) -> str:
        return f"s_{self.name}"

    @property
    def ordered(self) -> bool:
        return bool(self.lower_ends)


@dataclass(frozen=True)
class Stratifier:
    """One stratifier as published: merged categories, and which of them each recorded category went into.

    leftover: where a value goes that was first seen (or became common) after the categories were set, until they are
    made anew: with the rare ones, else with "not recorded", else with the largest, where it weighs least.
    """

    attribute: Attribute
    groups: tuple[tuple[int, ...], ...]
    labels: tuple[str, ...]
    leftover: int

    @property
    def name(self) -> str:
        return self.attribute.name

    def merged(self, rows: Rows) -> Rows:
        """The rows with `stratum`: the number of the published category."""
        numbers = np.full(len(self.attribute.labels) + 1, self.leftover, dtype=np.int16)
        for number, group in enumerate(self.groups):
            numbers[list(group)] = number
        return rows.having(stratum=numbers[rows[self.attribute.column]])


def band_labels(lower_ends: Sequence[int]) -> tuple[str, ...]:
    """(0, 1, 3) -> ("0", "1-2", "3+")."""
    ends = [*lower_ends[1:], None]
    return tuple(_band(low, high) for low, high in zip(lower_ends, ends, strict=True))


def _band(low: int, end: int | None) -> str:
    if end is None:
        return f"{low}+"
    return str(low) if end == low + 1 else f"{low}-{end - 1}"


def group_label(attribute: Attribute, group: Sequence[int]) -> str:
    """The name of categories published together: "a + b", or "18-34" for neighbouring bands."""
    known = sorted(code for code in group if code < len(attribute.labels))
    parts = [attribute.labels[code] for code in known]
    if attribute.ordered and known and known == list(range(known[0], known[-1] + 1)):
        ends = (*attribute.lower_ends, None)
        parts = [_band(attribute.lower_ends[known[0]], ends[known[-1] + 1])]
    if len(known) < len(group):
        parts.append(NOT_RECORDED)
    return JOINED.join(parts)


def attributes(
    appointments: ir.Table, patients: ir.Table, settings: Stratifiers, k: int, named: frozenset[str] = frozenset()
) -> list[Attribute]:
    """Which attributes may results be split by, with every category recorded? Words in alphabetical order.

    A word fewer than k patients share is not named: it goes with `RARE`, the last category, so that no label can be a
    rare diagnosis, language or, where a column was mapped wrongly, a surname. named: those the release before named.
    """
    found: list[Attribute] = []
    for name in settings.names:
        if name == "age_band":
            found.append(Attribute(name, band_labels(settings.age_years), settings.age_years))
        elif name == "lead_time":
            found.append(Attribute(name, band_labels(settings.lead_time_days), settings.lead_time_days))
        elif name == "exposure":
            found.append(Attribute(name, ("automation", "none")))
        elif name in OF_PATIENT or name == "modality":
            source = patients if name in OF_PATIENT else appointments
            found.append(Attribute(name, words(source, name, k, named)))
        else:
            raise ValueError(f"There is no stratifier {name!r}.")
    return found


def words(source: ir.Table, name: str, k: int, named: frozenset[str]) -> tuple[str, ...]:
    """The words at least k patients share, or that were named before; RARE stands for the rest."""
    people = source.filter(source[name].notnull()).group_by(word=source[name])
    counts = people.aggregate(patients=source.patient_id.nunique()).to_pandas()
    found = {str(word): int(patients) for word, patients in zip(counts["word"], counts["patients"], strict=True)}
    known = sorted(word for word, patients in found.items() if (patients >= k or word in named) and word != RARE)
    return (*known, RARE) if len(known) < len(found) else tuple(known)


def coded(appointments: ir.Table, patients: ir.Table, wanted: Sequence[Attribute]) -> ir.Table:
    """Every appointment with the category numbers of its attributes, as they were at that appointment."""
    of_patient = [item for item in wanted if item.name in OF_PATIENT]
    person = patients.select(
        "patient_id",
        "birth_year",
        "aged_90_plus",
        **{item.column: word_code(patients[item.name], item) for item in of_patient},
    )
    rows = appointments.left_join(person, "patient_id", rname="person_{name}")
    days = rows.starts_on.delta(rows.booked_on, unit="day")
    age = ibis.coalesce(rows.age.cast("int64"), _age(rows.starts_on, rows.birth_year, rows.aged_90_plus))
    touched = (rows.exposed.length() > 0).fill_null(False)
    columns: dict[str, ir.Value] = {"lead_days": days, "touched": touched}
    for item in wanted:
        if item.name == "lead_time":
            columns[item.column] = band_code(days, item)
        elif item.name == "age_band":
            columns[item.column] = band_code(age, item)
        elif item.name == "exposure":
            columns[item.column] = ibis.ifelse(touched, 0, 1).cast("int16")
        elif item.name == "modality":
            columns[item.column] = word_code(rows.modality, item)
        else:
            columns[item.column] = rows[item.column].fill_null(len(item.labels)).cast("int16")
    return rows.mutate(**columns)


def age_code(day: ir.Value, birth_year: ir.Value, aged_90_plus: ir.Value, item: Attribute) -> ir.Value:
    """The category of somebody's age on a day."""
    return band_code(_age(day, birth_year, aged_90_plus), item)


def _age(day: ir.Value, birth_year: ir.Value, aged_90_plus: ir.Value) -> ir.Value:
    top = ibis.ifelse(aged_90_plus, 90, ibis.null("int64"))
    return ibis.coalesce(top, (day.year() - birth_year).cast("int64"))


def word_code(column: ir.Value, item: Attribute) -> ir.Value:
    """The category of a word."""
    missing = len(item.labels)
    pairs = [(word, code) for code, word in enumerate(item.labels) if word != RARE]
    rest = ibis.ifelse(column.isnull(), missing, item.labels.index(RARE) if RARE in item.labels else missing)
    return (column.cases(*pairs, else_=rest) if pairs else rest).cast("int16")


def band_code(column: ir.Value, item: Attribute) -> ir.Value:
    """The category of a number."""
    pairs = [(column < end, code) for code, end in enumerate(item.lower_ends[1:])]
    last = len(item.labels) - 1
    known = ibis.cases(*pairs, else_=last) if pairs else ibis.literal(last)
    return ibis.ifelse(column.isnull(), len(item.labels), known).cast("int16")


def choose(rows: Rows, item: Attribute, k: int, by: tuple[str, ...] = ("site", "chunk")) -> Stratifier | None:
    """Which categories are published? rows: appointments with site and chunk. None where the split says nothing.

    by: the groups most of which each category must bear. It says nothing where nobody's value is recorded, no
    automation ever touched anyone (exposure), or one category is left.
    """
    counts = rows.people(*by, item.column)
    present = sorted(int(code) for code in counts[item.column].unique())
    missing = len(item.labels)
    if not set(present) - {missing} or (item.name == "exposure" and 0 not in present):
        return None
    pivot = counts.pivot_table(index=list(by), columns=item.column, values="patients", fill_value=0, aggfunc="sum")
    matrix = pivot.reindex(columns=present, fill_value=0).to_numpy(dtype=np.int64)
    loose = [number for number, code in enumerate(present) if code == missing]
    merged: Groups = merge_categories(matrix, k, ordered=item.ordered, loose=loose)
    if len(merged) < 2:
        return None
    groups = _with_empty(item, tuple(tuple(present[number] for number in group) for group in merged))
    sizes = counts.groupby(item.column)["patients"].sum()
    totals = [int(sizes.reindex(list(group), fill_value=0).sum()) for group in groups]
    labels = tuple(group_label(item, group) for group in groups)
    return Stratifier(item, groups, labels, _leftover(item, groups, labels, totals))


def category(item: Stratifier) -> pd.DataFrame:
    """The rows of `category`: the published names in order, and how many recorded ones each stands for."""
    sizes = [max(1, len(group)) for group in item.groups]
    names = {"stratifier": item.name, "stratum": list(item.labels), "position": range(len(sizes))}
    return pd.DataFrame(names).assign(merged_categories=sizes)


def as_recorded(item: Attribute) -> Stratifier:
    """The attribute with no category merged: for counts over the whole practice, which the sites need not bear."""
    codes = range(len(item.labels) + 1)
    return Stratifier(item, tuple((code,) for code in codes), (*item.labels, NOT_RECORDED), len(item.labels))


def _leftover(item: Attribute, groups: Sequence[Sequence[int]], labels: Sequence[str], totals: Sequence[int]) -> int:
    missing = len(item.labels)
    rare = [number for number, label in enumerate(labels) if RARE in label.split(JOINED)]
    alone = [number for number, group in enumerate(groups) if missing in group]
    return [*rare, *alone, int(np.argmax(totals))][0]


def _with_empty(item: Attribute, groups: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """Bands nobody was in yet join the band below (or above), so a first visitor there is never alone in it."""
    if not item.ordered:
        return groups
    lists = [list(group) for group in groups]
    taken = {code for group in lists for code in group}
    for code in range(len(item.labels)):
        if code not in taken:
            below = [group for group in lists if min(group) < code]
            (below[-1] if below else lists[0]).append(code)
    return tuple(tuple(sorted(group)) for group in sorted(lists, key=min))


def reuse(item: Attribute, categories: pd.DataFrame, cells: pd.DataFrame) -> Stratifier | None:
    """The categories of the release before, which stay until a restatement. None where it had none.

    categories, cells: its `category` and `attendance_cells`.
    """
    rows = categories.loc[categories["stratifier"] == item.name].sort_values("position")
    if rows.empty:
        return None
    labels = tuple(str(label) for label in rows["stratum"])
    groups = tuple(_members(item, label) for label in labels)
    sizes = cells.loc[cells["stratifier"] == item.name].groupby("stratum")["patients"].sum()
    totals = [int(sizes.get(label) or 0) for label in labels]
    return Stratifier(item, groups, labels, _leftover(item, groups, labels, totals))


def named_before(categories: pd.DataFrame) -> frozenset[str]:
    """Which words did the release before name? They stay named until categories are made anew."""
    return frozenset(part for label in categories.get("stratum", ()) for part in str(label).split(JOINED))


def _members(item: Attribute, label: str) -> tuple[int, ...]:
    """Which recorded categories a published name stands for; words that are no longer recorded are left out."""
    count = len(item.labels)
    ranges = [tuple(range(low, high)) for low in range(count) for high in range(low + 1, count + 1)]
    for group in [(*group, *extra) for group in (ranges if item.ordered else []) for extra in ((), (count,))]:
        if group_label(item, group) == label:
            return group
    names = {word: code for code, word in enumerate(item.labels)} | {NOT_RECORDED: count}
    return tuple(sorted(names[part] for part in label.split(JOINED) if part in names))
