"""The place Conventions: the template, the names that break it, and why."""

from __future__ import annotations

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
from mlcatalog.domain.errors import SettingsError
from mlcatalog.tasks.conventions_file import FilePlan
from mlcatalog.ui.conventions import loading, templates
from mlcatalog.ui.conventions.field_cards import FieldCards
from mlcatalog.ui.conventions.names_table import NamesTable
from mlcatalog.ui.conventions.nothing import Nothing, why_nothing
from mlcatalog.ui.conventions.origin import origins
from mlcatalog.ui.conventions.saving import SaveDialog
from mlcatalog.ui.conventions.scope_bar import ScopeBar, titled
from mlcatalog.ui.conventions.score_panel import ScorePanel
from mlcatalog.ui.conventions.shelf import Rows
from mlcatalog.ui.conventions.template_panel import TemplatePanel
from mlcatalog.ui.conventions.tester import Asked, TemplateTesters, Tried
from mlcatalog.ui.conventions.vocabularies import Merges, Vocabularies
from mlcatalog.ui.naming.fixing import Fixing
from mlcatalog.ui.naming.judged import Judged, Scope, read
from mlcatalog.ui.naming.judging import BROKEN, NameLine, kind_of
from mlcatalog.ui.naming.waivers import Waivers
from mlcatalog.ui.naming.wording import summary
from mlcatalog.ui.newest import Newest
from mlcatalog.ui.pieces import button, panel
from mlcatalog.ui.place import Place


