"""Pickle and joblib files: estimators by their state, arrays skipped."""

from __future__ import annotations

import bz2
import io
import lzma
import math
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

from mlcatalog.domain.inert_pickle import InertUnpickler, Thing
from mlcatalog.domain.reading import Reading
from mlcatalog.domain.words import Kind
from mlcatalog.formats import checkpoints, lz4, pickled

BLOCK = 65_536
UNPACKED_LIMIT = 2_000_000_000  # bytes of a compressed file that are unpacked
LZMA_MEMORY = 256_000_000
SMALL_ARRAY = 65_536  # bytes of an array that are read for its labels
NESTING_LIMIT = 16


class PickleReader:
    """Reads globals and, of scikit-learn, settings and what was learned from."""

    format = "pickle"
    title = "Pickle or joblib file"
    version = 1
    kind = Kind.MODEL
    suffixes = (".pkl", ".pickle", ".joblib")
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """A pickle of any protocol, plain or compressed."""
        return bool(head)

    def read(self, path: Path) -> Reading:
        """Names and plain values; raises FormatError."""
        with path.open("rb") as file:
            head = file.read(6)
            file.seek(0)
            stream = opened(file, head)
            names: dict[str, None] = {}
            root = _Arrays(stream, names).look()
        facts = checkpoints.facts(root)
        is_joblib = any(name.startswith("joblib.") for name in names)
        return Reading(
            "joblib" if is_joblib else self.format,
            self.kind,
            facts=(
                *pickled.estimator_facts(root),
                *facts,
                *pickled.global_facts(names),
            ),
            params=pickled.estimator_params(root) or checkpoints.params(root),
            notices=pickled.global_notices(names),
        )


def opened(file: BinaryIO, head: bytes) -> BinaryIO:
    """The plain stream of a file that joblib may have compressed."""
    if head[:1] == b"\x78" or head[:2] == b"\x1f\x8b":
        return _unpacked(file, zlib.decompressobj(wbits=47))
    if head[:3] == b"BZh":
        return _unpacked(file, bz2.BZ2Decompressor())
    if head[:5] == b"\xfd7zXZ" or head[:3] == b"\x5d\0\0":
        return _unpacked(file, lzma.LZMADecompressor(memlimit=LZMA_MEMORY))
    if head[:4] == lz4.MAGIC:
        return cast("BinaryIO", io.BufferedReader(lz4.Lz4Stream(file), BLOCK))
    return file


def _unpacked(file: BinaryIO, machine: Any) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Unpacking(file, machine), BLOCK))


class _Unpacking(io.RawIOBase):
    """Unpacks a block at a time: a bomb never fits into memory at once."""

    def __init__(self, file: BinaryIO, machine: Any) -> None:
        self._file, self._machine = file, machine
        self._total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._machine.eof:
            waiting = getattr(self._machine, "unconsumed_tail", b"")
            wants = getattr(self._machine, "needs_input", not waiting)
            packed = waiting or (self._file.read(BLOCK) if wants else b"")
            if wants and not packed:
                return 0
            found = self._machine.decompress(packed, len(target))
            if found:
                self._total += len(found)
                if self._total > UNPACKED_LIMIT:
                    raise ValueError(
                        f"it unpacks to more than {UNPACKED_LIMIT:,} bytes"
                    )
                target[: len(found)] = found
                return len(found)
        return 0


class _Arrays:
    """One stream of pickles with joblib's raw arrays between their operations."""

    def __init__(
        self, file: BinaryIO, names: dict[str, None], nesting: int = 0
    ) -> None:
        self._file, self._names, self._nesting = file, names, nesting

    def look(self) -> Any:
        """What the pickle that begins here holds."""
        if self._nesting > NESTING_LIMIT:
            raise ValueError("its pickles are nested too deeply")
        unpickler = InertUnpickler(self._file, after_build=self._after_build)
        unpickler.names = self._names
        return unpickler.look()

    def _after_build(self, thing: Thing) -> Thing:
        if not thing.name.startswith("joblib.numpy_pickle.NumpyArrayWrapper"):
            return thing
        state = thing.fields()
        code, width = pickled.type_of(state.get("dtype"))
        array = Thing("numpy.ndarray")
        if code == "O":
            inner = _Arrays(self._file, self._names, self._nesting + 1).look()
            return inner if isinstance(inner, Thing) else array
        if state.get("numpy_array_alignment_bytes") is not None:
            self._skip(self._file.read(1)[0])
        shape = state.get("shape")
        lengths = shape if isinstance(shape, tuple) else ()
        size = math.prod(int(length) for length in lengths) * width
        if code in "iu" and size <= SMALL_ARRAY and width:
            array.members = pickled.integers(self._file.read(size), width, code == "i")
        else:
            self._skip(size)
        return array

    def _skip(self, size: int) -> None:
        if size < 0:
            raise ValueError("an array of negative size")
        if not isinstance(self._file, io.BufferedReader) or not self._file.seekable():
            while size and (found := self._file.read(min(size, BLOCK))):
                size -= len(found)
        else:
            self._file.seek(size, 1)
