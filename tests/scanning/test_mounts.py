"""Which volumes are a network's, as Linux tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcatalog.scanning.mounts import network_kind

TOLD = r"""
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:40 / /mnt/share rw,relatime shared:1 - nfs4 server:/export rw,vers=4.2
41 40 8:1 / /mnt/share/disk rw,relatime - ext4 /dev/sda1 rw
42 22 0:42 / /mnt/two\040words rw,relatime - cifs //server/data rw
43 22 0:43 / /home/ada/remote rw - fuse.sshfs ada@server: rw
broken
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        (b"/srv/project", ""),
        (b"/mnt/share", "nfs4"),
        (b"/mnt/share/project", "nfs4"),
        (b"/mnt/shared", ""),
        (b"/mnt/share/disk/project", ""),
        (b"/mnt/two words/project", "cifs"),
        (b"/home/ada/remote/x", "fuse.sshfs"),
    ],
)
def test_a_folder_is_on_the_volume_that_is_mounted_deepest(
    tmp_path: Path, folder: bytes, kind: str
) -> None:
    told = tmp_path / "mountinfo"
    told.write_text(TOLD)
    assert network_kind(folder, told) == kind


def test_where_the_system_does_not_tell_nothing_is_assumed(tmp_path: Path) -> None:
    assert network_kind(b"/mnt/share", tmp_path / "none") == ""
