"""`rapport serve`: the pages, on this machine only, without telemetry."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from dashboard.launch import command
from etl.errors import InputError
from rapport import console
from rapport.config import load
from warehouse.store import open_store


def run(path: Path, port: int | None) -> None:
    """Serve the configured warehouse until interrupted."""
    configuration = load(path)
    start(configuration.ingest.warehouse_url, configuration.serve.address, port or configuration.serve.port)


def start(warehouse_url: str, address: str, port: int) -> None:
    """Start the server and wait for it. Raises InputError where the port is taken."""
    open_store(warehouse_url, read_only=True)
    free_port(address, port)
    argv, environment = command(port=port, address=address, warehouse_url=warehouse_url)
    console.say(f"Rapport is at http://{address}:{port} (this machine only). Stop it with Ctrl-C.")
    # what the server would print on stdout is said above, in our words
    server = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait(timeout=10)
        console.say("Stopped.")
    if server.returncode not in (0, -2, -15, None):
        raise InputError("The page server stopped by itself; `rapport doctor` says what is wrong.")


def free_port(address: str, port: int) -> None:
    """Is the port free? Raises InputError where it is not."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            raise InputError(f"Port {port} on {address} is taken; name another with --port, say {port + 1}.") from None
