"""Which parts is a page made of? Each asks for results, and puts figure, words, table and file in their places.

Each is kept for the choices it depends on, and no others: choosing a site again, or one that a part knows nothing of,
works out and draws nothing anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dashboard import change, charts, control, data, governed, parts, summaries, tables, verdict, verdict_lines, words
from dashboard.charts import Arms
from dashboard.layout import View
from dashboard.marks import Mark
from dashboard.parts import Card, Piece
from metrics.arms import bands
from metrics.errors import QueryError
from metrics.estimate import State
from metrics.query import EffectReport, ResultRow
from metrics.registry import metric_named
from warehouse.schema import ALL_SITES, WEEKS


def top(view: View, metrics: Sequence[str]) -> tuple[Piece, ...]:
    """The page's question answered in one sentence by its first figure, then one number per metric."""
    return (_top(view.only("site"), tuple(metrics)),)


@data.kept
def _top(view: View, metrics: tuple[str, ...]) -> Piece:
    rows = [data.results(view.scope, key, view.site, None)[0] for key in metrics]
    answer = words.answer(metric_named(metrics[0]), rows[0], words.site(view.site))
    return parts.words_only(parts.answer(answer), _empty(view, rows), parts.cards([_card(view, row) for row in rows]))


def more(view: View, title: str, metrics: Sequence[str]) -> tuple[Piece, ...]:
    """A further question of the page: one number per metric under a heading."""
    return (_more(view.only("site"), title, tuple(metrics)),)


@data.kept
def _more(view: View, title: str, metrics: tuple[str, ...]) -> Piece:
    rows = [data.results(view.scope, key, view.site, None)[0] for key in metrics]
    return parts.words_only(parts.heading(title), _empty(view, rows), parts.cards([_card(view, row) for row in rows]))


def gaps(view: View) -> tuple[Piece, ...]:
    """Did a rollout widen the gap between a group of patients and all others? Too many to draw: a table."""
    return _gaps(view.only(), governed.stamp())


@data.kept
def _gaps(view: View, at: governed.Stamp) -> tuple[Piece, ...]:
    lines = governed.effects_on(view.scope, at, ("equity_gap",))
    if not lines:
        return ()
    title, said = "Did a rollout widen the gap between groups?", verdict_lines.of_rollouts(lines)
    shown = verdict_lines.table(lines, by_rollout=True)
    return (parts.folded(title, said, shown, key="gaps", label="Show every group and rollout, or download"),)


def halts(view: View) -> tuple[Piece, ...]:
    """A safety fact, before every figure: never withheld, whatever the groups are."""
    facts = data.facts(view.scope, governed.stamp())
    told = [parts.answer(f"■ Safety halt: {words.sentence(fact)}") + parts.bullets(verdict.FOLLOW_UP) for fact in facts]
    return (parts.words_only(*told),)


def _empty(view: View, rows: Sequence[ResultRow]) -> str:
    """What to map, where the exports hold nothing of the kind."""
    lacking = [metric_named(row.metric) for row in rows if row.state == State.MISSING]
    mapped = set(data.table(view.scope, "reconciliation")["table_name"])
    said = words.to_map(lacking, mapped) if len(lacking) == len(rows) else ""
    return parts.text(said) if said else ""


def changes(view: View, metrics: Sequence[str]) -> tuple[Piece, ...]:
    """What did each rollout do to these: adjusted and as it looks, in one picture? Nothing where nothing went live."""
    return _changes(view.only(), tuple(metrics), governed.stamp())


@data.kept
def _changes(view: View, metrics: tuple[str, ...], at: governed.Stamp) -> tuple[Piece, ...]:
    lines = governed.effects_on(view.scope, at, metrics)
    if not lines:
        return ()
    told = [line for line in lines if change.known(line)]
    return (verdict_lines.picture("What did each rollout change?", lines, key="changes", by_rollout=True, told=told),)


def series(view: View) -> tuple[Piece, ...]:
    """The chosen figure over time, go-lives drawn in; and which of its moves are more than its ordinary ones."""
    return _series(view.only("site", "grain", "metric"))


