"""The flow: first listing, scans of an unchanged tree, header reads, digests."""

from __future__ import annotations

import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from mlcatalog.catalog.first import NewArtifact
from mlcatalog.catalog.ingest import Ingest, Place
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.reading import Tensor
from mlcatalog.formats.registry import read
from mlcatalog.scanning.digest import digest
from mlcatalog.scanning.workers import GuardedPool
from mlcatalog.tasks.indexing.indexer import Indexer
from tests.benchmarks.measuring import (
    MIB,
    Figure,
    median_seconds,
    peak_memory,
    processor_seconds,
    worked,
)
from tests.benchmarks.trees import checkpoint_tree, fresh_folder, mixed_tree

FIRST = {"small": (10_000,), "full": (10_000, 100_000)}
AGAIN = {"small": (10_000,), "full": (10_000, 100_000, 500_000)}


@contextmanager
def fresh(root: Path) -> Iterator[Catalog]:
    """A new catalogue, thrown away afterwards."""
    folder = fresh_folder(root / "scratch")
    with Catalog.open(folder / "catalog.db") as catalog:
        yield catalog
    shutil.rmtree(folder, ignore_errors=True)


def find_seconds(tree: Path) -> float:
    """What `find` asks of the processor to list a tree with all that is compared."""
    command = ["find", str(tree), "-type", "f", "-printf", "%s %T@ %C@ %i %p\n"]

    def work() -> None:
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    work()  # warm
    return statistics.median(worked(work) for _ in range(3))


class Stages:
    """The processor's seconds that each stage takes, as the indexer begins it."""

    def __init__(self, ingest: Ingest) -> None:
        self.seconds: dict[str, float] = {}
        self.until_shown = 0.0  # from the beginning on, the last row
        self._stage, self._since = "", processor_seconds()
        self._start, self._show = self._since, ingest.show
        ingest.show = self._shown  # type: ignore[method-assign]

    def began(self, project: str, stage: str) -> None:
        """Count what was used until now for the stage before."""
        now = processor_seconds()
        if self._stage:
            spent = self.seconds.get(self._stage, 0.0) + now - self._since
            self.seconds[self._stage] = spent
        self._stage, self._since = stage, now

    def _shown(self, place: Place, artifacts: Sequence[NewArtifact]) -> range:
        numbers = self._show(place, artifacts)
        self.until_shown = processor_seconds() - self._start
        return numbers


def first_listing(root: Path, size: str) -> Iterator[Figure]:
    """From nothing to rows that can be seen and sorted, and until all is known."""
    for files in FIRST[size]:
        tree = mixed_tree(root, files)
        reference = find_seconds(tree)
        with fresh(root) as catalog:
            project = catalog.add_project(tree)
            catalog.ids(
                "", sort="name"
            )  # a window that is open has loaded what it needs
            stages = Stages(catalog.ingest)
            with Indexer(catalog, began=stages.began) as indexer:
                report = indexer.scan(project)
                indexer.finish()
            stages.began("", "")  # the workers ended, and their time is known
            asked = worked(lambda: catalog.rows(catalog.ids("", sort="name")[:50]))
            artifacts = catalog.count()
        listed = stages.seconds["walk"] + stages.seconds["list"]
        clock = ", ".join(f"{n} {spent:.1f}" for n, spent in report.seconds.items())
        yield Figure(
            f"first listing of {files:,} files, to the rows, processor",
            stages.until_shown + asked,
            "s",
            reference,
            "find -printf, processor",
            limit=5,
            aim=3.5,
            note=f"with files and versions behind the rows {listed / reference:.1f}x;"
            f" by the clock in s: {clock}; {peak_memory():.0f} MiB",
        )
        after = ", ".join(f"{n} {spent:.2f}" for n, spent in stages.seconds.items())
        yield Figure(
            f"all that is known of {artifacts:,} artifacts, processor",
            1000 * sum(stages.seconds.values()) / artifacts,
            "ms",
            note=f"for each; stages in s, workers with the last: {after}",
        )


