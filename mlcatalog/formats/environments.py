"""Environments: pip requirements and conda environment files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mlcatalog.domain.reading import Param, Reading
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, plain_values, saying

# PEP 508 name, extras, then the version as written.
REQUIREMENT = re.compile(
    r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*((?:[<>=!~]=?|===|@)\s*[^;#]+)?"
)


class RequirementsReader:
    """Reads packages of a pip requirements or constraints file."""

    format = "requirements"
    title = "pip requirements"
    version = 1
    kind = Kind.ENVIRONMENT
    suffixes: tuple[str, ...] = ()
    names = ("*requirements*.txt", "*constraints*.txt", "requirements*.in")

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Packages as params, name to version."""
        return _reading(self.format, requirements(bounded.text(path).splitlines()))


class CondaReader:
    """Reads packages of a conda environment file, pip's among them."""

    format = "conda"
    title = "Conda environment"
    version = 1
    kind = Kind.ENVIRONMENT
    suffixes: tuple[str, ...] = ()
    names = ("environment*.yml", "environment*.yaml", "conda*.yml", "conda*.yaml")

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Packages as params; the name as title."""
        raw = bounded.table_of(plain_values.load(path))
        found = raw.get("dependencies")
        listed = found if isinstance(found, list) else []
        packages = [_conda(one) for one in listed if isinstance(one, str)]
        for one in listed:
            pip = bounded.words_of(bounded.table_of(one).get("pip"))
            packages += requirements(pip)
        return _reading(self.format, packages, title=raw.get("name"))


def requirements(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and version of each requirement; options and URLs are left out."""
    for line in lines:
        shown = line.split(" #")[0].strip().rstrip("\\").strip()
        found = REQUIREMENT.match(shown)
        if found and "://" not in found.group(1):
            version = (found.group(2) or "").strip()
            yield found.group(1), version.removeprefix("==").strip()


def _conda(text: str) -> tuple[str, str]:
    name, _, rest = text.rpartition("::")[2].partition("=")
    found = re.match(r"([\w.-]+)\s*(.*)", name.strip())
    if found and found.group(2):  # numpy>=2 was cut at its =
        return found.group(1), text[text.find(found.group(2)) :].strip()
    return name.strip(), rest.lstrip("=").split("=")[0].strip()


def _reading(
    format_name: str, packages: Iterable[tuple[str, str]], *, title: object = None
) -> Reading:
    known = {name.lower(): version for name, version in packages}
    return Reading(
        format_name,
        Kind.ENVIRONMENT,
        facts=(
            *saying.fact("title", title, "name"),
            *saying.fact("packages", len(known), "", Evidence.CONTENT),
        ),
        params=tuple(Param(name, Value.of(known[name])) for name in known),
    )
