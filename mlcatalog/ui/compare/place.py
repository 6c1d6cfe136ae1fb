"""The place Compare: a sheet above, curves below, linked to each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.comparing.export import as_csv, as_markdown
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.errors import ExportError
from mlcatalog.ui.compare.choosing import FEWEST, Choosing
from mlcatalog.ui.compare.curves_panel import CurvesPanel
from mlcatalog.ui.compare.loading import (
    Comparison,
    compared,
    proposed,
    read,
    recent_models,
)
from mlcatalog.ui.compare.sheet_view import SheetView
from mlcatalog.ui.compare.text_panel import TextPanel
from mlcatalog.ui.pieces import button, words
from mlcatalog.ui.place import Place

REMEMBERED = "compare/only-differences"
MOST = 7  # items side by side that can still be read
PROPOSED = "proposed: the two nearest of one family; choose others in the Library"


class ComparePlace(Place):
    """Compares what it is given; without items it offers recent models."""

    title = "Compare"
    search_hint = "Filter rows: learning, data, metric…"

    def build(self) -> None:
        """Make the parts, once."""
        self._ids: list[str] = []
        self._baseline = 0
        self._comparison: Comparison | None = None
        self._filter = ""
        self._proposed = False  # by the program: nobody chose these
        self.choosing = Choosing()
        self.choosing.chosen.connect(self.show_artifacts)
        self.sheet = SheetView(self.tokens)
        self.curves = CurvesPanel(self.tokens)
        self.texts = TextPanel(self.tokens)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.choosing)
        self._pages.addWidget(self._comparing())
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._pages)
        self._connect()

    def show_artifacts(self, ids: Sequence[str]) -> None:
        """Compare these; fewer than two, and recent models are offered."""
        self._proposed = False
        self._ids = list(dict.fromkeys(ids))
        self._baseline = 0
        self._ask()

    def offer(self, chosen: Sequence[Summary]) -> None:
        """Compare what is chosen; one alone with its sibling, else the newest two siblings."""
        if len(chosen) >= FEWEST:
            self.show_artifacts([row.id for row in chosen[:MOST]])
            return
        catalog, rows = self.catalog, tuple(chosen)
        self.jobs.start(
            "Look for siblings",
            lambda progress: proposed(catalog, rows, progress),
            then=self._take_proposal,
        )

    def _take_proposal(self, ids: Sequence[str]) -> None:
        self.show_artifacts(ids)
        self._proposed = bool(ids)

    def add(self, ids: Sequence[str]) -> None:
        """Compare these too."""
        self._ids = list(dict.fromkeys([*self._ids, *ids]))
        self._ask()

    def refresh(self, changes: object) -> None:
        """Read again what is shown."""
        self._ask()

    def search(self, text: str) -> None:
        """Show only rows whose key or section holds the words."""
        self._filter = text
        self._narrow()

    def restyle(self) -> None:
        """Follow the theme."""
        self.sheet.restyle(self.tokens)
        self.curves.restyle(self.tokens)
        self.texts.restyle(self.tokens)

    def show_comparison(self, comparison: Comparison) -> None:
        """Show what was read, unless something else was asked for since."""
        if not set(comparison.ids) <= set(self._ids):
            return
        self._comparison = comparison
        self._ids = list(comparison.ids)
        self._baseline = comparison.sheet.baseline
        self.sheet.show_sheet(comparison.sheet)
        self.curves.show_details(comparison.curved)
        self.texts.show_texts(comparison.gathered.texts, comparison.sheet.baseline)
        self._show_lower()
        self._write_title(comparison)
        self._pages.setCurrentIndex(1)

    def _connect(self) -> None:
        self.sheet.baseline_wanted.connect(self._choose_baseline)
        self.sheet.drop_wanted.connect(self._drop)
        self.sheet.row_chosen.connect(lambda _, key: self.curves.set_chosen(key))
        self.curves.chosen.connect(self._choose_metric)
        for key, step in (("F7", -1), ("F8", 1), ("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(
                lambda step=step: self.sheet.go_to_difference(step)
            )

    def _ask(self) -> None:
        if len(self._ids) < FEWEST:
            self._comparison = None
            self._pages.setCurrentIndex(0)
            catalog = self.catalog
            self.jobs.start(
                "Recent models",
                lambda progress: recent_models(catalog, progress),
                then=self._offer,
            )
            return
        catalog, ids, baseline = self.catalog, tuple(self._ids), self._baseline
        self.jobs.start(
            f"Compare {len(ids)}",
            lambda progress: read(catalog, ids, baseline, progress),
            then=self.show_comparison,
        )

    def _offer(self, models: list[Summary]) -> None:
        self.choosing.show_models(models)

    def _choose_baseline(self, place: int) -> None:
        if self._comparison is None:
            return
        self._baseline = place
        gathered, asked = self._comparison.gathered, self._ids
        self.jobs.start(
            "Compare",
            lambda progress: compared(gathered, place),
            then=lambda answer: (
                self.show_comparison(answer) if asked == self._ids else None
            ),
        )

    def _drop(self, place: int) -> None:
        del self._ids[place]
        self._baseline = max(0, self._baseline - (place < self._baseline))
        self._ask()

    def _choose_metric(self, metric: str) -> None:
        if self._comparison is None:
            return
        row = next((r for r in self._comparison.sheet.rows if r.key == metric), None)
        if row is not None:
            self.sheet.choose_row(row.section, row.key)
        self.curves.set_chosen(metric)

    def _narrow(self) -> None:
        only = self.only.isChecked()
        QSettings().setValue(REMEMBERED, only)
        self.sheet.narrow(only_differences=only, words=self._filter)

    def _write_title(self, comparison: Comparison) -> None:
        items = comparison.sheet.items
        kinds = {item.kind for item in items}
        noun = kinds.pop().plural if len(kinds) == 1 else "artifacts"
        projects = len({item.project for item in items})
        across = f" across {projects} projects" if projects > 1 else ""
        self._title.setText(f"Compare {len(items)} {noun}{across}")
        self._note.setText(PROPOSED if self._proposed else "")
        differing, rows = self.sheet.sheet_model.counts()
        self._counts.setText(f"{differing:,} of {rows:,} rows differ")

    def _show_lower(self) -> None:
        """Below the sheet: curves, or texts when asked for or when there are no curves."""
        has_curves, has_texts = bool(self.curves.plots), self.texts.can_compare
        self.text_switch.setEnabled(has_texts)
        shows_texts = has_texts and (self.text_switch.isChecked() or not has_curves)
        self._lower.setCurrentWidget(self.texts if shows_texts else self.curves)
        self._lower.setVisible(has_curves or has_texts)

    def _comparing(self) -> QWidget:
        split = QSplitter(Qt.Orientation.Vertical)
        upper = QFrame()
        upper.setObjectName("panel")
        box = QVBoxLayout(upper)
        box.setContentsMargins(14, 12, 14, 10)
        box.addLayout(self._bar())
        box.addWidget(self.sheet, 1)
        split.addWidget(upper)
        self._lower = QStackedWidget()
        self._lower.addWidget(self.curves)
        self._lower.addWidget(self.texts)
        split.addWidget(self._lower)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([560, 320])
        split.setChildrenCollapsible(False)
        return split

    def _bar(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._title = words("Compare", look="heading")
        self._counts = words("", look="muted")
        self._note = words("", look="muted", wraps=True)
        row.addWidget(self._title)
        row.addWidget(self._note, 1)
        row.addWidget(self._counts)
        row.addWidget(
            button(
                "◂ Previous",
                lambda: self.sheet.go_to_difference(-1),
                hint="Previous difference (F7)",
            )
        )
        row.addWidget(
            button(
                "Next ▸",
                lambda: self.sheet.go_to_difference(1),
                hint="Next difference (F8)",
            )
        )
        self.text_switch = QPushButton("Text")
        self.text_switch.setCheckable(True)
        self.text_switch.setShortcut("Ctrl+T")
        self.text_switch.setAccessibleName("Show the difference of the texts")
        self.text_switch.setToolTip(
            "Compare the kept texts of configs and scripts, instead of curves (Ctrl+T)"
        )
        self.text_switch.toggled.connect(self._show_lower)
        row.addWidget(self.text_switch)
        self.only = QCheckBox("Only differences")
        self.only.setAccessibleName("Only differences")
        self.only.setShortcut("Ctrl+D")
        self.only.setToolTip("Hide rows that are the same everywhere (Ctrl+D)")
        self.only.setChecked(bool(QSettings().value(REMEMBERED, False, bool)))
        self.only.toggled.connect(self._narrow)
        row.addWidget(self.only)
        row.addWidget(self._copy_button())
        row.addWidget(
            button(
                "Clear", lambda: self.show_artifacts([]), hint="Compare something else"
            )
        )
        return row

    def _copy_button(self) -> QPushButton:
        made = QPushButton("Copy")
        made.setAccessibleName("Copy or save the comparison")
        menu = QMenu(made)
        menu.addAction("Copy as Markdown", lambda: self._copy("md"))
        menu.addAction("Copy as CSV", lambda: self._copy("csv"))
        menu.addSeparator()
        menu.addAction("Save as CSV…", self._save)
        made.setMenu(menu)
        return made

    def exported(self, form: str) -> str:
        """The sheet as Markdown or CSV, with only the differences if only they are shown."""
        if self._comparison is None:
            return ""
        write = as_markdown if form == "md" else as_csv
        text: str = write(self._comparison.sheet, self.only.isChecked())
        return text

    def _copy(self, form: str) -> None:
        QApplication.clipboard().setText(self.exported(form))

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Save the comparison", "comparison.csv", "CSV (*.csv)"
        )
        if name:
            text = self.exported("csv")
            self.jobs.start("Save the comparison", lambda _: _written(Path(name), text))


def _written(target: Path, text: str) -> None:
    try:
        target.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ExportError(
            "The comparison could not be written",
            where=str(target),
            why=error.strerror or "",
            remedy="Choose a folder that you may write to",
        ) from error
