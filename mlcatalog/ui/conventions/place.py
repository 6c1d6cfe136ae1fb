"""The place Conventions: the template, the names that break it, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mlcatalog import settings
from mlcatalog.tasks.naming import proposals
from mlcatalog.tasks.rename import apply
from mlcatalog.tasks.rename_plan import RenamePlan, planned
from mlcatalog.ui.conventions.field_cards import FieldCards
from mlcatalog.ui.conventions.fixing import FixDialog
from mlcatalog.ui.conventions.judging import BROKEN, NameLine
from mlcatalog.ui.conventions.loading import Judged, judged, read, save_template
from mlcatalog.ui.conventions.names_table import NamesTable
from mlcatalog.ui.conventions.score_panel import ScorePanel
from mlcatalog.ui.conventions.template_panel import TemplatePanel
from mlcatalog.ui.conventions.waiving import WaiveDialog
from mlcatalog.ui.pieces import button, panel, words
from mlcatalog.ui.place import Place

SAID = {
    "keeps": "keep it",
    "breaks": "break it",
    "contradicts": "contradict the facts",
    "ambiguous": "can be read in two ways",
    "duplicate": "name two models",
    "waived": "are waived",
    "exempt": "were given by a framework",
}


class ConventionsPlace(Place):
    """Holds every name against the template, and shows how each was read."""

    title = "Conventions"
    search_hint = "Filter names…"

    def build(self) -> None:
        """Make the parts, once."""
        self.settings_path: Path = settings.default_path()
        self._judged: Judged | None = None
        self._line: NameLine | None = None
        self._words = ""
        self._wanted = ""
        self.template = TemplatePanel()
        self.table = NamesTable(self.tokens)
        self.cards = FieldCards()
        self.right = ScorePanel()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._middle())
        split.addWidget(self.right)
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        split.setSizes([1080, 320])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split)
        self._connect()

    def show_artifacts(self, ids: Sequence[str]) -> None:
        """Judge all names, and choose the first of these."""
        self._wanted = ids[0] if ids else self._wanted
        self._ask()

    def refresh(self, changes: object) -> None:
        """Judge all names again."""
        self._ask()

    def search(self, text: str) -> None:
        """Show only names that hold the words."""
        self._words = text
        self._narrow()

    def restyle(self) -> None:
        """Follow the theme."""
        self.table.restyle(self.tokens)

    def show_judged(self, judged: Judged) -> None:
        """Show the verdicts of the template in force."""
        self._judged = judged
        if not self.template.is_changed:
            self.template.show_saved(judged.template)
        self._write(judged)
        self.template.say(summary(judged))

    def show_tried(self, judged: Judged) -> None:
        """Show the verdicts of a template that is only tried, unless it changed since."""
        if judged.template != self.template.text:
            return
        if judged.problem:
            self.template.say(judged.problem, is_problem=True)
            return
        self._write(judged)
        self.template.say(compared(self._judged, judged))

    def _connect(self) -> None:
        self.template.tried.connect(self._try)
        self.template.saved.connect(self._save)
        self.table.chose.connect(self._show_line)
        self.right.copy_wanted.connect(self._copy)
        self.right.waive_wanted.connect(self._ask_to_waive)
        self.right.show_wanted.connect(self._show_in_library)

    def _ask(self) -> None:
        catalog, path = self.catalog, self.settings_path
        self.jobs.start(
            "Judge the names", lambda p: read(catalog, path, p), then=self.show_judged
        )

    def _try(self, text: str) -> None:
        subjects = self._judged.subjects if self._judged else ()
        waived = self._judged.waived if self._judged else frozenset()
        self.jobs.start(
            "Try the template",
            lambda p: judged(subjects, text, p, waived=waived),
            then=self.show_tried,
        )

    def _save(self, text: str) -> None:
        path = self.settings_path
        self.jobs.start(
            "Save the template",
            lambda _: save_template(path, text),
            then=self._accept_saved,
        )

    def _accept_saved(self, text: str) -> None:
        self.template.show_saved(text)
        self._ask()

    def _write(self, judged: Judged) -> None:
        kept = self._wanted or (self._line.artifact if self._line else "")
        self.table.names.show(judged.lines)
        self._narrow()
        self.right.show_lines(judged.lines)
        self.table.choose(kept)
        self._wanted = ""

    def _narrow(self) -> None:
        kept = self._line.artifact if self._line else ""
        self.table.names.narrow(self._words, only_broken=self.only_broken.isChecked())
        self.table.choose(kept)

    def _show_line(self, line: NameLine | None) -> None:
        self._line = line
        self.cards.show_line(line)
        self.right.show_line(line)

    def _copy(self) -> None:
        if self._line is not None:
            QApplication.clipboard().setText(self._line.right)

    def _ask_to_waive(self) -> None:
        line = self._line
        if line is None:
            return
        dialog = WaiveDialog(line.name, line.wrong, self)
        if dialog.exec() == WaiveDialog.DialogCode.Accepted:
            self.waive(line, dialog.why, dialog.end)

    def waive(self, line: NameLine, why: str, until: int | None) -> None:
        """Accept what is wrong with a name, for a reason and until a moment."""
        catalog = self.catalog

        def task(progress: object) -> None:
            for finding in line.findings:
                catalog.waive(finding, why, until)

        self.jobs.start(f"Waive {line.name}", task, then=lambda _: self._ask())

    def _ask_to_fix(self) -> None:
        catalog = self.catalog
        self.jobs.start(
            "Plan the renames",
            lambda p: planned(catalog, [one.wanted for one in proposals(catalog)], p),
            then=self._show_plan,
        )

    def _show_plan(self, plan: RenamePlan) -> None:
        dialog = FixDialog(plan, self)
        if dialog.exec() == FixDialog.DialogCode.Accepted:
            self.fix(dialog.plan)

    def fix(self, plan: RenamePlan) -> None:
        """Rename what was shown, all or none."""
        catalog = self.catalog
        self.jobs.start(
            "Rename", lambda _: apply(catalog, plan), then=lambda _: self._ask()
        )

    def _show_in_library(self) -> None:
        if self._line is not None:
            self.library_wanted.emit([self._line.artifact])

    def _middle(self) -> QWidget:
        frame, box = panel()
        row = QHBoxLayout()
        row.addWidget(words("Conventions", look="heading"), 1)
        self.only_broken = QCheckBox("Only names with a problem")
        self.only_broken.setAccessibleName("Only names with a problem")
        self.only_broken.setChecked(True)
        self.only_broken.toggled.connect(self._narrow)
        row.addWidget(self.only_broken)
        self.fix_all = button(
            "Fix all…",
            self._ask_to_fix,
            hint="Preview the right names",
            is_primary=True,
        )
        row.addWidget(self.fix_all)
        box.addLayout(row)
        box.addWidget(self.template)
        box.addWidget(self.table, 1)
        box.addWidget(self.cards)
        return frame


def summary(judged: Judged) -> str:
    """How the names do, in one sentence."""
    counts = Counter(line.verdict for line in judged.lines)
    if not judged.lines:
        return "The catalogue holds no models yet."
    parts = [f"{counts[word]:,} {SAID[word]}" for word in SAID if counts[word]]
    return f"{len(judged.lines):,} names checked: " + ", ".join(parts) + "."


def compared(before: Judged | None, after: Judged) -> str:
    """How many names would break, against the template in force."""
    now = sum(line.verdict in BROKEN for line in after.lines)
    then = sum(line.verdict in BROKEN for line in before.lines) if before else 0
    if now == then:
        change = "as many as now"
    else:
        change = f"{abs(now - then):,} {'more' if now > then else 'fewer'} than now"
    return f"Not saved yet: {now:,} of {len(after.lines):,} names would break it, {change}."
