"""The shared reference results: scoring of ten questionnaires, reliable change, outcomes of NHS Talking Therapies."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from instruments import Score, score
from instruments.change import jacobson_truax, nhs_outcomes


@pytest.fixture(scope="module")
def folder(shared_dir: Path) -> Path:
    return shared_dir / "references"


@pytest.fixture(scope="module")
def cases(folder: Path) -> dict[str, Any]:
    return {case["id"]: case["expected"] for case in json.loads((folder / "expected.json").read_text())["cases"]}


def scored(row: "pd.Series[float]") -> dict[str, Score]:
    def items(prefix: str, many: int) -> list[float]:
        return [float(row[f"{prefix}{place}"]) for place in range(1, many + 1)]

    return {
        "wai": score("WAI-SR", items("wai", 12)),
        "srs": score("SRS", items("srs", 4)),
        "ors": score("ORS", items("ors", 4)),
        "core": score("CORE-10", items("core", 10)),
        "phq": score("PHQ-9", items("phq", 9)),
        "gad": score("GAD-7", items("gad", 7)),
        "cbi": score("CBI", items("cbip", 6) + items("cbiw", 7) + items("cbic", 6)),
        "olbi": score("OLBI", items("olbi", 16)),
        "miniz": score("Mini-Z", [float(row["miniz"])]),
        "pfi": score("PFI", items("pfi", 16)),
    }


def numbers(by: dict[str, Score]) -> dict[str, float | None]:
    wai, cbi, olbi, pfi = (by[name].subscales for name in ("wai", "cbi", "olbi", "pfi"))
    sums = {f"wai_{name}_sum": wai[name] for name in ("goal", "task", "bond")} | {"wai_total_sum": by["wai"].total}
    return {
        **sums,
        **{name.replace("sum", "mean"): (value or 0) / (12 if "total" in name else 4) for name, value in sums.items()},
        **{f"{name}_total": by[name].total for name in ("srs", "ors", "core", "phq", "gad")},
        **{f"cbi{name[0]}": cbi[name] for name in ("personal", "work", "client")},
        **{f"olbi_{name}": olbi[name] for name in ("disengagement", "exhaustion")},
        "pfi_fulfillment": pfi["fulfillment"],
        "pfi_exhaustion": pfi["work_exhaustion"],
        "pfi_disengagement": pfi["interpersonal_disengagement"],
        "pfi_burnout": by["pfi"].total,
    }


def words(by: dict[str, Score]) -> dict[str, bool | str]:
    return {
        "srs_below_36": "below_cutoff" in by["srs"].flags,
        "ors_below_25": "clinical" in by["ors"].flags,
        "core_clinical": "clinical" in by["core"].flags,
        "phq_item9_positive": "item_9_positive" in by["phq"].flags,
        **{f"cbi{name[0]}_high": f"{name}_high" in by["cbi"].flags for name in ("personal", "work", "client")},
        "miniz_burnout": "burnout" in by["miniz"].flags,
        "pfi_burnout_flag": "burnout" in by["pfi"].flags,
        **{f"{name}_band": by[name].band for name in ("core", "phq", "gad")},
    }


def test_answer_sheets_are_scored_as_published(cases: dict[str, Any], folder: Path) -> None:
    sheets = pd.read_csv(folder / "scoring_A.csv").set_index("respondent")
    for respondent, expected in cases["INS-01"].items():
        by = scored(sheets.loc[respondent])
        assert {**numbers(by), **words(by)} == pytest.approx(expected, abs=1e-9)


def test_reliable_change_in_a_published_trial(cases: dict[str, Any], folder: Path) -> None:
    case = cases["CHG-02"]
    rows = pd.read_csv(folder / "claus_bdi.csv")
    wide = rows.pivot(index=["id", "treatment"], columns="time", values="bdi")
    whole = wide.dropna(subset=[1, 4])
    sd, mean = float(whole[1].std()), float(whole[1].mean())
    found = jacobson_truax(wide[1], wide[4], reliability=0.80, sd_pre=sd)
    assert (found.pairs, found.pairs + found.incomplete) == (case["n_pairs"], case["n_ids"])
    assert (found.difference_error, found.smallest_reliable, found.cutoff_a) == pytest.approx(
        (case["s_diff"], case["min_reliable_change"], case["cutoff_a"]), rel=1e-6
    )
    for name, count in case["all_cutoff_a"].items():
        assert getattr(found, name) == count
    for group, counts in case["by_group_c"].items():
        part = whole.xs(group, level="treatment")
        told = jacobson_truax(part[1], part[4], reliability=0.80, sd_pre=sd, mean_pre=mean, norm=(8, 8))
        assert told.cutoff_c == pytest.approx(case["cutoff_c_with_functional_8_8"], rel=1e-6)
        assert {name: getattr(told, name) for name in counts} == counts


def test_outcomes_as_talking_therapies_counts_them(cases: dict[str, Any], folder: Path) -> None:
    rows = pd.read_csv(folder / "nhs_A.csv")
    expected = dict(cases["CHG-03"])
    for automation, told in expected.pop("by_automation").items():
        part = nhs_outcomes(rows[rows["automation"] == int(automation)])
        assert {name: getattr(part, name) for name in told} == told
    found = nhs_outcomes(rows)
    assert {name: getattr(found, name) for name in expected} == expected
