"""Jupyter notebooks: the code of all cells; outputs are ignored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlcatalog.domain.reading import Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, python_script, saying
from mlcatalog.formats.bounded import table_of


class NotebookReader:
    """Reads the cells joined, as a script."""

    format = "notebook"
    title = "Jupyter notebook"
    version = 1
    kind = Kind.SCRIPT
    suffixes = (".ipynb",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """A JSON table."""
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path) -> Reading:
        """Imports, paths, kernel and the first heading."""
        raw = table_of(bounded.json_file(path))
        cells = raw.get("cells")
        if not isinstance(cells, list):
            raise bounded.damaged(path, "It has no cells")
        code = "\n\n".join(_source(cell) for cell in cells if _is(cell, "code"))
        notes = [_source(cell) for cell in cells if _is(cell, "markdown")]
        reading = python_script.reading_of(_plain(code), path.stem, self.format)
        kernel = table_of(table_of(raw.get("metadata")).get("kernelspec"))
        heading = next((n.lstrip("# ").splitlines()[0] for n in notes if n.strip()), "")
        return replace(
            reading,
            facts=(
                *reading.facts,
                *saying.fact("title", heading, "first cell"),
                *saying.fact("kernel", kernel.get("name"), "metadata.kernelspec.name"),
                *saying.fact("cells", len(cells), "cells", Evidence.CONTENT),
            ),
        )


def _is(cell: object, kind: str) -> bool:
    return table_of(cell).get("cell_type") == kind


def _source(cell: object) -> str:
    source = table_of(cell).get("source")
    return "".join(bounded.words_of(source))


def _plain(code: str) -> str:
    """Without the lines that only a notebook understands (%magic, !shell)."""
    lines = (("pass" if _is_magic(line) else line) for line in code.splitlines())
    return "\n".join(lines)


def _is_magic(line: str) -> bool:
    return line.lstrip()[:1] in ("%", "!", "?")