class ConventionsPlace(Place):
    """Holds every name against its template, and shows how each was read."""

    title = "Conventions"
    search_hint = "Filter names…"

    def build(self) -> None:
        """Make the parts, once."""
        self.settings_path: Path = settings.default_path()
        self._judged: Judged | None = None
        self._tried: Tried | None = None
        self._words = ""
        self._wanted = ""
        self._merges: Merges = {}  # of a vocabulary that was saved just now
        self._is_scoped = False  # a project was chosen, by a person or for one
        self.bar = ScopeBar()
        self.template = TemplatePanel()
        self.table = NamesTable(self.tokens)
        self.cards = FieldCards()
        self.nothing = Nothing()
        self.right = ScorePanel()
        self.fixing = Fixing(self)
        self.waivers = Waivers(self)
        self.testers = TemplateTesters()
        self.vocabularies = Vocabularies(self, self.testers)
        self._reading = Newest(
            self.jobs, "Judge the names", self.show_judged, parent=self
        )
        self._trying = Newest(
            self.jobs, "Try the template", self.show_tried, hurries=True, parent=self
        )
        self._preparing = Newest(
            self.jobs, "Get the names ready", lambda _: None, parent=self
        )
        self._arranging = Newest(
            self.jobs, "Arrange the names", self._show_rows, hurries=True, parent=self
        )
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
        self.table.setFocus()  # whoever comes by the keyboard begins there

    # what the window asks

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
        self._arrange()

    def restyle(self) -> None:
        """Follow the theme."""
        self.table.restyle(self.tokens)

    # what was read

    @property
    def scope(self) -> Scope:
        """The names that are looked at."""
        return self.bar.scope

    @property
    def line(self) -> NameLine | None:
        """The chosen name as it was read."""
        return self.table.names.line_at(self.table.currentIndex().row())

    def show_judged(self, judged: Judged) -> None:
        """Show the verdicts of what is in force."""
        self._judged = judged
        self.waivers.show_known(judged.names.waivers)
        roots = [project.path for project in judged.names.projects]
        files = [said.path for said in judged.rules.files()]
        self.bar.show_folders(titled(roots, files))
        self._go_to_wanted(judged, roots)
        if self.template.is_changed:
            self._try(self.template.text)
        if self._merges:
            self.fixing.fix_merged(judged, self.scope, self._merges)
            self._merges = {}
        self._show_scope(self.scope)

    def show_tried(self, tried: Tried | SettingsError) -> None:
        """Show what a template that is not saved would make of the names."""
        if not self.template.is_changed:
            return
        if isinstance(tried, SettingsError):
            self.template.say(f"{tried.what} {tried.why}", is_problem=True)
            return
        self._tried = tried
        self.template.say(f"Not saved yet: {templates.effect(tried)}")
        only_broken = self.only_broken.isChecked()
        if tried.asked.shows_like(self._words, only_broken=only_broken):
            self._show_rows(tried.rows)
        else:
            self._arrange()
        if tried.known < tried.total:
            self._try(self.template.text, hurries=False)

    def _show_scope(self, scope: Scope) -> None:
        judged = self._judged
        if judged is None:
            return
        self._prepare(judged, scope)
        if not self.template.is_changed:
            self._tried = None
            self._show_template(judged, scope)
        is_editable = bool(scope.root) and judged.rules.at(scope.kind, scope.root)
        self.edit_words.setEnabled(bool(is_editable))
        self.edit_words.setToolTip(
            "Edit the values of the template's fields"
            if is_editable
            else "Choose a project whose names have a template"
        )
        self.bar.show_counts(loading.kind_counts(judged, scope.root))
        self.right.show_judged(judged, scope)
        self.right.show_origins(
            origins(
                judged.rules, scope.root, scope.kind, template=judged.names.template
            )
        )
        self._arrange()

    def _show_template(self, judged: Judged, scope: Scope) -> None:
        shown = templates.in_force(judged, scope)
        self.template.show_saved(
            shown.text, kind=scope.kind, source=shown.source, locked=shown.locked
        )
        self.template.say(summary(judged.counts(scope), scope.kind))

    def _go_to_wanted(self, judged: Judged, roots: Sequence[str]) -> None:
        """The scope that holds what was asked for; of one project, that one at first."""
        named = next(
            (one for one in judged.names.named if one.subject.id == self._wanted), None
        )
        if self._wanted and named is not None and not self.scope.holds(named):
            self.bar.choose(Scope(named.root, kind_of(named.subject)))
            self._is_scoped = True
        elif not self._is_scoped and len(roots) == 1:
            self.bar.choose(Scope(roots[0], self.scope.kind))
        self._is_scoped = self._is_scoped or bool(roots)

    def _choose_scope(self, scope: Scope) -> None:
        self._is_scoped = True
        self._trying.drop()
        self._tried = None
        self.template.forget()
        self._show_scope(scope)

    # the table

    def _arrange(self) -> None:
        judged, tried, testers = self._judged, self._tried, self.testers
        if judged is None:
            return
        scope, words = self.scope, self._words
        only_broken = self.only_broken.isChecked()

        def arranged(_: object) -> Rows:
            shelf = testers.shelf(judged, scope)
            shown, codes = (
                (tried.judged, tried.codes) if tried else (judged, shelf.codes)
            )
            return shelf.rows(shown, codes, words, only_broken=only_broken)

        self._arranging.ask(arranged)

    def _show_rows(self, rows: Rows) -> None:
        self.table.show_rows(rows)
        self._show_nothing(rows)
        if self._wanted and self.table.names.row_of(self._wanted) >= 0:
            self.table.choose(self._wanted)
            self._wanted = ""
        self._show_line()

    def _show_nothing(self, rows: Rows) -> None:
        """Say why there is no row, where there is none."""
        is_empty = not rows.order
        if is_empty and self._judged is not None:
            counts = self._judged.counts(self.scope)
            has_more = self.only_broken.isChecked() and bool(sum(counts.values()))
            said = why_nothing(counts, self.scope.kind, self._words)
            self.nothing.say(said, has_more=has_more)
        self.nothing.setVisible(is_empty)
        self.table.setVisible(not is_empty)
        self.cards.setVisible(not is_empty)

    def _read_lines(self, judged: Judged, positions: list[int]) -> None:
        self.jobs.start(
            "Read the names",
            lambda _: (judged, loading.lines(judged, positions)),
            self._take_lines,
        )

    def _take_lines(self, answer: tuple[Judged, dict[int, NameLine]]) -> None:
        self.table.names.show_lines(*answer)
        self._show_line()

    def _show_line(self) -> None:
        line = self.line
        at, judged = self.table.current_position(), self.table.names.judged
        if line is None and at >= 0 and judged is not None:
            self._read_lines(judged, [at])
            return
        self.cards.show_line(line)
        self.right.show_line(line, is_tried=self._tried is not None)
        self._say_fix()

    def _show_group(self, verdict: str) -> None:
        self.table.choose_row(self.table.names.first_of(verdict))
        self.table.setFocus()

    # trying and saving a template

    def _ask(self) -> None:
        catalog, path = self.catalog, self.settings_path
        self._reading.ask(lambda progress: read(catalog, path, progress))

    def _try(self, text: str, *, hurries: bool = True) -> None:
        judged, scope, preset = self._judged, self.scope, self.template.preset
        if judged is None or not self.template.is_changed:
            self._stop_trying()
            return
        testers = self.testers
        asked = Asked(self._words, self.only_broken.isChecked(), hurries)
        self._trying.ask(
            lambda progress: templates.try_template(
                testers.tester(judged, scope), text, preset, asked, progress
            )
        )

    def _prepare(self, judged: Judged, scope: Scope) -> None:
        """Hold the names ready before a person types: the first answer is as quick."""
        testers = self.testers
        self._preparing.ask(lambda _: testers.tester(judged, scope))

    def _stop_trying(self) -> None:
        self._trying.drop()
        self._tried = None
        self._show_scope(self.scope)

    def _save(self, text: str) -> None:
        judged, scope, preset = self._judged, self.scope, self.template.preset
        if judged is None:
            return
        if not scope.root:
            path = self.settings_path
            self.jobs.start(
                "Save the template",
                lambda _: templates.save_in_settings(path, text),
                self._accept_saved,
            )
            return
        self.jobs.start(
            "Preview the template",
            lambda _: templates.plan(judged, scope, text, preset),
            self._show_plan_of_file,
        )

    def _show_plan_of_file(self, plan: FilePlan) -> None:
        effect = templates.effect(self._tried) if self._tried else ""
        dialog = SaveDialog(plan, effect, self.tokens, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.write(plan))
        dialog.open()

    def _edit_vocabulary(self) -> None:
        if self._judged is not None:
            self.vocabularies.open(self._judged, self.scope)

    def _write_vocabulary(self, plan: FilePlan, merges: Merges) -> None:
        self._merges = merges
        self.write(plan)

    def write(self, plan: FilePlan) -> None:
        """Write a convention's file as it was shown; one step to take back."""
        templates.push_write(
            self.undo_stack, self.jobs, self.catalog, plan, self._accept_saved
        )

    def _accept_saved(self, _: object) -> None:
        self.template.forget()
        self._tried = None
        self.engine_wanted.emit({"do": "rescan", "path": self.scope.root or None})
        self._ask()

    # what can be done about a name

    def _copy(self) -> None:
        if self.line is not None:
            QApplication.clipboard().setText(self.line.right_text)

    def _ask_to_waive(self) -> None:
        if self.line is not None:
            self.waivers.ask(self.line)

    def _fix_chosen(self) -> None:
        judged = self._judged
        if judged is not None and self._tried is None:
            self.fixing.fix(judged, self.table.chosen_positions())

    def _fix_all(self) -> None:
        judged, scope = self._judged, self.scope
        if judged is not None:
            self.fixing.fix(judged, loading.broken(judged, scope))

    def _say_fix(self) -> None:
        judged, scope = self._judged, self.scope
        count = 0
        if judged is not None:
            counts = judged.counts(scope)
            count = sum(counts[word] for word in BROKEN)
        self.fix_all.setText(f"Fix all {count:,}…" if count else "Fix all…")
        self.fix_all.setEnabled(count > 0 and self._tried is None)
        self.fix_all.setToolTip(
            "Save the template first, or revert it"
            if self._tried
            else "Preview the right names"
        )

    def _show_in_library(self) -> None:
        line = self.line
        if line is not None and not line.key.startswith("/"):
            self.library_wanted.emit([line.key])

    # the parts

    def _connect(self) -> None:
        self.bar.changed.connect(self._choose_scope)
        self.template.tried.connect(self._try)
        self.template.saved.connect(self._save)
        self.template.reverted.connect(self._stop_trying)
        self.table.chose.connect(self._show_line)
        self.nothing.all_wanted.connect(lambda: self.only_broken.setChecked(False))
        self.table.names.lines_wanted.connect(self._read_lines)
        self.right.copy_wanted.connect(self._copy)
        self.right.waive_wanted.connect(self._ask_to_waive)
        self.right.fix_wanted.connect(self._fix_chosen)
        self.right.waivers_wanted.connect(self.waivers.show_list)
        self.fixing.renamed.connect(lambda _: self._ask())
        self.waivers.changed.connect(self._ask)
        self.vocabularies.writing.connect(self._write_vocabulary)
        self.right.show_wanted.connect(self._show_in_library)
        self.right.scope_wanted.connect(self.bar.choose)
        self.right.group_wanted.connect(self._show_group)

    def _middle(self) -> QWidget:
        frame, box = panel()
        box.addWidget(self.bar)
        box.addWidget(self.template)
        row = QHBoxLayout()
        self.only_broken = QCheckBox("Only names with a problem")
        self.only_broken.setAccessibleName("Only names with a problem")
        self.only_broken.setChecked(True)
        self.only_broken.toggled.connect(self._arrange)
        row.addWidget(self.only_broken)
        row.addStretch(1)
        self.edit_words = button(
            "Vocabulary…",
            self._edit_vocabulary,
            hint="Edit the values of the template's fields",
        )
        row.addWidget(self.edit_words)
        self.fix_all = button(
            "Fix all…",
            self._fix_all,
            hint="Preview the right names",
            is_primary=True,
        )
        row.addWidget(self.fix_all)
        box.addLayout(row)
        box.addWidget(self.table, 1)
        box.addWidget(self.nothing, 1)
        box.addWidget(self.cards)
        return frame
