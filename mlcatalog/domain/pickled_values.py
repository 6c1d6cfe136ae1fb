"""Plain values of what an inert unpickler found; names for all the rest."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from mlcatalog.domain.inert_pickle import Name, Thing
from mlcatalog.domain.reading import Param
from mlcatalog.domain.values import Value

PARAM_LIMIT = 5_000
# NumPy's letters of types as struct's, little-endian as it pickles them here.
NUMBERS = {
    "f8": "<d", "f4": "<f", "f2": "<e", "i8": "<q", "i4": "<i", "i2": "<h", "i1": "<b",
    "u8": "<Q", "u4": "<I", "u2": "<H", "u1": "<B", "b1": "<?",
}  # fmt: skip


class _Plainer:
    """Makes plain values within a budget: shared members multiply without end."""

    def __init__(self) -> None:
        self._left = 2_000

    def plain(self, value: Any, depth: int = 0) -> Any:
        self._left -= 1
        if self._left < 0 or depth > 8:
            return "…"
        if isinstance(value, Name):
            return value.name
        if isinstance(value, Thing):
            found = _scalar(value)
            return value.name if found is None else found
        if isinstance(value, dict):
            inner = itertools.islice(value.items(), max(self._left, 0))
            return {str(key)[:200]: self.plain(one, depth + 1) for key, one in inner}
        if isinstance(value, list | tuple | set | frozenset):
            members = itertools.islice(value, max(self._left, 0))
            return [self.plain(one, depth + 1) for one in members]
        return value


def plain(value: Any) -> Any:
    """A plain value for what can be one; names for things."""
    return _Plainer().plain(value)


def _scalar(thing: Thing) -> Any:
    """The text or number that a path, an enumeration or NumPy's scalar was made of."""
    if (number := number_of_numpy(thing)) is not None:
        return number
    last = thing.arguments[-1] if thing.arguments else None
    is_path = thing.name.startswith("pathlib.")
    if is_path and all(isinstance(part, str) for part in thing.arguments):
        return "/".join(thing.arguments).replace("//", "/")
    return last if isinstance(last, str | int | float) else None


def number_of_numpy(thing: Thing) -> int | float | None:
    """A number of NumPy's, which pickles its type and its bytes; else None."""
    if not thing.name.endswith("multiarray.scalar"):
        return None
    dtype, raw = (*thing.arguments, None, None)[:2]
    letter = dtype.arguments[0] if isinstance(dtype, Thing) and dtype.arguments else ""
    layout = NUMBERS.get(letter) if isinstance(letter, str) else None
    if layout is None:
        return None
    packed = raw.encode("latin-1") if isinstance(raw, str) else raw
    if not isinstance(packed, bytes) or len(packed) != struct.calcsize(layout):
        return None
    number: int | float = struct.unpack(layout, packed)[0]
    return number


def settings_of(thing: Thing) -> dict[str, Any]:
    """What an object of settings was given, without what it made and its secrets."""
    return {
        key: value
        for key, value in thing.fields().items()
        if is_told(key)
        and value is not None
        and not (isinstance(value, Thing) and _scalar(value) is None)
    }


def is_told(key: str) -> bool:
    """Whether a setting may be shown: `hub_token` is nobody's business."""
    return key[:1] != "_" and key != "token" and not key.endswith("_token")


def params_of(table: Mapping[Any, Any], prefix: str = "") -> Iterator[Param]:
    """The plain values of a table under dotted keys."""
    waiting: list[tuple[str, Any, int]] = [(prefix, table, 0)]
    count = 0
    while waiting and count < PARAM_LIMIT:
        key, value, depth = waiting.pop()
        if isinstance(value, dict) and value and depth < 16:
            dot = f"{key}." if key else ""
            inner = [(f"{dot}{name}", one, depth + 1) for name, one in value.items()]
            waiting.extend(reversed(inner))
        elif key:
            count += 1
            yield Param(key[:500], Value.of(plain(value)))
