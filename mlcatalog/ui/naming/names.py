"""What a place does about names; what that needs is imported when it is first asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mlcatalog.domain.artifact import Summary
from mlcatalog.ui.place import Place

if TYPE_CHECKING:
    from mlcatalog.ui.naming.fixing import Fixing
    from mlcatalog.ui.naming.judging import NameLine
    from mlcatalog.ui.naming.waivers import Waivers


class Names(QObject):
    """Fixes and waives names for a place; `changed` tells that they stand otherwise."""

    changed = Signal()

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._place = place

    @cached_property
    def fixing(self) -> Fixing:
        """What previews right names, and gives them."""
        from mlcatalog.ui.naming.fixing import Fixing

        made = Fixing(self._place)
        made.renamed.connect(lambda _: self.changed.emit())
        return made

    @cached_property
    def waivers(self) -> Waivers:
        """What asks for waivers, and writes them."""
        from mlcatalog.ui.naming.waivers import Waivers

        made = Waivers(self._place)
        made.changed.connect(self.changed)
        return made

    def fix(self, rows: Sequence[Summary]) -> None:
        """Preview right names: of those that are wrong, or of all when none is."""
        wrong = [row for row in rows if row.name_broken]
        self.fixing.fix_named([row.id for row in wrong or rows])

    def ask(self, rows: Sequence[Summary]) -> None:
        """Ask for right names of what was registered just now; they may be kept."""
        from mlcatalog.ui.naming.fixes import Occasion

        is_one = len(rows) == 1
        what = f"“{rows[0].name}” is" if is_one else f"{len(rows):,} artifacts are"
        its, name = (
            ("Its name breaks", "name") if is_one else ("Their names break", "names")
        )
        said = (
            f"{what} registered. {its} the convention: give the right {name} now, "
            f"or keep the {name}."
        )
        self.fixing.fix_named(
            [row.id for row in rows], occasion=Occasion(said, f"Keep the {name}")
        )

    def waive(self, line: NameLine | None) -> None:
        """Ask why a name may stay as it is, then let it."""
        if line is not None and line.is_broken:
            self.waivers.show_known(line.waivers)
            self.waivers.ask(line)

    def end_waivers(self, line: NameLine | None) -> None:
        """Let a name count as broken again."""
        for waiver in line.waivers if line is not None else ():
            if not waiver.is_over:
                self.waivers.end(waiver)
