"""A reader for .tinynet files, as a third party would write it.

The format: "TNET", u32 length of a JSON text (little-endian), the text
{"name", "layers": [[rows, columns], …], "base"}, then the weights as float32.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import (
    THIS,
    Claim,
    Fact,
    Reading,
    Reference,
    Scheme,
    Tensor,
)
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation

HEADER_LIMIT = 1_000_000  # a length is checked before it is trusted


class TinynetReader:
    """Reads the header; the weights stay on disk."""

    format = "tinynet"
    title = "Tinynet model"
    version = 1  # raise it when the reader reads more, so that files are read again
    kind: Kind | None = Kind.MODEL
    suffixes: tuple[str, ...] = (".tinynet",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """Whether the first bytes are those of the format."""
        return head[:4] == b"TNET"

    def read(self, path: Path) -> Reading:
        """What the header says.

        Anything odd in a file may raise ValueError, KeyError and the like; a
        FormatError says it better.
        """
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8)[4:], "little")
            if length > HEADER_LIMIT:
                raise FormatError(
                    f"{path.name} cannot be read",
                    where=str(path),
                    why=f"Its header claims to have {length:,} bytes",
                )
            header = json.loads(file.read(length))
        tensors = tuple(self._tensors(header["layers"], 8 + length))
        total = sum(math.prod(tensor.shape) for tensor in tensors)
        base = str(header.get("base", ""))
        return Reading(
            self.format,
            self.kind,
            facts=(
                Fact("title", Value.of(header["name"]), "name"),
                Fact("parameters", Value.of(total), "layers", Evidence.CONTENT),
            ),
            tensors=tensors,
            claims=(
                Claim(
                    THIS,
                    Relation.FINETUNED_FROM,
                    Reference(Scheme.PATH, base, kind=Kind.MODEL),
                    Evidence.DECLARED,
                    "base",
                ),
            )
            if base
            else (),
        )

    @staticmethod
    def _tensors(layers: list[list[int]], place: int):
        for number, (rows, columns) in enumerate(layers):
            size = int(rows) * int(columns) * 4
            yield Tensor(
                f"layer{number}", "F32", (int(rows), int(columns)), place, size
            )
            place += size
