"""Pictures of the window: opened on some folders, photographed when it is quiet."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QTimer

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.pages import PlaceMaker

SETTLE = 700  # ms without a job before a picture is taken
STEP = 50  # ms between two looks


@dataclass(frozen=True)
class Picture:
    """What is to be photographed, and where the picture goes."""

    target: Path
    catalog: Path | None  # None: one that is thrown away
    paths: tuple[Path, ...]  # folders to index before
    place: str = "Library"
    theme: str = "light"
    query: str = ""
    size: tuple[int, int] = (1_480, 920)


def photographed(places: Sequence[PlaceMaker], picture: Picture) -> int:
    """Take a picture; 0 when it was written, else 3."""
    with tempfile.TemporaryDirectory(prefix="mlcatalog-") as scratch:
        path = picture.catalog or Path(scratch) / "catalog.db"
        with Catalog.open(path) as catalog:
            if picture.paths:
                index(catalog, picture.paths)
            jobs = Jobs()
            settings = QSettings(
                str(Path(scratch) / "window.ini"), QSettings.Format.IniFormat
            )
            window = MainWindow(catalog, jobs, settings, places)
            _pose(window, jobs, picture)
            is_saved = window.grab().save(str(picture.target))
            window.close()
            jobs.wait()
    return 0 if is_saved else 3


def _pose(window: MainWindow, jobs: Jobs, picture: Picture) -> None:
    window.set_theme(picture.theme)
    window.resize(*picture.size)
    window.show()
    window.refresh(None)
    window.library.set_query(picture.query)
    _wait_until_quiet(jobs)
    if picture.place.lower() != "library":
        # Only now: a place opens on what the query found.
        window.open_named(picture.place)
        _wait_until_quiet(jobs)


def _wait_until_quiet(jobs: Jobs) -> None:
    # A loop of its own: QApplication.quit() would close the window before it is taken.
    quiet, loop = 0, QEventLoop()

    def look() -> None:
        nonlocal quiet
        quiet = 0 if jobs.running else quiet + STEP
        if quiet >= SETTLE:
            loop.quit()

    timer = QTimer(interval=STEP)
    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    timer.stop()
