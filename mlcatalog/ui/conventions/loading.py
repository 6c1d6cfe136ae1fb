"""What jobs do for Conventions: try a template, and put the names in order."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlcatalog.conventions.in_force import Conventions
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.ui.naming.judged import EVERY, Judged, Scope
from mlcatalog.ui.naming.judging import BROKEN, ORDER, WOULD, NameLine, kind_of

READ = ("breaks", "contradicts", "ambiguous")  # verdicts on one name alone


@dataclass(frozen=True)
class Rows:
    """What the table shows: positions, and before each group -1 less its place in ORDER."""

    judged: Judged
    order: array[int]
    counts: Mapping[str, int]  # of the groups that are shown
    asked: tuple[object, ...] = ()


@dataclass(frozen=True)
class Tried:
    """What a change that is not saved would make of the names of a scope."""

    judged: Judged
    scope: Scope
    broken: int = 0  # that break it then
    breaking: int = 0  # that keep it now
    mended: int = 0


def tried(
    before: Judged, scope: Scope, rules: Conventions, progress: Progress = no_progress
) -> Tried:
    """The names of a scope under other rules, beside what they are now."""
    verdicts = []
    for done, (one, verdict) in enumerate(
        zip(before.names.named, before.verdicts, strict=True)
    ):
        if done % EVERY == 0:
            progress(done, len(before.verdicts), "Trying the template")
        if not scope.holds(one):
            verdicts.append("free")
            continue
        convention = rules.of(one.subject)
        is_good = (
            convention is None
            or convention.keeps(one.subject)
            or convention.is_exempt(one.subject)
        )
        if is_good:
            verdicts.append("mended" if verdict in READ else "keeps")
        elif verdict == "waived":
            verdicts.append("waived")
        else:
            verdicts.append("breaks" if verdict in READ else "would break")
    counts = Counter(verdicts)
    return Tried(
        Judged(before.names, rules, verdicts),
        scope,
        broken=counts["breaks"] + counts["would break"],
        breaking=counts["would break"],
        mended=counts["mended"],
    )


def arranged(judged: Judged, scope: Scope, words: str, *, only_broken: bool) -> Rows:
    """The names of a scope that hold the words, by verdict and then by name."""
    wanted = words.casefold().split()
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for at, (one, verdict) in enumerate(
        zip(judged.names.named, judged.verdicts, strict=True)
    ):
        if not scope.holds(one) or (
            only_broken and verdict not in (*WOULD, *BROKEN, "waived")
        ):
            continue
        subject = one.subject
        text = f"{subject.name} {subject.project} {verdict}".casefold()
        if all(word in text for word in wanted):
            groups[verdict].append((subject.name, at))
    order = array("q")
    for number, verdict in enumerate(ORDER):
        if groups[verdict]:
            order.append(-1 - number)
            order.extend(at for _, at in sorted(groups[verdict]))
    counts = {verdict: len(groups[verdict]) for verdict in ORDER if groups[verdict]}
    return Rows(judged, order, counts, (scope, words, only_broken))


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
    found: dict[str, tuple[int, int]] = {}
    for one, verdict in zip(judged.names.named, judged.verdicts, strict=True):
        if not root or one.subject.path.startswith(f"{root}/"):
            kind = kind_of(one.subject)
            every, broken = found.get(kind, (0, 0))
            found[kind] = every + 1, broken + (verdict in BROKEN)
    return found


def scores(judged: Judged) -> dict[tuple[str, str], tuple[int, int]]:
    """Names that keep the rules (or are waived), and all, by root and kind.

    Names that are free count for neither.
    """
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for one, verdict in zip(judged.names.named, judged.verdicts, strict=True):
        if verdict != "free":
            key = one.root, kind_of(one.subject)
            kept, every = found.get(key, (0, 0))
            found[key] = kept + (verdict not in BROKEN), every + 1
    return found
