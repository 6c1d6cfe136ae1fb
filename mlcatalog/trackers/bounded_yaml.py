"""YAML that a stranger wrote: bounded, without aliases, tags read as text."""

from __future__ import annotations

from pathlib import Path

import yaml

from mlcatalog.domain.errors import FormatError

SIZE_LIMIT = 1_048_576  # bytes


class _Loader(yaml.SafeLoader):
    """Reads `!!python/object` and all other unknown tags as what they hold."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # A few nested aliases expand to more values than memory holds.
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it uses aliases, which are not followed here")
        return super().compose_node(parent, index)


def _untagged(loader: _Loader, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return str(node.value)


_Loader.add_multi_constructor("", _untagged)


def load(path: Path) -> object:
    """What the file holds; None if it is absent; raises FormatError."""
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
        return yaml.load(raw, Loader=_Loader)  # a SafeLoader: builds plain values
    except (yaml.YAMLError, UnicodeError) as error:
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
