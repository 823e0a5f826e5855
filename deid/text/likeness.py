"""What being like a name, and like a town, by its letters, says of a word; and the tables of weights."""

from __future__ import annotations

Table = dict[str, float]
Tables = dict[str, Table]
Steps = dict[int, float]
Said = tuple[Steps, Steps, float]  # by the steps to a name, to a town; at least so much in all
EMPTY: Table = {}
NOT_ASKED: Said = ({}, {}, 0.0)


class Likeness(dict[tuple[str, str], Said]):
    """Kind of a word and how it is written -> what each step of likeness to a name, and to a town, says of it."""

    def __init__(self, slots: dict[str, Tables]) -> None:
        super().__init__()
        self.slots = slots

    def __missing__(self, key: tuple[str, str]) -> Said:
        kind, way = key
        name, town = (
            by_step(summed(self.slots[slot].get(kind, EMPTY), self.slots[f"{slot}-way"].get(way, EMPTY)))
            for slot in ("as-name", "as-town")
        )
        said = self[key] = name, town, least(name) + least(town)
        return said


def least(steps: Steps) -> float:
    """The least that any step, or none, says."""
    return min((0.0, *steps.values()))


def by_step(table: Table) -> Steps:
    """A table by how many steps."""
    return {int(step): weight for step, weight in table.items()}


def summed(*tables: Table) -> Table:
    """One table with the weights of all."""
    filled = [table for table in tables if table]
    if len(filled) < 2:
        return filled[0] if filled else EMPTY
    total = dict(filled[0])
    for table in filled[1:]:
        for key, weight in table.items():
            total[key] = total.get(key, 0.0) + weight
    return total
