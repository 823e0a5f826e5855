"""Is this file the text table it should be, and in which letters and with which delimiter is it written?

One pass over the bytes answers what must be known before a row is read: fingerprint, encoding, NUL bytes.
A zip that holds one such file is read through; nothing is unpacked to a disk.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from etl.errors import InputError
from etl.mapping import nearest

SUFFIXES = (".csv", ".tsv", ".txt")
DELIMITERS = (",", ";", "\t", "|")
CHUNK = 1 << 20
LONGEST_LINE = 1 << 20  # bytes of one record; above, the field is no field of a practice's export
_SAMPLE = 1 << 18
_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or a zip",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"SQLite format 3": 'an SQLite database (write url = "sqlite:///..." instead)',
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
}


@dataclass(frozen=True)
class TextFile:
    """What is known of an export before its rows are read."""

    path: Path
    where: str  # how messages call it
    sha256: str
    encoding: str  # a Python codec
    delimiter: str
    header: list[str]
    sample: list[list[str]]  # the first rows, for telling date formats apart; never shown
    nul_bytes: bool
    lines_above: int  # empty lines above the header

    @property
    def needs_pipe(self) -> bool:
        """Must its bytes pass through us (a zip, another encoding than UTF-8)?"""
        return self.path.suffix.lower() == ".zip" or self.encoding != "utf-8"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of the export, out of its zip where it is in one. Raises InputError where there is no such file."""
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(_only_member(archive, path.name)) as member:
                yield member
        else:
            with path.open("rb") as plain:
                yield plain
    except (zipfile.BadZipFile, NotImplementedError):
        raise InputError(f"{path.name} is damaged, or no zip at all: export it again") from None
    except RuntimeError:  # how zipfile says that a password is needed
        raise InputError(f"{path.name} is locked with a password: unpack it first") from None


def look_at(path: Path, *, encoding: str | None, delimiter: str | None) -> TextFile:
    """Everything that must be known before the rows are read. Raises InputError where this cannot be the table."""
    _exists(path)
    try:
        with opened(path) as stream:
            start = stream.read(_SAMPLE)
        where = _where(path)
        _is_text(start, where)
        declared = _declared(encoding, where)
        fingerprint, zipped = hashlib.sha256(), path.suffix.lower() == ".zip"
        with opened(path) as stream:
            letters, nul_bytes = _letters(stream, start, declared, None if zipped else fingerprint)
        if zipped:
            fingerprint = _fingerprint(path)
    except PermissionError:
        raise InputError(f"{path} cannot be opened: this account may not read it; change its permissions") from None
    text = start.decode(letters, errors="replace").lstrip("\ufeff")
    if not text.strip("\r\n \t\0"):
        raise InputError(f"{where} is empty: export it again")
    delimiter = delimiter or _delimiter(text)
    rows = _rows(text, delimiter, whole=len(start) < _SAMPLE)
    header = [name.strip() for name in rows[0]] if rows else []
    if len(rows) < 2:
        raise InputError(f"{where} has a header and no row under it: export it again, with its rows")
    return TextFile(
        path, where, fingerprint.hexdigest(), letters, delimiter, header, rows[1:], nul_bytes, _lines_above(text)
    )


def _fingerprint(path: Path) -> Any:
    with path.open("rb") as whole:
        return hashlib.file_digest(whole, "sha256")


def _where(path: Path) -> str:
    if path.suffix.lower() != ".zip":
        return path.name
    with zipfile.ZipFile(path) as archive:
        return f"{path.name} ({Path(_only_member(archive, path.name)).name})"


