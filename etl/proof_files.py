"""What does a file say, so that it can be searched? Whatever its encoding; what is packed is unpacked.

What is neither text nor packed is read as if it were text: words that stand in it as they are, are found.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from etl.errors import InputError

PICTURES = frozenset({".svg", ".otf", ".ttf", ".woff", ".woff2", ".png", ".gif", ".jpg", ".jpeg", ".ico"})
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"  # how they begin; spreadsheets and letters are zip files too
LARGEST, DEEPEST = 512 * 1024**2, 3  # bytes unpacked; archives inside archives
_MARKS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LOOKED_AT = 2000  # bytes by which an encoding without a mark is told
_FAULTS = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)


def lines(path: Path, folder: Path) -> dict[str, None]:
    """The different lines of a file, in their order. Raises InputError where it is packed and cannot be opened.

    folder: for the message, which does not name the file: a name may identify.
    """
    content = path.read_bytes()
    try:
        return dict.fromkeys(line for text in _texts(content, DEEPEST) for line in text.splitlines())
    except _FAULTS:
        raise InputError(
            f"A file in {folder} is packed or locked and cannot be opened, so it cannot be searched: unpack it or take "
            "it out of there."
        ) from None


def _texts(content: bytes, depth: int) -> Iterator[str]:
    if content.startswith((GZIP, ZIP)) and not depth:
        raise OSError("archives in archives in archives")
    if content.startswith(GZIP):
        with gzip.open(io.BytesIO(content)) as packed:
            yield from _texts(_bounded(packed.read(LARGEST + 1)), depth - 1)
    elif content.startswith(ZIP):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield member.filename
                if PurePosixPath(member.filename).suffix.lower() not in PICTURES and not member.is_dir():
                    with archive.open(member) as packed:
                        yield from _texts(_bounded(packed.read(LARGEST + 1)), depth - 1)
    else:
        yield _decoded(content)


def _bounded(content: bytes) -> bytes:
    if len(content) > LARGEST:
        raise OSError("too large to be searched")
    return content


def _decoded(content: bytes) -> str:
    """In the encoding it seems to have; what is no UTF-8 is read as Windows and old databases write it."""
    encoding = _encoding(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("cp1252" if encoding == "utf-8" else encoding, errors="replace")


def _encoding(content: bytes) -> str:
    """UTF-8, unless a mark says otherwise or every second byte is zero, as in Latin letters of UTF-16."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    start = content[:_LOOKED_AT]
    for zeros, others, name in ((start[1::2], start[::2], "utf-16-le"), (start[::2], start[1::2], "utf-16-be")):
        if zeros and zeros.count(0) * 2 > len(zeros) and others.count(0) * 4 < len(others):
            return name
    return "utf-8"
