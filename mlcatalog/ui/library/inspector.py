"""The right side: what is known of the chosen artifact, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from mlcatalog.domain.amounts import counted, size_text
from mlcatalog.domain.artifact import Detail, Metric, by_sources
from mlcatalog.domain.code_history import SINCE
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Graph
from mlcatalog.domain.moments import short_text
from mlcatalog.domain.words import Kind, Presence, Severity
from mlcatalog.ui.library.checks import Checklist
from mlcatalog.ui.library.code import code_rows
from mlcatalog.ui.library.edges import Edges
from mlcatalog.ui.library.edits import Edits
from mlcatalog.ui.pieces import (
    Row,
    Rows,
    breakable,
    emptied,
    link,
    scrolled,
    words,
)

if TYPE_CHECKING:
    from mlcatalog.ui.naming.judging import NameLine

SHOWN = 40  # lines of one section; the rest is counted
NOTHING = "Choose an artifact to see what is known of it."
LOOKS = {Severity.ERROR: "bad", Severity.WARNING: "warning", Severity.NOTE: "muted"}


class Inspector(QWidget):
    """Shows one Detail; says what a person edited, and never writes itself."""

    edited = Signal(str, str, object)  # what, id, value
    artifact_chosen = Signal(str)
    lineage_wanted = Signal()
    action_wanted = Signal(str)  # about the name, or a check that is missing

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.detail: Detail | None = None
        self.name: NameLine | None = None  # of what is shown
        inner = QWidget()
        self._box = QVBoxLayout(inner)
        self._box.setContentsMargins(14, 12, 14, 12)
        self._box.setSpacing(5)
        self._area = scrolled(inner, "Inspector")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)
        self.show_nothing()

    def show_nothing(self, text: str = NOTHING) -> None:
        """Say that nothing is chosen."""
        self.detail = self.name = None
        emptied(self._box)
        self._box.addWidget(words(text, look="muted", wraps=True))
        self._box.addStretch(1)

    def show_detail(
        self, detail: Detail, near: Graph, name: NameLine | None = None
    ) -> None:
        """Replace what is shown; the place stays when it is the same artifact.

        name: how its name stands, None where no template speaks of it.
        """
        bar = self._area.verticalScrollBar()
        is_same = self.detail and self.detail.summary.id == detail.summary.id
        place = bar.value() if is_same else 0
        self.detail, self.name = detail, name
        emptied(self._box)
        self._add_head(detail)
        self._add_name(name)
        self._add_checks(detail)
        self._add_findings(_other_findings(detail, name))
        edits = Edits(detail)
        edits.edited.connect(self.edited)
        self._add_section("Yours", edits)
        self._add_edges(detail, near)
        for title, rows in sections(detail):
            self._add_rows(title, rows)
        self._box.addStretch(1)
        bar.setValue(place)

    def edit_fields(self) -> None:
        """Put the cursor in the first text field, if an artifact is shown."""
        fields = self.findChildren(Edits)
        if self.detail is not None and fields:
            owner = fields[-1].owner
            self._area.ensureWidgetVisible(owner)
            owner.setFocus(Qt.FocusReason.ShortcutFocusReason)
            owner.selectAll()

    def _add_head(self, detail: Detail) -> None:
        about = detail.summary
        name = words(breakable(about.name), look="heading", wraps=True)
        name.setAccessibleName(about.name)
        name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._box.addWidget(name)
        parts = [about.kind.value, about.format, size_text(about.size)]
        if detail.tensors:
            parts.append(f"{len(detail.tensors):,} tensors")
        if detail.columns:
            parts.append(counted(len(detail.columns), "column"))
        self._box.addWidget(
            words(" · ".join(filter(None, parts)), look="muted", wraps=True)
        )
        if about.kind is not Kind.RUN:  # a run has state, not bytes
            is_kept = about.presence is Presence.ELSEWHERE
            stands_for = detail.fact("content.sha256") if is_kept else ""
            self._box.addWidget(digest_button(stands_for or about.digest))
        if about.presence is not Presence.PRESENT:
            is_kept = about.presence is Presence.ELSEWHERE
            look = "warning" if is_kept else "bad"
            said = words(presence_text(detail), look=look, wraps=True)
            self._box.addWidget(said)

    def _add_name(self, name: NameLine | None) -> None:
        if name is not None:
            # Only now: templates are read long after the window has to be there.
            from mlcatalog.ui.library.name_part import NamePart

            part = NamePart(name)
            part.action_wanted.connect(self.action_wanted)
            self._add_section("Name", part)

    def _add_checks(self, detail: Detail) -> None:
        if not detail.checks:
            return
        about = detail.summary
        checklist = Checklist()
        checklist.show_checks(detail)
        checklist.action_wanted.connect(self.action_wanted)
        title = f"Traceability   {about.met} / {about.applicable}"
        self._add_section(title, checklist)

    def _add_findings(self, findings: Sequence[Finding]) -> None:
        if not findings:
            return
        self._add_caption("Findings")
        for finding in findings[:SHOWN]:
            waived = " (waived)" if finding.state == "waived" else ""
            said = f"{finding.severity.value}: {finding.message}{waived}"
            self._add_text(said, "muted" if waived else LOOKS[finding.severity])
            for help_text in finding_help(finding):
                self._add_text(help_text, "remedy")

    def _add_edges(self, detail: Detail, near: Graph) -> None:
        if detail.edges:
            edges = Edges()
            edges.show_edges(detail.edges, near, detail.summary.id)
            edges.artifact_chosen.connect(self.artifact_chosen)
            edges.lineage_wanted.connect(self.lineage_wanted)
            self._box.addWidget(edges)

    def _add_rows(self, title: str, rows: Sequence[Row]) -> None:
        if not rows:
            return
        shown = Rows(is_list=True)
        shown.show_rows(rows[:SHOWN])
        self._add_section(title, shown)
        if len(rows) > SHOWN:
            self._box.addWidget(words(f"and {len(rows) - SHOWN:,} more", look="muted"))

    def _add_section(self, title: str, part: QWidget) -> None:
        self._add_caption(title)
        self._box.addWidget(part)

    def _add_text(self, text: str, look: str) -> None:
        label = words(breakable(text), look=look, wraps=True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._box.addWidget(label)

    def _add_caption(self, text: str) -> None:
        self._box.addWidget(words(text.upper(), look="caption"))


def sections(detail: Detail) -> Iterable[tuple[str, list[Row]]]:
    """The lists below the fields: title, then rows of title, text, look and hint."""
    yield (
        "Versions",
        [
            (
                f"v{v.number}",
                f"{short_text(v.observed)}   {(v.digest or 'not digested yet')[:8]}"
                + ("   current" if v.current else "")
                + (f"   {v.stage.value}" if v.stage.value != "draft" else ""),
                "",
                v.digest or "",
            )
            for v in detail.versions
        ],
    )
    yield (
        "Metrics",
        [
            (
                f"{name}   {one.source}" if len(same) > 1 else name,
                "" if one.last is None else f"{one.last:.6g}",
                "",
                metric_hint(one),
            )
            for name, same in by_sources(detail.metrics).items()
            for one in same
        ],
    )
    yield "Parameters", [(key, value.text, "") for key, value in detail.params.items()]
    yield "Code", code_rows(detail)
    yield (
        "Facts",
        [
            (fact.key, fact.value.text, "", f"{fact.evidence.value}: {fact.source}")
            for fact in detail.facts
            if not fact.key.startswith("git.") and fact.key != SINCE
        ],
    )
    yield "Columns", [(column.name, column.type, "") for column in detail.columns]
    yield (
        "Files",
        [
            (
                member.role,
                f"{member.path.rsplit('/', 1)[-1]}   {size_text(member.size)}",
                "",
                member.path,
            )
            for member in detail.members
        ],
    )


def metric_hint(metric: Metric) -> str:
    """What a metric was measured on, and which file says so."""
    said = [f"measured on {metric.dataset}"] if metric.dataset else []
    said += [f"from {metric.source}"] if metric.source else []
    return ", ".join(said)


def _other_findings(detail: Detail, name: NameLine | None) -> Sequence[Finding]:
    """The findings that are not told where the name is."""
    if name is None:
        return detail.findings
    return [one for one in detail.findings if not one.rule.startswith("name.")]


def finding_help(finding: Finding) -> list[str]:
    """What a finding says should be done, and the name it proposes."""
    said = [finding.remedy] if finding.remedy else []
    if finding.suggestion:
        said.append(f"Proposed: {finding.suggestion}")
    return said


def presence_text(detail: Detail) -> str:
    """Where the bytes are when they are not here, and since when."""
    presence = detail.summary.presence
    if presence is Presence.MISSING:
        since = short_text(detail.missing_since)
        return f"✗ missing since {since}" if since else "✗ missing from disk"
    if presence is Presence.REMOVED:
        return "✗ removed from the catalogue; its file is untouched"
    if presence is Presence.ELSEWHERE:
        return f"○ only a {detail.summary.format} is here; the bytes are elsewhere"
    return f"✗ {presence.value}"


def digest_button(digest: str | None) -> QPushButton:
    """The digest, shortened; a click copies all of it."""
    if not digest:
        made = link("not digested yet", lambda: None)
        made.setEnabled(False)
        return made
    return link(
        f"sha256 {digest[:4]} {digest[4:8]} … {digest[-4:]}   Copy",
        lambda: QGuiApplication.clipboard().setText(digest),
        hint=f"Copy the SHA-256 digest {digest}",
    )
