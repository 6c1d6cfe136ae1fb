"""Renaming from the window: previewed, done in one step, taken back in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from mlcatalog import settings
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import MlcatalogError
from mlcatalog.domain.progress import Progress
from mlcatalog.tasks.rename import Renamed, apply, undo
from mlcatalog.tasks.rename_plan import RenamePlan
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.naming import fixes as mending
from mlcatalog.ui.naming.fix_dialog import FixDialog
from mlcatalog.ui.naming.fixes import ASKED_FOR, Fix, Fixes, Occasion
from mlcatalog.ui.naming.judged import Judged, Scope, read
from mlcatalog.ui.naming.some import AROUND, judged_some
from mlcatalog.ui.naming.wording import counted
from mlcatalog.ui.newest import Newest
from mlcatalog.ui.place import Place
from mlcatalog.ui.stepping import Done

MANY = 200  # names, for which it is quicker to read all at once


class Fixing(QObject):
    """Plans renames, shows them, and does them when a person says so."""

    renamed = Signal(object)  # Renamed; also when one was taken back

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._place = place
        self._dialog: FixDialog | None = None
        self._planning = Newest(
            self._jobs, "Plan the renames", self._show_plan, parent=self
        )

    def fix(self, judged: Judged, positions: Sequence[int]) -> None:
        """Show the right names of those at some positions, to be given or not."""
        catalog = self._catalog
        self._jobs.start(
            "Plan the renames",
            lambda progress: mending.prepared(catalog, judged, positions, progress),
            self.show,
        )

    def fix_named(
        self,
        wanted: Sequence[str],
        values: Mapping[str, str] | None = None,
        settings_path: Path | None = None,
        occasion: Occasion = ASKED_FOR,
    ) -> None:
        """The same for artifacts by id, some fields given."""
        catalog = self._catalog

        def task(progress: Progress) -> Fixes:
            progress(0, None, "Reading the names")
            if len(wanted) > MANY:
                judged = read(
                    catalog, settings_path or settings.default_path(), progress
                )
            else:
                details = catalog.details(wanted)
                judged = judged_some(catalog, details, settings_path, around=AROUND)
            places = judged.names.positions
            positions = [places[one] for one in wanted if one in places]
            return mending.prepared(catalog, judged, positions, progress, given=values)

        show = partial(self.show, occasion=occasion)
        self._jobs.start("Plan the renames", task, show)

    def fix_merged(
        self, judged: Judged, scope: Scope, merged: Mapping[tuple[str, str], str]
    ) -> None:
        """Show the names that hold a value which became another."""
        catalog = self._catalog

        def task(progress: Progress) -> Fixes:
            positions = mending.holding(judged, scope, merged)
            return mending.prepared(catalog, judged, positions, progress, merged=merged)

        self._jobs.start("Plan the renames", task, self._show_some)

    def _show_some(self, fixes: Fixes) -> None:
        if fixes.fixes:
            self.show(fixes)

    def show(self, fixes: Fixes, occasion: Occasion = ASKED_FOR) -> None:
        """Show a preview; what is accepted is done."""
        if not fixes.fixes:
            self._jobs.failed.emit(
                "Rename",
                MlcatalogError(
                    "There is nothing to rename.",
                    why="no template speaks of these names",
                    remedy="Write one in Conventions.",
                ),
            )
            return
        place = self._place
        dialog = FixDialog(
            fixes, place.tokens, self._ask, place.window(), occasion=occasion
        )
        dialog.setStyleSheet(place.styleSheet())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.rename(dialog.plan))
        dialog.destroyed.connect(self._forget)
        self._dialog = dialog
        dialog.open()

    def rename(self, plan: RenamePlan) -> None:
        """Do what was shown, all or nothing; one step to take back."""
        catalog = self._catalog
        usable = replace(plan, rows=tuple(r for r in plan.rows if not r.conflicts))
        count = len(usable.rows)
        title = f"Rename {counted(count, 'name', 'names')}"
        if count == 1:
            title = f"Rename {usable.rows[0].old_name}"
        done: list[str] = []

        def does() -> Renamed:
            made = apply(catalog, usable)
            done[:] = [made.id]
            return made

        Done.run(
            self._place.undo_stack,
            self._jobs,
            title,
            does=does,
            undoes=lambda: undo(catalog, done[0]),
            then=self._end,
        )

    def _end(self, renamed: Renamed) -> None:
        if renamed.problems:
            self._jobs.failed.emit(
                "Undo the rename",
                MlcatalogError(
                    "The names are back, but not everything in the texts.",
                    why="; ".join(renamed.problems),
                    remedy="Look at these texts.",
                ),
            )
        self.renamed.emit(renamed)

    def _ask(self, fixes: tuple[Fix, ...]) -> None:
        catalog = self._catalog
        self._planning.ask(
            lambda progress: mending.planned_for(catalog, fixes, progress)
        )

    def _show_plan(self, plan: RenamePlan) -> None:
        if self._dialog is not None:
            self._dialog.show_plan(plan)

    def _forget(self) -> None:
        self._dialog = None

    @property
    def _catalog(self) -> Catalog:
        return self._place.catalog

    @property
    def _jobs(self) -> Jobs:
        return self._place.jobs
