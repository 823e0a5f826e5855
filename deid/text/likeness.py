"""What being like a name, and like a town, by its letters, says of a word; and the tables of weights."""

from __future__ import annotations

from operator import add

from deid.text.letters import LOWEST, UNSAID

Table = dict[str, float]
Tables = dict[str, Table]
Steps = list[float]  # by the step; a step below nought is counted from the end, as Python does
Said = tuple[Steps, Steps, float]  # by the steps to a name, to a town; at least so much in all
EMPTY: Table = {}
NOT_ASKED: Said = ([], [], 0.0)
STEPS = [str(step) for step in (*range(UNSAID + 1), *range(LOWEST, 0))]
NO_STEPS: Steps = [0.0] * len(STEPS)


class Likeness(dict[tuple[str, str], Said]):
    """Kind of a word and how it is written -> what each step of likeness to a name, and to a town, says of it."""

    def __init__(self, slots: dict[str, Tables]) -> None:
        super().__init__()
        self.of_names, self.of_towns = (
            (by_step(slots[slot]), by_step(slots[f"{slot}-way"])) for slot in ("as-name", "as-town")
        )

    def __missing__(self, key: tuple[str, str]) -> Said:
        kind, way = key
        name, town = (
            list(map(add, kinds.get(kind, NO_STEPS), ways.get(way, NO_STEPS)))
            for kinds, ways in (self.of_names, self.of_towns)
        )
        said = self[key] = name, town, least(name) + least(town)
        return said


def least(steps: Steps) -> float:
    """The least that any step, or none, says."""
    return min(0.0, *steps)


def by_step(tables: Tables) -> dict[str, Steps]:
    """Tables by how many steps."""
    return {value: [table.get(step, 0.0) for step in STEPS] for value, table in tables.items()}
