"""What does one command cost, run alone in a process of its own: seconds by the clock, and memory at its peak?"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
LOOK_EVERY = 0.02  # seconds between two looks at the memory


@dataclass(frozen=True)
class Cost:
    """seconds: start to end of the process; cpu: of processor time, all cores. peak_bytes: resident memory at most."""

    seconds: float
    cpu: float
    peak_bytes: int
    output: str

    @property
    def peak_gib(self) -> float:
        return self.peak_bytes / 2**30


class CommandFailed(Exception):  # noqa: N818  said by the command measured, not by the measuring
    """The command measured ended with a fault; its last words follow."""


def measure(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Cost:
    """Run `python argv...` and watch it. Raises CommandFailed where it does not end with 0."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began, used = time.perf_counter(), _used()
        process = subprocess.Popen(
            [sys.executable, *argv],
            stdout=out,
            stderr=err,
            cwd=ROOT,
            env={**os.environ, **(environment or {}), "PYTHONPATH": str(ROOT)},
        )
        peak = _watch(process)
        seconds, cpu = time.perf_counter() - began, _used() - used
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read())
    if process.returncode:
        raise CommandFailed(f"{' '.join(argv[:4])} ended with {process.returncode}: {(texts[1] or texts[0])[-600:]}")
    return Cost(seconds, cpu, peak, texts[0])


def _used() -> float:
    """Processor seconds of all ended children so far."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _watch(process: subprocess.Popen[bytes]) -> int:
    """The most memory the process and its children held together, until it ends."""
    peak = 0
    try:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _resident(watched))
            time.sleep(LOOK_EVERY)
    except psutil.Error:
        process.wait()
    return peak


def _resident(watched: psutil.Process) -> int:
    total = 0
    for one in (watched, *watched.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.Error:  # ended between two looks
            continue
    return int(total)
