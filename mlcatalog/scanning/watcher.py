"""The watch over project folders: which folders are dirty, and who is offline."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from mlcatalog.scanning.inotify import IS_HERE, Inotify
from mlcatalog.scanning.mounts import network_kind
from mlcatalog.scanning.polling import Polling
from mlcatalog.scanning.sleeping import seconds_asleep

# Without a filter watchdog 7.1 also asks for opened and closed-unchanged files,
# and its own walk over a large tree then fills the queue that it empties.
EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    FileClosedEvent,
    FileModifiedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
log = logging.getLogger(__name__)
MERGE_SECONDS = 0.02  # changes that come together are told together
LOOK_SECONDS = 2.0  # how often it is looked whether a folder is still there
POLL_SECONDS = 5.0
SLEPT_SECONDS = 5.0  # so long asleep, and everything is looked at

# "watching"; "limited" (polled, for the system has no watches left); "polling" or
# "offline"; and why.
State = tuple[str, str]
NETWORK = "a network folder ({}) does not tell what others change in it"
NO_WATCHES = "the system gave no watches: {}"
Factory = Callable[[], BaseObserver]


@dataclass(frozen=True, slots=True)
class Dirty:
    """A folder to be listed again; `folder` is relative to the root."""

    root: Path
    folder: bytes
    recursive: bool


class FolderWatcher:
    """Tells which folders changed; it never reads a file.

    `on_dirty` is called in the watcher's own thread. `watch` returns when the
    watch is armed, so that a walk begun afterwards misses nothing. Where the
    system has no watches left, a folder is polled instead; a folder that
    vanishes is offline, and is taken up again (as a whole) when it is back. When
    events were lost, or the machine slept, everything is dirty.
    """

    def __init__(
        self,
        *,
        observer: Factory | None = None,
        poll_seconds: float = POLL_SECONDS,
        look_seconds: float = LOOK_SECONDS,
        asleep: Callable[[], float] = seconds_asleep,
    ) -> None:
        self._watching: Watching = (
            Inotify()
            if observer is None and IS_HERE
            else _Observed(observer or Observer)
        )
        self._polling: Watching = Polling(poll_seconds)
        self._look_seconds = look_seconds
        self._asleep = asleep
        self._slept = asleep()
        self._roots: dict[Path, _Root] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._overflow = _Overflow(self._mark_all)
        logging.getLogger("watchdog.observers").addHandler(self._overflow)
        self._thread = threading.Thread(target=self._tell, daemon=True, name="watcher")
        self._thread.start()

    def watch(self, root: Path, on_dirty: Callable[[Dirty], None]) -> None:
        """Follow a folder and all below it, from now on."""
        self.forget(root)
        watched = _Root(root, on_dirty, self._changed.set)
        with self._lock:
            self._roots[root] = watched
        self._arm(watched)

    def forget(self, root: Path) -> None:
        """Follow a folder no longer."""
        with self._lock:
            watched = self._roots.pop(root, None)
        if watched is not None:
            watched.disarm()

    def state(self, root: Path) -> State:
        """How a folder is followed, and why if not by watches."""
        watched = self._roots.get(root)
        return watched.state if watched else ("offline", "it is not watched")

    def close(self) -> None:
        """End all watches and threads; nothing is told afterwards."""
        self._closing.set()
        self._changed.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()
        logging.getLogger("watchdog.observers").removeHandler(self._overflow)
        for observed in (self._watching, self._polling):
            observed.close()

    def _arm(self, watched: _Root) -> None:
        if not watched.root.is_dir():
            watched.state = ("offline", "the folder is not there")
            return
        kind = network_kind(os.fsencode(watched.root))
        if kind:
            self._poll(watched, ("polling", NETWORK.format(kind)))
            return
        try:
            watched.arm(self._watching, ("watching", ""))
        except OSError as error:
            self._do_without(watched, error)

    def _do_without(self, watched: _Root, error: OSError) -> None:
        """Poll a folder of which some have no watch; give back those it has."""
        watched.disarm()
        why = NO_WATCHES.format(error.strerror or error)
        is_limit = error.errno in (errno.ENOSPC, errno.EMFILE, errno.ENFILE)
        self._poll(watched, ("limited" if is_limit else "polling", why))

    def _poll(self, watched: _Root, state: State) -> None:
        log.info("%s is polled: %s", watched.root, state[1])
        try:
            watched.arm(self._polling, state)
        except OSError as error:
            watched.state = ("offline", error.strerror or str(error))

    def _mark_all(self) -> None:
        for watched in list(self._roots.values()):
            watched.mark(b"", recursive=True)

    def _tell(self) -> None:
        """The watcher's thread: pass on what is dirty, look who is offline."""
        while not self._closing.is_set():
            if self._changed.wait(self._look_seconds):
                self._closing.wait(MERGE_SECONDS)
                self._changed.clear()
            with self._lock:
                roots = list(self._roots.values())
            self._look_at_clock()
            for watched in roots:
                self._look(watched)
                if not self._closing.is_set():
                    watched.tell()

    def _look_at_clock(self) -> None:
        slept = self._asleep()
        if slept - self._slept > SLEPT_SECONDS:
            log.info("the machine slept %.0f s: all is looked at", slept - self._slept)
            self._mark_all()
        self._slept = slept

    def _look(self, watched: _Root) -> None:
        if watched.is_in_place():
            error = watched.taken_error()
            if error is not None:
                self._do_without(watched, error)
                watched.mark(b"", recursive=True)
            return
        was_offline = watched.state[0] == "offline"
        watched.disarm()
        self._arm(watched)
        if watched.state[0] != "offline" or not was_offline:
            watched.mark(b"", recursive=True)  # back again, or gone: look at it


