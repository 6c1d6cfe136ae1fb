"""Which kind of volume a folder is on: a network's tells nothing of others' changes."""

from __future__ import annotations

import os
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse.cephfs",
    "fuse.davfs2",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "gfs2",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb2",
    "smb3",
    "smbfs",
]


def network_kind(folder: bytes, mounts: Path = MOUNTS) -> str:
    """The kind of network volume that a folder is on, "" if it is on none."""
    kind = volume_kind(folder, mounts)
    return kind if kind in NETWORK else ""


def volume_kind(folder: bytes, mounts: Path = MOUNTS) -> str:
    """The kind of volume that a folder is on, "" where the system does not tell."""
    try:
        lines = mounts.read_bytes().splitlines()
    except OSError:
        return ""
    path = os.path.realpath(folder)
    best, kind = b"", ""
    for line in lines:
        before, _, after = line.partition(b" - ")
        words, kinds = before.split(), after.split()
        if len(words) < 5 or not kinds:
            continue
        point = words[4].decode("unicode_escape").encode("latin-1")
        if _lies_in(path, point) and len(point) >= len(best):
            best, kind = point, kinds[0].decode("ascii", "replace")
    return kind


def _lies_in(path: bytes, point: bytes) -> bool:
    return path == point or path.startswith(point.rstrip(b"/") + b"/")