@data.kept
def _series(view: View) -> tuple[Piece, ...]:
    metric = metric_named(view.metric)
    rows = data.results(view.scope, view.metric, view.site, None, view.grain)
    marks, breaks, weeks = _marks(view), data.breaks(view.scope, view.metric), WEEKS[view.grain]
    drawn = charts.build_series(rows, name=metric.name, weeks=weeks, marks=marks, breaks=breaks) if _any(rows) else None
    summary = summaries.series(metric.name, rows, view.grain, [mark.label for mark in marks])
    summary = " ".join([summary, *(summaries.changed(one) for one in breaks)])
    lines = tables.of_results("Period from", [(words.day(row.period), row) for row in rows])
    title = words.titled(f"{metric.name} over time", view.site)
    keys = {"line": metric.name, "band": "95 % interval"}
    if any(row.value is None for row in rows):
        keys["hatch"] = "not shown (reason in the table)"
    over_time = parts.figure(title, drawn, summary, lines, key="over-time", rows=rows, keys=keys)
    if not _any(rows):
        return (over_time,)
    title = words.titled(f"{metric.name}, its ordinary moves and its news", view.site)
    return over_time, control.piece(title, rows, weeks, marks, breaks)


def series_behind(view: View) -> tuple[Piece, ...]:
    """The same for a page whose answer is another chart: in words, drawn when it is asked for."""
    over_time, *others = series(view)
    return replace(over_time, behind=True, label="Show the chart, its table, or download"), *others


def by_site(view: View) -> tuple[Piece, ...]:
    """The chosen figure at every site, beside the whole practice; nothing where there is one site."""
    return _by_site(view.only("metric"))


@data.kept
def _by_site(view: View) -> tuple[Piece, ...]:
    metric = metric_named(view.metric)
    rows = data.results(view.scope, view.metric, None, None)
    whole = next(row for row in rows if row.site == ALL_SITES)
    each = [(words.site(row.site), row) for row in rows if row.site != ALL_SITES]
    return (_groups(f"{metric.name} by site", "Site", each, whole, key="by-site"),) if len(each) > 1 else ()


def by_stratum(view: View) -> tuple[Piece, ...]:
    """The chosen figure in every group of the chosen split."""
    if view.by is None:
        title = f"{metric_named(view.metric).name} by group"
        advice = "Choose “Split by” at the top to compare groups of patients or visits."
        return (parts.words_only(parts.heading(title), parts.text(advice)),)
    return (_by_stratum(view.only("site", "by", "metric"), view.by),)


@data.kept
def _by_stratum(view: View, by: str) -> Piece:
    metric = metric_named(view.metric)
    rows = data.results(view.scope, view.metric, view.site, by)
    whole = data.results(view.scope, view.metric, view.site, None)[0]
    each = [(words.stratum(row.stratum, by), row) for row in rows]
    name = words.stratifier(by)
    title = words.titled(f"{metric.name} by {words.lower_first(name)}", view.site)
    return _groups(title, name, each, whole, key="by-group")


def survival(view: View) -> tuple[Piece, ...]:
    """Who is still in care, week after week."""
    return (_survival(view.only("site")),)


@data.kept
def _survival(view: View) -> Piece:
    try:
        curve = data.survival(view.scope, view.site)
    except QueryError as reason:
        return parts.words_only(parts.heading("Who is still in care"), parts.text(str(reason)))
    weeks = [0, *(int(time) for time in curve.time)]
    share, low, high = ([1.0, *column.tolist()] for column in (curve.survival, curve.low, curve.high))
    at_risk = [int(number) for number in (curve.at_risk[0], *curve.at_risk)]
    drawn = charts.build_survival(weeks, share, low, high, at_risk)
    lines = [
        (
            f"{week}",
            f"{100 * share[week]:.1f} %",
            f"{100 * low[week]:.1f} to {100 * high[week]:.1f} %",
            f"{at_risk[week]:,}",
        )
        for week in range(len(weeks))
    ]
    shown = tables.Table(("Weeks since first visit", "Still in care", "95 % limits", "Followed"), tuple(lines))
    summary = summaries.survival(weeks, share, at_risk)
    title, keys = words.titled("Who is still in care", view.site), {"line": "Still in care", "band": "95 % limits"}
    return parts.figure(title, drawn, summary, shown, key="still-in-care", keys=keys)


def contrasts(view: View) -> tuple[Piece, ...]:
    """For each kind of automation that touches some visits and not others: what difference does it make?"""
    return _contrasts(view.only("metric"))


