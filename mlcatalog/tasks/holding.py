"""What people want of the work that goes on: that it waits, stops, or makes room."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from mlcatalog.domain.errors import Cancelled

WHOLE_CATALOGUE = ""  # in the place of a project's id: link and judge
LOOK = 0.2  # seconds between two looks while the work waits
IN_PLACE = 30.0  # seconds that work waits where it is before it is set aside


class Holds:
    """Asked by the work at every step; told by any thread.

    A project that is held waits where it is, so that a large file is not
    begun anew, and is set aside once something else wants to be done.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: str | None = None
        self._held: set[str] = set()
        self._all: set[str] = set()
        self._dropped = False
        self._yields = True
        self._urgent = threading.Event()
        self._changed = threading.Event()
        self._stopped = threading.Event()

    def is_stopped(self) -> bool:
        """Whether all work is to end."""
        return self._stopped.is_set()

    @property
    def now(self) -> str | None:
        """The project that is worked on, WHOLE_CATALOGUE, or None."""
        return self._now

    def is_held(self, project: str) -> bool:
        """Whether a project waits for a person to let it go on."""
        return project in self._held

    def begin(self, project: str, *, yields: bool = True) -> None:
        """Work on a project begins; what a person waits for does not yield."""
        with self._lock:
            self._now, self._dropped, self._yields = project, False, yields

    def end(self) -> bool:
        """Work ends; whether a person had it dropped."""
        with self._lock:
            was_dropped, self._now, self._dropped = self._dropped, None, False
            return was_dropped

    def know(self, projects: Iterable[str]) -> None:
        """Say which projects there are."""
        self._all = set(projects)
        self._held &= self._all

    def hold(self, projects: Iterable[str]) -> None:
        """Let projects wait."""
        self._held |= set(projects)

    def release(self, projects: Iterable[str]) -> None:
        """Let projects go on."""
        self._held -= set(projects)
        self._changed.set()

    def drop(self, project: str | None) -> None:
        """Stop the work on a project, or on whatever it is on."""
        with self._lock:
            if project is None or project == self._now:
                self._dropped = True
        self._changed.set()

    def hear_of(self, project: str) -> None:
        """Something changed in a project: held work makes room for another's."""
        if self._now is not None and project != self._now and self._waits():
            self._urgent.set()

    def make_room(self) -> None:
        """Something waits that a person wants done now."""
        self._urgent.set()

    def room_is_made(self) -> None:
        """It is being done."""
        self._urgent.clear()

    def stop(self) -> None:
        """End all work."""
        self._stopped.set()
        self._changed.set()

    def step(self) -> None:
        """One step of the work: wait if it is held; raises Cancelled to end it."""
        since = time.monotonic()
        while True:
            self._changed.clear()
            if self._stopped.is_set() or self._dropped:
                raise Cancelled
            if self._yields and self._urgent.is_set():
                raise Cancelled
            if not self._waits():
                return
            if time.monotonic() - since > IN_PLACE:
                raise Cancelled
            self._changed.wait(LOOK)

    def _waits(self) -> bool:
        if not self._yields:
            return False
        if self._now == WHOLE_CATALOGUE:
            return bool(self._all) and self._held >= self._all
        return self._now in self._held
