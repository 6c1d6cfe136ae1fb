"""The window on large catalogues: start, key press to painted rows, filtering runs."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mlcatalog.catalog.store import Catalog
from tests.benchmarks.catalogues import catalogue_of
from tests.benchmarks.measuring import Figure, peak_memory, percentile

if TYPE_CHECKING:
    from mlcatalog.ui.main_window import MainWindow

SIZES = {"small": (10_000,), "full": (10_000, 100_000, 1_000_000)}
RUNS = {"small": 500, "full": 75_000}
TYPED = (
    "bert",
    "churn-cls",
    "kind:model stage:production",
    "metric.f1>0.9",
    "resnet50",
    "unet -kind:run",
    "size:>4GB",
    "owner:nlp",
    "zzz",
)
SORTS = ("-modified", "name", "-size", "metric", "kind", "-traceability")


def working_copy(root: Path, path: Path) -> Path:
    """A copy to work on, for a window that writes its state."""
    copy = root / "scratch-window" / "catalog.db"
    shutil.rmtree(copy.parent, ignore_errors=True)
    copy.parent.mkdir(parents=True)
    shutil.copyfile(path, copy)
    return copy


def key_presses(root: Path, size: str) -> Iterator[Figure]:
    """From a key press to the first painted block of rows."""
    for artifacts in SIZES[size]:
        path = working_copy(root, catalogue_of(root, artifacts))
        times = list(_typed(path, root))
        yield Figure(
            f"key press to painted rows, p99, {artifacts:,} artifacts",
            percentile(times, 0.99),
            "ms",
            limit=100,
            aim=50,
            note=f"{len(times)} keys over {len(SORTS)} orders",
        )
        yield Figure(
            f"key press to painted rows, p50, {artifacts:,} artifacts",
            statistics.median(times),
            "ms",
            limit=100,
            aim=16,
        )


def memory_of_window(root: Path, size: str) -> Iterator[Figure]:
    """The most that the window ever holds: started, typed in, ordered, scrolled through."""
    artifacts = SIZES[size][-1]
    path = working_copy(root, catalogue_of(root, artifacts))
    keys = sum(1 for _ in _typed(path, root, SORTS[:3], TYPED[:4], scrolls=True))
    yield Figure(
        f"memory of the window, {artifacts:,} artifacts",
        peak_memory(),
        "MiB",
        limit=300,
        aim=150,
        note=f"after {keys} keys, three orders, and the list to its end and back",
    )


def _typed(
    path: Path,
    root: Path,
    sorts: Sequence[str] = SORTS,
    texts: Sequence[str] = TYPED,
    *,
    scrolls: bool = False,
) -> Iterator[float]:
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    with Catalog.open(path) as catalog:
        window = _window(catalog)
        jobs = window.jobs
        item_model = window.library.table.item_model

        def painted() -> None:
            """Wait until the first row of the newest question is there, and paint it."""
            while True:
                app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
                if window.library.is_current and (
                    not len(item_model.ids) or item_model.summary(0) is not None
                ):
                    break
                time.sleep(0.0005)
            window.library.table.viewport().repaint()

        def settled() -> None:
            painted()
            deadline = time.monotonic() + 60
            while jobs.running and time.monotonic() < deadline:
                app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

        settled()
        bar = window.library.table.verticalScrollBar()
        for sort in sorts:
            window.library.set_sort(sort)
            settled()
            for part in range(41 if scrolls else 0):
                bar.setValue(bar.maximum() * abs(20 - part) // 20)
                settled()
            for text in texts:
                window.search_field.clear()
                settled()
                for letter in text:
                    start = time.perf_counter()
                    QTest.keyClicks(window.search_field, letter)
                    painted()
                    yield 1000 * (time.perf_counter() - start)
                settled()
        window.close()
        jobs.wait()
        QTimer.singleShot(0, app.quit)


def _window(catalog: Catalog) -> MainWindow:
    from PySide6.QtCore import QSettings

    from mlcatalog.app import _places
    from mlcatalog.ui.arrival import ComingCatalog
    from mlcatalog.ui.jobs import Jobs
    from mlcatalog.ui.main_window import MainWindow

    ini = str(catalog.path.with_name("w.ini"))
    coming = ComingCatalog(catalog.path)
    window = MainWindow(
        cast("Catalog", coming),
        Jobs(are_held=True),
        QSettings(ini, QSettings.Format.IniFormat),
        _places(),
    )
    window.resize(1480, 920)
    window.show()
    coming.arrive(catalog)
    window.begin()
    return window


STARTED = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QTableView
class Eye(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            table = watched.parent()
            if isinstance(table, QTableView) and table.model() and table.model().rowCount():
                index = table.model().index(0, 0)
                if str(index.data()) not in ("", "None", "\\u2026"):
                    print("painted", flush=True)
                    QTimer.singleShot(0, QApplication.closeAllWindows)
        return False
eye = Eye()
notify = QApplication.exec
def exec_(*_):
    QApplication.instance().installEventFilter(eye)
    return notify()
QApplication.exec = exec_
sys.argv = ["mlcatalog", "--catalog", sys.argv[1]]
from mlcatalog.__main__ import main
main()
"""
TRIVIAL = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QTableWidget, QTableWidgetItem
app = QApplication([])
class Table(QTableWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        print("painted", flush=True)
        QTimer.singleShot(0, app.quit)
window = QMainWindow()
table = Table(30, 7)
for row in range(30):
    for column in range(7):
        table.setItem(row, column, QTableWidgetItem("text"))
window.setCentralWidget(table)
window.resize(1480, 920)
window.show()
app.exec()
"""


def starts(root: Path, size: str) -> Iterator[Figure]:
    """From starting the process to a painted first page, beside a window of Qt alone."""
    for artifacts in SIZES[size]:
        path = working_copy(root, catalogue_of(root, artifacts))
        home = str(path.parent)
        pairs = [
            (_until_painted(STARTED, home, str(path)), _until_painted(TRIVIAL, home))
            for _ in range(4)
        ][1:]
        yield Figure(
            f"start to painted rows, {artifacts:,} artifacts",
            statistics.median(ours for ours, _ in pairs),
            "s",
            statistics.median(trivial for _, trivial in pairs),
            "a table in a bare PySide6 window",
            limit=3,
            aim=1.6,
        )


def _until_painted(code: str, home: str, *arguments: str) -> float:
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",  # an installed program is compiled
        "QT_QPA_PLATFORM": "offscreen",
        "MLCATALOG_HOME": home,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.strip() == "painted":
                return time.perf_counter() - start
        raise RuntimeError("the window ended before it was painted")
    finally:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def run_filters(root: Path, size: str) -> Iterator[Figure]:
    """Filter and order runs by a parameter, as a run table does."""
    for artifacts, runs in (
        ((50_000, 10_000),)
        if size == "small"
        else ((50_000, 10_000), (1_000_000, RUNS["full"]))
    ):
        path = catalogue_of(root, artifacts, runs)
        with Catalog.open(path, read_only=True) as catalog:
            catalog.ids("kind:run", sort="-metric")
            times: list[float] = []
            used: list[float] = []
            for number in range(30):
                for query in (
                    f"kind:run param.param_{number}:<{200 + number}",
                    f"kind:run param.param_{number}:{number * 9} metric.f1>0.5",
                ):
                    start, begun = time.perf_counter(), time.process_time()
                    found = catalog.ids(query, sort="-metric")
                    catalog.rows(found[:50])
                    times.append(1000 * (time.perf_counter() - start))
                    used.append(1000 * (time.process_time() - begun))
        yield Figure(
            f"filter and order {runs:,} runs x 150 params, p99",
            percentile(times, 0.99),
            "ms",
            limit=20 if runs == 10_000 else None,
            aim=10 if runs == 10_000 else None,
            note=f"p50 {statistics.median(times):.1f} ms; of the processor"
            f" p50 {statistics.median(used):.1f}, p99 {percentile(used, 0.99):.1f}",
        )
