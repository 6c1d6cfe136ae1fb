"""`${…}` in dvc.yaml, as far as it can be read without running anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mlcatalog.trackers.dvc import plain

PLACE = re.compile(r"(?<!\\)\$\{\s*([\w. \-\[\]:]+?)\s*\}")
TEXT_LIMIT = 100_000  # characters that one text may grow to


class UnresolvedError(ValueError):
    """A `${…}` that names nothing known; its text is what could not be resolved."""


def filled(raw: object, known: Mapping[str, object]) -> object:
    """A value with its places filled in; raises UnresolvedError."""
    if isinstance(raw, str):
        return _text(raw, known)
    if isinstance(raw, list):
        return [filled(one, known) for one in raw]
    if isinstance(raw, dict):
        return {str(_text(str(k), known)): filled(v, known) for k, v in raw.items()}
    return raw


def _text(raw: str, known: Mapping[str, object]) -> object:
    whole = PLACE.fullmatch(raw)
    if whole:
        return _found(whole[1], known)
    text = PLACE.sub(lambda match: shown(_found(match[1], known)), raw)
    if len(text) > TEXT_LIMIT:
        raise UnresolvedError("a text that grows too long")
    return text.replace("\\${", "${")


def _found(key: str, known: Mapping[str, object]) -> object:
    try:
        return plain.at(known, key.strip())
    except (LookupError, ValueError) as error:
        raise UnresolvedError(f"${{{key}}}") from error


def shown(value: object) -> str:
    """A value as DVC writes it into a text; a table becomes options of a command."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return " ".join(_options(value))
    if isinstance(value, list):
        return " ".join(map(shown, value))
    return str(value)


def _options(table: Mapping[object, object]) -> Iterator[str]:
    for key, value in plain.leaves(table):
        if value is True:
            yield f"--{key}"
        elif isinstance(value, str):
            quoted = value.replace("'", "'\"'\"'")
            yield (
                f"--{key} '{quoted}'"
                if re.search(r"[^\w./:-]", value)
                else f"--{key} {value}"
            )
        elif value is not False:
            yield f"--{key} {shown(value)}"
