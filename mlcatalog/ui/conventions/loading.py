"""What jobs do for Conventions with all names: find some, read some, count them."""

from __future__ import annotations

from collections.abc import Sequence

from mlcatalog.ui.naming.judged import Judged, Scope
from mlcatalog.ui.naming.judging import BROKEN, KINDS, NameLine


def broken(judged: Judged, scope: Scope) -> list[int]:
    """Where the names of a scope are that break a rule."""
    return [
        at
        for at, (one, verdict) in enumerate(
            zip(judged.names.named, judged.verdicts, strict=True)
        )
        if verdict in BROKEN and scope.holds(one)
    ]


def lines(judged: Judged, positions: Sequence[int]) -> dict[int, NameLine]:
    """Some names as they are read."""
    return {at: judged.line(at) for at in positions}


def kind_counts(judged: Judged, root: str) -> dict[str, tuple[int, int]]:
    """All names below a folder by kind, and those with a problem."""
    counts = {kind: judged.counts(Scope(root, kind)) for kind in KINDS}
    return {
        kind: (count.total(), sum(count[verdict] for verdict in BROKEN))
        for kind, count in counts.items()
    }


def scores(judged: Judged) -> dict[tuple[str, str], tuple[int, int]]:
    """Names that keep the rules (or are waived), and all, by root and kind.

    Names that are free count for neither.
    """
    found = {}
    for place, count in judged.tally.items():
        every = count.total() - count["free"]
        broken = sum(count[verdict] for verdict in BROKEN)
        if every:
            found[place] = every - broken, every
    return found
