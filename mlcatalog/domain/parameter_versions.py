"""Versions of a model told apart by its parameters, as Git-Theta keeps them.

What Git-Theta commits in place of a model says of each parameter its shape, its
type, the digest of what is stored of it and a sketch, which is near for values
that are near.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mlcatalog.domain.values import clipped
from mlcatalog.domain.words import Relation

VERSIONS = "git.theta"  # the fact: a ParameterHistory
TENSOR, STORED, THETA = "tensor_metadata", "lfs_metadata", "theta_metadata"
LEAF = frozenset({TENSOR, STORED, THETA})
PLAIN = ("commit", "date", "subject", "parameters", "elements", "absent")
DEPTH = 64
MOST = 200_000  # parameters of one model
NAMED = 12  # changed parameters that are named
IN_WORDS = 3  # of those
REPLACED = 1.0  # changes as large as the weights: not trained on, but anew
SKETCH = 256  # numbers of one
OID = re.compile(r"[0-9a-f]{64}")
SIZE = re.compile(r"\d{1,18}")
SHAPE = re.compile(r"\((?:\d{1,18}(?:, ?\d{1,18})*)?,?\)")
WIDTH = re.compile(r"(\d+)$")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter group at one version."""

    dtype: str
    shape: tuple[int, ...]
    oid: str  # SHA-256 of what is stored of it
    size: int  # bytes of that
    update: str  # dense, or how it differs from before: sparse, low-rank, ia3
    sketch: tuple[int, ...] = ()

    @property
    def elements(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Descent:
    """How a version came from an earlier one."""

    commit: str
    relation: Relation
    words: str  # "2 of 148 parameter groups changed (dense): …"


@dataclass(frozen=True, slots=True)
class ParameterVersion:
    """A model as one commit has it."""

    commit: str
    date: str  # of authoring, ISO 8601
    subject: str
    parameters: int  # groups
    elements: int
    absent: int  # groups whose stored bytes are not in the repository here
    changed: tuple[str, ...] = ()  # some of those that did, by name
    parents: tuple[Descent, ...] = ()

    @property
    def words(self) -> str:
        """What changed in it, or how much there is of the first."""
        told = [one.words for one in self.parents]
        if len(told) > 1:
            told = [f"against {p.commit[:8]} {p.words}" for p in self.parents]
        if not told:
            told = [f"{self.parameters:,} parameter groups, {self.elements:,} numbers"]
        if self.absent:
            told.append(f"{self.absent:,} of {self.parameters:,} groups are not here")
        return "; ".join(told)


@dataclass(frozen=True, slots=True)
class ParameterHistory:
    """A model's versions, newest first, and its path in the repository."""

    path: str
    versions: tuple[ParameterVersion, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of the parameters of a model from one version to a later."""

    total: int
    modified: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    updates: tuple[str, ...]  # the ways in which they were stored
    drift: float | None  # of what changed, as a part of its own size
    narrowed: bool = False  # all that changed has a type of fewer bits

    @property
    def changed(self) -> tuple[str, ...]:
        """All that is not as it was."""
        return (*self.modified, *self.added, *self.removed)

    @property
    def relation(self) -> Relation:
        """What the later version is to the earlier."""
        if self.narrowed:
            return Relation.QUANTIZED_FROM
        kept = self.total - len(self.modified) - len(self.added)
        is_anew = (self.drift or 0.0) >= REPLACED
        if kept == 0 and (not self.modified or is_anew):
            return Relation.DERIVED_FROM
        if not self.modified and not self.added:
            return Relation.DERIVED_FROM
        return Relation.FINETUNED_FROM

    @property
    def words(self) -> str:
        """How much changed, in what way, and what."""
        if not self.changed:
            return "no parameter changed"
        counts = {
            "changed": len(self.modified),
            "added": len(self.added),
            "taken out": len(self.removed),
        }
        parts = [f"{count} {what}" for what, count in counts.items() if count]
        parts[0] = parts[0].replace(" ", f" of {self.total} parameter groups ", 1)
        if self.updates:
            parts[0] += f" ({', '.join(self.updates)})"
        if self.drift is not None:
            parts[0] += f" by about {_percent(self.drift)}"
        if self.narrowed:
            parts[0] += " to a type of fewer bits"
        names = ", ".join(self.changed[:IN_WORDS])
        more = len(self.changed) - IN_WORDS
        return ", ".join(parts) + f": {names}" + (f", {more} more" if more > 0 else "")


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %" if part >= 0.1 else f"{100 * part:.2g} %"


def parameters(raw: bytes | str) -> dict[str, Parameter] | None:
    """The parameters that a text of Git-Theta's names; None when it is no such."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not found:
        return None
    named: dict[str, Parameter] = {}
    stack: list[tuple[tuple[str, ...], dict[str, object]]] = [((), found)]
    while stack:
        path, table = stack.pop()
        if table.keys() >= LEAF:
            one = _parameter(table)
            if one is None or len(named) >= MOST:
                return None
            named[clipped("/".join(path), 500)] = one
            continue
        for name, below in table.items():
            if not isinstance(below, dict) or len(path) >= DEPTH:
                return None
            stack.append(((*path, name), below))
    return dict(sorted(named.items())) or None


def _parameter(table: Mapping[str, object]) -> Parameter | None:
    tensor, stored, theta = table[TENSOR], table[STORED], table[THETA]
    if not isinstance(tensor, dict) or not isinstance(stored, dict):
        return None
    shape, dtype = tensor.get("shape"), tensor.get("dtype")
    oid, size = stored.get("oid"), str(stored.get("size"))
    if not isinstance(shape, str) or not SHAPE.fullmatch(shape):
        return None
    if not isinstance(oid, str) or not OID.fullmatch(oid) or not SIZE.fullmatch(size):
        return None
    update = theta.get("update_type") if isinstance(theta, dict) else None
    return Parameter(
        dtype=clipped(str(dtype), 40),
        shape=tuple(int(one) for one in re.findall(r"\d+", shape)),
        oid=oid,
        size=int(size),
        update=clipped(update, 40) if isinstance(update, str) else "",
        sketch=_sketch(tensor.get("hash")),
    )


def _sketch(raw: object) -> tuple[int, ...]:
    if not isinstance(raw, list) or len(raw) > SKETCH:
        return ()
    numbers = [n for n in raw if isinstance(n, int) and not isinstance(n, bool)]
    return tuple(numbers) if len(numbers) == len(raw) else ()


def difference(
    before: Mapping[str, Parameter], after: Mapping[str, Parameter]
) -> Difference:
    """What became of the parameters of one version in a later one."""
    both = [name for name in after if name in before]
    modified = tuple(n for n in both if before[n].oid != after[n].oid)
    added = tuple(name for name in after if name not in before)
    updates = {after[name].update for name in (*modified, *added)} - {""}
    pairs = [(before[name], after[name]) for name in modified]
    return Difference(
        total=len(after),
        modified=modified,
        added=added,
        removed=tuple(name for name in before if name not in after),
        updates=tuple(sorted(updates)),
        drift=_drift(pairs),
        narrowed=bool(pairs) and all(_is_narrower(one, two) for one, two in pairs),
    )


def _is_narrower(before: Parameter, after: Parameter) -> bool:
    bits = [WIDTH.search(one.dtype) for one in (before, after)]
    if bits[0] is None or bits[1] is None or before.shape != after.shape:
        return False
    return int(bits[1][1]) < int(bits[0][1])


def _drift(pairs: Iterable[tuple[Parameter, Parameter]]) -> float | None:
    """How far they moved, by their sketches; None when those cannot tell."""
    moved = whole = 0.0
    for before, after in pairs:
        is_like = (before.shape, before.dtype) == (after.shape, after.dtype)
        if not is_like or not before.sketch or len(before.sketch) != len(after.sketch):
            return None
        steps = zip(before.sketch, after.sketch, strict=True)
        moved += sum(float(two - one) ** 2 for one, two in steps)
        whole += sum(float(one) ** 2 for one in before.sketch)
    return math.sqrt(moved / whole) if whole > 0 and math.isfinite(moved) else None


def written(history: ParameterHistory) -> str:
    """The text of the fact."""
    return json.dumps(asdict(history), ensure_ascii=False)


def history_in(text: str) -> ParameterHistory | None:
    """The history in the text of a fact; None when it is no such text."""
    try:
        found = json.loads(text)
        versions = tuple(_versions(found["versions"]))
        return ParameterHistory(str(found["path"]), versions) if versions else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _versions(rows: Iterable[dict[str, Any]]) -> Iterator[ParameterVersion]:
    for row in rows:
        parents = tuple(
            Descent(str(one["commit"]), Relation(one["relation"]), str(one["words"]))
            for one in row["parents"]
        )
        yield ParameterVersion(
            **{key: row[key] for key in PLAIN},
            changed=tuple(map(str, row["changed"])),
            parents=parents,
        )
