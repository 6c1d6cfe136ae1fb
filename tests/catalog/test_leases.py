"""Whose turn it is, also where clocks were wrong."""

from __future__ import annotations

from pathlib import Path

from mlcatalog.catalog.leases import LINEAGE
from mlcatalog.catalog.store import Catalog

DAY = 86_400.0


def test_a_turn_is_waited_for_and_one_of_a_wrong_clock_is_not(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with Catalog.open(path) as one, Catalog.open(path) as other:
        first, second = one.ingest, other.ingest
        assert first.take(LINEAGE, "a", seconds=20, instead_of="").owner == "a"
        assert second.take(LINEAGE, "b", seconds=20, instead_of="").owner == "a"
        # As a program leaves it that ended while the clock was a month ahead.
        first.keep(LINEAGE, seconds=30 * DAY)
        assert second.take(LINEAGE, "b", seconds=20, instead_of="").owner == "b"
        first.give_back(LINEAGE)  # it is not the first one's to give
        assert first.take(LINEAGE, "a", seconds=20, instead_of="").owner == "b"
