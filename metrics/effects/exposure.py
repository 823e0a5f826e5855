"""Which cells of a panel lie before an intervention, which after, and which on neither side?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from metrics.effects.design import BESIDE, BINS, SETTLING, Rollout
from metrics.effects.interventions import Intervention, Kind, Span
from metrics.effects.panels import Panel

TOGETHER_WEEKS = 8  # components that went live within so many weeks of one another at every site went live together
SETTLING_WEEKS = BINS[0][1]  # the first weeks of another component have a term of their own: effects ramp up


@dataclass(frozen=True)
class Exposed:
    """A panel cut to an intervention. rollout: in the panel's weeks; together: components that cannot be told apart
    by their dates; labels: what must be said; reason: why nothing can be said."""

    panel: Panel
    rollout: Rollout
    beside: tuple[str, ...]
    together: tuple[str, ...]
    labels: tuple[str, ...]
    reason: str = ""

    def without_beside(self) -> Panel:
        """The panel that does not know of other components."""
        return replace(self.panel, cells=_plain(self.panel.cells), against=_plain_or_none(self.panel.against))


def expose(panel: Panel, intervention: Intervention, others: Sequence[Intervention]) -> Exposed:
    """The panel of one intervention. others: those of other components, whose use becomes a term of the model."""
    if panel.reason or panel.start is None or panel.cells.empty:
        nobody = Rollout({}, period_weeks=panel.period_weeks)
        return Exposed(panel, nobody, (), (), panel.notes, panel.reason or "There are no cells.")
    starts = {site: intervention.starts.get(site) for site in dict.fromkeys(panel.cells["site"])}
    weeks = {site: None if day is None else panel.week_of(day) for site, day in starts.items()}
    begin, end = int(panel.cells["week"].min()), int(panel.cells["week"].max()) + panel.period_weeks
    early = [site for site, week in weeks.items() if week is not None and week <= begin]
    late = [site for site, week in weeks.items() if week is not None and week >= end]
    weeks = {site: None if site in late else week for site, week in weeks.items() if site not in early}
    together = tuple(sorted({one.says for one in others if _came(one) and _together(one, intervention)}))
    cut_off = cut_short(intervention, others)
    intervention = replace(intervention, left_out={**intervention.left_out, **_joined(intervention, cut_off)})
    cut = replace(
        panel,
        cells=_cut(panel, panel.cells, weeks, intervention, others),
        against=None if panel.against is None else _cut(panel, panel.against, weeks, intervention, others),
    )
    terms = [name.removeprefix(BESIDE) for name in map(str, cut.cells.columns) if name.startswith(BESIDE)]
    beside = tuple(name for name in terms if not name.endswith(SETTLING))
    labels = [*panel.notes, *_said(early, late, intervention, weeks)]
    labels += [f"At {site} until {day}, when {name} came." for site, (day, name) in cut_off.items() if site in weeks]
    labels += [f"What {name} did at the same time is taken out by a term of its own." for name in beside]
    rollout = Rollout(weeks, period_weeks=panel.period_weeks)
    reason = _reason(intervention, weeks, early, late, panel)
    return Exposed(cut, rollout, beside, together, tuple(labels), reason)


def _came(other: Intervention) -> bool:
    return other.kind is not Kind.TAKEN_BACK


def cut_short(intervention: Intervention, others: Sequence[Intervention]) -> dict[str, tuple[date, str]]:
    """Site -> the day, and the name, of the next component that came there: from then on nobody can say which did it.

    One that came within TOGETHER_WEEKS is not the next; it came with it.
    """
    found: dict[str, tuple[date, str]] = {}
    for other in others:
        for site, day in other.starts.items() if _came(other) else ():
            own = intervention.starts.get(site)
            if own is not None and day is not None and day - own >= timedelta(weeks=TOGETHER_WEEKS):
                found[site] = min(found.get(site, (day, other.says)), (day, other.says))
    return found


def _joined(intervention: Intervention, cut_off: Mapping[str, tuple[date, str]]) -> dict[str, tuple[Span, ...]]:
    return {site: (*intervention.left_out.get(site, ()), (day, None)) for site, (day, _) in cut_off.items()}


def absent_weeks(panel: Panel, intervention: Intervention) -> dict[str, tuple[tuple[float, float], ...]]:
    """The weeks [from, to) of each site that lie on neither side of an intervention, past and to come."""
    return {
        site: tuple((_bound(panel, since, -math.inf), _bound(panel, until, math.inf)) for since, until in spans)
        for site, spans in intervention.left_out.items()
    }


def _bound(panel: Panel, day: date | None, otherwise: float) -> float:
    return otherwise if day is None else panel.week_of(day)


def _reason(
    intervention: Intervention, weeks: dict[str, int | None], early: Sequence[str], late: Sequence[str], panel: Panel
) -> str:
    if any(week is not None for week in weeks.values()):
        return ""
    if early and not late:
        return "It went live before the data begin: nothing is known of the time before it."
    if late and not early:
        return f"It went live on {intervention.first}, after the last published period: nothing is known of it yet."
    if early:
        return "It went live before the data begin at some sites and after their end at the others."
    return f"No site it went live at has published figures of {panel.name.lower()}."


def _said(
    early: Sequence[str], late: Sequence[str], intervention: Intervention, weeks: dict[str, int | None]
) -> list[str]:
    found = []
    if early:
        found.append(f"Left out, as it was live before the data begin: {', '.join(early)}.")
    if late:
        found.append(f"Not live yet in the published periods: {', '.join(late)}.")
    absent = [site for site, day in intervention.starts.items() if day is not None and site not in (*weeks, *early)]
    if absent:
        found.append(f"Nothing is published of {', '.join(absent)}, so the effect there is not in it.")
    if intervention.kind is Kind.VERSION:
        found.append("Compared with the time before the component was there; weeks under another version are left out.")
    if intervention.kind is Kind.TAKEN_BACK:
        found.append("Compared with the weeks in which the component was in use.")
    return found


def _cut(
    panel: Panel,
    cells: pd.DataFrame,
    weeks: dict[str, int | None],
    intervention: Intervention,
    others: Sequence[Intervention],
) -> pd.DataFrame:
    keep = cells["site"].isin(list(weeks)).to_numpy() & (cells["n"] > 0).to_numpy()
    for site, spans in intervention.left_out.items():
        for span in spans:
            keep &= ~((cells["site"] == site).to_numpy() & _inside(panel, cells, span))
    kept = cells[keep].reset_index(drop=True)
    for other in others:
        kept = _with(panel, kept, other)
    return kept


def _inside(panel: Panel, cells: pd.DataFrame, span: Span) -> np.ndarray:
    """Which periods have a day in this span?"""
    since, until = (_week(panel, day) for day in span)
    week = cells["week"].to_numpy()
    inside = np.ones(len(cells), dtype=bool)
    if since is not None:
        inside &= week + panel.period_weeks > since
    if until is not None:
        inside &= week < until
    return inside


def _with(panel: Panel, cells: pd.DataFrame, other: Intervention) -> pd.DataFrame:
    """Columns that say where another component was in use, and where newly; none where that never changed in the panel.

    Were its first weeks taken for as much as the later ones, it would seem to have done less by the time the next
    component came, and the rest of it would be read as what that one did.
    """
    start = cells["site"].map({site: _week(panel, day) for site, day in other.starts.items()}).astype(float)
    away = np.zeros(len(cells), dtype=bool)
    for site, spans in other.left_out.items():
        for span in spans:
            away |= (cells["site"] == site).to_numpy() & _inside(panel, cells, span)
    with np.errstate(invalid="ignore"):
        used = ((cells["week"] - start).to_numpy(float) >= 0) & ~away
    if not _moved(cells, used):
        return cells
    cells = cells.assign(**{f"{BESIDE}{other.says}": used.astype(float)})
    settling = used & ((cells["week"] - start).to_numpy(float) < SETTLING_WEEKS)
    return cells.assign(**{f"{BESIDE}{other.says}{SETTLING}": settling.astype(float)}) if settling.any() else cells


def _moved(cells: pd.DataFrame, used: np.ndarray) -> bool:
    return len(cells) > 0 and int(pd.Series(used).groupby(cells["site"].to_numpy()).nunique().max()) > 1


def _week(panel: Panel, day: date | None) -> int | None:
    return None if day is None else panel.week_of(day)


def _together(other: Intervention, intervention: Intervention) -> bool:
    """Did it go live at every site of the intervention, within weeks of it, and nowhere else?"""
    for site, day in intervention.starts.items():
        theirs = other.starts.get(site)
        if (day is None) != (theirs is None):
            return False
        if day is not None and theirs is not None and abs((day - theirs).days) >= 7 * TOGETHER_WEEKS:
            return False
    return True


def _plain(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[[name for name in cells.columns if not str(name).startswith(BESIDE)]]


def _plain_or_none(cells: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if cells is None else _plain(cells)
