"""What the bytes prove: copies, fine-tunes that kept layers, exports.

An inverted index from tensor fingerprint to models finds the candidates, so
that the work grows with the tensors, not with pairs of models.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from mlcatalog.domain.lineage import Edge, Proof
from mlcatalog.domain.words import Evidence, Relation
from mlcatalog.lineage.merging import edge_of, merged
from mlcatalog.lineage.neighbours import export_level

SHARED_HALF = 0.5  # of the weighted elements, for a fine-tune
COMMON = 0.2  # of the families: more, and a tensor says nothing
FEW_FAMILIES = 10  # below this many, no share says anything about commonness
MOST_HOLDERS = 200  # models that one tensor may lead to
SOURCE = "tensor digests"
OLDER = "an earlier version of it"
NAMES_SHOWN = 4

EMPTY = sha256(b"").hexdigest()  # empty files are equal for no reason

HEADS = ("head", "classifier", "fc", "output", "out_proj", "logits", "score", "pooler")


Rank = tuple[bool, int, str, str, bool, str]


@dataclass(frozen=True)
class Weights:
    """The weights of one model version.

    tensors: (name, fingerprint or None, elements). created is UTC µs; run is
    the one run that made it, "" if unknown; current is False for a version
    that was overwritten (same id as the current one).
    """

    id: str
    digest: str | None
    tensors: tuple[tuple[str, str | None, int], ...] = ()
    created: int | None = None
    format: str = ""
    run: str = ""
    step: int | None = None
    path: str = ""
    current: bool = True

    @cached_property
    def elements(self) -> Mapping[str, int]:
        """Fingerprint -> elements, each tensor's content once."""
        return {mark: count for _, mark, count in self.tensors if mark is not None}

    @cached_property
    def family(self) -> frozenset[tuple[str, int]]:
        """Names and sizes of the tensors: alike for all fine-tunes of one base."""
        return frozenset((name, count) for name, _, count in self.tensors)

    @cached_property
    def family_number(self) -> int:
        """A number for the family."""
        text = repr(sorted(self.family)).encode("utf-8", "surrogatepass")
        return int.from_bytes(sha256(text).digest()[:8], "little", signed=True)

    @property
    def rank(self) -> Rank:
        """Sorts by age, what is there now before what was overwritten."""
        age = (self.created is None, self.created or 0)
        return (*age, self.path, self.id, not self.current, self.digest or "")

    @property
    def order(self) -> tuple[float, str, str]:
        """Sorts by age; what has no time comes last."""
        return (math.inf if self.created is None else self.created, self.path, self.id)


