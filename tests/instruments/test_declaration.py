import tomllib
from typing import Any

import pytest

from instruments import InstrumentError, built_in, declare, score
from instruments.catalogue import KEYS

OWN = """
about = "how heavy the week's technology was"
better = "lower"
items = 3
lowest = 0
highest = 10
reverse = [2]
[[cutoffs]]
flag = "heavy"
at_least = 20
"""


def own(**changes: Any) -> dict[str, Any]:
    return {**tomllib.loads(OWN), **changes}


def test_a_practice_declares_its_own_questionnaire() -> None:
    burden = declare("burden", own())
    found = score("Burden", [9, 1, 8], own={"burden": burden})
    assert (found.total, found.flags) == (26, ("heavy",))
    assert score(burden, [9, 1, 8]) == found


def test_an_own_questionnaire_goes_before_a_built_in_one_of_its_name() -> None:
    assert score("PHQ-9", [1, 1, 1], own={"PHQ-9": declare("PHQ-9", own())}).total == 11


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"itms": 3}, "did you mean 'items'"),
        ({"items": 0}, "items must be a whole number from 1 to 500"),
        ({"lowest": "a"}, "lowest must be a number"),
        ({"lowest": 10}, "lowest must be below highest"),
        ({"better": "more"}, 'better must be "higher" or "lower"'),
        ({"items": 10**9}, "items must be a whole number from 1 to 500"),
        ({"highest": float("inf")}, "highest must be a number"),
        ({"step": -1}, "step is the distance of two answers, 0 or above"),
        ({"reliable_change": "six"}, "reliable_change must be a number"),
        ({"reverse": [4]}, "items are whole numbers from 1 to 3"),
        ({"scales": {"total": {"kind": "median"}}}, 'kind must be "sum" or "mean"'),
        ({"scales": {"total": {"fewest": 4}}}, "fewest cannot be more than its 3 items"),
        ({"cutoffs": [{"flag": "x", "at_least": 1, "below": 2}]}, "one of at_least"),
        ({"cutoffs": [{"flag": "x", "at_least": 1, "scale": "y"}]}, "names no scale or item"),
        ({"bands": {"high": 5, "low": 0}}, "from the lowest to the highest"),
        ({"codings": {"a": [1]}, "coding": "b"}, "coding must be one of a"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused_with_what_to_write(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InstrumentError, match=said):
        declare("burden", own(**changes))


def test_the_ten_questionnaires_are_there_with_licence_source_and_missing_rule() -> None:
    whole = [each for each in built_in().values() if " " not in each.key]
    assert {each.key for each in whole} == {
        "WAI-SR", "SRS", "ORS", "CORE-10", "PHQ-9", "GAD-7", "CBI", "OLBI", "Mini-Z", "PFI",
    }  # fmt: skip
    for each in whole:
        assert each.licence
        assert each.source
        assert each.missing


def test_no_item_text_is_shipped() -> None:
    for path in KEYS.glob("*.toml"):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        sentences = [key for key, value in data.items() if isinstance(value, str) and len(value) > 40]
        assert set(sentences) <= {"missing", "licence", "source"}, path.name
        assert isinstance(data["items"], int)


def test_every_subscale_covers_its_items_once() -> None:
    for each in built_in().values():
        parts = [
            item for name, scale in each.scales.items() if name not in ("total", "burnout") for item in scale.items
        ]
        assert len(parts) == len(set(parts)), each.key
