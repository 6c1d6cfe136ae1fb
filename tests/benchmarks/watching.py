"""Watching: arming, idling, bursts, the time to a row, and memory under churn."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.scanning.inotify import CHANGES
from mlcatalog.scanning.watcher import FolderWatcher
from tests.benchmarks.measuring import MIB, Figure, median_seconds, percentile
from tests.benchmarks.trees import (
    checkpoint_tree,
    empty_folders,
    fresh_folder,
    small_checkpoint,
)

FOLDERS = {"small": 5_000, "full": 50_000}
IDLE_SECONDS = {"small": 30, "full": 60}
BURST = 20_000  # files
PER_FOLDER = 100
ROWS = {"small": 40, "full": 200}
CHURN_SECONDS = {"small": 120, "full": 3_600}
CHURN_NAMES = 300
PATIENCE = 600.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Watched:
    """The real program that follows a folder, and its catalogue."""

    process: subprocess.Popen[bytes]
    catalog: Path

    def ask(self, statement: str, *values: object) -> int:
        """One number out of the catalogue, as another program sees it."""
        uri = f"{self.catalog.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
            row = connection.execute(statement, values).fetchone()
            return int(row[0] or 0)

    def wait(self, holds: Callable[[], bool], pause: float = 0.05) -> float:
        """The seconds until something holds."""
        start = time.perf_counter()
        while not holds():
            if (
                time.perf_counter() - start > PATIENCE
                or self.process.poll() is not None
            ):
                raise TimeoutError("the watching program did not come to it")
            time.sleep(pause)
        return time.perf_counter() - start

    def processor_seconds(self) -> float:
        """What the program and its workers have used of the processors."""
        return sum(map(_processor_seconds, self._family()))

    def memory(self) -> float:
        """What the program holds in memory, in MiB; its workers are left out."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * PAGE / MIB

    def _family(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, children.read_text().split())]


def _processor_seconds(process: int) -> float:
    try:
        told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) / TICKS