class Relations(NamedTuple):
    """Edges by what proves them."""

    copies: tuple[Edge, ...]
    finetunes: tuple[Edge, ...]
    exports: tuple[Edge, ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All of them."""
        return self.copies + self.finetunes + self.exports


@dataclass(frozen=True, slots=True)
class Common:
    """A tensor that more versions hold than are looked at."""

    families: frozenset[int]  # of all that hold it
    holders: tuple[Rank, ...]  # the first of them


def relations(models: Sequence[Weights]) -> Relations:
    """All that the bytes prove about these models, each with its nearest parent."""
    copies = copies_among(models)
    originals = _originals(models, copies)
    nearest = _Index(originals).nearest(originals)
    return Relations(merged(copies), *_parted(nearest))


def nearest_among(
    models: Sequence[Weights],
    around: Sequence[Weights],
    *,
    families: int,
    by_mark: Mapping[str, int],
    common: Mapping[str, Common],
) -> Iterator[Edge]:
    """The edges from some originals to what each came from, as among all.

    around: they, and every original that holds a tensor of theirs; of a common
    one its first holders. families: how many there are of all; by_mark: of those
    that hold a tensor, for each tensor of these.
    """
    return _Index(around, families, by_mark, common).nearest(models)


def _parted(nearest: Iterable[Edge]) -> tuple[tuple[Edge, ...], tuple[Edge, ...]]:
    finetunes: list[Edge] = []
    exports: list[Edge] = []
    for edge in nearest:
        is_export = edge.relation is Relation.CONVERTED_FROM
        (exports if is_export else finetunes).append(edge)
    return merged(finetunes), merged(exports)


def common_tensors(models: Sequence[Weights]) -> dict[str, Common]:
    """The tensors that more of these models hold than are looked at."""
    return _Index(compared(models)).common()


def compared(models: Sequence[Weights]) -> list[Weights]:
    """Those whose tensors are compared: no copies."""
    return _originals(models, copies_among(models))


def _originals(models: Sequence[Weights], copies: Sequence[Edge]) -> list[Weights]:
    copied = {edge.child for edge in copies}
    return [m for m in models if m.tensors and (m.id not in copied or not m.current)]


def says_the_same(families: int, others: int) -> bool:
    """Whether what is common among so many families is so among others as well."""
    return all(
        _is_common(number, families) == _is_common(number, others)
        for number in range(1, max(families, others) + 1)
    )


def _is_common(holders: int, families: int) -> bool:
    return families >= FEW_FAMILIES and holders / families > COMMON


def copies_among(models: Iterable[Weights]) -> list[Edge]:
    """Equal bytes: each is a copy of the eldest."""
    groups: dict[str, list[Weights]] = defaultdict(list)
    for model in models:
        if model.digest and model.current and model.digest != EMPTY:
            groups[model.digest].append(model)
    edges = []
    for digest, same in sorted(groups.items()):
        first, *others = sorted(same, key=lambda model: model.order)
        proof = Proof(Evidence.CONTENT, "file digest", f"sha256 {digest[:12]} equal")
        edges += [
            edge_of(model.id, Relation.COPY_OF, first.id, proof)
            for model in others
            if model.id != first.id
        ]
    return edges


class _Index:
    """Which models hold a tensor, and how much that says."""

    def __init__(
        self,
        models: Sequence[Weights],
        families: int | None = None,
        by_mark: Mapping[str, int] | None = None,
        common: Mapping[str, Common] | None = None,
    ) -> None:
        self.models = sorted(models, key=lambda model: model.rank)
        self._holders: dict[str, list[int]] = defaultdict(list)
        for place, model in enumerate(self.models):
            for mark in model.elements:
                self._holders[mark].append(place)
        self._family = [model.family_number for model in self.models]
        if families is None:
            families = len(set(self._family))
        self._families = max(1, families)
        self._by_mark = by_mark
        self._weights: dict[str, float] = {}
        self._totals: dict[int, float] = {}
        if common:
            places = {model.rank: n for n, model in enumerate(self.models)}
            for mark, one in common.items():
                self._holders[mark] = [places[rank] for rank in one.holders]

    def nearest(self, models: Iterable[Weights]) -> Iterator[Edge]:
        """The edge of each model to what it came from."""
        for model in models:
            if model.current and model.elements:
                edge = _nearest(model, self)
                if edge is not None:
                    yield edge

    def common(self) -> dict[str, Common]:
        """The tensors that more models hold than are looked at."""
        return {
            mark: Common(
                frozenset(self._family[place] for place in places),
                tuple(self.models[place].rank for place in places[:MOST_HOLDERS]),
            )
            for mark, places in self._holders.items()
            if len(places) > MOST_HOLDERS
        }

    def _number(self, mark: str) -> int:
        """How many families hold a tensor."""
        if self._by_mark is not None:
            return self._by_mark[mark]
        return len({self._family[place] for place in self._holders[mark]})

    def weight(self, mark: str) -> float:
        """Inverse document frequency; nothing for what many families share.

        A family is what shares its names and shapes of tensors: forty
        fine-tunes of one base do not make its layers common.
        """
        if mark not in self._weights:
            families = self._number(mark)
            common = _is_common(families, self._families)
            self._weights[mark] = 0.0 if common else 1.0 / families
        return self._weights[mark]

    def candidates(self, model: Weights) -> Iterator[tuple[Weights, float]]:
        """Models that share any telling tensor, and how much, most shared first.

        The share is that of the smaller model's weighted elements.
        """
        common: dict[int, float] = defaultdict(float)
        for mark, elements in model.elements.items():
            weight = elements * self.weight(mark)
            if weight:
                for place in self._holders[mark][:MOST_HOLDERS]:
                    common[place] += weight
        own = self.total(model)
        found = sorted(common.items(), key=lambda pair: (-pair[1], pair[0]))
        for place, amount in found[:MOST_HOLDERS]:
            other = self.models[place]
            if other.id != model.id:
                yield other, amount / min(own, self.total(other))

    def total(self, model: Weights) -> float:
        """The weighted elements of a model."""
        key = id(model)
        if key not in self._totals:
            marks = model.elements.items()
            self._totals[key] = math.fsum(n * self.weight(mark) for mark, n in marks)
        return self._totals[key]


def _nearest(model: Weights, index: _Index) -> Edge | None:
    """The edge to the parent that shares most, the youngest of equals."""
    best: tuple[tuple[float, float, int, str], Relation, Weights, float] | None = None
    for other, share in index.candidates(model):
        relation = _relation(model, other, share)
        if relation is None:
            continue
        # A current parent is nearer than an overwritten one of equal share.
        age = -(other.created or 0) if other.current else math.inf
        key = (-share, age, len(other.tensors), other.path)
        if best is None or key < best[0]:
            best = key, relation, other, share
    return _proven(model, *best[1:]) if best else None


def _relation(child: Weights, parent: Weights, share: float) -> Relation | None:
    """What the child is to the parent, None if nothing is proven."""
    equal = child.elements.keys() == parent.elements.keys()
    other_format = child.format != parent.format
    is_export = export_level(child.format) > export_level(parent.format)
    if not parent.current and not is_export:
        return None  # what was overwritten tells only whether an export is stale
    if equal and other_format:
        later = _came_later(child, parent, export=True)
        return Relation.CONVERTED_FROM if later else None
    if equal or share < SHARED_HALF or not _came_later(child, parent, export=False):
        return None
    if child.run and child.run == parent.run:
        return None  # a series of checkpoints, not a fine-tune
    if other_format and export_level(child.format) > export_level(parent.format):
        return Relation.CONVERTED_FROM
    return Relation.FINETUNED_FROM


def _proven(child: Weights, relation: Relation, parent: Weights, share: float) -> Edge:
    if child.elements.keys() == parent.elements.keys():
        detail = "all tensors equal"
    elif relation is Relation.CONVERTED_FROM:
        detail = f"{share:.0%} of the elements equal"
    else:
        detail = _difference(child, parent)
    if not parent.current:
        detail = f"{detail}; to {OLDER}"
    return edge_of(
        child.id, relation, parent.id, Proof(Evidence.CONTENT, SOURCE, detail)
    )


def _came_later(child: Weights, parent: Weights, *, export: bool) -> bool:
    """Which of two is the child: the later format, the later time, the new head."""
    levels = export_level(child.format), export_level(parent.format)
    if levels[0] != levels[1]:
        return levels[0] > levels[1]
    if not parent.current and not export:
        return False  # an overwritten version of something else proves no order
    if child.created is not None and parent.created is not None:
        if child.created != parent.created:
            return child.created > parent.created
    elif child.created is not None or parent.created is not None:
        return child.created is None
    heads = _replaced_heads(child, parent), _replaced_heads(parent, child)
    if heads[0] != heads[1]:
        return heads[0] > heads[1]
    return (child.path, child.id) > (parent.path, parent.id)


def _replaced_heads(model: Weights, other: Weights) -> int:
    """How many of the tensors that only this model has look like a new head."""
    names = {name for name, _, _ in other.tensors}
    only = (
        n
        for n, mark, _ in model.tensors
        if mark not in other.elements and n not in names
    )
    return sum(any(word in name.lower() for word in HEADS) for name in only)


def _difference(child: Weights, parent: Weights) -> str:
    """`199 of 201 tensors equal; different: classifier.weight, classifier.bias`."""
    different = [
        name
        for name, mark, count in child.tensors
        if (mark not in parent.elements if mark else (name, count) not in parent.family)
    ]
    equal = len(child.tensors) - len(different)
    shown = ", ".join(different[:NAMES_SHOWN])
    more = (
        f" and {len(different) - NAMES_SHOWN} more"
        if len(different) > NAMES_SHOWN
        else ""
    )
    tail = f"; different: {shown}{more}" if different else ""
    return f"{equal} of {len(child.tensors)} tensors equal{tail}"
