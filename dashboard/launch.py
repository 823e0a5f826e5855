"""How is the dashboard's server started, so that nothing leaves the machine, from whatever folder?"""

from __future__ import annotations

import os
import sys

from dashboard.access import AUDIT_LOG, SINGLE_USER, VIEWS_LOG, WAREHOUSE_URL

LOOPBACK = "127.0.0.1"
PORT = 8501
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
# What privacy rests on, said as flags: flags win over any settings file and over the environment.
_FLAGS = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.enableStaticServing": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.disableDataExport": "true",
}


def command(
    port: int = PORT,
    address: str = LOOPBACK,
    warehouse_url: str = "",
    *,
    views_log: str = "",
    audit_log: str = "",
    single_user: bool = False,
) -> tuple[list[str], dict[str, str]]:
    """Which process serves the pages, and in which environment?

    Returns (argv, env) for `subprocess` or `os.execve`. The environment is the caller's without any `STREAMLIT_*`
    variable, plus the warehouse's URL: the server never sees the vault's key. `-P` keeps the working directory off
    the import path. views_log: the folder in which views are written down. audit_log: that of the record of
    who did what, shown where this account may read it. single_user: the account of the pages could
    open the vault, and every page is to say so. Raises ValueError for an address other than this machine's own: nobody
    else may look without sign-in.
    """
    if address not in _LOOPBACK_NAMES:
        raise ValueError(
            f"The dashboard cannot listen on {address}: there is no sign-in yet, so only this machine may see it. "
            f"Write {LOOPBACK} instead."
        )
    flags = _FLAGS | {"server.port": str(port), "server.address": address}
    argv = [sys.executable, "-P", "-m", "dashboard.serve"]
    argv += [f"--{name}={value}" for name, value in flags.items()]
    told = {WAREHOUSE_URL: warehouse_url, VIEWS_LOG: views_log, AUDIT_LOG: audit_log}
    told |= {SINGLE_USER: "1"} if single_user else {}
    return argv, _environment() | told


def _environment() -> dict[str, str]:
    hidden = ("STREAMLIT_", "RAPPORT_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return env | {"PYTHONUNBUFFERED": "1"}
