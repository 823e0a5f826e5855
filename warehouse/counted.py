"""Which rows does each figure count, and which others follow from several figures of one place?

Each family of figures counts rows of one table: visits, sheets, signals. What n and the numerator count is written down
as a set of rows, by what can be true of a row; from that follows which sums and differences of published counts are
themselves the count of some rows: those held less those of a known booking day are those without one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Signs = NDArray[np.int64]
Counted = Mapping[str, tuple[Flags | None, ...]]  # figure -> rows of n, rows of its numerator (None: no rows), and
# rows of what follows from it and others, where a release says more of the people behind those (metrics.people.BESIDE)


def _visits(
    late: Flags, missed: Flags, refilled: Flags, dated: Flags, again: Flags, remote: Flags, failed: Flags, told: Flags
) -> Counted:
    held, booked = ~late, late | ~late
    return {
        "no_show_rate": (held, held & missed),
        "late_cancel_rate": (booked, late),
        "wait_from_booking": (held & dated, None),
        "rebooked": (held & missed, held & missed & again),
        "failed_connections": (held & remote, held & remote & failed),
        "reminders_per_visit": (held & told, None),
        "slots_lost": (booked, (late | missed) & ~refilled, (late | missed) & refilled),
        "wait_gap": (held & dated, None),
    }


def _new_bookings(recorded: Flags, staff: Flags, patient: Flags, automation: Flags) -> Counted:
    by_staff, by_patient = recorded & staff, recorded & ~staff & patient
    return {
        "rebooking_median": (staff | ~staff, None),
        "rebooked_by_staff": (recorded, by_staff, ~recorded),
        "rebooked_by_self_service": (recorded, by_patient, ~recorded),
        "rebooked_by_automation": (recorded, recorded & ~staff & ~patient & automation, ~recorded),
    }


def _alliance(answered: Flags, again: Flags, worse: Flags) -> Counted:
    return {
        "alliance_answered": (answered | ~answered, answered),
        "alliance": (answered, None),
        "alliance_ruptures": (answered & again, answered & again & worse),
    }


def _sessions(again: Flags, worse: Flags) -> Counted:
    return {"session_rating": (again | ~again, None), "session_ruptures": (again, again & worse)}


def _messages(delivered: Flags, unwanted: Flags, escalated: Flags) -> Counted:
    return {
        "message_escalated": (delivered | ~delivered, escalated),
        "message_opt_outs": (delivered, unwanted, ~delivered),
    }


def _signals(
    reached: Flags,
    timed: Flags,
    dated: Flags,
    shut: Flags,
    soon: Flags,
    judged: Flags,
    real: Flags,
    noticed: Flags,
    closed: Flags,
) -> Counted:
    every = shut | ~shut
    return {
        "crisis_unreached": (every, ~reached),
        **{f"crisis_{name}": ((reached & timed) | (~reached & dated), None) for name in ("median", "p90", "p95")},
        "crisis_closed_by_automation": (every, closed),
        "crisis_contact": (reached & timed, None),
        "crisis_out_of_hours": (every, shut),
        "crisis_inside_target_out_of_hours": (shut, shut & reached & timed & soon),
        "crisis_found_by_automation": (judged & real, judged & real & noticed),
        "crisis_alarms_real": (judged & noticed, judged & noticed & real),
        "crisis_false_alarms": (None, judged & noticed & ~real),
    }


def _requests(under: Flags, over: Flags) -> Counted:
    both = under | ~under
    return {
        "triage_under": (both, under),
        "triage_over": (both, over & ~under),
        "triage_kappa": (both, None),
        "triage_kappa_weighted": (both, None),
    }


def _forecasts(alert: Flags, missed: Flags, overridden: Flags, acted: Flags, recent: Flags) -> Counted:
    every = alert | ~alert
    fit = ("auc", "brier", "intercept", "slope", "in_the_large", "observed_expected")
    return {
        **{f"predictor_{name}": (every, None) for name in fit},
        "predictor_flagged": (every, alert),
        "predictor_ppv": (alert, alert & missed),
        "predictor_overridden": (alert, alert & overridden),
        "predictor_rubber_stamped": (acted, acted & ~overridden),
        "predictor_drift": (recent, None),
    }


def _staff(answered: Flags) -> Counted:
    return {"staff_answered": (answered | ~answered, answered), "burnout": (answered, None)}


def _hours(since: Flags) -> Counted:
    every = since | ~since
    hours = ("admin_hours", "after_hours", "repair_hours")
    return {**{name: (every, None) for name in hours}, "hours_given_back": (since, None)}


FAMILIES: tuple[Callable[..., Counted], ...] = (
    *(_visits, _new_bookings, _alliance, _sessions, _messages, _signals, _requests, _forecasts, _staff, _hours),
)


ALIKE = (  # figures of mostly the same rows, of which nobody knows whether those of one are among those of the other
    ("alliance", "alliance_goal", "alliance_task", "alliance_bond"),
    ("in_care_12_weeks", "mean_weeks_in_care", "unplanned_12_weeks", "left_after_first_visit"),
    ("burnout", "burnout_personal", "burnout_client"),
    ("emotional_labour", "training_lacking", "deskilling"),
    ("triage_under", "triage_over", "triage_kappa", "triage_kappa_weighted", "right_care_median"),
)


@dataclass(frozen=True)
class Family:
    """What the figures of one family count. Kinds of rows are the columns of `told` and `sets`.

    figures: the most important one first. told: the different sets counted as n or numerator. tellers: for each of them
    (figure, side), places in `figures`; side: 0 n, 1 the numerator. counts: of what more is known: (figure, side, set);
    side 2: who is in n and not in the numerator; 3: what follows beside it. sets: those and all that follow from them.
    ways: for each set the sums and differences that give it, a sign for each of `told`. parts: for each set two others
    that make it up.
    """

    figures: tuple[str, ...]
    told: Flags
    tellers: tuple[tuple[tuple[int, int], ...], ...]
    counts: tuple[tuple[int, int, Flags], ...]
    sets: Flags
    ways: tuple[tuple[Signs, ...], ...]
    parts: tuple[tuple[tuple[int, int], ...], ...]


@cache
def families() -> tuple[Family, ...]:
    """All of them."""
    return tuple(family_of(counted) for counted in (*map(_of_kinds, FAMILIES), *_pairs()))


def _of_kinds(counted: Callable[..., Counted]) -> Counted:
    """The sets among all kinds of rows there can be: whatever can be true of one is, or is not."""
    traits = len(inspect.signature(counted).parameters)
    return counted(*np.array(list(product([False, True], repeat=traits))).T)


def _pairs() -> Iterator[Counted]:
    """Two figures that are alike, the one within the other and the other way round."""
    every, some = np.array([True, True]), np.array([True, False])
    for figures in ALIKE:
        for one, other in combinations(figures, 2):
            yield {one: (every, None), other: (some, None)}
            yield {one: (some, None), other: (every, None)}


def family_of(counted: Counted) -> Family:
    """Every sum of sets, each taken once, added or taken off, that holds each kind of row once or not at all."""
    counts = list(_counts(counted))
    named = dict.fromkeys(rows.tobytes() for _, side, rows in counts if side < 2)
    told, kinds = np.unique(np.array([np.frombuffer(name, dtype=bool) for name in named]), axis=1, return_index=True)
    tellers = [tuple((at, side) for at, side, rows in counts if side < 2 and rows.tobytes() == name) for name in named]
    signs = np.array(list(product((-1, 0, 1), repeat=len(told))))
    sums = signs @ told
    right = (sums.min(axis=1) >= 0) & (sums.max(axis=1) == 1)
    sets, which = np.unique(sums[right], axis=0, return_inverse=True)
    return Family(
        figures=tuple(counted),
        told=told,
        tellers=tuple(tellers),
        counts=tuple((at, side, rows[kinds]) for at, side, rows in counts),
        sets=sets.astype(bool),
        ways=tuple(tuple(signs[right][which.ravel() == place]) for place in range(len(sets))),
        parts=tuple(_parts(sets)),
    )


def _counts(counted: Counted) -> Iterator[tuple[int, int, Flags]]:
    for at, (n, events, *beside) in enumerate(counted.values()):
        if n is not None:
            yield at, 0, n
        if events is not None:
            yield at, 1, events
        if n is not None and events is not None and not (events & ~n).any():
            yield at, 2, n & ~events
        yield from ((at, 3, rows) for rows in beside if rows is not None)


def _parts(sets: Signs) -> Iterator[tuple[tuple[int, int], ...]]:
    named = {one.tobytes(): place for place, one in enumerate(sets)}
    for whole in sets:
        inside = [place for place, one in enumerate(sets) if (one <= whole).all() and (one < whole).any()]
        rests = [named.get((whole - sets[place]).tobytes()) for place in inside]
        yield tuple((part, rest) for part, rest in zip(inside, rests, strict=True) if rest is not None)
