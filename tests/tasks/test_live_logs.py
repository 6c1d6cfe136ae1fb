"""A training that runs now: its curves grow in the catalogue, and only new lines are read."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail
from mlcatalog.tasks.index import index
from mlcatalog.tasks.indexing.indexer import Indexer, ScanReport
from mlcatalog.tasks.watch import Watch, WatchEvent
from tests.tasks.waiting import wait_for

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers"
EVENTS = FIXTURES / "tensorboard/new/run2"

# Writes rows one by one, and the bytes of a real event file piece by piece.
TRAINING = """
import sys, time
from pathlib import Path
table, events, source = map(Path, sys.argv[1:4])
steps, pieces = int(sys.argv[4]), source.read_bytes()
size = -(-len(pieces) // steps)
with table.open("a") as rows, events.open("ab") as log:
    for step in range(steps):
        rows.write(f"{step},{1 / (step + 1):.4f}"); rows.flush()
        log.write(pieces[step * size : (step + 1) * size]); log.flush()
        time.sleep(0.01)
        rows.write("\\n"); rows.flush()
        if step == 40:
            print("half"); sys.stdout.flush(); sys.stdin.readline()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "runs/a").mkdir(parents=True)
    (folder / "runs/a/metrics.csv").write_text("step,loss\n")
    return folder


@contextmanager
def watching(
    catalog: Catalog, folder: Path, told: Callable[[WatchEvent], None]
) -> Iterator[None]:
    watch = Watch(catalog, told, settle_seconds=0.3)
    watch.add(catalog.add_project(folder))
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield
    finally:
        watch.stop()
        thread.join()


def run_in(catalog: Catalog, path: str) -> Detail | None:
    found = catalog.list(f"kind:run path:{path}")
    return catalog.detail(found[0].id) if found else None


def steps_of(catalog: Catalog, path: str, name: str) -> list[int | None]:
    run = run_in(catalog, path)
    metrics = run.metrics if run is not None else ()
    return [p.step for m in metrics if m.name == name for p in m.points]


