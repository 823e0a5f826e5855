"""Does a path lie on a drive of another machine? SQLite's locks are not to be trusted there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# sqlite.org/wal.html, section 1: "WAL does not work over a network filesystem"; 9p and drvfs are drives of a host.
NETWORK_FILESYSTEMS = (
    "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "smbclient", "9p", "drvfs", "afpfs", "webdav", "davfs",
    "afs", "ceph", "glusterfs", "lustre", "ncpfs", "vboxsf", "vmhgfs",
)  # fmt: skip
_NETWORK_FUSE = ("sshfs", "rclone", "s3fs", "gcsfuse", "davfs", "glusterfs", "smb", "nfs", "vmhgfs", "onedrive")


def network_drive(path: Path) -> str | None:
    """Which network filesystem holds this path? None where the drive is local or cannot be told."""
    text = str(path)
    if text.startswith(("\\\\", "//")):
        return "network share"
    kind = filesystem_of(path, _mounts())
    if kind in NETWORK_FILESYSTEMS or (kind.startswith("fuse") and any(word in kind for word in _NETWORK_FUSE)):
        return kind
    return None


def filesystem_of(path: Path, mounts: list[tuple[str, str]]) -> str:
    """The filesystem type of the deepest mount point above `path` (made absolute, links followed); "" if unknown."""
    real = path.resolve()
    best, found = -1, ""
    for point, kind in mounts:
        mount = Path(point)
        if (real == mount or mount in real.parents) and len(mount.parts) >= best:
            best, found = len(mount.parts), kind
    return found


def linux_mounts(text: str) -> list[tuple[str, str]]:
    """(mount point, type) of each line of /proc/self/mountinfo; blanks are written there as \\040."""
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) > 4 and kinds:
            point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
            found.append((point, kinds[0].lower()))
    return found


def mac_mounts(text: str) -> list[tuple[str, str]]:
    """(mount point, type) of each line that `mount` prints on macOS: `//a@b/c on /Volumes/c (smbfs, nodev)`."""
    return [(point, kind.lower()) for point, kind in re.findall(r"^.*? on (.+) \((\w+)", text, re.MULTILINE)]


def _mounts() -> list[tuple[str, str]]:
    table = Path("/proc/self/mountinfo")
    if table.exists():
        return linux_mounts(table.read_text(encoding="utf-8", errors="replace"))
    if sys.platform == "darwin":
        return mac_mounts(subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout)
    return []
