"""Made-up counts of questionnaires, danger, messages, staff and money: frames as the release writes them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from tests.metrics.releases import SITES, frames, header, monday, store_at
from warehouse.store import Store, open_store

SPLITS = (("all", "all"), ("modality", "in_person"), ("modality", "video"))
BLOCKS = range(0, 24, 4)
SCALES = (
    ("WAI-SR", "total", 12, 60),
    *(("WAI-SR", part, 4, 20) for part in ("goal", "task", "bond")),
    ("SRS", "total", 0, 40),
    ("ORS", "total", 0, 40),
    ("CORE-10", "total", 0, 40),
    ("PHQ-9", "total", 0, 27),
    ("GAD-7", "total", 0, 21),
)
SHEETS = (
    *(("CBI", part, 0, 100) for part in ("work", "personal", "client")),
    *(("OLBI", part, 1, 4) for part in ("exhaustion", "disengagement")),
    ("Mini-Z", "total", 1, 5),
    ("PFI", "total", 0, 4),
    *(("automation_load", part, 1, 5) for part in ("labour", "training", "deskilling")),
)
LEVELS = range(1, 6)
MODELS = ("v1", "v2")


def place(
    site: str, week: int, split: tuple[str, str] = ("all", "all"), grain: str = "4weeks", **own: Any
) -> dict[str, Any]:
    """The keys of one published group."""
    return {
        "site": site,
        "grain": grain,
        "period_start": monday(week),
        "stratifier": split[0],
        "stratum": split[1],
        **own,
        "state": "published",
        "patients": 40,
    }


def places(**own: Any) -> Iterator[dict[str, Any]]:
    """Every site, four weeks and split."""
    for site, week, split in product(SITES, BLOCKS, SPLITS):
        yield place(site, week, split, **own)


def scored(random: np.random.Generator, n: int, low: float, high: float) -> dict[str, int]:
    """Counts and sums of n scores, in hundredths."""
    points = np.round(np.clip(random.normal(low + 0.7 * (high - low), 0.2 * (high - low), n), low, high) * 100)
    return {
        "invited": round(n * 1.4),
        "answered": n,
        "differing": 0,
        "points": int(points.sum()),
        "points_squared": int((points**2).sum()),
        "past_cutoff": int((points < 100 * (low + 0.6 * (high - low))).sum()),
        "at_best": int((points == 100 * high).sum()),
    }


def score_cells(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for instrument, scale, low, high in SCALES:
        for row in places(instrument=instrument, scale=scale):
            n = int(random.integers(30, 60))
            compared, fourths = n // 2, n // 6
            change = np.round(random.normal(1.5, 3, fourths) * 100)
            more = {"compared": compared, "ruptures": int(random.binomial(compared, 0.06)), "fourths": fourths}
            more |= {"early_change": int(change.sum()), "early_change_squared": int((change**2).sum())}
            more |= {"modelled": 0, "expected_points": 0}
            rows.append(row | scored(random, n, low, high) | more)
    return pd.DataFrame(rows)


def outcome_cells(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for instrument in ("PHQ-9", "GAD-7"):
        for row in places(instrument=instrument):
            finished = int(random.integers(20, 40))
            paired = int(random.binomial(finished, 0.8))
            case = int(random.binomial(paired, 0.7))
            recovered, improved = int(random.binomial(case, 0.45)), int(random.binomial(paired, 0.55))
            change = np.round(random.normal(-5, 5, paired) * 100)
            rows.append(
                row
                | {"finished": finished, "paired": paired, "at_caseness": case, "recovered": recovered}
                | {"improved": improved, "reliably_recovered": min(recovered, improved)}
                | {"deteriorated": int(random.binomial(paired - improved, 0.1))}
                | {"change": int(change.sum()), "change_squared": int((change**2).sum())}
            )
    return pd.DataFrame(rows)


def danger(random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """crisis_cells, and the minutes to human contact of the same signals."""
    crises, minutes = [], []
    for row in places():
        n = int(random.integers(12, 25))
        waited = np.maximum(np.round(np.exp(random.normal(4, 1, n))), 1).astype(int)
        reached = random.random(n) < 0.93
        logs = np.round(np.log1p(waited[reached]) * 1e6).astype(np.int64)
        within = int((waited[reached] <= 240).sum())
        real, night, found = int(random.binomial(n, 0.6)), int(random.binomial(n, 0.4)), 0
        found = int(random.binomial(real, 0.7))
        crises.append(
            row
            | {"signals": n, "contacted": int(reached.sum()), "unreached": int((~reached).sum())}
            | {"closed_by_automation": 0, "log_minutes": int(logs.sum()), "log_minutes_squared": int((logs**2).sum())}
            | {
                "within_target": within,
                "past_target": int(reached.sum()) - within,
                "undetermined": int((~reached).sum()),
            }
            | {"out_of_hours": night, "out_of_hours_within_target": int(random.binomial(night, 0.6))}
            | {"real": real, "false_alarm": n - real, "not_judged": 0, "real_found": found, "real_missed": real - found}
            | {"false_by_automation": (n - real) // 2, "clinician_weeks": 36}
        )
        for time in np.unique(waited):
            at = waited == time
            minutes.append(
                {**row, "question": "crisis", "how": "", "time": int(time)}
                | {"observed": int((at & reached).sum()), "censored": int((at & ~reached).sum())}
            )
    return pd.DataFrame(crises), pd.DataFrame(minutes)


def waits(random: np.random.Generator) -> pd.DataFrame:
    """Days to right care and to a new booking."""
    rows = []
    for row in places():
        for question, ways in (("right_care", ("",)), ("rebooking", ("staff", "self_service", "automation", ""))):
            for how in ways:
                days = random.geometric(0.15, 20)
                for time in np.unique(days):
                    n = int((days == time).sum())
                    lost = question == "rebooking" and how == ""
                    told = {"observed": 0 if lost else n, "censored": n if lost else 0}
                    rows.append({**row, "question": question, "how": how, "time": int(time), **told})
    return pd.DataFrame(rows)


def triage_cells(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for row in places():
        for given, right in product(range(6), LEVELS):
            n = int(random.poisson(6 if given == right else 1.5 if abs(given - right) == 1 else 0.2))
            if n:
                rows.append({**row, "automation_level": given, "clinician_level": right, "requests": n})
    return pd.DataFrame(rows)


def contact_cells(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for kind, automated, personalised in (
        ("reminder", "yes", "yes"),
        ("reminder", "yes", "no"),
        ("check_in", "no", "yes"),
    ):
        for row in places(kind=kind, automated=automated, personalised=personalised):
            n = int(random.integers(150, 300))
            gone = int(random.binomial(n, 0.01 if personalised == "yes" else 0.03))
            rows.append({**row, "sent": n + 5, "delivered": n, "opted_out": gone, "escalated": 2})
    return pd.DataFrame(rows)


def feedback_cells(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for row in places():
        rated = int(random.integers(20, 40))
        rating = np.clip(np.round(random.normal(8, 1.5, rated) * 100), 0, 1000)
        told = {
            "given": rated + 4,
            "rated": rated,
            "rating": int(rating.sum()),
            "rating_squared": int((rating**2).sum()),
        }
        told |= {
            "comments": 15,
            "complaints": int(random.binomial(15, 0.2)),
            "processed": int(random.binomial(15, 0.2)),
        }
        rows.append({**row, **told, "cared_for": int(random.binomial(15, 0.3)), "contacts": 400})
    return pd.DataFrame(rows)


def prediction_cells(random: np.random.Generator) -> pd.DataFrame:
    """Practice-wide: model v1 in the first four weeks, v2 after; from week 12 on v2 is too low for video."""
    rows = []
    for week, split, horizon in product(range(0, 24, 4), SPLITS, ("48-72", "other")):
        n = 400 if split[1] == "all" else 200
        score = random.beta(2, 8, n)
        shift = -0.6 if split[1] == "video" and week >= 12 else 0.0
        risk = 1 / (1 + np.exp(-(np.log(score / (1 - score)) - shift)))
        missed, bins = random.random(n) < risk, np.floor(score * 100).astype(int)
        high, whole = score >= 0.25, np.round(score * 1e6).astype(np.int64)
        acted = high & (random.random(n) < 0.8)
        for each in np.unique(bins):
            at = bins == each
            row = place("*", week, split, model=MODELS[week >= 4], horizon=horizon, bin=int(each))
            rows.append(
                row
                | {"scored": int(at.sum()), "missed": int(missed[at].sum()), "score": int(whole[at].sum())}
                | {"score_squared": int((whole[at] ** 2).sum()), "alerts": int(high[at].sum())}
                | {"alerts_missed": int((high & missed)[at].sum()), "acted": int(acted[at].sum())}
                | {"overridden": int((acted & (random.random(n) < 0.1))[at].sum()), "waits": int(at.sum())}
                | {"wait_days": 9 * int(at.sum()), "overbooked": int((acted & (random.random(n) < 0.2))[at].sum())}
                | {"reminded": int((random.random(n) < 0.6)[at].sum())}
            )
    return pd.DataFrame(rows)


def staff_frames(random: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Surveys every twelve weeks; hours every four, which fall at North from week 12 on."""
    surveys, hours = [], []
    roles = (("all", "all"), ("role", "therapist"), ("role", "administrator"))
    for site, split in product(SITES, roles):
        for week, (instrument, scale, low, high) in product((0, 12), SHEETS):
            counts = {k: v for k, v in scored(random, 14, low, high).items() if k != "at_best"}
            surveys.append(place(site, week, split, "12weeks", instrument=instrument, scale=scale) | counts)
        for week in BLOCKS:
            people, live = 40, site == "North" and week >= 12
            told = {
                "care_hours": 22,
                "admin_hours": 7 if live else 9,
                "after_hours": 3,
                "repair_hours": 1 if live else 0,
            }
            sums = {name: int(people * mean * 100 * random.normal(1, 0.02)) for name, mean in told.items()}
            hours.append(place(site, week, split) | {"people_weeks": people, **sums})
    return {"staff_cells": pd.DataFrame(surveys), "staff_time_cells": pd.DataFrame(hours)}


