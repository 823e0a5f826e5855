"""Lines are answered as they come: many of a file at once, those of a person who types one by one."""

import io
import json
import os
import threading
from typing import cast

import pytest

from deid.text import PROFILES, stream

LINES = [json.dumps({"id": n, "text": f"text {n}, thanks Anna"}).encode() for n in range(700)]


class Dripping(io.BytesIO):
    """A file that gives a few bytes at each read."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 7, 7))


def ids(source: io.BytesIO, *, processes: int = 1) -> list[int]:
    answers = stream.scrub_lines(source, PROFILES["safe_harbor"], processes=processes)
    return [json.loads(cast("bytes", answer.line))["id"] for several in answers for answer in several]


def test_lines_are_whole_and_in_order_however_they_arrive() -> None:
    content = b"\n".join(LINES[:40])
    for source in (io.BytesIO(content), Dripping(content), Dripping(content + b"\n")):
        assert [line for lines in stream.at_hand(source) for line in lines if line] == LINES[:40]


def test_one_process_and_two_give_the_same_answers_in_order() -> None:
    content = b"\n".join(LINES) + b"\n"
    assert ids(io.BytesIO(content)) == ids(io.BytesIO(content), processes=2) == list(range(len(LINES)))


def test_a_line_is_answered_before_the_next_one_is_written() -> None:
    inlet, outlet = os.pipe()
    with os.fdopen(inlet, "rb") as source, os.fdopen(outlet, "wb", buffering=0) as typed:
        answers = stream.scrub_lines(cast("io.BytesIO", source), PROFILES["safe_harbor"])
        for line in LINES[:3]:
            threading.Thread(target=typed.write, args=(line + b"\n",)).start()
            (answer,) = next(answers)
            assert json.loads(cast("bytes", answer.line))["id"] == json.loads(line)["id"]


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity"])
def test_an_id_that_is_no_number_of_json_is_no_line_of_it(number: str) -> None:
    good, bad = (f'{{"id": {each}, "text": "Anna called"}}'.encode() for each in ("1e300", number))
    several = stream.scrub_lines(io.BytesIO(good + b"\n" + bad), PROFILES["safe_harbor"])
    first, second = (answer for answers in several for answer in answers)
    assert json.loads(cast("bytes", first.line))["id"] == 1e300
    assert second.line is None
    assert cast("str", second.fault).startswith("not JSON")
