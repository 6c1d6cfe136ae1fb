"""All threads of the window: a job runs one task, and its answer comes back in the window."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal

from mlcatalog.domain.errors import Cancelled
from mlcatalog.domain.progress import Progress

log = logging.getLogger(__name__)
QUEUED = Qt.ConnectionType.QueuedConnection
Task = Callable[[Progress], Any]
LEAST_THREADS = 4


class Job(QObject):
    """One run of a task. Connect queued: its signals leave a pool thread."""

    progressed = Signal(object, object, str)  # done, total or None, note
    succeeded = Signal(object)  # what the task returned
    failed = Signal(Exception)
    ended = Signal()  # always the last, whatever happened

    def __init__(self, title: str, task: Task) -> None:
        super().__init__()
        self.title = title
        self._task = task
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Ask the task to stop at its next step."""
        self._stop.set()

    def run(self) -> None:
        """Run the task in the calling thread, unless it was cancelled before."""
        try:
            self._stay()
            result = self._task(self._report)
        except Cancelled:
            log.info("cancelled: %s", self.title)
        except Exception as error:  # noqa: BLE001 - the window decides what to say
            self.failed.emit(error)
        else:
            self.succeeded.emit(result)
        self.ended.emit()

    def _stay(self) -> None:
        if self._stop.is_set():
            raise Cancelled

    def _report(self, done: int, total: int | None, note: str) -> None:
        self._stay()
        self.progressed.emit(done, total, note)


class Jobs(QObject):
    """Starts jobs, and keeps them until they end.

    While they are held, for want of a catalogue, what is asked for waits its turn.
    """

    started = Signal(Job)
    failed = Signal(str, Exception)  # title, error

    def __init__(
        self, parent: QObject | None = None, *, are_held: bool = False
    ) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        # A quick question never stands behind two long ones.
        self._pool.setMaxThreadCount(max(LEAST_THREADS, self._pool.maxThreadCount()))
        self._running: set[Job] = set()
        self._held: list[Job] = []
        self.are_held = are_held

    def start(
        self,
        title: str,
        task: Task,
        then: Callable[[Any], object] | None = None,
        *,
        ended: Callable[[], object] | None = None,
        at_once: bool = False,
    ) -> Job:
        """Run `task` in the background; `then` gets its answer in the window.

        `ended` is called after it, whatever happened.
        at_once: it needs no catalogue, and is not held.
        """
        job = Job(title, task)
        if then is not None:
            job.succeeded.connect(then, QUEUED)
        if ended is not None:
            job.ended.connect(ended, QUEUED)
        job.failed.connect(lambda error: self.failed.emit(title, error), QUEUED)
        job.ended.connect(lambda: self._running.discard(job), QUEUED)
        self._running.add(job)
        self.started.emit(job)
        if self.are_held and not at_once:
            self._held.append(job)
        else:
            self._pool.start(job.run)
        return job

    def release(self) -> None:
        """Run what was held, in the order it was asked for, and hold no longer."""
        self.are_held = False
        for job in self._held:
            self._pool.start(job.run)
        self._held.clear()

    @property
    def running(self) -> int:
        """How many jobs have not ended."""
        return len(self._running)

    def wait(self) -> None:
        """Wait until every job has left its thread; what is held is dropped."""
        self._running.difference_update(self._held)
        self._held.clear()
        self._pool.waitForDone()
