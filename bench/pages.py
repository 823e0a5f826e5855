"""How long until a page shows its first result, and answers a choice, against an empty page with one chart?"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Figure, today
from bench.generate import Practice
from bench.ingest import released
from bench.run import ROOT
from dashboard.launch import command
from warehouse.schema import RELEASED_TABLES
from warehouse.store import open_store

TRIES = 9
CHROMIUM = os.environ.get("RAPPORT_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
REST_MS = 600  # a page that has not changed for so long rests
PATIENCE_MS = 60_000
CHART = ".js-plotly-plot .cartesianlayer .subplot"

WATCH = """
window.bench = {painted: null, changed: 0, pressed: 0};
new MutationObserver(() => { window.bench.changed = performance.now(); })
  .observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
addEventListener('pointerdown', () => { window.bench.pressed = performance.now(); }, true);
(function look() {
  const mark = document.querySelector(MARK);
  if (mark && mark.getBoundingClientRect().height > 0) window.bench.painted = performance.now();
  else requestAnimationFrame(look);
})();
"""
RESTS = f"""window.bench.painted !== null && performance.now() - window.bench.changed > {REST_MS}
  && !document.querySelector('[data-test-script-state="running"]')"""


@dataclass(frozen=True)
class Page:
    """One page to visit: what shows that its first result is there, and which choice is made of which box."""

    key: str
    path: str
    mark: str
    box: str


EMPTY = Page("empty", "", CHART, "Site")
PAGES = (
    Page("verdict", "", ".rp-word", "Release"),
    Page("no_shows", "no-shows", CHART, "Site"),
    Page("retention", "retention", CHART, "Site"),
    Page("data_quality", "data-quality", "[data-testid=stMain] table", "Release"),
)


@dataclass(frozen=True)
class Visit:
    """Milliseconds: to the first result, to the page's rest, and from a choice to its rest."""

    painted: float
    whole: float
    answered: float


def figures(scratch: Path, rows: int) -> list[Figure]:
    """First paint and interaction of each page, as ratios of medians."""
    from playwright.sync_api import sync_playwright

    url = _two_releases(released(scratch, rows))
    empty_port, port = _free_port(), _free_port()
    argv, environment = command(port=port, warehouse_url=url, views_log=str(scratch / "views"))
    with (
        _server(
            [
                *argv[:2],
                "-m",
                "streamlit",
                "run",
                str(Path(__file__).with_name("empty_page.py")),
                *_flags(argv, port, empty_port),
            ],
            environment,
            empty_port,
        ),
        _server(argv, environment, port),
        sync_playwright() as player,
    ):
        browser = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        visits = _visits(browser, {EMPTY: empty_port} | dict.fromkeys(PAGES, port))
        browser.close()
    return [figure for page in PAGES for figure in _figures(page, visits[page], visits[EMPTY])]


def _visits(browser: Any, ports: dict[Page, int]) -> dict[Page, list[Visit]]:
    """Every page in turn, again and again; the first round warms the servers and does not count."""
    found: dict[Page, list[Visit]] = {page: [] for page in ports}
    for turn in range(TRIES + 1):
        for page, port in ports.items():
            visit = _visit(browser, page, f"http://127.0.0.1:{port}/{page.path}", turn)
            if turn:
                found[page].append(visit)
        print(
            f"  round {turn} of {TRIES}",
            {page.key: {k: round(v) for k, v in asdict(found[page][-1]).items()} for page in ports if turn},
            flush=True,
        )
    return found


def _visit(browser: Any, page: Page, url: str, turn: int) -> Visit:
    """One visit by a new visitor, who makes another choice each turn, so that not every answer was given before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.add_init_script(WATCH.replace("MARK", repr(page.mark)))
    tab.goto(url)
    tab.wait_for_function(RESTS, timeout=PATIENCE_MS)
    loaded = tab.evaluate("window.bench")
    tab.get_by_role("combobox", name=page.box, exact=False).first.click()
    options = tab.get_by_role("option")
    options.nth(1 + turn % (options.count() - 1)).click()
    tab.wait_for_function(RESTS, timeout=PATIENCE_MS)
    answered = tab.evaluate("window.bench")
    context.close()
    return Visit(loaded["painted"], loaded["changed"], answered["changed"] - answered["pressed"])


def _figures(page: Page, visits: list[Visit], empty: list[Visit]) -> Iterator[Figure]:
    for name, field in (("paint", "painted"), ("answer", "answered")):
        ours, theirs = ([getattr(visit, field) / 1000 for visit in side] for side in (visits, empty))
        noise = f"{min(ours):.2f} to {max(ours):.2f}; {min(theirs):.2f} to {max(theirs):.2f}"
        if name == "paint":
            noise += f"; at rest {_ratio(visits, empty, 'whole'):.2f} ×"
        measured = f"{median(ours):.2f} / {median(theirs):.2f}"
        yield Figure(f"{name}_{page.key}", _ratio(visits, empty, field), measured, noise, today())


def _ratio(visits: list[Visit], empty: list[Visit], field: str) -> float:
    ours, theirs = (median(getattr(visit, field) for visit in side) for side in (visits, empty))
    return float(ours / theirs)


def _two_releases(made: Practice) -> str:
    """A warehouse that holds the practice's release twice, so that there is a release to choose."""
    source = open_store(made.warehouse_url, read_only=True)
    release = source.releases()[0]
    target = made.folder / "pages.sqlite"
    target.unlink(missing_ok=True)
    store = open_store(f"sqlite:///{target}")
    store.migrate()
    header = {name: value for name, value in asdict(release).items() if name not in ("id", "content_hash")}
    tables = {table.name: source.read(table.name, release.id) for table in RELEASED_TABLES}
    for _ in range(2):
        store.publish(header, tables)
    store.close()
    return f"sqlite:///{target}"


def _flags(argv: list[str], port: int, other: int) -> list[str]:
    """The dashboard's own server flags, with another port."""
    return [flag.replace(f"--server.port={port}", f"--server.port={other}") for flag in argv if flag.startswith("--")]


@contextlib.contextmanager
def _server(argv: list[str], environment: dict[str, str], port: int) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(argv, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log)
        try:
            _wait_for(port, server)
            yield
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until the server answers. Raises TimeoutError where it does not."""
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
            return
        time.sleep(0.2)
    raise TimeoutError("the page server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
