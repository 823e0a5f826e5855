"""The root key is made once, kept to its owner, and missed loudly."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from deid.keys import KEY_FILE, KeyFault, home_folder, key_exists, root_key, subkey


def test_key_is_made_on_first_use_and_read_back(tmp_path: Path) -> None:
    home, said = tmp_path / "home", []
    first = root_key(home, create=True, say=said.append)
    assert len(first) == 32
    assert root_key(home, create=False, say=said.append) == first
    assert len(said) == 1
    assert "copy" in said[0]
    assert first.hex() not in said[0]


def test_key_and_its_folder_are_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    root_key(home, create=True)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / KEY_FILE).stat().st_mode) == 0o600
    assert [file.name for file in home.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("which", ["file", "folder"])
def test_key_open_to_others_is_refused(tmp_path: Path, which: str) -> None:
    home = tmp_path / "home"
    root_key(home, create=True)
    (home / KEY_FILE if which == "file" else home).chmod(0o755)
    with pytest.raises(KeyFault, match="chmod"):
        root_key(home, create=True)


@pytest.mark.parametrize("written", ["", "abc", "00" * 31, "zz" * 32, "00" * 33])
def test_damaged_key_is_refused_and_not_replaced(tmp_path: Path, written: str) -> None:
    home = tmp_path / "home"
    root_key(home, create=True)
    (home / KEY_FILE).write_text(written)
    with pytest.raises(KeyFault, match="does not hold a key"):
        root_key(home, create=True)
    assert (home / KEY_FILE).read_text() == written


def test_missing_key_beside_a_vault_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match="--rebuild"):
        root_key(tmp_path / "home", create=False)
    assert not (tmp_path / "home").exists()


def test_home_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "mine"))
    assert home_folder() == tmp_path / "mine"
    monkeypatch.delenv("RAPPORT_HOME")
    assert home_folder().name == "rapport"


def test_each_purpose_has_its_own_key() -> None:
    root = os.urandom(32)
    assert subkey(root, "vault") != subkey(root, "record")
    outside = HKDF(algorithm=SHA256(), length=32, salt=b"rapport root key v1", info=b"vault").derive(root)
    assert subkey(root, "vault") == outside
    with pytest.raises(KeyFault, match="31 bytes"):
        subkey(root[:31], "vault")


def test_key_can_live_in_the_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import keyring

    held: dict[tuple[str, str], str] = {}
    monkeypatch.setattr(keyring, "get_password", lambda service, name: held.get((service, name)))
    monkeypatch.setattr(keyring, "set_password", lambda service, name, text: held.update({(service, name): text}))
    with pytest.raises(KeyFault, match="keyring entry"):
        root_key(tmp_path, create=False, location="keyring:clinic")
    first = root_key(tmp_path, create=True, location="keyring:clinic")
    assert root_key(tmp_path, create=False, location="keyring:clinic") == first
    assert key_exists(tmp_path, "keyring:clinic")
    assert list(tmp_path.iterdir()) == []


def test_keyring_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import keyring

    def locked(*_: str) -> str:
        raise keyring.errors.KeyringLocked

    monkeypatch.setattr(keyring, "get_password", locked)
    with pytest.raises(KeyFault, match="does not answer"):
        root_key(tmp_path, create=True, location="keyring:clinic")


def test_unknown_place_of_the_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match="keyring:<name>"):
        root_key(tmp_path, create=True, location="cloud")
