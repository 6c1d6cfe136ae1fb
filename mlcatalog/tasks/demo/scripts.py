"""The demo's own training scripts, run where they are shipped.

The demo's models are trained by the very files that it writes into its
projects. They are run from the program's own resources, never from the
written folder, so that nothing a project contains is executed.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from mlcatalog.domain.resources import resource


def shipped(name: str) -> Path:
    """A file or folder of the demo as it is shipped."""
    return resource(f"demo/{name}")


@contextmanager
def importable(project: str) -> Iterator[None]:
    """Let a project's scripts import each other, and forget them afterwards."""
    folders = [str(shipped(f"{project}/scripts")), str(shipped("shared"))]
    before, writes = set(sys.modules), sys.dont_write_bytecode
    sys.path[:0] = folders
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        for folder in folders:
            sys.path.remove(folder)
        _forget(before, folders)


def _forget(before: set[str], folders: list[str]) -> None:
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if str(Path(origin).parent) in folders:
            del sys.modules[name]


def run(script: str, root: Path, **options: str) -> None:
    """Run `scripts/<script>.py --option value …` with the project at root."""
    arguments = ["--root", str(root)]
    for name, value in options.items():
        arguments += [f"--{name}", value]
    module(script).main(arguments)


def module(name: str) -> ModuleType:
    """One of the scripts; only inside `importable`."""
    return importlib.import_module(name)