@data.kept
def _contrasts(view: View) -> tuple[Piece, ...]:
    outcome = metric_named(view.metric).outcome
    found = data.components(view.scope, outcome) if outcome else []
    return tuple(_contrast(view, data.effect(view.scope, component, view.metric)) for component in found)


def _contrast(view: View, report: EffectReport) -> Piece:
    name, metric = words.component(report.component), metric_named(report.metric)
    if report.adjusted.value is None:
        said = parts.text(summaries.contrast_answer(report, metric, name))
        return parts.words_only("<hr>", parts.heading(summaries.contrast_title(report.component, metric)), said)
    before = (
        "<hr>",
        parts.heading(summaries.contrast_title(report.component, metric)),
        parts.answer(summaries.contrast_answer(report, metric, name)),
        parts.cards([_difference_card(view, report, adjusted=False), _difference_card(view, report, adjusted=True)]),
        parts.text("For the whole practice and all its published visits, whatever site or period is chosen above."),
        parts.text(report.why),
    )
    compared = bands(report)
    drawn = [Arms(words.stratum(b.name, report.confounder), b.exposed, b.other, b.comparable) for b in compared]
    lines = tables.of_bands(words.stratifier(report.confounder), report.confounder, compared, name)
    title = f"{metric.name} with and without {name}, like with like"
    figure = charts.build_arms(drawn, with_name=f"with {name}", without_name=f"without {name}")
    summary = summaries.arms([(arms.band, arms.exposed, arms.unexposed, arms.comparable) for arms in drawn], name)
    key = f"contrast-{report.component.replace('_', '-')}"
    return parts.figure(title, figure, summary, lines, key=key, before="".join(before))


def _groups(title: str, heading: str, each: list[tuple[str, ResultRow]], whole: ResultRow, *, key: str) -> Piece:
    rows = [row for _, row in each]
    drawn = charts.build_groups(summaries.extremes(each), whole=whole) if _any(rows) else None
    return parts.figure(
        title, drawn, summaries.groups(title, each), tables.of_results(heading, each), key=key, rows=rows
    )


def _any(rows: Sequence[ResultRow]) -> bool:
    return any(row.value is not None for row in rows)


def _card(view: View, row: ResultRow) -> Card:
    metric = metric_named(row.metric)
    return Card(
        label=metric.name,
        result=row,
        counted=words.counted(metric, view.release),
        period=words.span(view.release),
        release=f"Release {row.release}, {words.site(row.site)}",
        question=metric.question,
        definition=words.definition(metric, view.release),
        left_out=words.plain(metric.exclusions, view.release),
        cannot_tell=words.plain(metric.limits, view.release),
    )


def _difference_card(view: View, report: EffectReport, *, adjusted: bool) -> Card:
    metric = metric_named(report.metric)
    found, label = (report.adjusted, "Like with like") if adjusted else (report.naive, "Plain comparison")
    how = "within groups of like visits, then pooled (Mantel-Haenszel)" if adjusted else "over all visits, as they come"
    like = f" Groups: {words.lower_first(words.stratifier(report.confounder))}." if adjusted else ""
    return Card(
        label=f"{label}: with, minus without",
        result=found,
        counted="visits",
        period=words.span(view.release),
        release=f"Release {report.release}, {words.site(ALL_SITES)}",
        question=metric.question,
        definition=f"The {words.lower_first(metric.name)} of touched visits minus that of the others, {how}.{like}",
        left_out=words.plain(metric.exclusions, view.release),
        cannot_tell=summaries.CONTRAST_LIMITS if adjusted else summaries.NAIVE_LIMITS,
        value_words=summaries.difference(found),
    )


def _marks(view: View) -> list[Mark]:
    """Go-lives in order of time; several sites on one day share a line."""
    live = data.table(view.scope, "rollout").sort_values(["went_live_on", "component", "site"])
    if view.site != ALL_SITES:
        live = live[live["site"] == view.site]
    days: dict[object, list[str]] = {}
    for row in live.to_dict("records"):
        days.setdefault(row["went_live_on"].date(), []).append(f"{words.component(row['component'])} at {row['site']}")
    return [
        Mark(number, on, f"{words.listed(names)} ({words.day(on)})")  # type: ignore[arg-type]
        for number, (on, names) in enumerate(days.items(), start=1)
    ]
