"""The catalogue comes behind the window: what stands for it until then, and who opens it."""

from __future__ import annotations

import linecache
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from mlcatalog.domain.errors import CatalogError
from mlcatalog.ui.jobs import QUEUED, Job
from mlcatalog.ui.opening import Answer, Choice, asked, opened, said

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog

PATIENCE = 1_000  # ms before the window says that it waits
GOODBYE = 3.0  # seconds that closing waits for an opening that goes on


class ComingCatalog:
    """Stands for the catalogue from the beginning; jobs that need it are held."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._catalog: Catalog | None = None

    def arrive(self, catalog: Catalog) -> None:
        """Be this catalogue from now on."""
        # PySide looks into the source of every module that is imported, and leaves
        # all of it, 30 MB by now, with linecache.
        linecache.clearcache()
        self.path = catalog.path
        self._catalog = catalog

    def __getattr__(self, name: str) -> Any:
        if self._catalog is None:
            raise RuntimeError(f"the catalogue was asked for {name} before it is open")
        return getattr(self._catalog, name)


class Opener(QObject):
    """Opens the catalogue in a thread of its own, which nobody has to wait for."""

    opened = Signal(object)  # the Catalog
    refused = Signal()  # a person chose to quit
    waits = Signal()  # it takes longer than usual
    failed = Signal(Exception)  # a bug
    _asked = Signal(object, object)  # CatalogError, Path
    _told = Signal(object, object)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._is_left = threading.Event()
        self._job = Job("Open", lambda _: self._open())
        self._job.succeeded.connect(self._arrived, QUEUED)
        self._job.failed.connect(self.failed, QUEUED)
        self._asked.connect(self._put, QUEUED)
        self._told.connect(self._say, QUEUED)
        self._thread = threading.Thread(target=self._job.run, daemon=True, name="open")
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE)
        self._patience.timeout.connect(self.waits)

    def start(self) -> None:
        """Begin, once."""
        self._thread.start()
        self._patience.start()

    def leave(self) -> None:
        """The window is closed: nobody wants the catalogue any more."""
        self._is_left.set()
        self._patience.stop()
        self._answers.put(Answer(Choice.QUIT, self._path))
        if self._thread.is_alive():
            self._thread.join(GOODBYE)

    def _arrived(self, catalog: Catalog | None) -> None:
        self._patience.stop()
        if self._is_left.is_set():
            if catalog is not None:
                catalog.close()
        elif catalog is None:
            self.refused.emit()
        else:
            self.opened.emit(catalog)

    # in the thread that opens

    def _open(self) -> Catalog | None:
        catalog = opened(self._path, self._ask, self._tell)
        if catalog is not None and self._is_left.is_set():
            catalog.close()
            return None
        return catalog

    def _ask(self, error: CatalogError, path: Path) -> Answer:
        if self._is_left.is_set():
            return Answer(Choice.QUIT, path)
        self._asked.emit(error, path)
        return self._answers.get()

    def _tell(self, error: CatalogError, path: Path) -> None:
        self._told.emit(error, path)

    # in the window's

    def _put(self, error: CatalogError, path: Path) -> None:
        self._patience.stop()
        self._answers.put(asked(error, path))
        self._patience.start()

    def _say(self, error: CatalogError, path: Path) -> None:
        said(error, path)
