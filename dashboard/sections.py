"""Which parts is a page made of? Each asks for results, and puts figure, words, table and file in their places."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import charts, data, parts, summaries, tables, words
from dashboard.charts import Arms, Mark
from dashboard.layout import View
from dashboard.parts import Card
from metrics.arms import bands
from metrics.errors import QueryError
from metrics.query import EffectReport, ResultRow
from metrics.registry import metric_named
from warehouse.schema import ALL_SITES, WEEKS

EVERYTHING = "all"


def answer(view: View, metric: str) -> None:
    """The page's question, answered in one sentence for what was chosen."""
    row = data.results(view.scope, metric, view.site, None)[0]
    parts.answer(words.answer(metric_named(metric), row, words.site(view.site)))


def cards(view: View, metrics: Sequence[str]) -> None:
    """One number per metric, with all that must be said with it."""
    rows = [data.results(view.scope, key, view.site, None)[0] for key in metrics]
    parts.cards([_card(view, row) for row in rows])


def series(view: View) -> None:
    """The chosen figure over time, go-lives drawn in."""
    metric = metric_named(view.metric)
    rows = data.results(view.scope, view.metric, view.site, None, view.grain)
    marks = _marks(view)
    drawn = charts.build_series(rows, name=metric.name, weeks=WEEKS[view.grain], marks=marks) if _any(rows) else None
    summary = summaries.series(metric.name, rows, view.grain, [mark.label for mark in marks])
    lines = tables.of_results("Period from", [(words.day(row.period), row) for row in rows])
    title = words.titled(f"{metric.name} over time", view.site)
    parts.figure(title, drawn, summary, lines, key="over-time", rows=rows)


def by_site(view: View) -> None:
    """The chosen figure at every site, beside the whole practice."""
    metric = metric_named(view.metric)
    rows = data.results(view.scope, view.metric, None, None)
    whole = next(row for row in rows if row.site == ALL_SITES)
    each = [(words.site(row.site), row) for row in rows if row.site != ALL_SITES]
    if len(each) > 1:
        _groups(f"{metric.name} by site", "Site", each, whole, key="by-site")


def by_stratum(view: View) -> None:
    """The chosen figure in every group of the chosen split."""
    metric = metric_named(view.metric)
    if view.by is None:
        st.subheader(f"{metric.name} by group", anchor=False)
        parts.text("Choose “Split by” at the top to compare groups of patients or visits.")
        return
    rows = data.results(view.scope, view.metric, view.site, view.by)
    whole = data.results(view.scope, view.metric, view.site, None)[0]
    each = [(words.stratum(row.stratum, view.by), row) for row in rows]
    name = words.stratifier(view.by)
    title = words.titled(f"{metric.name} by {words.lower_first(name)}", view.site)
    _groups(title, name, each, whole, key="by-group")


def survival(view: View) -> None:
    """Who is still in care, week after week."""
    try:
        curve = data.survival(view.scope, view.site)
    except QueryError as reason:
        st.subheader("Who is still in care", anchor=False)
        parts.text(str(reason))
        return
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
    parts.figure(words.titled("Who is still in care", view.site), drawn, summary, shown, key="still-in-care")


def contrasts(view: View) -> None:
    """For each kind of automation that touches some visits and not others: what difference does it make?"""
    metric = metric_named(view.metric)
    found = data.components(view.scope, metric.outcome) if metric.outcome else []
    for component in found:
        report = data.effect(view.scope, component, view.metric)
        st.divider()
        st.header(summaries.contrast_title(component, metric), anchor=False)
        _contrast(view, report)


def _contrast(view: View, report: EffectReport) -> None:
    name, metric = words.component(report.component), metric_named(report.metric)
    parts.answer(summaries.contrast_answer(report, metric, name))
    parts.cards([_difference_card(view, report, adjusted=False), _difference_card(view, report, adjusted=True)])
    parts.text("For the whole practice and all its published visits, whatever site or period is chosen above.")
    if report.adjusted.value is not None:
        parts.text(report.why)
    compared = bands(report)
    drawn = [Arms(words.stratum(b.name, report.confounder), b.exposed, b.other, b.comparable) for b in compared]
    lines = tables.of_bands(words.stratifier(report.confounder), report.confounder, compared, name)
    title = f"{metric.name} with and without {name}, like with like"
    figure = charts.build_arms(drawn, with_name=f"with {name}", without_name=f"without {name}")
    summary = summaries.arms([(arms.band, arms.exposed, arms.unexposed, arms.comparable) for arms in drawn], name)
    parts.figure(title, figure, summary, lines, key=f"contrast-{report.component.replace('_', '-')}")


def _groups(title: str, heading: str, each: list[tuple[str, ResultRow]], whole: ResultRow, *, key: str) -> None:
    rows = [row for _, row in each]
    drawn = charts.build_groups(summaries.extremes(each), whole=whole) if _any(rows) else None
    parts.figure(title, drawn, summaries.groups(title, each), tables.of_results(heading, each), key=key, rows=rows)


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
