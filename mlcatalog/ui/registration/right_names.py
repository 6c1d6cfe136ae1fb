"""Right names for what was registered just now, asked for at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mlcatalog.domain.amounts import counted
from mlcatalog.domain.artifact import Summary
from mlcatalog.ui.naming.names import Names
from mlcatalog.ui.notice import Notice
from mlcatalog.ui.place import Place

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog


@dataclass(frozen=True)
class Wrong:
    """The names that break the convention: of what was given itself, and inside it."""

    given: tuple[Summary, ...]
    inside: tuple[Summary, ...]


class RightNames(QObject):
    """Asks for the names of files that a person registered; of a folder's it tells."""

    def __init__(self, place: Place, names: Names, notice: Notice) -> None:
        super().__init__(place)
        self._place, self._names, self._notice = place, names, notice
        self._expected: set[Path] = set()

    def expect(self, paths: Sequence[Path]) -> None:
        """Note what a person registers; it is done once it is in the catalogue."""
        self._expected |= set(paths)

    def ask(self, ids: Sequence[str]) -> None:
        """Look at the names of what is registered, and ask for those that are wrong."""
        if not self._expected:
            return
        catalog, paths = self._place.catalog, frozenset(self._expected)
        self._expected.clear()
        self._place.jobs.start(
            "Look at the names",
            lambda _: wrong_names(catalog, frozenset(ids), paths),
            self._show,
        )

    def _show(self, wrong: Wrong) -> None:
        if wrong.given:
            self._names.ask(wrong.given)
        elif wrong.inside:
            count = len(wrong.inside)
            breaks = "breaks" if count == 1 else "break"
            self._notice.say(
                f"{counted(count, 'name')} of what was registered {breaks} the "
                "convention.",
                "Fix names…",
                lambda: self._names.fix(wrong.inside),
            )


def wrong_names(
    catalog: Catalog, ids: Collection[str], paths: Collection[Path]
) -> Wrong:
    """The names among some artifacts that break the convention."""
    given = {str(path.absolute().resolve()) for path in paths}
    broken = [row for row in catalog.list("rule:name.") if row.id in ids]
    return Wrong(
        tuple(row for row in broken if row.path in given),
        tuple(row for row in broken if row.path not in given),
    )
