"""What is drawn and printed: lineage, comparison, dossier."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from tests.benchmarks.catalogues import catalogue_of, lineage_of, uid
from tests.benchmarks.measuring import Figure, median_seconds, seconds


def graphs(root: Path, size: str) -> Iterator[Figure]:
    """A lineage of 1,000 nodes: asked for, and painted."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    models = 1_000 if size == "small" else 100_000
    path = lineage_of(root, models)
    with Catalog.open(path, read_only=True) as catalog:
        whole = catalog.graph("", limit=1_000)
        yield Figure(
            f"lineage of {len(whole.nodes):,} nodes of {models:,}: query",
            1000 * median_seconds(lambda: catalog.graph("", limit=1_000), 5),
            "ms",
            limit=None,
        )
        around = 1000 * median_seconds(
            lambda: catalog.graph(uid(5 * 60), up=6, down=6), 9
        )
        yield Figure(
            f"lineage around one model of {models:,}: query",
            around,
            "ms",
            limit=5,
            aim=2,
        )


def comparisons(root: Path, size: str) -> Iterator[Figure]:
    """A sheet of runs with their params."""
    from mlcatalog.comparing.sheet import compare

    runs = 20 if size == "small" else 100
    path = catalogue_of(root, 50_000, 10_000)
    with Catalog.open(path, read_only=True) as catalog:
        ids = [
            row.id for row in catalog.rows(catalog.ids("kind:run", sort="name")[:runs])
        ]
        start = time.perf_counter()
        details = catalog.details(ids)
        read = time.perf_counter() - start
        laid = statistics.median(
            [seconds(lambda: compare(details, baseline=0)) for _ in range(3)]
        )
    yield Figure(
        f"comparing {runs} runs x 150 params: read and laid out",
        1000 * (read + laid),
        "ms",
        limit=200,
        aim=100,
        note=f"reading {1000 * read:.0f} ms, sheet {1000 * laid:.0f} ms",
    )
