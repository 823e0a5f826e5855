"""Which questionnaires are known, and how is each scored? docs/instruments.md, made from the keys."""

from __future__ import annotations

from instruments.catalogue import built_in
from instruments.declaration import TOTAL, CutOff, Instrument, Scale

TEXT = """# Questionnaires

Made from the keys in `instruments/keys/` by `make docs`; do not edit. Only numbers are kept: which items make which
score, which are reversed, what is done about missing ones, cut-offs. The texts of the questions belong to others and
are not part of Rapport: mind the licence of each before using it.

`measure` and `staff_survey` take the item answers in order, or a stated total, or both. Where both are there the items
win, and a stated total that differs is flagged (`stated_total_differs`). A total without items is taken as stated and
flagged (`stated_total_only`); one made up for missing items is flagged (`prorated`); too few answers give no score
(`too_few_answered`). An answer the questionnaire cannot have is refused by its item, never repeated in a message.

A name is understood however it is written (`PHQ-9`, `phq9`, `PHQ_9`). Sheets of a name nobody declared are kept and
counted in no figure: `rapport ingest` says how many there are, and which known name is nearest.

## A questionnaire of one's own

What `instruments.declare` reads, in a toml. Items count from 1; `scales` may be left out where there is one total, the
sum of all items; `step = 0` allows any number of the range; `fewest` is how many items must be answered (all, where it
is left out).

```toml
about = "how heavy the week's technology was"
better = "lower"
items = 3
lowest = 0
highest = 10
reverse = [2]

[scales]
total = { kind = "mean", fewest = 2 }

[[cutoffs]]
flag = "heavy"
at_least = 6
```

## A reliable change of one's own

Where no reliable change is published it is worked out when a release makes everything anew (Jacobson & Truax 1991):
from the published reliability and the spread between the practice's own patients at their first answer before anything
went live, if at least 50 answered. A practice that stands for another figure writes it down, and it goes before:

```toml
[instruments.SRS]
reliable_change = 4
source = "our own manual, 2025"
```
"""


def instruments_document() -> str:
    """The whole page."""
    known = built_in().values()
    parts = {f"{each.key} {name}" for each in known for name in each.alone}
    return TEXT + "".join(_section(each) for each in known if each.key not in parts)


def _section(instrument: Instrument) -> str:
    step = "any number" if not instrument.step else f"steps of {instrument.step:g}"
    reversal = [
        f"{', '.join(map(str, items))}{f' (answers numbered {coding})' if coding else ''}"
        for coding, items in instrument.codings.items()
        if items
    ]
    rows = {
        "measures": f"{instrument.about}; {instrument.better} is better",
        "answers": f"{instrument.items}, {instrument.lowest:g} to {instrument.highest:g}, {step}",
        "scores": "; ".join(_scale(instrument, scale) for scale in instrument.scales.values()),
        "reversed": "; ".join(reversal) or "none",
        "missing": instrument.missing,
        "flags": "; ".join(_cutoff(cut) for cut in instrument.cutoffs) or "none",
        "bands": ", ".join(f"{name.replace('_', ' ')} from {low:g}" for name, low in instrument.bands.items()),
        "reliable change": ""
        if instrument.reliable_change is None
        else f"{instrument.reliable_change:g} points or more",
        "reliability": "" if instrument.reliability is None else f"{instrument.reliability:.2f}",
        "one scale alone": ", ".join(f"`{instrument.name} {name}`" for name in instrument.alone),
        "licence": instrument.licence,
        "source": instrument.source,
    }
    table = "".join(f"| {name} | {value} |\n" for name, value in rows.items() if value)
    return f"\n## {instrument.name}\n\n| | |\n| --- | --- |\n{table}"


def _scale(instrument: Instrument, scale: Scale) -> str:
    low, high = instrument.limits(scale)
    which = "all items" if len(scale.items) == instrument.items else f"items {', '.join(map(str, scale.items))}"
    fewest = "" if scale.fewest == len(scale.items) else f", at least {scale.fewest} answered"
    return f"{scale.name}: {scale.kind} of {which} ({low:g} to {high:g}){fewest}"


def _cutoff(cut: CutOff) -> str:
    of = f"item {cut.item} " if cut.item else "" if cut.scale == TOTAL else f"{cut.scale} "
    return f"`{cut.flag}`: {of}{cut.comparison.replace('_', ' ')} {cut.value:g}"
