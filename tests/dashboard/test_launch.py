"""How the server is started."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dashboard import serve
from dashboard.launch import command
from tests.dashboard.test_charts import contrast

CONFIG = Path(__file__).resolve().parents[2] / "dashboard" / ".streamlit" / "config.toml"


def test_server_listens_on_this_machine_and_tells_nobody() -> None:
    argv, _ = command(8501, "127.0.0.1", "sqlite:////tmp/x.sqlite")
    assert "--server.address=127.0.0.1" in argv
    assert "--browser.gatherUsageStats=false" in argv
    assert "--server.port=8501" in argv


def test_server_knows_the_warehouse_and_nothing_else_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_HOME", "/secret")
    monkeypatch.setenv("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "true")
    _, env = command(warehouse_url="sqlite:////tmp/x.sqlite", views_log="/srv/views", audit_log="/srv/audit")
    assert (env["RAPPORT_VIEWS_LOG"], env["RAPPORT_AUDIT_LOG"]) == ("/srv/views", "/srv/audit")
    assert env["RAPPORT_WAREHOUSE_URL"] == "sqlite:////tmp/x.sqlite"
    assert "RAPPORT_HOME" not in env
    assert not [name for name in env if name.startswith("STREAMLIT_")]


def test_server_is_told_of_single_user_mode_only_where_it_is_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_SINGLE_USER", "1")
    assert "RAPPORT_SINGLE_USER" not in command()[1]
    assert command(single_user=True)[1]["RAPPORT_SINGLE_USER"] == "1"


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", ""])  # noqa: S104
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="only this machine"):
        command(8501, address, "sqlite:////tmp/x.sqlite")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_theme_text_is_readable(mode: str) -> None:
    theme = tomllib.loads(CONFIG.read_text())["theme"][mode]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]]
    for ground in grounds:
        assert contrast(theme["textColor"], ground) >= 4.5
        assert contrast(theme["linkColor"], ground) >= 4.5


def test_after_the_first_page_there_is_little_to_look_through_for_garbage(full_warehouse: Path) -> None:
    script = f"""
import gc, sys
from streamlit.testing.v1 import AppTest
from dashboard import serve
serve.prepare()
before = set(sys.modules)
AppTest.from_file({str(serve.APP)!r}, default_timeout=60).run()
gc.collect()
print([name for name in set(sys.modules) - before if name.partition(".")[0] in ("dashboard", "metrics", "warehouse")])
print(len(gc.get_objects()), gc.get_freeze_count())
"""
    _, env = command(warehouse_url=f"sqlite:///{full_warehouse}")
    env["PYTHONPATH"] = str(Path(serve.APP).parents[1])
    told = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True).stdout
    late, counts = told.splitlines()
    looked_through, left_out = map(int, counts.split())
    assert late == "[]"
    assert looked_through < left_out / 5
