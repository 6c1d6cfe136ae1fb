"""What trackers have in common: bounded JSON, facts, params, twins of other tools."""

from __future__ import annotations

import itertools
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sized
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import THIS, Claim, Fact, Point, Reference, Series
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Relation

JSON_LIMIT = 64 * 2**20  # bytes
ENTRY_LIMIT = 20_000  # of one folder
MARK_LIMIT = 2**20  # bytes of what is kept of a log that may grow
# Keys under which people and integrations note another tool's id of the run.
TWIN_KEYS = {
    "wandb": ("wandb_run_id", "wandb_id", "wandb.run_id", "wandb.id"),
    "mlflow": ("mlflow_run_id", "mlflow.run_id", "mlflow_id"),
}


def json_table(path: Path) -> dict[str, object]:
    """The JSON object in a file; {} when there is none; raises FormatError."""
    found = _json(path)
    return found if isinstance(found, dict) else {}


def _json(path: Path) -> object:
    try:
        with path.open("rb") as file:
            raw = file.read(JSON_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(raw) > JSON_LIMIT:
        raise FormatError(
            "This JSON file is too long",
            where=str(path),
            why=f"It has more than {JSON_LIMIT:,} bytes",
        )
    return _value_of(raw, path)


def table_of(raw: bytes | str, path: Path) -> dict[str, object]:
    """The JSON object in a text; raises FormatError."""
    found = _value_of(raw, path)
    return found if isinstance(found, dict) else {}


def _value_of(raw: bytes | str, path: Path) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            "This JSON cannot be read", where=str(path), why=str(error)
        ) from error


def neighbour(path: Path) -> tuple[dict[str, object], FormatError | None]:
    """The JSON object in a file beside others, and why it could not be read."""
    try:
        return json_table(path), None
    except FormatError as problem:
        return {}, problem


def table_in(text: str) -> dict[str, object]:
    """The JSON object in a short text; {} for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def folders(folder: Path) -> list[Path]:
    """The folders in a folder by name, links left out; none where there is none."""
    found = entries(folder)
    return [Path(one.path) for one in found if one.is_dir(follow_symlinks=False)]


def files(folder: Path, ending: str = "") -> list[Path]:
    """The files in a folder by name, links left out; none where there is none."""
    return [
        Path(one.path)
        for one in entries(folder)
        if one.name.endswith(ending) and one.is_file(follow_symlinks=False)
    ]


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder by name, bounded; nothing where there is none."""
    try:
        with os.scandir(folder) as found:
            bounded = list(itertools.islice(found, ENTRY_LIMIT))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(bounded, key=lambda entry: entry.name)


def json_list(path: Path) -> list[object]:
    """The JSON list in a file; [] when there is none; raises FormatError."""
    found = _json(path)
    return found if isinstance(found, list) else []


def numbers(
    table: Mapping[str, object], prefix: str = ""
) -> Iterator[tuple[str, float]]:
    """The numbers of a table under dotted keys."""
    for key, value in table.items():
        if isinstance(value, dict) and prefix.count(".") < 8:
            yield from numbers(value, f"{prefix}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{key}", float(value)


def small_text(path: Path, limit: int = 65_536) -> str:
    """The text of a small file without its last newline; "" when there is none."""
    try:
        with path.open("rb") as file:
            return file.read(limit).decode("utf-8", "replace").strip()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""


def fact(key: str, value: object, source: str = "") -> Iterator[Fact]:
    """A recorded fact; none for what is empty."""
    if value not in (None, "", [], {}):
        yield Fact(key, Value.of(value), source, Evidence.RECORDED)


def claim(
    relation: Relation,
    target: Reference,
    source: str,
    *,
    subject: Reference = THIS,
    detail: str = "",
) -> Claim:
    """A claim that a tool recorded."""
    return Claim(subject, relation, target, Evidence.RECORDED, source, detail)


def twins(*tables: Mapping[str, object]) -> tuple[str, ...]:
    """Other tools' ids of the run, as noted in params, tags or a configuration."""
    return tuple(
        dict.fromkeys(
            f"{tool}:{value}"
            for table in tables
            for tool, keys in TWIN_KEYS.items()
            for key in keys
            if isinstance(value := table.get(key), str) and value
        )
    )


def number_of(raw: object) -> float | None:
    """A number, also NaN and infinity as text; booleans are none."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        return float(raw)
    except (ValueError, OverflowError):
        return None


def series(
    points: Mapping[str, Iterable[Point]], before: Mapping[str, int] | None = None
) -> tuple[Series, ...]:
    """One series a name; `before` counts the points that were told earlier."""
    counts = before or {}
    return tuple(
        Series(name, tuple(found), after=counts.get(name, 0))
        for name, found in points.items()
    )


def counts(points: Mapping[str, Sized], before: Mapping[str, int]) -> dict[str, int]:
    """How many points each series has by now."""
    names = dict.fromkeys((*before, *points))
    return {n: before.get(n, 0) + len(points.get(n, ())) for n in names}


def packed(state: Mapping[str, object]) -> bytes | None:
    """A mark as bytes; None for one too long to keep."""
    raw = zlib.compress(json.dumps(state).encode(), 1)
    return raw if len(raw) <= MARK_LIMIT else None


def unpacked(mark: bytes) -> dict[str, Any]:
    """What `packed` made."""
    return dict(json.loads(zlib.decompress(mark)))


def microseconds(seconds: object) -> int | None:
    """UTC µs of seconds since 1970."""
    found = number_of(seconds)
    if found is None or not -1e11 < found < 1e11:
        return None
    return int(found * 1_000_000)


def moment(text: object) -> int | None:
    """UTC µs of an ISO time that tells its zone, or that its tool writes in UTC."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return int(found.timestamp() * 1_000_000)