def _exists(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{path} is a folder: write the name of one file, for example {path.name}/appointments.csv")
    try:
        missing = not path.exists()
    except PermissionError:
        raise InputError(f"{path} cannot be reached: this account may not open its folder") from None
    if missing:
        near = nearest(path.name, [each.name for each in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise InputError(f"{path} is not there.{near} Write its place in rapport.toml, relative to that file.")
    if path.suffix.lower() not in (*SUFFIXES, ".zip"):
        raise InputError(f"{path.name}: Rapport reads .csv, .tsv, .txt, and .zip with one of these in it")


def _only_member(archive: zipfile.ZipFile, name: str) -> str:
    files = [each for each in archive.namelist() if not each.endswith("/") and not each.startswith("__MACOSX/")]
    tables = [each for each in files if Path(each).suffix.lower() in SUFFIXES]
    if len(tables) != 1:
        raise InputError(f"{name} must hold exactly one .csv, .tsv or .txt; it holds {len(tables)}: unpack it first")
    return tables[0]


def _is_text(start: bytes, where: str) -> None:
    if not start:
        raise InputError(f"{where} is empty: export it again")
    for mark, what in _OTHER_FORMATS.items():
        if start.startswith(mark):
            raise InputError(f"{where} is not text but {what}: export it as CSV")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    first_line = start.split(b"\n", 1)[0]
    controls = sum(start.count(bytes([code])) for code in range(32) if code not in (9, 10, 12, 13))
    if b"\0" in first_line or controls > len(start) // 20:
        raise InputError(f"{where} is not text (it looks like a program's own file): export it as CSV")


def _declared(encoding: str | None, where: str) -> str | None:
    if encoding is None:
        return None
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        known = ("utf-8", "latin-1", "windows-1252", "utf-16")
        close = nearest(encoding, known)
        raise InputError(
            f'{where}: encoding = "{encoding}" is unknown.{close} Write one of {", ".join(known)}.'
        ) from None
    return "utf-8" if name == "utf-8-sig" else name


def _letters(stream: IO[bytes], start: bytes, declared: str | None, fingerprint: Any) -> tuple[str, bool]:
    """(encoding, are there NUL bytes), the fingerprint on the way. Undeclared: UTF-8 unless most of it cannot be.

    Letters that are not UTF-8 in a file that mostly is are a fault of their rows; in one that has no valid letter
    beyond ASCII they say the file is Windows-1252, which holds all of Latin-1 that people write.
    """
    if declared is None and start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if fingerprint is not None:
            while block := stream.read(CHUNK):
                fingerprint.update(block)
        return "utf-16", False
    letters, nul_bytes = _Letters(), False
    while block := stream.read(CHUNK):
        nul_bytes = nul_bytes or b"\0" in block
        if declared is None:
            letters.take(block)
        if fingerprint is not None:
            fingerprint.update(block)
    return declared or letters.encoding, nul_bytes


class _Letters:
    """Counts the bytes beyond ASCII that are UTF-8, and those that cannot be."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
        self._beyond_ascii = self._bytes = self._valid = 0

    def take(self, block: bytes) -> None:
        if block.isascii() and self._bytes == self._valid:
            return
        text = self._decoder.decode(block)
        valid = len(text.encode())
        self._bytes += len(block)
        self._valid += valid
        self._beyond_ascii += valid - len(text)  # at least one more for each such letter

    @property
    def encoding(self) -> str:
        return "cp1252" if self._bytes - self._valid > self._beyond_ascii else "utf-8"


def _delimiter(text: str) -> str:
    line = next(line for line in text.splitlines() if line.strip())
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _lines_above(text: str) -> int:
    return next(at for at, line in enumerate(text.splitlines()) if line.strip())


def _rows(text: str, delimiter: str, *, whole: bool) -> list[list[str]]:
    """The first records; the last, which the sample may have cut, is left out."""
    try:
        csv.field_size_limit(LONGEST_LINE * 16)
        found = [row for row in csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter) if row]
    except csv.Error:
        found = [line.split(delimiter) for line in text.splitlines() if line]
    return found if whole or len(found) < 3 else found[:-1]


def transcoded(stream: IO[bytes], encoding: str, write: Callable[[bytes], object]) -> None:
    """Pass the bytes on as UTF-8. What cannot be decoded stays a byte that is no UTF-8: its row is refused later."""
    if encoding == "utf-8":
        while block := stream.read(CHUNK):
            write(block)
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
    while block := stream.read(CHUNK):
        write(decoder.decode(block).encode("utf-8", "surrogateescape"))
    write(decoder.decode(b"", final=True).encode("utf-8", "surrogateescape"))