def unchanged_scan(root: Path, size: str) -> Iterator[Figure]:
    """A second look at a tree that did not change."""
    for files in AGAIN[size]:
        tree = mixed_tree(root, files)
        reference = find_seconds(tree)
        with fresh(root) as catalog:
            project = catalog.add_project(tree)
            with Indexer(catalog) as indexer:
                indexer.scan(project)
            with Indexer(catalog) as indexer:
                again = statistics.median(
                    worked(partial(indexer.scan, project)) for _ in range(3)
                )
        yield Figure(
            f"unchanged scan, {files:,} files, processor",
            again,
            "s",
            reference,
            "find -printf, processor",
            limit=2,
            aim=1.5,
            note=f"{peak_memory():.0f} MiB",
        )


def memory_of_indexer(root: Path, size: str) -> Iterator[Figure]:
    """The most that `mlcatalog index` and its workers hold, link and judge included."""
    files = 100_000 if size == "small" else 1_000_000
    tree = mixed_tree(root, files)
    folder = fresh_folder(root / "scratch")
    place = {"MLCATALOG_HOME": str(folder), "HOME": str(folder)}
    command = [sys.executable, "-m", "mlcatalog", "--catalog"]
    command += [str(folder / "catalog.db"), "index", str(tree)]
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **place},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    spent = time.perf_counter() - start
    shutil.rmtree(folder, ignore_errors=True)
    yield Figure(
        f"memory of the indexer, {files:,} files",
        usage.ru_maxrss / (MIB if sys.platform == "darwin" else 1024),
        "MiB",
        limit=400,
        aim=200,
        note=f"{spent:.0f} s, ended with {process.returncode}",
    )


def header_reads(root: Path, size: str) -> Iterator[Figure]:
    """Small files on two workers, and large ones by their headers."""
    files = 5_000 if size == "small" else 50_000
    tree = checkpoint_tree(root, files)
    paths = [Path(folder) / n for folder, _, names in os.walk(tree) for n in names]
    with GuardedPool(2) as pool:
        list(pool.map_chunks(read, paths[:200], chunk=64))
        start = time.perf_counter()
        done = sum(1 for _ in pool.map_chunks(read, paths, chunk=64))
        spent = time.perf_counter() - start
    yield Figure(
        "header reads of small safetensors, two workers",
        done / spent,
        "files/s",
        limit=5_000,
        at_least=True,
    )
    large = large_safetensors(root, 2 << 30)
    read(large)
    yield Figure(
        "header of a 2 GiB safetensors",
        1000 * median_seconds(lambda: read(large), 9),
        "ms",
        limit=20,
    )


def large_safetensors(root: Path, size: int) -> Path:
    """A safetensors file of 100 tensors, filled with bytes that differ."""
    import json
    import struct

    path = root / f"large-{size}.safetensors"
    if path.exists():
        return path
    each = size // 100
    tensors = {
        f"layer.{n}.weight": {
            "dtype": "F32",
            "shape": [each // 4],
            "data_offsets": [n * each, (n + 1) * each],
        }
        for n in range(100)
    }
    header = json.dumps(tensors).encode()
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for n in range(100):
            block = hashlib.sha256(b"%d" % n).digest() * 32_768
            left = each
            while left:
                piece = block[: min(left, len(block))]
                file.write(piece)
                left -= len(piece)
    part.rename(path)
    return path


def digests(root: Path, size: str) -> Iterator[Figure]:
    """One pass for the file's digest and its tensors' fingerprints."""
    path = large_safetensors(root, (256 << 20) if size == "small" else 2 << 30)
    tensors: tuple[Tensor, ...] = tuple(read(path).tensors)

    def plain() -> None:
        with path.open("rb", buffering=0) as file:
            hashlib.file_digest(file, "sha256")

    plain()
    reference = median_seconds(plain)
    ours = median_seconds(lambda: digest(path, tensors))
    yield Figure(
        f"digest and fingerprints of {path.stat().st_size / 2**30:.2f} GiB, of sha256's speed",
        reference,
        "s",
        ours,
        "this program",
        limit=0.8,
        aim=0.95,
        at_least=True,
        note=f"sha256 alone {reference:.2f} s, with fingerprints {ours:.2f} s",
    )
