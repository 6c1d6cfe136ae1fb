"""Bounded reads: a file is hostile until its lengths were checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

import orjson

from mlcatalog.domain.errors import FormatError

JSON_LIMIT = 100_000_000  # bytes, that of a safetensors header
TEXT_LIMIT = 10_000_000  # bytes of a script, card, recipe or notebook


def damaged(path: Path, why: str, *, remedy: str = "") -> FormatError:
    """The error for a file that is not what its name says."""
    return FormatError(
        f"{path.name} cannot be read", where=str(path), why=why, remedy=remedy
    )


def truncated(path: Path, *, has: int, needs: int) -> FormatError:
    """The error for a file that ends too early."""
    return damaged(
        path,
        f"It is truncated: {has:,} bytes where its header needs {needs:,}",
        remedy="Copy or save it again; if it is still being written, wait.",
    )


def exactly(file: BinaryIO, length: int, path: Path) -> bytes:
    """That many bytes from here; raises FormatError when the file ends before."""
    found = file.read(length)
    if len(found) != length:
        raise truncated(path, has=file.tell(), needs=file.tell() - len(found) + length)
    return found


def raw_text(path: Path, limit: int = TEXT_LIMIT) -> bytes:
    """A whole small file; raises FormatError above the limit."""
    with path.open("rb") as file:
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise damaged(path, f"It is longer than {limit:,} bytes")
    return raw


def text(path: Path, limit: int = TEXT_LIMIT) -> str:
    """A whole small text; bytes that are not UTF-8 are shown as such."""
    raw = raw_text(path, limit)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8-sig", "replace")


def is_text(head: bytes) -> bool:
    """Whether first bytes can begin a text."""
    return b"\0" not in head or head[:2] in (b"\xff\xfe", b"\xfe\xff")


def json_of(raw: bytes, path: Path) -> object:
    """The plain value of a JSON text; NaN and huge numbers are let through."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        why = "It is nested too deeply" if isinstance(error, RecursionError) else ""
        raise damaged(path, why or f"Its JSON is broken: {error}") from error


def json_file(path: Path, limit: int = JSON_LIMIT) -> object:
    """The plain value of a JSON file; raises FormatError."""
    return json_of(raw_text(path, limit), path)


def table_of(raw: object) -> dict[str, object]:
    """A mapping with text keys; {} for anything else."""
    if not isinstance(raw, dict):
        return {}
    return {str(key): value for key, value in raw.items()}


def words_of(raw: object) -> list[str]:
    """The texts of a text or a list of texts."""
    if isinstance(raw, str):
        return [raw] if raw else []
    if isinstance(raw, list):
        return [one for one in raw if isinstance(one, str) and one]
    return []
