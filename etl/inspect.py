"""Does the vault open with this key, and which run wrote to it last? For `rapport doctor`; changes nothing."""

from __future__ import annotations

from deid.keys import subkey
from etl.engines.duckdb import attach_vault, connect
from etl.settings import IngestSettings
from etl.vault import VAULT_FILE, last_run, vault_folder


def vault_opens(settings: IngestSettings, root_key: bytes) -> int:
    """The number of the last run; 0 where none was finished. Raises InputError where the key does not fit."""
    folder = vault_folder(settings)
    con = connect(folder, memory_limit=settings.memory_limit)
    try:
        attach_vault(con, folder / VAULT_FILE, subkey(root_key, "vault"))
        run = last_run(con)
    finally:
        con.close()
    return run.id if run else 0
