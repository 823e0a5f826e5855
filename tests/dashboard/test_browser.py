"""The pages in a real browser: nothing leaves the machine, filters live in the URL, files download, keys suffice."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboard.launch import LOOPBACK, command

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGES = {
    "": "Verdict",
    "no-shows": "No-shows & savings",
    "retention": "Retention",
    "alliance": "Alliance & outcomes",
    "care": "Care experience",
    "crisis": "Crisis response",
    "staff": "Staff",
    "benefit": "Net benefit & planner",
    "fairness": "Fairness & model audit",
    "data-quality": "Data quality",
    "privacy": "Privacy proof",
    "record": "Audit trail",
    "methods": "Methods & glossary",
}
VISITED = ("", "no-shows", "retention", "data-quality", "privacy", "methods")  # one of each kind
READY = "[data-testid=stDownloadButton], [data-testid=stExpander]"
# On a deep link Streamlit's own script asks for these below the page's address first, and is told they are elsewhere.
PROBES = re.compile(r"/_stcore/(health|host-config)$")
AT_REST = "document.querySelector('[data-test-script-state]:not([data-test-script-state=running])')"
LOSE_A_CLICK = """document.addEventListener(
    "click", event => { event.stopImmediatePropagation(); event.preventDefault(); }, { capture: true, once: true })"""
TRIES, PATIENCE = 6, 5_000  # so often is a click repeated that brought nothing in so many milliseconds


@pytest.fixture(scope="module")
def server(full_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages served from a folder that has nothing to do with them; its address."""
    yield from serving(full_warehouse, tmp_path_factory.mktemp("elsewhere"))


def serving(warehouse: Path, folder: Path) -> Iterator[str]:
    """The pages of one warehouse, until they are no longer asked for."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    argv, env = command(port, LOOPBACK, f"sqlite:///{warehouse}", views_log=str(folder / "views"))
    root = Path(__file__).resolve().parents[2]
    env["PYTHONPATH"] = str(root)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(argv, env=env, cwd=folder, stdout=log, stderr=log)
        try:
            _wait_for(f"http://{LOOPBACK}:{port}/_stcore/health", process)
            yield f"http://{LOOPBACK}:{port}"
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, or a skip that says why; in CI its absence is a failure."""
    api: Any = None
    if CHROMIUM.exists():
        api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if api is None:
        reason = f"{CHROMIUM} is not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


