"""A tracker for tinynet.log files, as a third party would write it.

The format: one line a run, "name,loss".
"""

from __future__ import annotations

from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Point, RunReading, Series

LIMIT = 1_000_000  # bytes


class TinylogTracker:
    """Reads the runs of a log."""

    tool = "tinylog"
    title = "Tinynet log"
    version = 1  # raise it when more is read, so that logs are read again

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The names in a folder that hold runs."""
        return folder_names & {"tinynet.log"}

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The runs of a log; raises FormatError."""
        text = place.read_bytes()[:LIMIT].decode("utf-8", "replace")
        runs = []
        for line in text.splitlines():
            name, comma, loss = line.partition(",")
            if not comma:
                raise FormatError("This log cannot be read", where=str(place))
            series = Series("loss", (Point(None, float(loss)),))
            runs.append(RunReading(self.tool, name, name, metrics=(series,)))
        return tuple(runs)


class LostTracker(TinylogTracker):
    """One that fails whenever it is asked."""

    tool = "lost"

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Raises what a mistake raises."""
        return folder_names & {name[99] for name in folder_names}


class TakenTracker(TinylogTracker):
    """One that calls itself what another is called."""

    tool = "mlflow"
