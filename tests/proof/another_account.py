"""Runs a program from another account, also where that account may not pass the folders that Python lies in.

`python another_account.py PLACE... -- PROGRAM...`, as root in a mount namespace of its own (`unshare --mount`): each
closed folder on the way to a PLACE is covered by an empty one in which only the PLACEs are to be seen, under the same
paths; then the account becomes `nobody` for good and the program runs. Nothing outside the namespace changes.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

NOBODY = 65534


def closed(place: Path) -> Path | None:
    """The first folder on the way, the place itself included, that others may not enter."""
    for folder in (*reversed(place.parents), place):
        if folder.is_dir() and not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def seen(places: list[Path]) -> Iterator[Path]:
    """What must be bound: a place, or what is in it where it is closed itself."""
    for place in dict.fromkeys(places):
        door = closed(place)
        if door == place:
            yield from place.iterdir()
        elif door is not None:
            yield place


def uncover(places: list[Path]) -> None:
    """In this mount namespace, lets others see these places."""
    doors = list(dict.fromkeys(door for door in map(closed, places) if door is not None))
    bound = list(dict.fromkeys(seen(places)))
    hold = Path(tempfile.mkdtemp(prefix="rapport-hold-"))
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", hold)
    for number, place in enumerate(bound):
        made_like(place, hold / str(number))
        mount("--bind", place, hold / str(number))
    for door in doors:
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", door)
    for number, place in enumerate(bound):
        place.parent.mkdir(parents=True, exist_ok=True)
        made_like(hold / str(number), place)
        mount("--bind", hold / str(number), place)
    subprocess.run(["umount", "--lazy", str(hold)], check=True)
    hold.rmdir()


def made_like(model: Path, place: Path) -> None:
    """An empty file or folder to bind on."""
    if place.exists():
        return
    place.mkdir() if model.is_dir() else place.touch()


def mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


if __name__ == "__main__":
    end = sys.argv.index("--")
    uncover([Path(each) for each in sys.argv[1:end]])
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    os.execv(sys.argv[end + 1], sys.argv[end + 1 :])  # noqa: S606
