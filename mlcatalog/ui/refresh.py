"""How the window learns of changes, its own and those of other processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mlcatalog.ui.jobs import Jobs

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog

EVERY = 200  # ms


class Refresh(QObject):
    """Polls the catalogue's sequence off the window's thread; tells when it grew."""

    changed = Signal(int)

    def __init__(
        self, catalog: Catalog, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._jobs = jobs
        self._known = -1
        self._is_asking = False
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self._ask)

    def start(self) -> None:
        """Begin to look."""
        self._timer.start()

    def stop(self) -> None:
        """Look no longer."""
        self._timer.stop()

    def hear(self, sequence: int) -> None:
        """Take note of a sequence number, and tell when it is a new one."""
        self._is_asking = False
        if sequence != self._known:
            self._known = sequence
            self.changed.emit(sequence)

    def _ask(self) -> None:
        if not self._is_asking:
            self._is_asking = True
            job = self._jobs.start(
                "Look", lambda _: self._catalog.sequence(), self.hear
            )
            job.failed.connect(self._forget)

    def _forget(self, _: Exception) -> None:
        self._is_asking = False
