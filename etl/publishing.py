"""How does what the vault holds become what people see?

As a rule one release more, beside the last one. Where published periods were made anew and differ, the last one goes in
the same transaction: one less the other would be the rows that came late. Where a person left the vault, the kept
releases are made anew as well: none that was made with that person stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pandas as pd

from deid.attack import between
from etl import codings, declared_frames, definitions, leaving, policy_frames, quotes, safety
from etl import report as reports
from etl.codebook import Codebook
from etl.proof import prove
from etl.safety import NOT_LOOKED, Look
from etl.settings import IngestSettings
from etl.vault import Run
from warehouse.families import CONFOUNDER_FIT, DEFINITION
from warehouse.schema import CATEGORY, CELL_TABLES, QUOTE, RELEASED_TABLES, ROLLOUT, SITE
from warehouse.store import Release, Store

Progress = Callable[[str, float | None], None]
COUNTING, COUNTED = 0.88, 0.96  # of an ingest: before and after the counting
Frames = dict[str, pd.DataFrame]
Made = tuple[dict[str, Any], Frames]

_COUNTED_ANEW = {table.name for table in (SITE, CATEGORY, ROLLOUT, *CELL_TABLES, CONFOUNDER_FIT, DEFINITION, QUOTE)}


@dataclass(frozen=True)
class Publisher:
    """Makes releases from one vault into one warehouse, under the settings of today.

    versions: metric -> the version of its definition, as far as it is about what is counted.
    """

    con: duckdb.DuckDBPyConnection
    settings: IngestSettings
    settings_hash: str
    store: Store
    now: datetime
    progress: Progress
    seen: Look = NOT_LOOKED
    versions: Mapping[str, int] = field(default_factory=dict)

    def next(self, run: Run, latest: Release | None, *, restates: bool) -> int:
        """Publish what this run brought; the number of the new release."""
        self.progress("Counting", COUNTING)
        removed = leaving.removed(self.con)
        again = [] if removed is None else self.again(self._remakeable()[-1:], removed)
        previous = again[-1] if again else self._stored(latest)
        made = self._made(run, previous, restates=restates and not again)
        self.progress("Publishing the release", COUNTED)
        self.store.keep_quotes(quotes.by_number(made[1]["quote"]))
        told_together = removed is None and previous is not None and between(previous[1], made[1])
        if removed is None and not told_together:
            return self.store.publish(*made)
        number = self.store.replace([*again, made])
        leaving.settled(self.con)
        return number

    def anew(self, run: Run) -> int | None:
        """Publish the kept releases anew, without those who left the vault; None where there is no release."""
        kept = self.store.releases()
        if not kept:
            leaving.settled(self.con)
            return None
        self.progress("Counting every kept release anew", 0.5)
        made = self.again(self._remakeable() or [kept[0]], leaving.removed(self.con) or {})
        made[-1][0]["vault_state"] = run.state
        self.progress("Publishing", 0.9)
        number = self.store.replace(made)
        leaving.settled(self.con)
        return number

    def again(self, releases: list[Release], removed: dict[str, int]) -> list[Made]:
        """These releases, oldest first, counted from the vault as it is now, each as of its own day and as it follows
        from the one before. What was said of their ingest stays, less the rows that are gone."""
        made: list[Made] = []
        for release in releases:
            stored = self._stored(release)
            earlier = made[-1] if made else stored
            header, frames = self._counted(self._as_of(release), earlier, release.made_at, restates=not made)
            kept = {name: rows for name, rows in (stored[1] if stored else {}).items() if name not in _COUNTED_ANEW}
            kept["reconciliation"] = _less(kept["reconciliation"], removed)
            kept["declared_value"] = self._declared(kept["declared_value"])
            names = ("made_at", "restated_on", "vault_state", "settings_hash", "privacy_profile")
            header |= {name: getattr(release, name) for name in names} | {"settings_hash": self.settings_hash}
            made.append((header, self._proven(header, {**kept, **frames})))
        return made

    def _remakeable(self) -> list[Release]:
        """The kept releases, oldest first, made under the settings of today; any other cannot be made anew."""
        kept = self.store.releases()
        here = (self.settings_hash, self.settings.practice)
        return [release for release in reversed(kept) if (release.settings_hash, release.practice) == here]

    def _as_of(self, release: Release) -> IngestSettings:
        return self.settings.model_copy(update={"extracted_on": release.extracted_on})

    def _stored(self, release: Release | None) -> Made | None:
        if release is None:
            return None
        return asdict(release), self.store.read_tables(release.id, {table.name: {} for table in RELEASED_TABLES})

    def _counted(
        self,
        settings: IngestSettings,
        earlier: Made | None,
        now: datetime,
        *,
        restates: bool,
        tell: Callable[[float], None] = lambda share: None,
    ) -> Made:
        from etl.release import PreviousRelease, make_release

        previous = PreviousRelease(*earlier, restates) if earlier else None
        day = now if now.tzinfo else now.replace(tzinfo=UTC)
        made = make_release(self.con, settings, previous, day, counted=tell)
        carried = earlier if earlier and not restates else None
        told = definitions.frame(self.versions, *_defined(carried))
        return dict(made.header), {**made.frames, "quote": quotes.frame(self.con), "definition": told}

    def _made(self, run: Run, earlier: Made | None, *, restates: bool) -> Made:
        def tell(share: float) -> None:
            self.progress("Counting", COUNTING + share * (COUNTED - COUNTING))

        header, frames = self._counted(self.settings, earlier, self.now, restates=restates, tell=tell)
        header |= {"vault_state": run.state, "settings_hash": self.settings_hash}
        told = reports.frames(*reports.from_text(run.report), self.settings.smallest_group)
        told |= self.declared() | {"safety_fact": safety.frame(self.seen)}
        return header, self._proven(header, {**told, **frames})

    def declared(self) -> Frames:
        """What the practice declares, and how far its codebook agrees with people."""
        told = declared_frames.frames(self.settings)
        return {**told, "declared_value": self._declared(told["declared_value"])}

    def _declared(self, values: pd.DataFrame) -> pd.DataFrame:
        """With the agreement as it is now, whatever it was."""
        own = values[~values["name"].astype(str).str.startswith(declared_frames.AGREEMENT)]
        codes = codings.frame(self.con, Codebook.of(self.settings.feedback), self.settings.smallest_group)
        columns = list(declared_frames.VALUES)
        rows = [row for part in (own, codes) for row in part[columns].itertuples(index=False, name=None)]
        return pd.DataFrame(rows, columns=columns)

    def _proven(self, header: dict[str, Any], frames: Frames) -> Frames:
        """With the policy in force and the proof beside it. Raises GateRefused where anything identifying was found."""
        told = frames | policy_frames.frames(self.settings)
        self.progress("Looking for anything that identifies", None)
        return told | prove(self.con, self.settings, header, told, self.now)


def _defined(carried: Made | None) -> tuple[pd.DataFrame | None, date | None]:
    """How what is carried over was counted, and up to which Monday it goes."""
    return (carried[1].get("definition"), carried[0]["published_until"]) if carried else (None, None)


def _less(reconciliation: pd.DataFrame, removed: dict[str, int]) -> pd.DataFrame:
    """Rows that left the vault were never read, as far as a release says."""
    shown = reconciliation.copy()
    for table, rows in removed.items():
        here = shown["table_name"] == table
        gone = shown.loc[here, "kept"].clip(upper=rows)
        shown.loc[here, "rows_read"] -= gone
        shown.loc[here, "kept"] -= gone
    return shown