def notice_cells() -> pd.DataFrame:
    """300 patients, each told once: they cancelled 15 % of their visits before and 11 % after."""
    rows = []
    for topic, result in product(("privacy", "automation"), ("cancelled", "no_show", "attended")):
        n, share1, share0 = 2400, 0.11, 0.15
        y1, y0, people = round(n * share1), round(n * share0), 300
        rows.append(
            {"topic": topic, "version": "1", "outcome": result, "state": "published", "patients": people}
            | {"n1": n, "y1": y1, "mm1": 64 * people, "my1": 8 * y1, "yy1": round(y1 * 1.6)}
            | {"n0": n, "y0": y0, "mm0": 64 * people, "my0": 8 * y0, "yy0": round(y0 * 1.9)}
            | {"m1m0": 64 * people, "y1y0": round(y1 * y0 / people * 1.3), "m1y0": 8 * y0, "y1m0": 8 * y1}
        )
    return pd.DataFrame(rows)


def money_frames() -> dict[str, pd.DataFrame]:
    costs = [
        {"site": site, "grain": "4weeks", "period_start": monday(week), "component": component, "vendor_kind": kind}
        | {"cents": cents}
        for site, week, (component, kind, cents) in product(
            ("North", "*"),
            range(12, 24, 4),
            (("ai_scheduling", "bought", 80_000), ("sms_reminder", "open_source", 5_000)),
        )
    ]
    declared = [
        ("currency", None, None, None, "CAD"),
        ("staff_hour", 42.0, 38.0, 50.0, "CAD"),
        ("clinician_hour", 80.0, 70.0, 95.0, "CAD"),
        ("crisis_target.high", 60.0, 60.0, 60.0, "minutes"),
    ]
    own = """better = "lower"
items = 5
lowest = 1
highest = 5
reverse = [4]
[scales]
labour = { items = [1, 2, 3], kind = "mean" }
training = { items = [4], kind = "mean" }
deskilling = { items = [5], kind = "mean" }
"""
    return {
        "declared_instrument": pd.DataFrame({"instrument": ["automation_load"], "declaration": [own]}),
        "cost_cells": pd.DataFrame(costs),
        "declared_value": pd.DataFrame(declared, columns=["name", "value", "low", "high", "unit"]).assign(
            says="declared"
        ),
        "safety_fact": pd.DataFrame(
            {
                "fact": ["closed_by_automation"],
                "happened": [False],
                "says": ["no signal was closed by automation alone"],
            }
        ),
    }


