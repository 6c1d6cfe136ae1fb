"""Files of a volume that is not there now: they are away, and not gone.

A volume may be mounted below a project's folder. When it is taken away its files
vanish like deleted ones, but the place where they were is then on another device.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from mlcatalog.catalog.ingest import FileState, Place
from mlcatalog.catalog.listing import signed
from mlcatalog.scanning.listing import Problem
from mlcatalog.scanning.mounts import volume_kind

RULE = "scan.volume-away"
SAID = (
    "What was in it lay on another volume, which is not there: it is taken to be "
    "unplugged, and all that is known of it is kept. Remove the folder's artifacts "
    "if the files are gone"
)
UNLIKE = ("overlay",)  # where a file's device is another than its folder's


def away(
    gone: Iterable[FileState], place: Place
) -> tuple[list[FileState], list[Problem]]:
    """The files among those gone that are away, and what is to be said of them."""
    elsewhere = [s for s in gone if s.device not in (0, place.device)]
    if not elsewhere or place.device is None or _device(place.root) != place.device:
        return [], []  # devices may be numbered anew since: nothing can be told
    anchors = {s.folder: _anchor(place.root, s.folder) for s in elsewhere}
    devices = {anchor: _device(_full(place, anchor)) for anchor in anchors.values()}
    kinds = {anchor: volume_kind(_full(place, anchor)) for anchor in devices}
    found = [
        state
        for state in elsewhere
        if devices[anchors[state.folder]] not in (None, state.device)
        and kinds[anchors[state.folder]] not in UNLIKE
    ]
    tops = {_top(state.folder, anchors[state.folder]) for state in found}
    return found, [Problem(folder, RULE, SAID) for folder in sorted(tops)]


def _top(folder: bytes, anchor: bytes) -> bytes:
    """The folder that the volume was: the anchor, or the first that vanished in it."""
    if folder == anchor:
        return anchor
    below = folder[len(anchor) + 1 :] if anchor else folder
    name = below.partition(b"/")[0]
    return anchor + b"/" + name if anchor else name


def _anchor(root: bytes, folder: bytes) -> bytes:
    """The nearest folder above, or itself, that is there."""
    while folder and not os.path.isdir(root + b"/" + folder):  # noqa: PTH112 - bytes
        folder = folder.rpartition(b"/")[0]
    return folder


def _full(place: Place, folder: bytes) -> bytes:
    return place.root + b"/" + folder if folder else place.root


def _device(path: bytes) -> int | None:
    try:
        return signed(os.stat(path).st_dev)  # noqa: PTH116 - bytes paths
    except OSError:
        return None
