"""Params and metrics files as plain values: YAML 1.2 as DVC reads it, JSON, TOML, Python."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import Any, ClassVar

from mlcatalog.domain.errors import FormatError

DEPTH_LIMIT = 64
NODE_LIMIT = 500_000  # values, those that aliases repeat counted each time
LEAF_LIMIT = 20_000


def parsed(raw: bytes, path: str) -> object:
    """What a file holds, by its ending; raises FormatError."""
    try:
        text = raw.decode("utf-8-sig")
        match PurePosixPath(path).suffix.lower():
            case ".json":
                return json.loads(text)
            case ".toml":
                return tomllib.loads(text)
            case ".py":
                return _assigned(text)
            case _:
                return _yaml(text)
    except (ValueError, RecursionError, SyntaxError, MemoryError, TypeError) as error:
        raise FormatError(
            "This file of a DVC project cannot be read",
            where=path,
            why=(str(error) or type(error).__name__).splitlines()[0][:300],
        ) from error


def table(raw: object) -> dict[str, object]:
    """A mapping with text keys; {} for anything else."""
    return {str(k): v for k, v in raw.items()} if isinstance(raw, dict) else {}


def listed(raw: object) -> list[object]:
    """A list; [] for anything else."""
    return raw if isinstance(raw, list) else []


def at(raw: object, key: str) -> object:
    """What lies under a dotted key ("train.layers[0].size"); raises LookupError."""
    if isinstance(raw, dict) and key in raw:
        return raw[key]
    found = raw
    for step in re.split(r"\.|\[|\]", key):
        if not step:
            continue
        if isinstance(found, list) and step.isdecimal():
            found = found[int(step)]
        else:
            found = table(found)[step]
    return found


def leaves(
    raw: object, prefix: str = "", depth: int = 0
) -> Iterator[tuple[str, object]]:
    """Each value under its dotted key; a list stays whole."""
    if isinstance(raw, dict) and raw and depth < DEPTH_LIMIT:
        for name, value in raw.items():
            key = f"{prefix}.{name}" if prefix else str(name)
            yield from leaves(value, key, depth + 1)
    elif prefix:
        yield prefix, raw


def _assigned(text: str) -> dict[str, object]:
    """Plain values that a Python file assigns; nothing is run."""
    found: dict[str, object] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = _values(node.body)
        else:
            found |= _values([node])
    return found


def _values(body: list[ast.stmt]) -> dict[str, object]:
    found: dict[str, object] = {}
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        value: ast.expr | None = getattr(node, "value", None)
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                try:
                    found[target.id] = ast.literal_eval(value)
                except ValueError:
                    continue
    return found


def _yaml(text: str) -> object:
    import yaml

    loader = _loader()(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _weigh(node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    finally:
        loader.dispose()


def _weigh(top: Any) -> None:
    """Refuse what aliases make too large, or endless; raises ValueError."""
    weights: dict[int, int] = {}
    open_now: set[int] = set()
    stack = [(top, False)]
    while stack:
        node, is_done = stack.pop()
        identity = id(node)
        inner = _inner(node)
        if is_done:
            open_now.discard(identity)
            weights[identity] = 1 + sum(weights[id(one)] for one in inner)
            if weights[identity] > NODE_LIMIT:
                raise ValueError(f"its aliases make more than {NODE_LIMIT:,} values")
        elif identity in open_now:
            raise ValueError("an alias in it holds itself")
        elif identity not in weights:
            open_now.add(identity)
            stack.append((node, True))
            stack.extend((one, False) for one in inner)


def _inner(node: Any) -> list[Any]:
    if isinstance(node.value, str):
        return []
    return [
        one
        for each in node.value
        for one in (each if isinstance(each, tuple) else (each,))
    ]


@cache
def _loader() -> Any:
    """The loader class, made when the first file is met: yaml loads late."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Core(base):  # type: ignore[misc]
        """YAML 1.2 as DVC has it: 1e-3 is a number, yes and on are texts."""

        yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}
        depth = 0

        def descend_resolver(self, node: Any, index: Any) -> None:
            # The C composer recurses: deep nesting would end the process.
            self.depth += 1
            if self.depth > DEPTH_LIMIT:
                raise yaml.YAMLError(f"it is nested more than {DEPTH_LIMIT} levels")
            super().descend_resolver(node, index)

        def ascend_resolver(self) -> None:
            self.depth -= 1
            super().ascend_resolver()

    def untagged(loader: Any, suffix: str, node: Any) -> object:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return str(node.value)

    def whole(loader: Any, node: Any) -> int:
        text = str(node.value)
        return int(text, 0) if text[:2].lower() in ("0x", "0o") else int(text)

    prefix = "tag:yaml.org,2002:"
    for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
        (
            "float",
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
            list("-+.0123456789"),
        ),
        ("merge", r"<<", ["<"]),
    ):
        expression = re.compile(rf"^(?:{pattern})$")
        Core.add_implicit_resolver(prefix + tag, expression, first)
    Core.add_constructor(prefix + "int", whole)
    Core.add_multi_constructor("", untagged)
    return Core
