"""A synthetic practice whose truth is known: what the pages show of it can be checked against what it was made from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rapport.demo import exports, faults_planted, feedback, files, people, stays, truth, visits
from rapport.demo.faults import Planted
from rapport.demo.scenario import Scenario

__all__ = ["Scenario", "make_practice"]

Progress = Callable[[str, float | None], None]


def make_practice(folder: Path, *, seed: int = 2026, progress: Progress | None = None) -> Path:
    """Write the exports of an invented practice of three sites over 24 months, and return the path of its rapport.toml.

    Beside the toml: seven CSV files as practice software writes them, names and faults included, and truth.json, which
    says what they were made from. The same seed gives the same bytes. `progress(what, share)` hears of each step.
    """
    tell = progress or (lambda what, share: None)
    folder.mkdir(parents=True, exist_ok=True)
    scenario = Scenario()
    streams = np.random.default_rng(seed).spawn(9)
    tell("Inventing patients and their stays", 0.0)
    stayed = stays.draw(scenario, streams[0])
    known = people.identities(len(stayed), scenario, streams[1])
    staff = people.clinicians(scenario, streams[2])
    tell("Booking appointments", 0.1)
    booked = visits.draw(stayed, scenario, streams[3])
    answers = feedback.draw(booked, known, staff, scenario, streams[8])
    tell("Writing the exports, faults included", 0.3)
    written = _write(folder, scenario, (stayed, known, staff, booked, answers), streams[4:8])
    tell("Writing down the truth", 0.95)
    content = truth.describe(scenario, stayed, booked, seed=seed, files=written) | {"feedback": feedback.truth(answers)}
    text = json.dumps(content, indent=2, default=str, ensure_ascii=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    strangers = "\n".join(
        ["# invented people named in comments: found anywhere else, something leaks", *content["feedback"]["canaries"]]
    )
    (folder / "canaries.txt").write_text(strangers + "\n", encoding="utf-8", newline="\n")
    toml = folder / "rapport.toml"
    toml.write_bytes(Path(__file__).with_name("rapport.toml").read_bytes())
    tell("The synthetic practice is ready", 1.0)
    return toml


def _write(
    folder: Path, scenario: Scenario, drawn: tuple[Any, ...], streams: list[np.random.Generator]
) -> dict[str, Any]:
    """One file per canonical table; what each holds, by table."""
    stayed, known, staff, booked, answers = drawn
    wording, planting, scattering, recording = streams
    patients = exports.patients(known)
    appointments = exports.appointments(booked, known, staff, scenario, wording)
    episodes = exports.episodes(stayed, known, scenario, recording)
    plan = {
        "site": ("sites.csv", exports.sites(scenario), Planted(), files.PLAIN),
        "clinician": ("clinicians.csv", exports.clinicians(staff, scenario), Planted(), files.WITH_BOM),
        "patient": ("patients.csv", patients, faults_planted.in_patients(patients, planting), files.OLD_EUROPEAN),
        "episode": ("episodes.csv", episodes, faults_planted.in_episodes(episodes, planting), files.PLAIN),
        "appointment": (
            "appointments.csv",
            appointments,
            faults_planted.in_appointments(appointments, planting),
            files.PLAIN,
        ),
        "feedback": ("feedback.csv", exports.feedback(answers, known, scenario), Planted(), files.PLAIN),
        "rollout": ("rollout.csv", exports.rollout(scenario), Planted(), files.PLAIN),
    }
    return {
        table: files.write(folder / name, sound, planted, dialect, scattering)
        for table, (name, sound, planted, dialect) in plan.items()
    }
