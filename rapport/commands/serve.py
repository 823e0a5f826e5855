"""`rapport serve`: the pages, on this machine only, without telemetry."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
from pathlib import Path

from dashboard.launch import command
from etl.errors import InputError
from rapport import console
from rapport.commands.audit import log_of, views_of
from rapport.config import Configuration, load
from rapport.reach import exports_within_reach, refuse_reach
from warehouse.audit import account
from warehouse.errors import StoreError
from warehouse.store import open_store

STARTED, STOPPED = "pages.started", "pages.stopped"
A_FOLDER = (
    "Where the pages run from their own account, name a folder of that account: [serve] views (docs/security.md)."
)


def run(path: Path, port: int | None) -> None:
    """Serve the configured warehouse until interrupted."""
    configuration = load(path)
    start(configuration, port or configuration.serve.port)


def start(configuration: Configuration, port: int) -> None:
    """Start the server and wait for it. Raises InputError where the port is taken or the account sees too much."""
    address, single_user = configuration.serve.address, configuration.serve.single_user
    open_store(configuration.ingest.warehouse_url, read_only=True)
    if not single_user:
        refuse_reach(configuration)
        _tell_of_exports(configuration)
    free_port(address, port)
    argv, environment = command(
        port=port,
        address=address,
        warehouse_url=configuration.ingest.warehouse_url,
        views_log=str(configuration.views_folder),
        audit_log=str(log_of(configuration).folder),
        single_user=single_user,
    )
    _written_down(configuration, STARTED, {"port": port, "single_user": single_user})
    console.say(f"Rapport is at http://{address}:{port} (this machine only). Stop it with Ctrl-C.")
    # what the server would print on stdout is said above, in our words
    server = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())  # else the pages would outlive this command
    try:
        server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait(timeout=10)
        console.say("Stopped.")
    finally:
        _written_down(configuration, STOPPED, {"port": port, "exit_code": server.returncode})
    if server.returncode not in (0, -2, -15, None):
        raise InputError("The page server stopped by itself; `rapport doctor` says what is wrong.")


def _written_down(configuration: Configuration, event: str, details: dict[str, int | None]) -> None:
    """Into the log of views, which this account writes; the pages are shown all the same where it cannot be."""
    try:
        views_of(configuration).append(event, account(), details)
    except StoreError as fault:
        console.say(f"Who looks at the pages is not being written down, and every page says so. {fault} {A_FOLDER}")


def _tell_of_exports(configuration: Configuration) -> None:
    found = exports_within_reach(configuration.ingest)
    if found:
        console.say(
            f"This account can read {len(found)} of the exports, say {found[0]}. The pages never do; chmod 600."
        )


def free_port(address: str, port: int) -> None:
    """Is the port free? Raises InputError where it is not."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            raise InputError(f"Port {port} on {address} is taken; name another with --port, say {port + 1}.") from None