class Visit:
    """One tab, with everything it asked for and complained of."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        if message.type == "error" and not PROBES.search(message.location.get("url", "")):
            self.complaints.append(message.text)

    def go(self, url: str, ready: str = READY) -> Any:
        self.page.goto(url)
        self.page.wait_for_selector(ready, timeout=60_000, state="attached")
        self.page.wait_for_timeout(800)
        return self.page


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    opened = Visit(browser)
    yield opened
    opened.context.close()


def still(page: Any) -> None:
    """Waits until the page has been at rest for a moment: between two runs it is at rest for an instant only."""
    for _ in range(3):
        page.wait_for_function(AT_REST, timeout=60_000)
        page.wait_for_timeout(100)


def until(page: Any, act: Callable[[], Any], came: Callable[[], Any]) -> Any:
    """Acts on a page at rest, and again where nothing came of it: a click while the page is drawn anew is lost.

    came: waits PATIENCE milliseconds for what the act brings, and returns it; raises playwright's TimeoutError.
    """
    from playwright.sync_api import TimeoutError as NothingCame

    for _ in range(TRIES - 1):
        still(page)
        with suppress(NothingCame):
            act()
            return came()
        page.keyboard.press("Escape")  # whatever list was left open
    still(page)
    act()
    return came()


def downloaded(page: Any, button: Any) -> Any:
    """The file that a click on the button brings."""
    begun: list[Any] = []

    def heard(download: Any) -> None:
        begun.append(download)

    page.on("download", heard)

    def came() -> Any:
        return begun[0] if begun else page.wait_for_event("download", timeout=PATIENCE)

    return until(page, lambda: button.click(timeout=PATIENCE), came)


def go_to(page: Any, name: str, heading: str) -> None:
    """Follows the link to another page."""
    link, there = page.get_by_role("link", name=name), page.get_by_role("heading", name=heading)
    until(page, lambda: link.click(timeout=PATIENCE), lambda: there.wait_for(timeout=PATIENCE))


def choose(page: Any, label: str, option: str, url: str) -> None:
    """Chooses from one of the lists above the charts; url: a pattern of the address that follows."""

    def act() -> None:
        page.get_by_label(label, exact=False).first.click(timeout=PATIENCE)
        page.get_by_role("option", name=option).click(timeout=PATIENCE)

    until(page, act, lambda: page.wait_for_url(url, timeout=PATIENCE))


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  our own loopback address
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


def test_first_visitor_by_a_deep_link_sees_the_page_under_its_title(visit: Visit, server: str) -> None:
    page = visit.go(f"{server}/data-quality")
    assert page.title() == "Data quality – Rapport"
    links = page.locator("[data-testid=stSidebarNavLink]").all_inner_texts()
    assert links == list(PAGES.values())


@pytest.mark.parametrize("path", VISITED)
def test_page_asks_nobody_else_and_has_nothing_to_complain_of(visit: Visit, server: str, path: str) -> None:
    page = visit.go(f"{server}/{path}")
    strangers = [url for url in visit.asked if urlsplit(url).hostname not in (LOOPBACK, None)]
    assert strangers == []
    assert visit.complaints == []
    assert page.title() == f"{PAGES[path]} – Rapport"
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("path", VISITED)
def test_nothing_is_cut_off_at_400_pixels(browser: Any, server: str, path: str) -> None:
    visit = Visit(browser, viewport={"width": 400, "height": 800})
    page = visit.go(f"{server}/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= 400
    visit.context.close()


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(16, 23, 30)")])
def test_theme_follows_the_system(browser: Any, server: str, scheme: str, ground: str) -> None:
    visit = Visit(browser, color_scheme=scheme)
    page = visit.go(f"{server}/data-quality")
    assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == ground
    visit.context.close()


def test_filter_goes_into_the_url_and_comes_back_from_it(visit: Visit, server: str) -> None:
    page = visit.go(f"{server}/no-shows")
    choose(page, "Site", "Harbour", "**site=Harbour*")
    page.get_by_role("heading", name="No-show rate over time: Harbour").wait_for()
    assert "site=Harbour" in page.url
    visit.go(page.url)
    page.get_by_role("heading", name="No-show rate over time: Harbour").wait_for()


def test_filter_survives_the_way_to_another_page(visit: Visit, server: str) -> None:
    page = visit.go(f"{server}/no-shows?site=Harbour")
    go_to(page, "Retention", "Still in care at 12 weeks over time: Harbour")
    assert "site=Harbour" in page.url


def test_steps_of_time_are_each_pages_own_until_one_is_chosen(visit: Visit, server: str) -> None:
    page = visit.go(f"{server}/no-shows")
    assert steps(page) == "Week"
    go_to(page, "Retention", "Who is still in care")
    assert steps(page) == "4 weeks"
    go_to(page, "No-shows & savings", "No-show rate over time")
    choose(page, "Time in steps of", "4 weeks", "**period=4*")
    go_to(page, "Retention", "Who is still in care")
    go_to(page, "No-shows & savings", "No-show rate over time")
    assert steps(page) == "4 weeks"


def steps(page: Any) -> str:
    return str(page.get_by_role("combobox", name="Time in steps of").input_value())


def test_csv_downloads_with_withheld_weeks_kept(visit: Visit, server: str) -> None:
    page = visit.go(f"{server}/no-shows?site=Harbour&period=Week")
    table = page.get_by_text("Show as a table, or download").first
    button = page.get_by_role("button", name="Download CSV").first
    until(page, lambda: table.click(timeout=PATIENCE), lambda: button.wait_for(timeout=PATIENCE))
    page.evaluate(LOSE_A_CLICK)  # as happens on a busy machine
    found = downloaded(page, button)
    assert found.suggested_filename == "rapport-over-time.csv"
    lines = Path(found.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 97
    assert lines[1].startswith("no_show_rate,Harbour,all,all,2024-01-01,,,,,share,withheld,")


def test_keyboard_alone_reaches_filters_and_explanations(visit: Visit, server: str) -> None:
    page = visit.go(f"{server}/no-shows")
    reached: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("(e => (e.getAttribute('aria-label') || e.innerText || e.tagName))(document.activeElement)")
        )
    text = " | ".join(reached)
    for name in ("Site", "Split by", "Time in steps of", "Charts show", "What this means", "Show as a table"):
        assert name in text, text


@pytest.fixture(scope="module")
def verdict_server(decided_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of a practice with a locked plan."""
    yield from serving(decided_warehouse, tmp_path_factory.mktemp("decided-elsewhere"))


@pytest.mark.parametrize("width", [1280, 400])
def test_verdict_is_read_first_and_reached_by_keyboard(browser: Any, verdict_server: str, width: int) -> None:
    visit = Visit(browser, viewport={"width": width, "height": 900})
    page = visit.go(verdict_server)
    word = page.locator(".rp-word").bounding_box()
    assert word["y"] + word["height"] < 900, "the word is seen without scrolling"
    assert page.locator(".rp-word").inner_text().endswith("HOLD")
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= width
    page.locator(".rp-row summary").first.focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("Design, and why").first.is_visible()
    if width > 1000:  # the list of pages stands beside them
        page.keyboard.press("Shift+Tab")  # the keyboard is in use: what has the focus shows it
        page.locator("[data-testid=stSidebarNavLink]").nth(3).focus()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert visit.complaints == []
    visit.context.close()