def family_frames(seed: int = 1) -> dict[str, pd.DataFrame]:
    """All of them."""
    return {name: frame.copy() for name, frame in _families(seed).items()}


@lru_cache
def _families(seed: int) -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(seed)
    crises, minutes = danger(random)
    return {
        "score_cells": score_cells(random),
        "outcome_cells": outcome_cells(random),
        "crisis_cells": crises,
        "time_cells": pd.concat([minutes, waits(random)], ignore_index=True),
        "triage_cells": triage_cells(random),
        "contact_cells": contact_cells(random),
        "feedback_cells": feedback_cells(random),
        "feedback_themes": pd.DataFrame([place("North", 0, theme="parking") | {"comments": 12}]),
        "prediction_cells": prediction_cells(random),
        **staff_frames(random),
        "notice_cells": notice_cells(),
        **money_frames(),
    }


def whole_practice(seed: int = 1) -> dict[str, pd.DataFrame]:
    """A release with all of it: what releases.frames makes, the families, and who automation touched."""
    made = frames(seed)
    roles = pd.DataFrame({"stratifier": "role", "stratum": ["therapist", "administrator"], "position": range(2)})
    exposed = pd.DataFrame({"stratifier": "exposure", "stratum": ["automation", "none"], "position": range(2)})
    care = made["retention_cells"]
    parts = [
        care[care["stratum"] == one].assign(stratifier="exposure", stratum=name)
        for one, name in (("in_person", "automation"), ("video", "none"))
    ]
    seen = made["attendance_cells"]
    due = seen["attended"] + seen["no_show"]
    lost = due + seen["late_cancel"]
    return {
        **made,
        "attendance_cells": seen.assign(
            fees=seen["attended"],
            fee_cents=seen["attended"] * 9_000,
            rebooked=seen["no_show"] // 2,
            remote=due // 3,
            connection_failed=due // 30,
            reminders_known=due,
            reminders=2 * due,
            no_show_modelled=due,
            no_show_expected=due * 180_000,
            lost_modelled=lost,
            lost_expected=lost * 190_000,
        ),
        "category": pd.concat(
            [made["category"], roles.assign(merged_categories=1), exposed.assign(merged_categories=1)]
        ),
        "retention_cells": pd.concat([care, *parts]),
        **family_frames(seed),
    }


def whole_store(folder: Path) -> Store:
    """A warehouse with that release in it, written once for all tests."""
    (folder / "whole.sqlite").write_bytes(_whole_warehouse())
    return open_store(f"sqlite:///{folder / 'whole.sqlite'}")


@lru_cache
def _whole_warehouse() -> bytes:
    with TemporaryDirectory() as folder:
        store = store_at(Path(folder), "whole.sqlite")
        store.publish(header(), whole_practice())
        store.close()
        return (Path(folder) / "whole.sqlite").read_bytes()
