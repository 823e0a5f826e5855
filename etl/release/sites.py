"""Under which names are sites published, and which are too small to stand alone?"""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from deid.disclosure import BLOCK
from deid.merging import merge_sites
from etl.release import engine
from etl.release.frames import PreviousRelease
from etl.release.grid import Grid
from etl.settings import IngestSettings

UNNAMED = "site not recorded"


@dataclass(frozen=True)
class Sites:
    """Published sites in order, and the number of the published site of each code in the vault ("" = none given)."""

    labels: tuple[str, ...]
    number: dict[str, int]
    joined: tuple[int, ...]  # how many sites each label stands for

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(
            {"site": list(self.labels), "position": range(len(self.labels)), "merged_sites": list(self.joined)}
        )

    def codes(self) -> ir.Table:
        """The codes of the vault, their own number and that of the published site of each: site_code, code, site."""
        told = {"site_code": list(self.number), "code": range(len(self.number)), "site": list(self.number.values())}
        return engine.small(pd.DataFrame(told).astype({"code": "int16", "site": "int16"}))

    def numbered(self, rows: ir.Table) -> ir.Table:
        """The rows with `site`: the number of the published site."""
        named = rows.mutate(site_code=rows.site_id.fill_null(""))
        return named.inner_join(self.codes(), "site_code").drop("site_code", "code")


def published_sites(
    appointments: ir.Table, names: ir.Table, settings: IngestSettings, grid: Grid, previous: PreviousRelease | None
) -> Sites:
    """The sites of this release. Those of `previous` keep their names and their merging; new ones stand alone.

    appointments: patient_id, site_id, starts_on. names: vault table `site`.
    """
    days = appointments.starts_on.delta(grid.start.isoformat(), unit="day")
    rows = appointments.select("patient_id", code=appointments.site_id.fill_null(""), block=days // (7 * BLOCK))
    counts = engine.distinct_patients(rows, "code", "block")
    label = _labels(sorted(counts["code"].unique()), names, settings)
    if previous is not None:
        return _stable(counts, label, grid, previous, appointments)
    counts["label"] = counts["code"].map(label)
    matrix = counts.pivot_table(index="block", columns="label", values="patients", fill_value=0, aggfunc="sum")
    columns = list(matrix.columns)
    groups = merge_sites(matrix.to_numpy(dtype=np.int64), settings.smallest_group)
    members = [[code for code, name in label.items() if name in {columns[i] for i in group}] for group in groups]
    joined = tuple(len(codes) for codes in members)
    titles = [columns[group[0]] if len(group) == 1 else f"Other sites ({len(group)})" for group in groups]
    number = {code: at for at, codes in enumerate(members) for code in codes}
    return Sites(tuple(titles), number, joined)


def _labels(codes: list[str], names: ir.Table, settings: IngestSettings) -> dict[str, str]:
    """Its alias where one is given, else its declared name; its code only where there is neither."""
    known = names.select("site_id", "name").to_pandas().dropna()
    named = dict(zip(known["site_id"], known["name"], strict=True))
    alone = {"": settings.practice if codes == [""] else UNNAMED}
    aliases = {_folded(code): name for code, name in settings.site_aliases.items()}
    return {code: aliases.get(_folded(code)) or alone.get(code) or named.get(code) or code for code in codes}


def _folded(code: str) -> str:
    """An alias holds whatever the case and the spaces its code is written with: else the code itself would be shown."""
    return "".join(code.split()).casefold()


def _stable(
    counts: pd.DataFrame, label: dict[str, str], grid: Grid, previous: PreviousRelease, appointments: ir.Table
) -> Sites:
    """As published before: a code without a name of its own is new where all its days are, else among the others."""
    before = previous.rows("site").sort_values("position")
    labels, joined = list(before["site"]), [int(n) for n in before["merged_sites"]]
    sealed = str(pd.Timestamp(previous.header["published_until"]).date())
    old = appointments.filter(appointments.starts_on < sealed)
    seen = set(old.select(code=old.site_id.fill_null("")).distinct().to_pandas()["code"])
    others = next((at for at, name in enumerate(labels) if str(name).startswith("Other sites (")), None)
    number: dict[str, int] = {}
    for code in sorted(counts["code"].unique()):
        if label[code] not in labels and code in seen and others is not None:
            number[code] = others
            continue
        if label[code] not in labels:
            labels.append(label[code])
            joined.append(1)
        number[code] = labels.index(label[code])
    return Sites(tuple(labels), number, tuple(joined))
