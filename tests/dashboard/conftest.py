"""Warehouses for the pages, and the pages under test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test
from streamlit.util import calc_hash

from dashboard.access import VIEWS_LOG, WAREHOUSE_URL
from tests.dashboard.governed import decided
from tests.dashboard.practice import publish_at
from tests.metrics.families import whole_store

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
Open = Callable[..., AppTest]
TABLES = ("over-time", "control", "by-site", "by-group", "still-in-care", "contrast-sms-reminder")


@pytest.fixture(scope="session")
def full_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A believable practice's warehouse; tests that write take a copy."""
    folder = tmp_path_factory.mktemp("practice")
    publish_at(folder).close()
    return folder / "warehouse.sqlite"


@pytest.fixture(scope="session")
def decided_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice with a locked plan, its effects and its looks."""
    folder = tmp_path_factory.mktemp("decided")
    decided(folder).close()
    return folder / "w.sqlite"


@pytest.fixture(scope="session")
def whole_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small practice that exports everything."""
    folder = tmp_path_factory.mktemp("whole")
    whole_store(folder).close()
    return folder / "whole.sqlite"


@pytest.fixture
def warehouse(full_warehouse: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    copy = tmp_path / "copy.sqlite"
    shutil.copy(full_warehouse, copy)
    return copy


@pytest.fixture
def views_folder(tmp_path: Path) -> Path:
    """Where views of the pages under test are written down."""
    return tmp_path / "views"


class PagesOfTheApp(PagesManager):
    """As dashboard/serve.py has it: app.py's list counts in every run, not the folder `pages`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        PagesManager.uses_pages_directory = False


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, views_folder: Path) -> Open:
    """Runs one page on a warehouse, with what the URL says."""

    def opened(page: str, warehouse: Path | None, **url: str) -> AppTest:
        monkeypatch.setattr(app_test, "PagesManager", PagesOfTheApp)
        st.cache_data.clear()
        st.cache_resource.clear()
        monkeypatch.setenv(WAREHOUSE_URL, f"sqlite:///{warehouse}" if warehouse else "")
        monkeypatch.setenv(VIEWS_LOG, str(views_folder))
        app = AppTest.from_file(str(APP), default_timeout=30)
        for name, value in url.items():
            app.query_params[name] = value
        if page != "verdict":  # straight to it, as by a deep link: a page is known by its address
            app._page_hash = calc_hash(page.replace("_", "-"))
        return app.run()

    return opened


def opened(app: AppTest) -> AppTest:
    """The page with every table behind a chart opened."""
    for name in TABLES:
        app.session_state[f"table-{name}"] = True
    return app.run()


def said(app: AppTest) -> str:
    """Everything the page says, as one text."""
    pieces = [element.proto.body for element in app.get("html") if "<style" not in element.proto.body]
    for kind in (app.title, app.header, app.subheader, app.info, app.error, app.markdown):
        pieces += [element.value for element in kind]
    return "\n".join(pieces)
