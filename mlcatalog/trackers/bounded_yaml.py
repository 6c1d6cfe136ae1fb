"""YAML that a stranger wrote: bounded, without aliases, tags read as text."""

from __future__ import annotations

from pathlib import Path

import yaml

from mlcatalog.domain.errors import FormatError

SIZE_LIMIT = 1_048_576  # bytes
MERGE_LIMIT = 100_000  # pairs of one table


class _Loader(yaml.SafeLoader):
    """Reads `!!python/object` and all other unknown tags as what they hold."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # A few nested aliases expand to more values than memory holds.
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it uses aliases, which are not followed here")
        return super().compose_node(parent, index)


class _Following(yaml.SafeLoader):
    """The same with aliases, whose values are shared: only merges copy."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        # `<<: [*a, *a]` grows tenfold a level.
        if len(node.value) > MERGE_LIMIT:
            raise yaml.YAMLError("its merges grow without end")


def _untagged(loader: _Loader | _Following, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return str(node.value)


_Loader.add_multi_constructor("", _untagged)
_Following.add_multi_constructor("", _untagged)


def load(path: Path, *, follow: bool = False) -> object:
    """What the file holds; None if it is absent; raises FormatError.

    follow: aliases too, for who looks up what he knows and walks through nothing.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        return None
    if len(raw) > SIZE_LIMIT:
        raise FormatError(
            "This YAML file is too long",
            where=str(path),
            why=f"It has more than {SIZE_LIMIT:,} bytes",
        )
    try:
        # Both derive from SafeLoader: they build plain values.
        return yaml.load(raw, Loader=_Following if follow else _Loader)
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError) as error:
        raise FormatError(
            "This YAML file cannot be read", where=str(path), why=str(error)
        ) from error


def table(path: Path) -> dict[str, object]:
    """The file's mapping with text keys, empty when there is none."""
    return as_table(load(path))


def as_table(raw: object) -> dict[str, object]:
    """A mapping with text keys; {} for anything else."""
    if not isinstance(raw, dict):
        return {}
    return {str(key): value for key, value in raw.items()}
