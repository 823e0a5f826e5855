"""`rapport scrub`: JSON lines in, scrubbed JSON lines out, streaming and in order."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from etl.errors import InputError
from rapport import console


def run(source: Path | None, *, profile: str, explain: bool, processes: int, spacy_model: str | None) -> None:
    """Read lines from a file or stdin, write answers to stdout, report bad lines on stderr."""
    from deid.text import PROFILES, ScrubError, stream

    if profile not in PROFILES:
        raise InputError(f"--profile: there is no profile of that name; write one of: {', '.join(PROFILES)}.")
    chosen = replace(PROFILES[profile], spacy_model=spacy_model) if spacy_model else PROFILES[profile]
    good = bad = 0
    with ExitStack() as stack:
        lines = opened(source, stack)
        out = sys.stdout.buffer
        try:
            for answers in stream.scrub_lines(lines, chosen, explain=explain, processes=processes):
                for answer in answers:
                    if answer.line is None:
                        bad += 1
                        console.fault(f"Line {answer.number} skipped: {answer.fault}.")
                        continue
                    good += 1
                    out.write(answer.line)
                out.flush()
        except ScrubError as error:
            raise InputError(str(error)) from error
    if bad and not good:
        raise InputError('No line could be read. Each must be one JSON object: {"id": "1", "text": "..."}.')


def opened(source: Path | None, stack: ExitStack) -> BinaryIO:
    """The file's lines, or standard input's."""
    if source is None or str(source) == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(source.open("rb"))
    except OSError as error:
        raise InputError(
            f"The file cannot be read ({error.strerror}); name a file of JSON lines, or - for stdin."
        ) from error
