from pathlib import Path

import pytest

from warehouse import mounts
from warehouse.mounts import filesystem_of, linux_mounts, mac_mounts, network_drive
from warehouse.store import StoreError, open_store

LINUX = """22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:45 / /mnt/share rw - cifs //server/share rw
31 22 0:46 / /mnt/my\\040files rw - fuse.sshfs me@host: rw
32 22 0:47 / /mnt/share/local rw - ext4 /dev/sdb1 rw
"""
MAC = """/dev/disk1s1 on / (apfs, local, journaled)
//me@server/share on /Volumes/share (smbfs, nodev, nosuid)
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/w.sqlite", "ext4"),
        ("/mnt/share/w.sqlite", "cifs"),
        ("/mnt/shared/w.sqlite", "ext4"),
        ("/mnt/my files/w.sqlite", "fuse.sshfs"),
        ("/mnt/share/local/w.sqlite", "ext4"),
    ],
)
def test_the_deepest_mount_decides(path: str, kind: str) -> None:
    assert filesystem_of(Path(path), linux_mounts(LINUX)) == kind


def test_a_mac_share_is_recognised() -> None:
    assert filesystem_of(Path("/Volumes/share/w.sqlite"), mac_mounts(MAC)) == "smbfs"


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smbfs", "9p", "fuse.sshfs", "fuse.rclone"])
def test_network_drives_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(mounts, "_mounts", lambda: [("/", "ext4"), (str(tmp_path), kind)])
    with pytest.raises(StoreError, match="network drive"):
        open_store(f"sqlite:///{tmp_path / 'w.sqlite'}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["ext4", "xfs", "apfs", "overlay", "tmpfs", "fuse.ntfs-3g", ""])
def test_local_drives_are_not(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(mounts, "_mounts", lambda: [("/", kind)])
    assert network_drive(Path("/data/w.sqlite")) is None


def test_a_windows_share_is_refused_by_its_name() -> None:
    assert network_drive(Path("\\\\server\\share\\w.sqlite")) == "network share"
