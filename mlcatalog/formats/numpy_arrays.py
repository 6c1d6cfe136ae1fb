"""NumPy arrays, .npy and .npz: headers only, objects never unpickled.

Layout: numpy.lib.format: magic, version, u16 or u32 header length, a Python
literal {descr, fortran_order, shape}.
"""

from __future__ import annotations

import ast
import math
import re
import zipfile
from pathlib import Path
from typing import BinaryIO, cast

from mlcatalog.domain.reading import Column, Notice, Reading, Tensor
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import saying
from mlcatalog.formats.bounded import damaged, exactly, truncated
from mlcatalog.formats.pytorch import stored_at

MAGIC = b"\x93NUMPY"
HEADER_LIMIT = 65_536
MEMBER_LIMIT = 100_000
WIDTH = re.compile(r"[<>|=]?([a-zA-Z])(\d*)")


class NpyReader:
    """Reads type and shape of one array."""

    format = "npy"
    title = "NumPy array"
    version = 1
    kind = Kind.DATASET
    suffixes = (".npy",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """The magic."""
        return head.startswith(MAGIC)

    def read(self, path: Path) -> Reading:
        """One tensor; raises FormatError when bytes are missing."""
        with path.open("rb") as file:
            tensor = array_header(file, path.stem, path)
            start = file.tell()
            size = file.seek(0, 2)
        if tensor.dtype != "object" and size < start + tensor.size:
            raise truncated(path, has=size, needs=start + tensor.size)
        return _reading(self.format, [_placed(tensor, start)])


class NpzReader:
    """Reads type and shape of every array of an archive."""

    format = "npz"
    title = "NumPy arrays"
    version = 1
    kind = Kind.DATASET
    suffixes = (".npz",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """A zip archive, also an empty one."""
        return head[:4] in (b"PK\x03\x04", b"PK\x05\x06")

    def read(self, path: Path) -> Reading:
        """A tensor a member, placed when it is stored uncompressed."""
        tensors: list[Tensor] = []
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MEMBER_LIMIT:
                raise damaged(path, f"It has more than {MEMBER_LIMIT:,} members")
            for member in members:
                if member.filename.endswith(".npy"):
                    tensors.append(_member(file, archive, member, path))
        return _reading(self.format, tensors)


def _member(
    file: BinaryIO, archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path
) -> Tensor:
    with archive.open(member) as stream:
        name = member.filename.removesuffix(".npy")
        tensor = array_header(cast("BinaryIO", stream), name, path)
        header = stream.tell()
    if member.compress_type != zipfile.ZIP_STORED:
        return tensor
    return _placed(tensor, stored_at(file, member) + header)


def array_header(file: BinaryIO, name: str, path: Path) -> Tensor:
    """The header that begins here, without a place; raises FormatError."""
    if exactly(file, 6, path) != MAGIC:
        raise damaged(path, f"{name} is no NumPy array")
    major = exactly(file, 2, path)[0]
    length = int.from_bytes(exactly(file, 2 if major == 1 else 4, path), "little")
    if length > HEADER_LIMIT:
        raise damaged(path, f"Its header claims to have {length:,} bytes")
    text = exactly(file, length, path).decode("utf-8" if major >= 3 else "latin-1")
    try:
        # Python 2 wrote long numbers as 10L.
        raw = ast.literal_eval(re.sub(r"(\d)L\b", r"\1", text.strip()))
    except (SyntaxError, MemoryError) as error:
        raise damaged(path, f"The header of {name} is broken") from error
    descr, shape = raw["descr"], tuple(int(length) for length in raw["shape"])
    if any(length < 0 for length in shape) or math.prod(shape) > 2**62:
        raise damaged(path, f"{name} has an impossible shape")
    if not isinstance(descr, str):
        return Tensor(name, "record", shape)
    found = WIDTH.fullmatch(descr)
    if found is None:
        raise damaged(path, f"{name} has an unknown type")
    code, digits = found.groups()
    if code == "O":
        return Tensor(name, "object", shape)
    width = int(digits or 1) * (4 if code == "U" else 1)
    return Tensor(name, _dtype(code, digits), shape, None, math.prod(shape) * width)


def _dtype(code: str, digits: str) -> str:
    bits = int(digits or 1) * 8
    if code == "b":
        return "BOOL"
    if code in "iuf":
        return f"{code.upper()}{bits}"
    return f"{code}{digits}"


def _placed(tensor: Tensor, start: int) -> Tensor:
    if not tensor.size:
        return tensor
    return Tensor(tensor.name, tensor.dtype, tensor.shape, start, tensor.size)


def _reading(format_name: str, tensors: list[Tensor]) -> Reading:
    content = Evidence.CONTENT
    rows = {tensor.shape[0] for tensor in tensors if tensor.shape}
    objects = [tensor.name for tensor in tensors if tensor.dtype == "object"]
    notice = Notice(
        "safety.pickle",
        f"Arrays of objects are pickles, they were left alone: {', '.join(objects)[:200]}",
    )
    return Reading(
        format_name,
        Kind.DATASET,
        facts=(
            *saying.fact("arrays", len(tensors), "header", content),
            *saying.fact("rows", rows.pop() if len(rows) == 1 else None, "", content),
        ),
        tensors=tuple(tensors),
        columns=tuple(
            Column(tensor.name, f"{tensor.dtype}{list(tensor.shape)}")
            for tensor in tensors
        ),
        notices=(notice,) if objects else (),
    )
