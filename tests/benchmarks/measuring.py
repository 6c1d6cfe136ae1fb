"""Figures, and how they are taken."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its reference and its budget.

    value and reference are in `unit`; limit and aim are what DESIGN section 9
    asks of `score`. is_ratio: the score is value / reference, else the value
    itself. at_least: more is better.
    """

    what: str
    value: float
    unit: str
    reference: float | None = None
    against: str = ""
    limit: float | None = None
    aim: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def score(self) -> float:
        """What is held against the budget."""
        return self.value / self.reference if self.reference else self.value

    @property
    def verdict(self) -> str:
        """Whether the budget is met; "" where there is none."""
        if self.limit is None:
            return ""
        if self.aim is not None and self._keeps(self.aim):
            return "aim"
        return "met" if self._keeps(self.limit) else "MISSED"

    def _keeps(self, bound: float) -> bool:
        return self.score >= bound if self.at_least else self.score <= bound

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {**asdict(self), "score": self.score, "verdict": self.verdict}


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_seconds(work: Callable[[], object], times: int = 3) -> float:
    """The median of several calls."""
    return statistics.median(seconds(work) for _ in range(times))


def worked(work: Callable[[], object]) -> float:
    """The processor's seconds that one call takes, its processes' too."""
    start = processor_seconds()
    work()
    return processor_seconds() - start


def processor_seconds() -> float:
    """What this process and those that it waited for have used of the processors.

    Other programs on a machine change it less than they change what a clock says.
    """
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(
            resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
    )


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which that part (0..1) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(part * (len(ordered) - 1)))]


def peak_memory() -> float:
    """The most memory this process ever held, in MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / MIB if sys.platform == "darwin" else most / 1024
