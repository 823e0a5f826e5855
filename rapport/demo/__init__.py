"""A synthetic practice whose truth is known: what the pages show of it can be checked against what it was made from."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np

from rapport.demo import files, practice, truth
from rapport.demo.chance import Chance
from rapport.demo.exports import exports
from rapport.demo.practice import STREAMS, Progress
from rapport.demo.scenario import Scenario
from rapport.demo.scenarios import SCENARIOS, story

__all__ = ["SCENARIOS", "Scenario", "make_practice", "story"]


def make_practice(
    folder: Path, *, seed: int = 2026, scenario: Scenario | None = None, progress: Progress | None = None
) -> Path:
    """Write the exports of an invented practice, and return the path of its rapport.toml.

    scenario: the story of three sites over three years where absent. Beside the toml: sixteen CSV files as software
    writes them, names and faults included, and truth.json, which says what they were made from. The same seed and
    scenario give the same bytes. `progress(what, share)` hears of each step.
    """
    tell = progress or (lambda what, share: None)
    folder.mkdir(parents=True, exist_ok=True)
    scenario = scenario or story()
    streams, chance = np.random.default_rng(seed).spawn(2 * STREAMS), Chance(seed)
    drawn = practice.draw(scenario, chance, streams[:STREAMS], tell)
    tell("Writing the exports, faults included", 0.3)
    written = {}
    for number, export in enumerate(exports(drawn, chance, streams[STREAMS:-1])):
        parts = partial(_tell_part, tell, f"Writing {export.file}", number)
        parts(0.0)
        written[export.table] = files.write(folder, export, streams[-1], parts)
    tell("Writing down the truth", 0.95)
    content = truth.describe(drawn, seed=seed, files=written)
    _text(folder / "truth.json", json.dumps(content, indent=2, default=str, ensure_ascii=False))
    strangers = "# invented people named in comments: found anywhere else, something leaks"
    _text(folder / "canaries.txt", "\n".join([strangers, *content["feedback"]["canaries"]]))
    toml = folder / "rapport.toml"
    toml.write_bytes(Path(__file__).with_name("rapport.toml").read_bytes())
    tell("The synthetic practice is ready", 1.0)
    return toml


def _tell_part(tell: Progress, step: str, number: int, part: float) -> None:
    tell(step, 0.3 + 0.04 * (number + part))


def _text(path: Path, content: str) -> None:
    path.write_text(content + "\n", encoding="utf-8", newline="\n")
