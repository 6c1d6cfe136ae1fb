"""Plain values of YAML, JSON and TOML texts, bounded and without surprises."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Param
from mlcatalog.domain.values import Value
from mlcatalog.formats import bounded

YAML_LIMIT = 10_000_000  # bytes; pure parsing of more takes minutes
DEPTH_LIMIT = 64
ITEM_LIMIT = 1_000_000
PARAM_LIMIT = 20_000
MERGE_LIMIT = 100_000


def load(path: Path) -> object:
    """What a configuration file holds; raises FormatError."""
    match path.suffix.lower():
        case ".json":
            found = bounded.json_file(path)
        case ".toml":
            found = toml_of(bounded.text(path, YAML_LIMIT), path)
        case _:
            found = yaml_of(bounded.text(path, YAML_LIMIT), path)
    return found


def toml_of(text: str, path: Path) -> object:
    """The table of a TOML text; raises FormatError."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise bounded.damaged(path, f"Its TOML is broken: {error}") from error


def yaml_of(text: str, path: Path) -> object:
    """The plain value of a YAML text, unknown tags as what they hold."""
    import yaml

    try:
        # The loader derives from SafeLoader: it builds plain values only.
        return yaml.load(text, Loader=_loader())
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise bounded.damaged(path, f"Its YAML is broken: {first}") from error


@cache
def _loader() -> Any:
    """The loader class, made when the first YAML file is met: yaml loads late."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class PlainLoader(base):  # type: ignore[misc]
        """A SafeLoader with bounds on merges, tags read as text."""

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

        def flatten_mapping(self, node: Any) -> None:
            # `<<: [*a, *a]` grows tenfold a level; 100,000 pairs are no config.
            super().flatten_mapping(node)
            if len(node.value) > MERGE_LIMIT:
                raise yaml.YAMLError("its merges grow without end")

    def untagged(loader: Any, suffix: str, node: Any) -> object:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return str(node.value)

    PlainLoader.add_multi_constructor("", untagged)
    return PlainLoader


def flattened(raw: object, path: Path) -> tuple[Param, ...]:
    """Every value under its dotted key; lists of plain values stay whole.

    Raises FormatError above 10^6 items or 64 levels (an alias bomb is both).
    """
    params: list[Param] = []
    for count, (key, value) in enumerate(_leaves(raw, path)):
        # Counting goes on to the end: what expands without end is refused.
        if count < PARAM_LIMIT:
            params.append(Param(key, Value.of(value)))
    return tuple(params)


def _leaves(raw: object, path: Path) -> Iterator[tuple[str, object]]:
    waiting: list[tuple[str, object, int]] = [("", raw, 0)]
    seen = 0
    while waiting:
        key, value, depth = waiting.pop()
        seen += 1
        if depth > DEPTH_LIMIT or seen > ITEM_LIMIT:
            raise _too_big(path, depth)
        inner = list(_inner(key, value))
        if inner:
            waiting.extend((name, one, depth + 1) for name, one in reversed(inner))
        elif key:
            yield key, value


def _inner(key: str, value: object) -> Iterator[tuple[str, object]]:
    prefix = f"{key}." if key else ""
    if isinstance(value, dict):
        for name, one in value.items():
            yield f"{prefix}{name}", one
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for place, one in enumerate(value):
            yield f"{prefix}{place}", one


def _too_big(path: Path, depth: int) -> FormatError:
    if depth > DEPTH_LIMIT:
        return bounded.damaged(path, f"It is nested more than {DEPTH_LIMIT} levels")
    return bounded.damaged(path, f"It holds more than {ITEM_LIMIT:,} values")