def test_a_curve_grows_while_its_training_runs(
    tmp_path: Path, catalog: Catalog, folder: Path
) -> None:
    (source,) = EVENTS.iterdir()
    (folder / "runs/b").mkdir()
    table = folder / "runs/a/metrics.csv"
    log = folder / "runs/b" / source.name
    told: list[WatchEvent] = []
    with watching(catalog, folder, told.append):
        wait_for(lambda: catalog.projects()[0].state.value == "watching", "a look")
        with subprocess.Popen(
            [sys.executable, "-c", TRAINING, table, log, source, "80"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as training:
            assert training.stdin
            assert training.stdout
            training.stdout.readline()
            wait_for(
                lambda: len(steps_of(catalog, "runs/a", "loss")) >= 40,
                "the first half, while the second is still to come",
            )
            assert run_in(catalog, "runs/b") is not None
            training.stdin.write("go on\n")
            training.stdin.flush()
            training.wait()
        wait_for(
            lambda: steps_of(catalog, "runs/a", "loss") == list(range(80)),
            "every step once",
        )
        wait_for(lambda: whole(catalog, "runs/b"), "every event")
    grown = sum(event.report.grown for event in told if event.report is not None)
    assert grown > 0
    with Catalog.open(tmp_path / "again.db") as fresh:
        index(fresh, [folder], settle_seconds=0)
        assert said(fresh) == said(catalog)


def whole(catalog: Catalog, path: str) -> bool:
    """Whether the last curve of the event file is there."""
    run = run_in(catalog, path)
    return run is not None and {"loss", "nan"} <= {m.name for m in run.metrics}


def said(catalog: Catalog) -> list[object]:
    """All that the catalogue tells of runs, without ids and times of looking."""
    found: list[object] = []
    for row in catalog.list("kind:run", sort="path"):
        run = catalog.detail(row.id)
        facts = sorted((f.key, f.value.text, f.source) for f in run.facts)
        metrics = sorted(repr(m) for m in run.metrics)
        found.append((row.name, row.format, facts, metrics, sorted(run.params)))
    return found


def scanned(indexer: Indexer, catalog: Catalog) -> ScanReport:
    return indexer.scan(catalog.projects()[0])


def add(path: Path, start: int, end: int) -> None:
    with path.open("a") as file:
        file.writelines(f"{step},{1 / (step + 1):.6f}\n" for step in range(start, end))


def test_a_log_that_grew_is_read_on_and_nothing_else_is_looked_at(
    catalog: Catalog, folder: Path
) -> None:
    table = folder / "runs/a/metrics.csv"
    add(table, 0, 2_000)
    catalog.add_project(folder)
    with Indexer(catalog, settle_seconds=0) as indexer:
        assert scanned(indexer, catalog).grown == 0
        with table.open("r+b") as file:  # nobody looks there any more
            file.seek(10_000)
            file.write(b"\0" * 1_000)
        add(table, 2_000, 2_002)
        report = scanned(indexer, catalog)
    assert (report.grown, report.changed) == (1, False)
    assert steps_of(catalog, "runs/a", "loss") == list(range(2_002))
    run = run_in(catalog, "runs/a")
    assert run is not None
    (loss,) = run.metrics
    assert (loss.last, loss.min, loss.max, loss.step) == (0.0005, 0.0005, 1.0, 2_001)


@pytest.mark.parametrize("change", ["shorter", "other rows", "gone and back"])
def test_a_log_that_was_written_anew_is_read_anew(
    catalog: Catalog, folder: Path, change: str
) -> None:
    table = folder / "runs/a/metrics.csv"
    add(table, 0, 500)
    index(catalog, [folder], settle_seconds=0)
    match change:
        case "shorter":
            table.write_text("step,loss\n")
            add(table, 0, 100)
        case "other rows":
            table.write_text("step,accuracy\n")
            add(table, 0, 600)
        case _:
            table.unlink()
            index(catalog, [folder], settle_seconds=0)
            table.write_text("step,loss\n")
            add(table, 0, 700)
    index(catalog, [folder], settle_seconds=0)
    name = "accuracy" if change == "other rows" else "loss"
    expected = {"shorter": 100, "other rows": 600}.get(change, 700)
    assert steps_of(catalog, "runs/a", name) == list(range(expected))
    run = run_in(catalog, "runs/a")
    assert run is not None
    assert len(run.metrics) == 1


def test_a_half_written_line_is_taken_once_the_file_rests(
    catalog: Catalog, folder: Path
) -> None:
    table = folder / "runs/a/metrics.csv"
    add(table, 0, 100)
    catalog.add_project(folder)
    with Indexer(catalog, settle_seconds=3_600) as patient:
        scanned(patient, catalog)
        with table.open("a") as file:
            file.write("100,0.2")
        report = scanned(patient, catalog)
        assert (report.grown, report.held_back) == (1, 1)
        assert len(steps_of(catalog, "runs/a", "loss")) == 100
        assert (
            scanned(patient, catalog).held_back == 1
        )  # a look at rest changes nothing
    with Indexer(catalog, settle_seconds=0) as later:
        assert scanned(later, catalog).held_back == 0
    assert steps_of(catalog, "runs/a", "loss") == list(range(101))
    with table.open("a") as file:  # it was not whole after all
        file.write("5\n101,0.1\n")
    with Indexer(catalog, settle_seconds=0) as later:
        scanned(later, catalog)
    run = run_in(catalog, "runs/a")
    assert run is not None
    (loss,) = run.metrics
    assert [p.value for p in loss.points[-2:]] == [0.25, 0.1]
    assert loss.min == 1 / 100


def test_a_new_file_beside_a_log_is_found_too(catalog: Catalog, folder: Path) -> None:
    table = folder / "runs/a/metrics.csv"
    add(table, 0, 100)
    index(catalog, [folder], settle_seconds=0)
    add(table, 100, 101)
    shutil.copy(FIXTURES.parent / "formats/zip.pt", folder / "runs/a/model.pt")
    index(catalog, [folder], settle_seconds=0)
    assert catalog.count("kind:model") == 1
    assert steps_of(catalog, "runs/a", "loss") == list(range(101))
