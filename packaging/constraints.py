"""Writes constraints.txt: the versions that mlcatalog[dev,sign] was tested with.

Run it by the project's own Python: .venv/bin/python packaging/constraints.py
"""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent
EXTRAS = ("dev", "sign")
TITLE = (
    "# Versions that mlcatalog was tested with; `make constraints` writes this file.\n"
)


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for, with the extras."""
    text = (HERE.parent / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    listed = list(project["dependencies"])
    for extra in EXTRAS:
        listed += project["optional-dependencies"][extra]
    return [Requirement(line) for line in listed]


def closure(waiting: list[Requirement]) -> dict[str, str]:
    """Installed versions by normalised name, of these and of what they need."""
    found: dict[str, str] = {}
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in found or not _applies(requirement):
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = installed.version
        for line in installed.requires or ():
            inner = Requirement(line)
            if _applies(inner, requirement.extras):
                inner.marker = None
                waiting.append(inner)
    return found


def _applies(requirement: Requirement, extras: set[str] | None = None) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": e}) for e in ("", *(extras or ())))


if __name__ == "__main__":
    versions = closure(wanted())
    lines = [f"{name}=={version}\n" for name, version in sorted(versions.items())]
    (HERE / "constraints.txt").write_text(TITLE + "".join(lines), encoding="utf-8")
