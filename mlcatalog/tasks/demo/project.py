"""Writing the demo: shipped files, trained models, and believable times."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.domain.errors import ProjectError
from mlcatalog.tasks.demo import churn, intent
from mlcatalog.tasks.demo.dates import modified
from mlcatalog.tasks.demo.scripts import shipped

BUILDERS = {churn.NAME: churn.build, intent.NAME: intent.build}
SHARED_BY = {
    churn.NAME: ("tensors.py", "settings.py", "onnx_file.py"),
    intent.NAME: ("tensors.py", "settings.py"),
}


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was written: the project folders, the number of files, their bytes."""

    folder: Path
    projects: tuple[Path, ...]
    files: int
    size: int  # bytes


def write_demo(folder: Path) -> DemoSummary:
    """Write the demo into a new or empty folder, byte for byte the same each time.

    Raises ProjectError when the folder holds something already or cannot be
    written; what lies there is left alone.
    """
    folder = folder.absolute()
    try:
        _claim(folder)
        _write_projects(folder)
        _set_times(folder)
    except OSError as error:
        raise ProjectError(
            "The demo could not be written",
            where=str(folder),
            why=error.strerror or str(error),
            remedy="Choose a folder that you may write to, on a disk with 5 MB free.",
        ) from error
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    projects = tuple(folder / name for name in BUILDERS)
    return DemoSummary(folder, projects, len(sizes), sum(sizes))


def _claim(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(
            "The demo needs a new or empty folder",
            where=str(folder),
            why="There is something already, and nothing is overwritten.",
            remedy="Choose another folder, or empty this one.",
        )
    folder.mkdir(parents=True, exist_ok=True)


def _write_projects(folder: Path) -> None:
    shutil.copyfile(shipped("README.md"), folder / "README.md")
    for name, build in BUILDERS.items():
        root = folder / name
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(
            shipped(name), root, ignore=ignored, copy_function=shutil.copyfile
        )
        for module in SHARED_BY[name]:
            shutil.copyfile(shipped(f"shared/{module}"), root / "scripts" / module)
        (root / "run.sh").chmod(0o755)
        build(root)


def _set_times(folder: Path) -> None:
    """Give files the times of the story, and folders that of their newest file."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(parent, name)
            seconds = modified(path.relative_to(folder).as_posix())
            os.utime(path, (seconds, seconds))
        newest = max(entry.stat().st_mtime for entry in Path(parent).iterdir())
        os.utime(parent, (newest, newest))
