"""Linux's own word of what changed: one watch a folder, told as folders to look at.

Only which folder changed is kept of an event. A folder that comes is watched
before it is told, so that nothing in it can be missed by who then looks; one
that goes is forgotten with all below it. Where the system has no watch left,
and where its queue overflowed, that is said.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import select
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

log = logging.getLogger(__name__)
IN_MODIFY, IN_CLOSE_WRITE = 0x2, 0x8
IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x40, 0x80, 0x100, 0x200
IN_DELETE_SELF, IN_MOVE_SELF = 0x400, 0x800
IN_Q_OVERFLOW, IN_IGNORED = 0x4000, 0x8000
IN_ONLYDIR, IN_DONT_FOLLOW, IN_EXCL_UNLINK = 0x1000000, 0x2000000, 0x4000000
IN_ISDIR = 0x40000000
CHANGES = (
    IN_MODIFY
    | IN_CLOSE_WRITE
    | IN_MOVED_FROM
    | IN_MOVED_TO
    | IN_CREATE
    | IN_DELETE
    | IN_DELETE_SELF
    | IN_MOVE_SELF
    | IN_ONLYDIR
    | IN_EXCL_UNLINK
)
EVENT = struct.Struct("iIII")
READ_BYTES = 1 << 18
IS_HERE = sys.platform == "linux"


class Told(Protocol):
    """Who is told; all of it in the reading thread."""

    def mark(self, folder: bytes, *, recursive: bool) -> None:
        """A folder, relative to the root, is to be looked at."""

    def moved(self) -> None:
        """The root itself was moved or removed."""

    def unwatched(self, error: OSError) -> None:
        """A folder that came could not be watched."""


@dataclass(eq=False)
class Tree:
    """One watched root, and the number of the watch of each folder in it."""

    root: bytes
    told: Told
    watches: dict[bytes, int] = field(default_factory=dict)  # by relative path


class Inotify:
    """Any number of roots, read by one thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._folders: dict[int, dict[Tree, bytes]] = {}  # of each watch
        self._trees: set[Tree] = set()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._handle = -1
        self._wake: tuple[int, int] = (-1, -1)
        self._thread: threading.Thread | None = None

    def schedule(self, told: Told, root: bytes) -> Tree:
        """Watch a folder and all below; raises OSError where that is not possible."""
        tree = Tree(root, told)
        with self._lock:
            self._start()
            self._trees.add(tree)
        try:
            self._watch_all(tree, b"")
        except OSError:
            self.unschedule(tree)
            raise
        return tree

    def unschedule(self, tree: Tree) -> None:
        """Watch a folder no longer."""
        with self._lock:
            self._trees.discard(tree)
            for folder in list(tree.watches):
                self._forget(tree, folder)

    def close(self) -> None:
        """End the thread and all watches."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._trees.clear()
        if thread is None:
            return
        os.write(self._wake[1], b"!")
        thread.join()
        for handle in (self._handle, *self._wake):
            os.close(handle)

    def _start(self) -> None:
        if self._thread is not None:
            return
        self._handle = self._libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self._handle < 0:
            number = ctypes.get_errno()
            raise OSError(number, "inotify instance limit reached")
        self._wake = os.pipe()
        self._thread = threading.Thread(target=self._read, daemon=True, name="inotify")
        self._thread.start()

    # watches

    def _watch_all(self, tree: Tree, folder: bytes) -> None:
        """Watch a folder and all below it, each before it is listed."""
        waiting = [folder]
        while waiting:
            folder = waiting.pop()
            if self._watch(tree, folder):
                waiting.extend(_subfolders(tree.root, folder))

    def _watch(self, tree: Tree, folder: bytes) -> bool:
        """Watch one folder; False where it is gone or may not be listed."""
        mask = CHANGES | (IN_DONT_FOLLOW if folder else 0)
        with self._lock:
            if tree not in self._trees:
                return False
            number = self._libc.inotify_add_watch(
                self._handle, _full(tree.root, folder), mask
            )
            if number >= 0:
                before = tree.watches.get(folder)
                if before not in (None, number):
                    self._forget(tree, folder)
                former = self._folders.setdefault(number, {}).get(tree)
                if former is not None and tree.watches.get(former) == number:
                    del tree.watches[former]
                self._folders[number][tree] = folder
                tree.watches[folder] = number
                return True
        reason = ctypes.get_errno()
        if reason == errno.ENOSPC:
            raise OSError(reason, "inotify watch limit reached")
        if not folder:
            raise OSError(reason, os.strerror(reason))
        return False

    def _forget(self, tree: Tree, folder: bytes) -> None:
        number = tree.watches.pop(folder, None)
        if number is None:
            return
        trees = self._folders.get(number, {})
        if trees.get(tree) == folder:
            del trees[tree]
        if not trees:
            self._folders.pop(number, None)
            self._libc.inotify_rm_watch(self._handle, number)

    def _forget_all(self, tree: Tree, folder: bytes) -> None:
        """A folder went: it and all below is watched no longer, wherever it is."""
        below = folder + b"/"
        with self._lock:
            for path in [p for p in tree.watches if p == folder or p.startswith(below)]:
                self._forget(tree, path)

    # events

    def _read(self) -> None:
        poller = select.poll()
        poller.register(self._handle, select.POLLIN)
        poller.register(self._wake[0], select.POLLIN)
        while self._thread is not None:
            ready = {handle for handle, _ in poller.poll()}
            if self._wake[0] in ready or self._thread is None:
                return
            try:
                content = os.read(self._handle, READ_BYTES)
            except BlockingIOError:
                continue
            self._tell(content)

    def _tell(self, content: bytes) -> None:
        dirty: dict[Tree, set[bytes]] = {}
        for number, mask, name in _events(content):
            if mask & IN_Q_OVERFLOW:
                self._overflowed()
                continue
            with self._lock:
                trees = dict(self._folders.get(number, ()))
                if mask & IN_IGNORED:
                    self._ignored(number)
                    continue
            for tree, folder in trees.items():
                if mask & (IN_DELETE_SELF | IN_MOVE_SELF):
                    if not folder:
                        tree.told.moved()
                    continue
                dirty.setdefault(tree, set()).add(folder)
                if mask & IN_ISDIR:
                    self._folder_changed(tree, _joined(folder, name), mask)
        for tree, folders in dirty.items():
            for folder in folders:
                tree.told.mark(folder, recursive=False)

    def _ignored(self, number: int) -> None:
        """The system took a watch back: its folder was deleted."""
        for tree, folder in self._folders.pop(number, {}).items():
            if tree.watches.get(folder) == number:
                del tree.watches[folder]

    def _folder_changed(self, tree: Tree, folder: bytes, mask: int) -> None:
        if mask & (IN_MOVED_FROM | IN_DELETE):
            self._forget_all(tree, folder)
            tree.told.mark(folder, recursive=True)
        elif mask & (IN_CREATE | IN_MOVED_TO):
            try:
                self._watch_all(tree, folder)
            except OSError as error:
                tree.told.unwatched(error)
            tree.told.mark(folder, recursive=True)

    def _overflowed(self) -> None:
        """Events were lost: watch what came meanwhile, and look at everything."""
        log.info("events were lost: everything that is watched is looked at")
        with self._lock:
            trees = list(self._trees)
        for tree in trees:
            try:
                self._watch_all(tree, b"")
            except OSError as error:
                tree.told.unwatched(error)
            tree.told.mark(b"", recursive=True)


def _events(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    place = 0
    while place + EVENT.size <= len(content):
        number, mask, _, length = EVENT.unpack_from(content, place)
        place += EVENT.size
        yield number, mask, content[place : place + length].rstrip(b"\0")
        place += length


def _subfolders(root: bytes, folder: bytes) -> list[bytes]:
    try:
        with os.scandir(_full(root, folder)) as entries:
            return [
                _joined(folder, entry.name)
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []


def _full(root: bytes, folder: bytes) -> bytes:
    return root + b"/" + folder if folder else root


def _joined(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name
