"""The curve of a training that runs now, in the window."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyqtgraph as pg
import pytest
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.watch import Watch
from mlcatalog.ui.compare.place import ComparePlace
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.refresh import Refresh
from mlcatalog.ui.theme import LIGHT

PATIENCE = 120_000  # ms
ROWS = 61
TRAINING = """
import sys, time
with open(sys.argv[1], "a") as rows:
    for step in range(60):
        rows.write(f"{step},{1 / (step + 1):.4f}\\n"); rows.flush()
        if step == 30:
            print("half"); sys.stdout.flush(); sys.stdin.readline()
        time.sleep(0.01)
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalogue.sqlite") as catalog:
        yield catalog


@contextmanager
def watching(catalog: Catalog, folder: Path) -> Iterator[None]:
    with Catalog.open(Path(catalog.path)) as own:
        watch = Watch(own, lambda event: None, settle_seconds=0.3)
        watch.add(own.add_project(folder))
        thread = threading.Thread(target=watch.run)
        thread.start()
        try:
            yield
        finally:
            watch.stop()
            thread.join()


def steps(place: ComparePlace) -> int:
    """The points of the longest line that is drawn."""
    lines = [
        item.getData()[0]
        for plot in place.curves.plots.values()
        for item in plot.findChild(pg.PlotWidget).listDataItems()
    ]
    return max((len(x) for x in lines if x is not None), default=0)


def test_the_curve_on_the_screen_grows_while_the_training_runs(
    qtbot: QtBot, tmp_path: Path, catalog: Catalog
) -> None:
    folder = tmp_path / "project"
    for name in ("old", "new"):
        (folder / name).mkdir(parents=True)
        (folder / name / "metrics.csv").write_text("step,loss\n")
    (folder / "old/metrics.csv").write_text("step,loss\n0,0.9\n1,0.8\n")
    log = folder / "new/metrics.csv"
    log.write_text("step,loss\n0,0.9\n")
    jobs = Jobs()
    place = ComparePlace(catalog, jobs, LIGHT)
    qtbot.addWidget(place)
    place.show()
    refresh = Refresh(catalog, jobs)
    refresh.changed.connect(place.refresh)
    with watching(catalog, folder):
        qtbot.waitUntil(lambda: catalog.count("kind:run") == 2, timeout=PATIENCE)
        place.show_artifacts([run.id for run in catalog.list("kind:run", sort="name")])
        refresh.start()
        with subprocess.Popen(
            [sys.executable, "-c", TRAINING, log],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as training:
            assert training.stdin
            with closing(training.stdin):
                qtbot.waitUntil(lambda: steps(place) > 25, timeout=PATIENCE)
                training.stdin.write("go on\n")
            training.wait()
        qtbot.waitUntil(lambda: steps(place) == ROWS, timeout=PATIENCE)
    refresh.stop()
    qtbot.waitUntil(lambda: jobs.running == 0)
