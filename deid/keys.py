"""Which secret protects the vault, and where is it kept?

One root key of 32 random bytes, in a 0600 file of the user's configuration folder or in the operating system's keyring.
Never in a configuration file, never beside the vault. Each purpose has its own key derived from it.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from platformdirs import user_config_dir

KEY_BYTES = 32
KEY_FILE = "root.key"
KEYRING_SERVICE = "rapport"
BACK_UP = "Keep a copy of it in a safe place away from this machine: without it the vault cannot be opened."
_SALT = b"rapport root key v1"


class KeyFault(Exception):  # noqa: N818
    """The key is missing, damaged or open to others: what, where, what to do instead."""


def home_folder() -> Path:
    """Where does this user's Rapport keep its key? RAPPORT_HOME, or the user's configuration folder."""
    chosen = os.environ.get("RAPPORT_HOME")
    return Path(chosen).expanduser() if chosen else Path(user_config_dir("rapport"))


def root_key(home: Path, create: bool, location: str = "file", say: Callable[[str], None] = lambda text: None) -> bytes:
    """What is the root key of this installation?

    create: make one where there is none; say False where a vault exists, because a new key could not open it.
    location: "file" (in `home`), or "keyring:<name>" for the operating system's keyring.
    say: told where a new key was put, and that it must be backed up.
    Raises KeyFault where the key is missing and may not be made, has the wrong length, or is open to other users.
    """
    if location == "file":
        return _key_from_file(home, create, say)
    if location.startswith("keyring:") and location != "keyring:":
        return _key_from_keyring(location.removeprefix("keyring:"), create, say)
    raise KeyFault(f'The place of the key is given as "{location}". Write "file" or "keyring:<name>".')


def key_exists(home: Path, location: str = "file") -> bool:
    """Is there a root key already? (So that the first run can say: back it up.)"""
    if location == "file":
        return (home / KEY_FILE).exists()
    return _ask_keyring(location.removeprefix("keyring:")) is not None


def subkey(root: bytes, purpose: str) -> bytes:
    """Which 32 bytes serve this purpose alone? HKDF-SHA256 (RFC 5869) of the root key."""
    if len(root) != KEY_BYTES:
        raise KeyFault(f"The root key has {len(root)} bytes; it must have {KEY_BYTES}. Restore it from your copy.")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=_SALT, info=purpose.encode()).derive(root)


def _key_from_file(home: Path, create: bool, say: Callable[[str], None]) -> bytes:
    path = home / KEY_FILE
    try:
        if not path.exists():
            if not create:
                raise KeyFault(_missing(f"the file {path}"))
            _write_new(path)
            say(f"A new key was made: {path}. {BACK_UP}")
        _refuse_open_permissions(home, path)
        return _decoded(path.read_text(encoding="ascii").strip(), f"The file {path}")
    except UnicodeDecodeError:
        raise KeyFault(f"The file {path} does not hold a key. Restore it from your copy.") from None
    except OSError as fault:
        raise KeyFault(
            f"The key {path} cannot be read or written ({fault.strerror}). "
            "Make the folder yours (chmod 700), or set RAPPORT_HOME to a folder of yours."
        ) from None


def _write_new(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)  # appears whole or not at all; of two first runs one wins
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)


def _refuse_open_permissions(home: Path, path: Path) -> None:
    if os.name == "nt":
        return  # access is by lists there, not by mode bits
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyFault(f"Other users of this machine can read the key {path}. Run: chmod 600 {path}")
    if stat.S_IMODE(home.stat().st_mode) & 0o077:
        raise KeyFault(f"Other users of this machine can look into {home}, where the key is. Run: chmod 700 {home}")


def _key_from_keyring(name: str, create: bool, say: Callable[[str], None]) -> bytes:
    written = _ask_keyring(name)
    if written is None:
        if not create:
            raise KeyFault(_missing(f'the keyring entry "{KEYRING_SERVICE}/{name}"'))
        written = secrets.token_hex(KEY_BYTES)
        _tell_keyring(name, written)
        say(f'A new key was put into the keyring as "{KEYRING_SERVICE}/{name}". {BACK_UP}')
    return _decoded(written, f'The keyring entry "{KEYRING_SERVICE}/{name}"')


def _ask_keyring(name: str) -> str | None:
    import keyring

    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except keyring.errors.KeyringError as fault:
        raise KeyFault(_no_keyring(type(fault).__name__)) from None


def _tell_keyring(name: str, written: str) -> None:
    import keyring

    try:
        keyring.set_password(KEYRING_SERVICE, name, written)
    except keyring.errors.KeyringError as fault:
        raise KeyFault(_no_keyring(type(fault).__name__)) from None


def _decoded(written: str, what: str) -> bytes:
    try:
        key = bytes.fromhex(written)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFault(
            f"{what} does not hold a key ({2 * KEY_BYTES} characters 0-9 and a-f are due, "
            f"{len(written)} characters are there). Restore it from your copy."
        )
    return key


def _missing(what: str) -> str:
    return (
        f"The key is missing: {what} is not there, but a vault exists that only this key opens. Restore the key from "
        "your copy. If there is none, build the vault anew from the exports: rapport ingest --rebuild."
    )


def _no_keyring(fault: str) -> str:
    return f'The keyring of this machine does not answer ({fault}). Unlock it, or keep the key in a file ("file").'
