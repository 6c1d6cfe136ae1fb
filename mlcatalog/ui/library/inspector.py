"""The right side: what is known of the chosen artifact, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.moments import short_text
from mlcatalog.domain.words import CheckState, Presence, Severity, Stage
from mlcatalog.ui.library.columns import size_text
from mlcatalog.ui.pieces import Rows, emptied, field, scrolled, words

SHOWN = 40  # lines of one section; the rest is counted
LONG_TITLE = 26  # signs; a longer one shares the line evenly with its evidence
SIGNS = {
    CheckState.MET: ("✓", "good"),
    CheckState.MISSING: ("✗", "bad"),
    CheckState.WAIVED: ("~", "warning"),
    CheckState.NOT_APPLICABLE: ("-", "muted"),
}


class Inspector(QWidget):
    """Shows one Detail; says what a person edited, and never writes itself."""

    stage_edited = Signal(str, str)  # id, stage
    owner_edited = Signal(str, str)
    tags_edited = Signal(str, object)
    note_edited = Signal(str, str)
    artifact_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._detail: Detail | None = None
        inner = QWidget()
        self._box = QVBoxLayout(inner)
        self._box.setContentsMargins(14, 12, 14, 12)
        self._box.setSpacing(5)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inner, "Inspector"))
        self.show_nothing()

    def show_nothing(
        self, text: str = "Choose an artifact to see what is known of it."
    ) -> None:
        """Say that nothing is chosen."""
        self._detail = None
        emptied(self._box)
        self._box.addWidget(words(text, look="muted", wraps=True))
        self._box.addStretch(1)

    def show_detail(self, detail: Detail) -> None:
        """Replace what is shown."""
        self._detail = detail
        emptied(self._box)
        self._add_head(detail)
        self._add_checks(detail)
        self._add_edits(detail)
        for title, rows in sections(detail):
            self._add_section(title, rows)
        self._box.addStretch(1)

    def _add_head(self, detail: Detail) -> None:
        about = detail.summary
        name = words(about.name, look="heading", wraps=True)
        name.setText(
            "\u200b".join(about.name[n : n + 12] for n in range(0, len(about.name), 12))
        )
        name.setAccessibleName(about.name)
        self._box.addWidget(name)
        parts = [about.kind.value, about.format, size_text(about.size)]
        if detail.tensors:
            parts.append(f"{len(detail.tensors):,} tensors")
        if detail.columns:
            parts.append(f"{len(detail.columns):,} columns")
        self._box.addWidget(
            words(" · ".join(filter(None, parts)), look="muted", wraps=True)
        )
        self._box.addWidget(_digest(about.digest))
        if about.presence is not Presence.PRESENT:
            self._box.addWidget(words(f"✗ {about.presence.value} on disk", look="bad"))

    def _add_checks(self, detail: Detail) -> None:
        if not detail.checks:
            return
        about = detail.summary
        self._add_caption(f"Traceability   {about.met} / {about.applicable}")
        for check in detail.checks:
            sign, look = SIGNS[check.state]
            line = QHBoxLayout()
            line.setSpacing(8)
            mark = words(sign, look=look)
            mark.setFixedWidth(14)
            line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
            is_long = len(check.check) > LONG_TITLE
            title = words(check.check[:1].upper() + check.check[1:], wraps=is_long)
            title.setToolTip(check.remedy)
            line.addWidget(title, int(is_long))
            title.setAlignment(Qt.AlignmentFlag.AlignTop)
            said = check.evidence or check.state.value
            evidence = words(said, look="muted", wraps=True)
            evidence.setAlignment(
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
            )
            evidence.setAccessibleName(f"{check.check}: {check.state.value}, {said}")
            line.addWidget(evidence, 1)
            self._box.addLayout(line)

    def _add_edits(self, detail: Detail) -> None:
        self._add_caption("Yours")
        # A widget of its own: an empty form layout warns when it is emptied.
        edits = QWidget()
        form = QFormLayout(edits)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setVerticalSpacing(6)
        identity = detail.summary.id
        stage = QComboBox()
        stage.addItems([stage.value for stage in Stage])
        stage.setCurrentText(detail.summary.stage.value)
        stage.setAccessibleName("Stage")
        stage.textActivated.connect(lambda text: self.stage_edited.emit(identity, text))
        form.addRow(words("Stage", look="muted"), stage)
        owner = field("Owner", text=detail.summary.owner, hint="who is answerable")

        def tell_owner() -> None:
            if owner.text() != detail.summary.owner:
                self.owner_edited.emit(identity, owner.text())

        owner.editingFinished.connect(tell_owner)
        form.addRow(words("Owner", look="muted"), owner)
        tags = field("Tags", text=", ".join(detail.tags), hint="separated by commas")

        def tell_tags() -> None:
            if tag_tuple(tags.text()) != detail.tags:
                self.tags_edited.emit(identity, tag_tuple(tags.text()))

        tags.editingFinished.connect(tell_tags)
        form.addRow(words("Tags", look="muted"), tags)
        note = field("Note", text=detail.note, hint="anything worth knowing")

        def tell_note() -> None:
            if note.text() != detail.note:
                self.note_edited.emit(identity, note.text())

        note.editingFinished.connect(tell_note)
        form.addRow(words("Note", look="muted"), note)
        self._box.addWidget(edits)

    def _add_section(self, title: str, rows: list[tuple[str, str, str]]) -> None:
        if not rows:
            return
        self._add_caption(title)
        shown = Rows(is_list=True)
        shown.show_rows(rows[:SHOWN])
        self._box.addWidget(shown)
        if len(rows) > SHOWN:
            self._box.addWidget(words(f"and {len(rows) - SHOWN:,} more", look="muted"))

    def _add_caption(self, text: str) -> None:
        self._box.addWidget(words(text.upper(), look="caption"))


def tag_tuple(text: str) -> tuple[str, ...]:
    """The tags of a comma-separated text, sorted, each once."""
    return tuple(sorted({part.strip() for part in text.split(",")} - {""}))


def sections(detail: Detail) -> Iterable[tuple[str, list[tuple[str, str, str]]]]:
    """The lists below the checklist: title, then rows of title, text and look."""
    looks = {Severity.ERROR: "bad", Severity.WARNING: "warning", Severity.NOTE: ""}
    yield (
        "Findings",
        [(f.severity.value, f.message, looks[f.severity]) for f in detail.findings],
    )
    yield (
        "Versions",
        [
            (
                f"v{v.number}",
                f"{short_text(v.observed)}   {(v.digest or 'not digested yet')[:8]}"
                + ("   current" if v.current else ""),
                "",
            )
            for v in detail.versions
        ],
    )
    yield (
        "Metrics",
        [
            (m.name, "" if m.last is None else f"{m.last:.6g}", "")
            for m in detail.metrics
        ],
    )
    yield "Parameters", [(key, value.text, "") for key, value in detail.params.items()]
    yield "Facts", [(fact.key, f"{fact.value.text}", "") for fact in detail.facts]
    yield "Columns", [(column.name, column.type, "") for column in detail.columns]
    yield (
        "Lineage",
        [(edge.relation.phrase, edge.best.source, "") for edge in detail.edges],
    )
    yield (
        "Files",
        [
            (
                member.role,
                f"{member.path.rsplit('/', 1)[-1]}   {size_text(member.size)}",
                "",
            )
            for member in detail.members
        ],
    )


def _digest(digest: str | None) -> QLabel:
    short = (
        f"sha256 {digest[:4]} {digest[4:8]} … {digest[-4:]}"
        if digest
        else "not digested yet"
    )
    label = words(short, look="muted")
    label.setToolTip(digest or "")
    return label
