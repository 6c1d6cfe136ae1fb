"""Looking every few seconds, where the system tells nothing of what changed.

Of each folder one number is remembered, made of the names, sizes and times in it.
A look takes a small part of the time only, however large the tree is.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass, field

from mlcatalog.scanning.inotify import Told

log = logging.getLogger(__name__)
SHARE = 20  # a look of one second is followed by so many seconds of rest
UNREADABLE = -1
Numbers = dict[bytes, int]  # of each folder, relative to the root


@dataclass(eq=False)
class Polled:
    """One root, what it was like, and when it is looked at again."""

    root: bytes
    told: Told
    numbers: Numbers = field(default_factory=dict)
    due: float = 0.0


class Polling:
    """Any number of roots, looked at by one thread."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._polled: set[Polled] = set()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def schedule(self, told: Told, root: bytes) -> Polled:
        """Look at a folder from now on; raises OSError where it cannot be listed."""
        os.listdir(root)  # noqa: PTH208 - bytes, and only to see whether it may be
        polled = Polled(root, told)
        self._look(polled, is_first=True)
        with self._lock:
            self._polled.add(polled)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, daemon=True, name="polling"
                )
                self._thread.start()
        self._changed.set()
        return polled

    def unschedule(self, polled: Polled) -> None:
        """Look at a folder no longer."""
        with self._lock:
            self._polled.discard(polled)

    def close(self) -> None:
        """End the thread."""
        self._is_closed = True
        self._changed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._is_closed:
            with self._lock:
                polled = list(self._polled)
            moment = time.monotonic()
            for one in polled:
                if one.due <= moment and one in self._polled and not self._is_closed:
                    self._look(one)
            nearest = min((one.due for one in polled), default=moment + self._seconds)
            self._changed.wait(max(0.01, nearest - time.monotonic()))
            self._changed.clear()

    def _look(self, polled: Polled, *, is_first: bool = False) -> None:
        start = time.monotonic()
        before, now = polled.numbers, self._numbers(polled.root)
        if self._is_closed:
            return
        polled.numbers = now
        spent = time.monotonic() - start
        polled.due = time.monotonic() + max(self._seconds, SHARE * spent)
        if is_first:
            return
        for folder, number in now.items():
            if folder not in before:
                polled.told.mark(folder, recursive=True)
            elif before[folder] != number:
                polled.told.mark(folder, recursive=False)
        for folder in before.keys() - now.keys():
            polled.told.mark(folder, recursive=True)

    def _numbers(self, root: bytes) -> Numbers:
        found: Numbers = {}
        waiting = [b""]
        while waiting and not self._is_closed:
            folder = waiting.pop()
            number, below = _number(root + b"/" + folder if folder else root)
            found[folder] = number
            waiting += [folder + b"/" + name if folder else name for name in below]
        return found


def _number(path: bytes) -> tuple[int, list[bytes]]:
    """What a folder's entries come to, and the names of the folders in it."""
    number, below = 0, []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.name)
                    number += hash(entry.name)
                    continue
                status = entry.stat(follow_symlinks=False)
                number += hash(
                    (entry.name, status.st_size, status.st_mtime_ns, status.st_ino)
                )
    except OSError:
        return UNREADABLE, below
    return number, below