@contextmanager
def watched(root: Path, folder: Path) -> Iterator[Watched]:
    """Follow a folder until the end; begins when it is indexed and watched."""
    scratch = fresh_folder(root / "scratch-watch")
    catalog = scratch / "catalog.db"
    process = subprocess.Popen(
        [sys.executable, "-m", "mlcatalog", "watch", str(folder)],
        env={
            **os.environ,
            "MLCATALOG_CATALOG": str(catalog),
            "MLCATALOG_HOME": str(scratch / "home"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    program = Watched(process, catalog)
    try:
        program.wait(catalog.exists)
        program.wait(lambda: _state(program) == "watching")
        yield program
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(scratch, ignore_errors=True)


def _state(program: Watched) -> str:
    try:
        with closing(sqlite3.connect(program.catalog, timeout=30)) as connection:
            row = connection.execute("SELECT state FROM project").fetchone()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


def raw_inotify(folder: Path) -> None:
    """The least that watching a tree can cost: a watch a folder, nothing kept."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_CLOEXEC)
    waiting = [os.fsencode(folder)]
    while waiting:
        path = waiting.pop()
        if libc.inotify_add_watch(handle, path, CHANGES) < 0:
            raise OSError(ctypes.get_errno(), "no watch", path)
        with os.scandir(path) as entries:
            waiting += [e.path for e in entries if e.is_dir(follow_symlinks=False)]
    os.close(handle)


def armed(folder: Path) -> None:
    """The same by the program's own watcher."""
    watcher = FolderWatcher()
    try:
        watcher.watch(folder, lambda dirty: None)
        state, why = watcher.state(folder)
        if state != "watching":
            raise RuntimeError(f"{state}: {why}")
    finally:
        watcher.close()


def watch_idle(root: Path, size: str) -> Iterator[Figure]:
    """Many folders: until they are watched, and while nothing happens."""
    folder = empty_folders(root, FOLDERS[size])
    armed(folder)  # warm
    yield Figure(
        f"arming {FOLDERS[size]:,} folders",
        median_seconds(lambda: armed(folder)),
        "s",
        median_seconds(lambda: raw_inotify(folder)),
        "raw inotify",
        limit=1.5,
        aim=1.5,
        note="with the end of all watches, on both sides",
    )
    with watched(root, folder) as program:
        time.sleep(5)
        before, start = program.processor_seconds(), time.monotonic()
        time.sleep(IDLE_SECONDS[size])
        used = program.processor_seconds() - before
        share = 100 * used / (time.monotonic() - start)
        memory = program.memory()
    yield Figure(
        f"watching {FOLDERS[size]:,} folders, idle",
        share,
        "%",
        limit=1,
        aim=0.5,
        note=f"of a core, over {IDLE_SECONDS[size]} s; {memory:.0f} MiB",
    )


def watch_burst(root: Path, size: str) -> Iterator[Figure]:
    """Many files at once into folders that are new."""
    del size
    folder = fresh_folder(root / "burst")
    (folder / "train.yaml").write_text("lr: 0.1\n")
    with watched(root, folder) as program:
        start = time.perf_counter()
        for first in range(0, BURST, PER_FOLDER):
            place = folder / f"run-{first // 1_000:03}" / f"part-{first:05}"
            place.mkdir(parents=True)
            for number in range(first, first + PER_FOLDER):
                (place / f"c{number:05}.yaml").write_text(f"seed: {number}\n")
        written = time.perf_counter() - start
        seen = "SELECT count(*) FROM artifact WHERE kind = 'config' AND present"
        try:
            waited = program.wait(lambda: program.ask(seen) > BURST, pause=0.2)
        except TimeoutError:
            waited = PATIENCE
        missing = BURST + 1 - program.ask(seen)
    shutil.rmtree(folder)
    yield Figure(f"burst of {BURST:,} files, missing", missing, "", limit=0, aim=0)
    yield Figure(
        "rows after the last file of the burst was written",
        waited,
        "s",
        limit=10,
        aim=10,
        note=f"writing the files took {written:.1f} s",
    )


def settled_to_row(root: Path, size: str) -> Iterator[Figure]:
    """From the close of a file to its row."""
    folder = fresh_folder(root / "one-by-one")
    shutil.copytree(checkpoint_tree(root, 1_000), folder / "before")
    row = "SELECT count(*) FROM artifact WHERE present AND path_text = ?"
    waits = []
    with watched(root, folder) as program:
        for number in range(ROWS[size]):
            time.sleep(0.5 + 0.3 * random.random())
            name, content = small_checkpoint(100_000 + number)
            (folder / name).write_bytes(content)
            waits.append(
                program.wait(lambda n=name: program.ask(row, n) > 0, pause=0.003)  # type: ignore[misc]
            )
    shutil.rmtree(folder)
    worst = 1_000 * percentile(waits, 0.99)
    yield Figure(
        "file closed to row, p95",
        1_000 * percentile(waits, 0.95),
        "ms",
        limit=500,
        note=f"p50 {1_000 * statistics.median(waits):.0f}, p99 {worst:.0f} ms",
    )


def churn_memory(root: Path, size: str) -> Iterator[Figure]:
    """What is held in memory while files come, change, move and go."""
    folder = fresh_folder(root / "churn")
    chance = random.Random(1)
    end = time.monotonic() + CHURN_SECONDS[size]
    held: list[float] = []
    with watched(root, folder) as program:
        next_look = 0.0
        while time.monotonic() < end:
            _churn(folder, chance)
            time.sleep(0.02)
            if time.monotonic() > next_look:
                next_look = time.monotonic() + CHURN_SECONDS[size] / 60
                held.append(program.memory())
    shutil.rmtree(folder)
    quarter = len(held) // 4
    early = statistics.median(held[quarter : 2 * quarter])
    late = statistics.median(held[-quarter:])
    yield Figure(
        f"memory that {CHURN_SECONDS[size] / 60:.0f} min of churn add",
        late - early,
        "MiB",
        limit=5,
        note=f"from {early:.0f} MiB in the second quarter to {late:.0f} in the last",
    )


def _churn(folder: Path, chance: random.Random) -> None:
    number = chance.randrange(CHURN_NAMES)
    path = folder / f"run-{number % 10}" / f"m{number}.safetensors"
    path.parent.mkdir(exist_ok=True)
    what = chance.random()
    if what < 0.6:
        path.write_bytes(small_checkpoint(chance.randrange(10_000))[1])
    elif path.exists() and what < 0.8:
        path.replace(path.with_name(f"m{chance.randrange(CHURN_NAMES)}.safetensors"))
    else:
        path.unlink(missing_ok=True)
