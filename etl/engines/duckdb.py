"""Where does one ingest compute? In an in-memory DuckDB whose spill files are encrypted too.

The crypto module that may write encrypted files comes signed inside the `duckdb-extension-httpfs` wheel; nothing is
fetched from a network. Without it, with a wrong key or without a key the vault stays shut: never a plain file.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import duckdb

from etl.errors import InputError

VAULT = "vault"
_SIZE = re.compile(r"^\d+(\.\d+)?\s*([KMGT]i?)?B$", re.IGNORECASE)


def crypto_module() -> Path:
    """Where is the signed crypto module of this DuckDB? Raises InputError where the wheel is absent or does not fit."""
    found = importlib.util.find_spec("duckdb_extension_httpfs")
    if found is None or not found.submodule_search_locations:
        raise InputError("the crypto module is missing: run `make setup` or `pip install duckdb-extension-httpfs`")
    folder = Path(next(iter(found.submodule_search_locations)))
    module = folder / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    if not module.is_file():
        raise InputError(
            f"the crypto module does not fit DuckDB {duckdb.__version__}: "
            f"run `pip install duckdb-extension-httpfs=={duckdb.__version__}`"
        )
    return module


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner can open. Raises InputError where that cannot be done."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as fault:
        raise InputError(
            f"the folder {folder} cannot be written ({fault.strerror}): "
            "choose another data_dir in rapport.toml or make it writable"
        ) from None
    return folder


def connect(
    vault_folder: Path, *, key: bytes | None = None, memory_limit: str = "800MB", threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Open the engine of one ingest; attaches `vault_folder`/vault.duckdb as well where a key is given.

    The main database lives in memory. What does not fit spills, encrypted, into `vault_folder`/tmp (0700).
    Row order is kept, times are UTC, and nothing is installed or loaded from a network.
    """
    if not _SIZE.match(memory_limit.strip()):
        raise InputError(f'memory_limit = "{memory_limit}" is not a size: write for example memory_limit = "800MB"')
    private_folder(vault_folder)
    spill = private_folder(vault_folder / "tmp")
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_file_encryption": "true",
            "temp_directory": str(spill),
            "memory_limit": memory_limit.strip(),
            "preserve_insertion_order": "true",
            **({"threads": str(threads)} if threads else {}),
        }
    )
    try:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET enable_progress_bar = false")  # it would be drawn into the JSON on stdout
        con.execute(f"LOAD {quoted(str(crypto_module()))}")
        if key is not None:
            attach_vault(con, vault_folder / "vault.duckdb", key)
    except duckdb.Error as fault:
        con.close()
        raise InputError(
            f"the crypto module cannot be loaded ({type(fault).__name__}): run `make setup` again"
        ) from None
    except InputError:
        con.close()
        raise
    return con


def attach_vault(con: duckdb.DuckDBPyConnection, path: Path, key: bytes, name: str = VAULT) -> None:
    """Open an encrypted vault as the catalogue `name`, made on first use.

    Raises InputError on an empty key, a key that does not fit, a plain file, and where another process holds it.
    """
    if not key:
        raise InputError("the vault has no key: run `rapport doctor`")
    if path.exists() and path.stat().st_size and not _is_encrypted(path):
        raise InputError(f"{path} is not an encrypted vault: move it away; Rapport never writes a plain one")
    try:
        con.execute(f"ATTACH {quoted(str(path))} AS {name} (ENCRYPTION_KEY {quoted(key.hex())})")
    except duckdb.Error as fault:
        raise InputError(_attach_fault(path, str(fault))) from None
    path.chmod(0o600)


def _is_encrypted(path: Path) -> bool:
    """Does DuckDB's file header say so? A plain file opens without a key."""
    try:
        duckdb.connect(str(path), read_only=True).close()
    except duckdb.Error:
        return True
    return False


def _attach_fault(path: Path, message: str) -> str:
    lowered = message.lower()
    if "wrong encryption key" in lowered or "cannot open encrypted" in lowered:
        return f"the key does not open the vault {path}: put back the key it was made with (see `rapport doctor`)"
    if "lock" in lowered:
        return f"another program holds the vault {path}: wait until it is done"
    if "crypto" in lowered:
        return "the crypto module is missing: run `make setup` or `pip install duckdb-extension-httpfs`"
    return f"the vault {path} cannot be opened or made: check that its folder is writable and its disk has room"


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """A text as an SQL name."""
    return '"' + text.replace('"', '""') + '"'
