"""What stands on every page: which practice and release, what is made up, what to look at, and what to do if empty."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import access, data, views, words
from dashboard.access import NothingToShow, Scope
from dashboard.governed import About
from metrics.registry import metric_named
from warehouse.store import Release, StoreError

STYLE = Path(__file__).with_name("page.css")
NO_SPLIT = "Nothing"
SHARED_FILTERS = ("site", "by", "period")
_KEPT, _PAGE = "kept filters", "page of the filters"
GRAINS = {"Week": "week", "4 weeks": "4weeks", "12 weeks": "12weeks"}
SYNTHETIC = (
    "Made-up data. This is a synthetic practice: none of these patients exist, and no decision should rest on it."
)


SINGLE_USER = (
    "Single user mode: the account that runs these pages can also open the vault. On a machine that others use, run "
    "them from an account of their own, and take single_user out of rapport.toml (docs/security.md says how)."
)


@dataclass(frozen=True)
class View:
    """What the reader chose to look at. `site` is ALL_SITES for the whole practice; `by` is None for no split."""

    scope: Scope
    release: Release
    site: str = "*"
    by: str | None = None
    grain: str = "4weeks"
    metric: str = ""

    def only(self, *choices: str) -> View:
        """The same view with these choices alone: what a piece that depends on no other is kept by."""
        return View(self.scope, self.release, **{name: getattr(self, name) for name in choices})


def begin(question: str) -> View:
    """The top of a page. Where nothing can be shown it says why and what to do, and the page ends there."""
    st.html(STYLE)
    try:
        release = _chosen_release()
    except NothingToShow as empty:
        st.html(_head(question))
        st.info(f"**{empty}** {empty.advice}", icon=":material/info:")
        st.stop()
    except StoreError as error:
        st.html(_head(question))
        failed(error)
        st.stop()
    st.html(_head(question, release))
    views.looking(release=release.id)
    return View(access.scope_of(release), release)


def _head(question: str, release: Release | None = None) -> str:
    """What is made up, who can open what, where it is from, and the question: one message."""
    notes = [SYNTHETIC] if release is not None and release.synthetic else []
    notes += [SINGLE_USER] if access.single_user() else []
    notes += [views.fault() or ""] if views.fault() else []
    banners = "".join(f'<div class="rp-banner" role="note">{html.escape(note)}</div>' for note in notes)
    line = f'<div class="rp-line">{html.escape(_origin(release))}</div>' if release is not None else ""
    return f"{banners}{line}<h1>{html.escape(question)}</h1>"


def filters(view: View, metrics: Sequence[str], *, chart: str, page: str) -> View:
    """Site, split, period and figure: four choices that live in the URL, so that a view can be sent as a link.

    A page opens on the shortest steps of time of which most is shown of its first figure.

    chart: the figure's name in the URL; each page has its own, because each has other figures. page: the page's file.
    """
    _carry_over(chart, page)
    with reading():
        sites = {words.WHOLE: "*"} | {words.site(name): name for name in data.sites(view.scope)}
        splits = {NO_SPLIT: None} | {words.stratifier(key): key for key in data.stratifiers(view.scope, tuple(metrics))}
        figures = {metric_named(key).name: key for key in metrics}
        opening = list(GRAINS.values()).index(data.finest(view.scope, metrics[0]))
        row = st.container(horizontal=True)  # one block; four columns are five
        site = _choice(row, "Site", list(sites), "site")
        by = _choice(row, "Split by", list(splits), "by")
        grain = _choice(row, "Time in steps of", list(GRAINS), "period", index=opening)
        figure = _choice(row, "Charts show", list(figures), chart)
        views.looking(site=sites[site], by=splits[by])
        return replace(view, site=sites[site], by=splits[by], grain=GRAINS[grain], metric=figures[figure])
    raise RuntimeError("a failed read ends the page before this line")


def rollout(found: Sequence[About]) -> About | None:
    """Which rollout is looked at? A choice in the URL where there are several."""
    if len(found) < 2:
        return found[0] if found else None
    named = {about.label: about for about in found}
    chosen = named[_choice(st.container(), "Rollout", list(named), "rollout")]
    views.looking(rollout=chosen.label)
    return chosen


def _choice(place: DeltaGenerator, label: str, options: list[str], name: str, *, index: int = 0) -> str:
    """One filter, bound to the URL."""
    chosen = str(place.selectbox(label, options, index=index, key=name, bind="query-params"))
    kept = st.session_state.setdefault(_KEPT, {})
    if chosen != options[index]:
        kept[name] = chosen
    elif kept.get(name) != chosen:  # what was chosen elsewhere and is this page's own beginning stays chosen
        kept.pop(name, None)
    return chosen


def _carry_over(chart: str, page: str) -> None:
    """Streamlit drops a page's filters from the URL when another page opens: they are put back, to go along."""
    moved = st.session_state.get(_PAGE, chart) != chart
    st.session_state[_PAGE] = chart
    kept = {name: value for name, value in st.session_state.get(_KEPT, {}).items() if name in SHARED_FILTERS}
    if moved and kept:
        st.switch_page(page, query_params=kept)


@contextmanager
def reading() -> Iterator[None]:
    """What is read inside is shown, or the failure is and the page ends: the unread is never shown as zero."""
    try:
        yield
    except data.FAILURES as error:
        failed(error)
        st.stop()


def failed(error: Exception) -> None:
    """A read that failed: said as such, with what to do."""
    st.error(f"**What follows could not be read, so nothing is shown in its place.** {error}", icon=":material/error:")


def _chosen_release() -> Release:
    kept = access.releases()
    names = {access.LATEST: kept[0]} | {f"Release {release.id}": release for release in kept[1:]}
    if len(names) == 1:
        return kept[0]
    with st.sidebar:
        chosen = st.selectbox("Release", list(names), key="release", bind="query-params")
    return names.get(chosen, kept[0])


def _origin(release: Release) -> str:
    parts = [release.practice, f"Release {release.id}", f"records exported on {words.day(release.extracted_on)}"]
    if release.data_start and release.data_end:
        parts.append(f"visits from {words.day(release.data_start)} to {words.day(release.data_end)}")
    return " · ".join(parts)
