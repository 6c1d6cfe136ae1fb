"""The right of Conventions: how well projects keep the rules, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.ui.conventions.loading import scores
from mlcatalog.ui.conventions.names_item_model import field_text
from mlcatalog.ui.conventions.origin import Origin
from mlcatalog.ui.flow_layout import FlowLayout
from mlcatalog.ui.naming.judged import Judged, Scope
from mlcatalog.ui.naming.judging import BROKEN, KINDS, NameLine
from mlcatalog.ui.naming.wording import (
    GROUPS,
    PLURALS,
    RULES,
    counted,
    look,
    sign,
    waiver_text,
)
from mlcatalog.ui.pieces import breakable, button, emptied, link, scrolled, words

MOST = 40  # projects that are shown


class ScorePanel(QFrame):
    """Shows scores and counts; tells what a person wants done about the chosen name."""

    waive_wanted = Signal()
    fix_wanted = Signal()
    copy_wanted = Signal()
    show_wanted = Signal()
    scope_wanted = Signal(object)  # a Scope
    group_wanted = Signal(str)  # a verdict
    waivers_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(280)
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(6)
        self._projects = self._part(box, "PROJECTS")
        self._rules = self._part(box, "RULES BROKEN")
        self._origins = self._part(box, "WHERE THE RULES COME FROM")
        box.addWidget(words("THE CHOSEN NAME", look="caption"))
        self._chosen = QVBoxLayout()
        self._chosen.setSpacing(3)
        box.addLayout(self._chosen)
        box.addLayout(self._buttons())
        box.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inner, "Scores and the chosen name"))
        self.show_line(None)

    def show_judged(self, judged: Judged, scope: Scope) -> None:
        """Show the share of names that keep the rules, and the rules that are broken."""
        emptied(self._projects)
        by_root: dict[str, dict[str, tuple[int, int]]] = {}
        for (root, kind), score in scores(judged).items():
            by_root.setdefault(root, {})[kind] = score
        ranked = sorted(by_root, key=lambda root: (-_share(by_root[root]), root))
        for root in ranked[:MOST]:
            self._add_project(root, by_root[root])
        if len(ranked) > MOST:
            self._projects.addWidget(
                words(f"and {len(ranked) - MOST:,} more", look="muted")
            )
        self._show_rules(judged, scope)

    def show_origins(self, origins: Sequence[Origin]) -> None:
        """Say which file each rule comes from, the outermost first."""
        emptied(self._origins)
        for one in origins:
            title = words(breakable(one.title), look="strong", wraps=True)
            title.setToolTip(one.where)
            self._origins.addWidget(title)
            self._origins.addWidget(words(one.gives, look="muted", wraps=True))
        if not origins:
            said = "Nowhere: these names are free."
            self._origins.addWidget(words(said, look="muted", wraps=True))

    def show_line(self, line: NameLine | None, *, is_tried: bool = False) -> None:
        """Say what can be done about one name; nothing under a template that is tried."""
        emptied(self._chosen)
        if line is None:
            self._chosen.addWidget(
                words("Choose a name in the table.", look="muted", wraps=True)
            )
        else:
            self._add_chosen(line)
        is_broken = bool(line and line.is_broken and not is_tried)
        self.fix.setEnabled(bool(line and line.right and is_broken))
        self.copy.setEnabled(bool(line and line.right))
        self.waive.setEnabled(bool(line and line.findings and is_broken))
        self.reveal.setEnabled(line is not None)

    def _add_chosen(self, line: NameLine) -> None:
        name = words(breakable(line.name), look="strong", wraps=True)
        name.setAccessibleName(line.name)
        self._chosen.addWidget(name)
        bad = [one for one in line.fields if one.state == "bad"]
        for one in bad:
            self._chosen.addWidget(words(field_text(one), look="bad", wraps=True))
        if line.wrong and not bad:
            self._chosen.addWidget(words(line.wrong, look="muted", wraps=True))
        for waiver in line.waivers:
            shown = "warning" if waiver.is_over else "muted"
            told = words(breakable(waiver_text(waiver)), look=shown, wraps=True)
            self._chosen.addWidget(told)
        if line.right:
            right = words(breakable(line.right_text), look="mono", wraps=True)
            right.setAccessibleName(f"Right name: {line.right_text}")
            self._chosen.addWidget(right)
        if line.blanks:
            said = f"Nobody knows yet: {', '.join(line.blanks)}. Rename… asks for it."
            self._chosen.addWidget(words(said, look="remedy", wraps=True))

    def _show_rules(self, judged: Judged, scope: Scope) -> None:
        emptied(self._rules)
        counts = judged.counts(scope)
        over = sum(one.is_over for one in judged.names.waivers)
        for verdict in (*BROKEN, "waived"):
            count = counts.get(verdict, 0)
            row = QHBoxLayout()
            title = f"{sign(verdict)} {GROUPS[verdict]}"
            if count or verdict == "waived":
                row.addWidget(
                    link(title, self._opener(verdict), hint=f"{title}: {count:,}")
                )
            else:
                row.addWidget(words(GROUPS[verdict], look="muted"))
            row.addStretch(1)
            shown = words(f"{count:,}", look=look(verdict) if count else "muted")
            shown.setToolTip(RULES.get(verdict, ""))
            row.addWidget(shown)
            self._rules.addLayout(row)
        if over:
            title = f"! {counted(over, 'waiver is over', 'waivers are over')}"
            hint = f"{title}: what was accepted counts as broken again"
            self._rules.addWidget(link(title, self.waivers_wanted.emit, hint=hint))

    def _opener(self, verdict: str) -> Callable[[], None]:
        if verdict == "waived":
            return self.waivers_wanted.emit
        return lambda: self.group_wanted.emit(verdict)

    def _add_project(self, root: str, kinds: Mapping[str, tuple[int, int]]) -> None:
        name, share = PurePath(root).name, _share(kinds)
        row = QHBoxLayout()
        row.addWidget(words(breakable(name), look="strong", wraps=True), 1)
        row.addWidget(words(f"{share:.0f} %", look="muted"))
        self._projects.addLayout(row)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for line, kind in enumerate(one for one in KINDS if one in kinds):
            kept, every = kinds[kind]
            said = f"{name}: {kept:,} of {counted(every, kind, PLURALS[kind])} keep it"
            choose = link(PLURALS[kind], self._chooser(Scope(root, kind)), hint=said)
            grid.addWidget(choose, line, 0)
            grid.addWidget(_bar(kept, every, said), line, 1)
            grid.addWidget(words(f"{kept:,} / {every:,}", look="muted"), line, 2)
        self._projects.addLayout(grid)

    def _chooser(self, scope: Scope) -> Callable[[], None]:
        return lambda: self.scope_wanted.emit(scope)

    @staticmethod
    def _part(box: QVBoxLayout, title: str) -> QVBoxLayout:
        box.addWidget(words(title, look="caption"))
        part = QVBoxLayout()
        part.setSpacing(3)
        box.addLayout(part)
        return part

    def _buttons(self) -> QVBoxLayout:
        column = QVBoxLayout()
        self.fix = button(
            "Rename…",
            self.fix_wanted.emit,
            hint="Preview the right name",
            is_primary=True,
        )
        self.copy = button("Copy", self.copy_wanted.emit, hint="Copy the right name")
        self.waive = button(
            "Waive…", self.waive_wanted.emit, hint="Accept this name, with a reason"
        )
        self.reveal = button("Show in Library", self.show_wanted.emit)
        column.addWidget(self.fix)
        row = FlowLayout(gap=6)
        for part in (self.waive, self.copy, self.reveal):
            row.addWidget(part)
        column.addLayout(row)
        return column


def _bar(kept: int, every: int, said: str) -> QProgressBar:
    bar = QProgressBar()
    bar.setRange(0, every)
    bar.setValue(kept)
    bar.setTextVisible(False)
    bar.setFixedHeight(6)
    bar.setAccessibleName(said)
    return bar


def _share(kinds: Mapping[str, tuple[int, int]]) -> float:
    every = sum(every for _, every in kinds.values())
    return 100 * sum(kept for kept, _ in kinds.values()) / every if every else 100.0
