"""How the weights of two models differ: tensor by tensor, and summed up by layer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Marked = tuple[str, str | None, int]  # name, fingerprint or None, elements
MOST_LAYERS = 12
REST = "other layers"
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Layer:
    """Some tensors that belong together, and the share of their elements that differs."""

    title: str
    changed: float  # 0..1


@dataclass(frozen=True, slots=True)
class WeightChange:
    """What became of a parent's weights in its child."""

    equal: int
    total: int  # tensors of the child
    different: tuple[str, ...]  # names of the others
    layers: tuple[Layer, ...]
    embeddings: bool | None = None  # all equal; None where there are none


def weight_change(
    parent: Sequence[Marked], child: Sequence[Marked]
) -> WeightChange | None:
    """The change from parent to child; None where either has no fingerprints.

    A tensor counts as equal when the parent holds the same content under any
    name, so that a renaming is no change; one that is too small for a
    fingerprint, when the parent has its name and size.
    """
    held = {mark for _, mark, _ in parent if mark}
    if not held or not any(mark for _, mark, _ in child):
        return None
    known = {(name, size) for name, _, size in parent}
    own = [
        (name, mark in held if mark else (name, size) in known, size)
        for name, mark, size in child
    ]
    embedded = [same for name, same, _ in own if "embed" in name.casefold()]
    return WeightChange(
        equal=sum(same for _, same, _ in own),
        total=len(own),
        different=tuple(name for name, same, _ in own if not same),
        layers=_layers(own),
        embeddings=all(embedded) if embedded else None,
    )


def _layers(own: Iterable[tuple[str, bool, int]]) -> tuple[Layer, ...]:
    sizes: dict[str, list[int]] = {}
    for name, same, size in own:
        both = sizes.setdefault(_layer(name), [0, 0])
        both[0] += 0 if same else max(1, size)
        both[1] += max(1, size)
    found = _runs([Layer(name, new / all_) for name, (new, all_) in sizes.items()])
    if len(found) <= MOST_LAYERS:
        return tuple(found)
    ranked = sorted(found, key=lambda layer: -layer.changed)
    kept = {layer.title for layer in ranked[: MOST_LAYERS - 1]}
    rest = [layer.changed for layer in found if layer.title not in kept]
    shown = [layer for layer in found if layer.title in kept]
    return (*shown, Layer(REST, sum(rest) / len(rest)))


def _layer(name: str) -> str:
    """`encoder.layer.3` for `encoder.layer.3.attention.weight`, `classifier` for its bias."""
    parts = name.split(".")
    number = next((n for n, part in enumerate(parts) if part.isdecimal()), None)
    if number is not None:
        return ".".join(parts[: number + 1])
    return ".".join(parts[:-1]) or name


def _runs(layers: Sequence[Layer]) -> list[Layer]:
    """Numbered layers that follow each other and changed alike, as one."""
    found: list[tuple[list[Layer], str]] = []
    for layer in layers:
        stem = _NUMBER.sub("#", layer.title)
        if found and "#" in stem and found[-1][1] == stem:
            first = found[-1][0][0]
            if first.changed == layer.changed:
                found[-1][0].append(layer)
                continue
        found.append(([layer], stem))
    return [_joined(group) for group, _ in found]


def _joined(group: Sequence[Layer]) -> Layer:
    if len(group) == 1:
        return group[0]
    last = _NUMBER.findall(group[-1].title)[-1]
    return Layer(f"{group[0].title} to {last}", group[0].changed)
