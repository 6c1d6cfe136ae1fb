"""Nodes of Kedro pipelines, as far as the code writes them out.

The code is parsed, never run: names that it computes stay unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.trackers import told

CALLS = frozenset({"node", "Node"})
WORDS = ("func", "inputs", "outputs", "name")  # in the order of kedro.pipeline.node
FILE_LIMIT = 500
DEPTH_LIMIT = 8
SIZE_LIMIT = 1_048_576  # bytes of one file


@dataclass(frozen=True, slots=True)
class Node:
    """One node: what it takes and what it makes, by the names of datasets."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    source: str  # the file, relative to the project


def nodes(root: Path, source: Path) -> list[Node]:
    """The nodes that the code below a folder writes out."""
    return [
        node
        for path in _scripts(source)
        for node in _nodes_of(path, path.relative_to(root).as_posix())
    ]


def _scripts(folder: Path) -> list[Path]:
    found: list[Path] = []
    waiting = [(folder, 0)]
    while waiting and len(found) < FILE_LIMIT:
        here, depth = waiting.pop()
        found += told.files(here, ".py")
        if depth < DEPTH_LIMIT:
            waiting += [(one, depth + 1) for one in told.folders(here)]
    return sorted(found)[:FILE_LIMIT]


def _nodes_of(path: Path, shown: str) -> Iterator[Node]:
    with path.open("rb") as file:
        raw = file.read(SIZE_LIMIT + 1)
    if len(raw) > SIZE_LIMIT or not any(f"{word}(".encode() in raw for word in CALLS):
        return
    try:
        tree = ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _called(call.func) in CALLS:
            given = dict(zip(WORDS, call.args, strict=False))
            given |= {one.arg: one.value for one in call.keywords if one.arg}
            if "inputs" in given or "outputs" in given:
                name = given.get("name")
                yield Node(
                    next(iter(_names(name)), "") or _called(given.get("func")),
                    tuple(_names(given.get("inputs"))),
                    tuple(_names(given.get("outputs"))),
                    shown,
                )


def _called(function: ast.expr | None) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _names(value: ast.expr | None) -> Iterator[str]:
    """The texts of a text, a list or the values of a table."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.List | ast.Tuple):
        for one in value.elts:
            yield from _names(one)
    elif isinstance(value, ast.Dict):
        for one in value.values:
            yield from _names(one)
