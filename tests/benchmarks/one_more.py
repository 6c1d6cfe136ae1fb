"""One more model beside many: what linking and judging it costs as the many grow."""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.indexing.indexer import Indexer
from mlcatalog.tasks.indexing.listing import Scope
from tests.benchmarks.measuring import Figure, peak_memory

SIZES = {"small": (250, 1_000, 4_000, 16_000), "full": (250, 1_000, 4_000, 100_000)}
PER_FOLDER = 100  # runs
TIMES = 5
OLD = 1_750_000_000  # files of this minute would be taken for unfinished ones


def one_more_model(root: Path, size: str) -> Iterator[Figure]:
    """A run folder arrives in a project of many such; the growth is the score."""
    first: dict[str, float] = {}
    for models in SIZES[size]:
        found = _measured(root / "one-more", models)
        for stage, spent in found.stages.items():
            known = 1000 * statistics.median(spent)
            yield Figure(
                f"{stage} one more model beside {models:,}",
                known,
                "ms",
                first.setdefault(stage, known),
                f"beside {SIZES[size][0]}",
                limit=2,
                aim=1.2,
                note=(
                    f"look at its folder {1000 * statistics.median(found.scan):.0f} ms; "
                    f"all of it at first {found.whole:.1f} s; {peak_memory():.0f} MiB"
                ),
            )


@dataclass
class _Measured:
    whole: float
    scan: list[float]
    stages: dict[str, list[float]]


def _measured(folder: Path, models: int) -> _Measured:
    shutil.rmtree(folder, ignore_errors=True)
    project = folder / "project"
    write_shared(project)
    for number in range(models):
        write_run(project, number)
    with Catalog.open(folder / "catalog.db") as catalog, Indexer(catalog) as indexer:
        place = catalog.add_project(project)
        start = time.perf_counter()
        indexer.scan(place)
        indexer.finish()
        found = _Measured(time.perf_counter() - start, [], {"link": [], "judge": []})
        for number in range(models, models + TIMES):
            made = write_run(project, number)
            start = time.perf_counter()
            indexer.scan(place, [Scope(os.fsencode(made.relative_to(project)))])
            found.scan.append(time.perf_counter() - start)
            for stage, spent in indexer.finish().items():
                found.stages[stage].append(spent)
    shutil.rmtree(folder)
    return found


def write_shared(project: Path) -> None:
    """The data that every run was trained on and the base that it started from."""
    _write(project / "data" / "train.csv", b"name,age\nann,1\nbob,2\n")
    _write(project / "models" / "base.safetensors", safetensors(0, head=0))
    _write(project / "train.py", b'"""Trains."""\nimport numpy\n')


def write_run(project: Path, number: int) -> Path:
    """A fine-tune with its config, metrics and card; gives its folder."""
    folder = project / "runs" / f"part-{number // PER_FOLDER:04}" / f"run-{number:06}"
    _write(folder / "model.safetensors", safetensors(0, head=number + 1))
    _write(
        folder / "config.yaml",
        b"data: data/train.csv\nbase_model: models/base.safetensors\n"
        b"script: train.py\nlr: 0.%06d\n" % number,
    )
    _write(folder / "metrics.csv", b"step,loss\n1,0.5\n2,0.%06d\n" % number)
    return folder


def safetensors(body: int, *, head: int) -> bytes:
    """A body that fine-tunes share, and a head that is their own."""
    numbers = random.Random(body), random.Random(-1 - head)
    tensors = [
        struct.pack("<64f", *(source.random() for _ in range(64))) for source in numbers
    ]
    header = json.dumps(
        {
            name: {
                "dtype": "F32",
                "shape": [8, 8],
                "data_offsets": [256 * at, 256 * at + 256],
            }
            for at, name in enumerate(("body.weight", "head.weight"))
        }
    ).encode()
    return struct.pack("<Q", len(header)) + header + b"".join(tensors)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (OLD, OLD))
