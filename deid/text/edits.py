"""How many slips of the pen lie between two words? Damerau's distance (optimal string alignment), and its index."""

from __future__ import annotations


def distance(one: str, other: str, most: int) -> int:
    """Edits from one word to the other: drop, add, replace, exchange neighbours; `most` + 1 if there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        two_before, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
        if min(row) > most and (not before or min(before) > most):
            return most + 1
    return row[-1]


def shortenings(word: str, letters: int) -> set[str]:
    """The word and every form with up to `letters` letters dropped: two words within that distance share one."""
    found = level = {word}
    for _ in range(letters):
        level = {form[:cut] + form[cut + 1 :] for form in level for cut in range(len(form))}
        found = found | level
    return found