class _Root(FileSystemEventHandler):
    """One watched folder, and what is dirty in it."""

    def __init__(
        self, root: Path, on_dirty: Callable[[Dirty], None], wake: Callable[[], None]
    ) -> None:
        self.root = root
        self.state: State = ("offline", "")
        self._on_dirty = on_dirty
        self._wake = wake
        self._dirty: dict[bytes, bool] = {}  # folder -> recursive
        self._error: OSError | None = None  # of a folder that came and got no watch
        self._lock = threading.Lock()
        self._path = os.fsencode(root.absolute())
        self._place: tuple[int, int] | None = None
        self._armed: tuple[Watching, Any] | None = None

    def arm(self, observed: Watching, state: State) -> None:
        """Begin to watch; raises OSError if the system has none left."""
        self._place = _place_of(self._path)
        self._armed = (observed, observed.schedule(self, self._path))
        self.state = state

    def disarm(self) -> None:
        armed, self._armed = self._armed, None
        self._place = None
        if armed is not None:
            armed[0].unschedule(armed[1])

    def is_in_place(self) -> bool:
        """Whether the very folder that is watched is still there."""
        return self._place is not None and self._place == _place_of(self._path)

    def moved(self) -> None:
        """The root itself changed: the watcher looks whether it is there."""
        self._wake()

    def unwatched(self, error: OSError) -> None:
        """A folder that came got no watch."""
        self._error = error
        self._wake()

    def taken_error(self) -> OSError | None:
        """Why folders that came since this was asked last got no watch."""
        error, self._error = self._error, None
        return error

    def mark(self, folder: bytes, *, recursive: bool) -> None:
        with self._lock:
            self._dirty[folder] = recursive or self._dirty.get(folder, False)
        self._wake()

    def tell(self) -> None:
        with self._lock:
            dirty, self._dirty = self._dirty, {}
        for folder, recursive in sorted(dirty.items()):
            if not _is_covered(folder, dirty):
                self._on_dirty(Dirty(self.root, folder, recursive))

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog in its own thread."""
        for path in (event.src_path, event.dest_path):
            if path:
                self._mark_parent(os.fsencode(path))
        if isinstance(event, DirCreatedEvent | DirDeletedEvent | DirMovedEvent):
            self._mark_folder(os.fsencode(event.src_path))
            if event.dest_path:
                self._mark_folder(os.fsencode(event.dest_path))

    def _mark_parent(self, path: bytes) -> None:
        if path == self._path:
            self.moved()
            return
        relative = self._relative(path.rpartition(os.fsencode(os.sep))[0])
        if relative is not None:
            self.mark(relative, recursive=False)

    def _mark_folder(self, path: bytes) -> None:
        relative = self._relative(path)
        if relative:
            self.mark(relative, recursive=True)

    def _relative(self, path: bytes) -> bytes | None:
        if path == self._path:
            return b""
        separator = os.fsencode(os.sep)
        prefix = self._path.rstrip(separator) + separator
        if not path.startswith(prefix):
            return None
        return path[len(prefix) :].replace(separator, b"/")


class Watching(Protocol):
    """A way to follow folders; `schedule` raises OSError where it cannot."""

    def schedule(self, told: _Root, root: bytes, /) -> Any:
        """Follow a folder and all below it; gives what `unschedule` takes."""

    def unschedule(self, armed: Any, /) -> None:
        """Follow it no longer."""

    def close(self) -> None:
        """Follow nothing any more."""


class _Observed:
    """One of watchdog's observers, started with the first watch."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._observer: BaseObserver | None = None
        self._lock = threading.Lock()

    def schedule(self, handler: _Root, path: bytes) -> ObservedWatch:
        with self._lock:
            if self._observer is None:
                observer = self._factory()
                observer.start()
                self._observer = observer
            return self._observer.schedule(
                handler, os.fsdecode(path), recursive=True, event_filter=EVENTS
            )

    def unschedule(self, watch: ObservedWatch) -> None:
        with self._lock:
            if self._observer is None:
                return
            try:
                self._observer.unschedule(watch)
            except KeyError:  # its emitter has ended by itself
                return

    def close(self) -> None:
        with self._lock:
            observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join()


class _Overflow(logging.Handler):
    """Hears of lost events, for which watchdog has a log line but no event."""

    def __init__(self, mark_all: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._mark_all = mark_all

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in str(record.msg) or "Unable to rebuild" in str(record.msg):
            self._mark_all()


def _place_of(path: bytes) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - bytes paths
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _is_covered(folder: bytes, dirty: dict[bytes, bool]) -> bool:
    """Whether a folder above is dirty with all below it."""
    while folder:
        folder = folder.rpartition(b"/")[0]
        if dirty.get(folder):
            return True
    return False
