"""Waivers from the window: given, changed, listed and ended, each one step to take back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mlcatalog.domain.finding import Finding, Waiver
from mlcatalog.domain.moments import now
from mlcatalog.domain.words import Severity
from mlcatalog.ui.naming.judging import NameLine
from mlcatalog.ui.naming.waivers_dialog import WaiversDialog
from mlcatalog.ui.naming.waiving import WaiveDialog
from mlcatalog.ui.place import Place
from mlcatalog.ui.stepping import Done

LONGEST = 2_000_000_000  # milliseconds of a timer
Key = tuple[str, str, str]


class Waivers(QObject):
    """Asks for waivers and writes them; `changed` tells that names stand otherwise now."""

    changed = Signal()

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._place = place
        self._known: tuple[Waiver, ...] = ()
        self._list: WaiversDialog | None = None
        self._ending = QTimer(self, singleShot=True)
        self._ending.timeout.connect(self.changed)

    def show_known(self, waivers: tuple[Waiver, ...]) -> None:
        """Take over what the catalogue says; the next one that ends is waited for."""
        self._known = waivers
        if self._list is not None:
            self._list.show_waivers(waivers)
        ends = [one.until for one in waivers if one.until and not one.is_over]
        self._ending.stop()
        if ends:
            left = (min(ends) - now()) // 1_000 + 50
            self._ending.start(max(0, min(LONGEST, left)))

    def ask(self, line: NameLine) -> None:
        """Ask why a name may stay as it is, then let it."""
        dialog = WaiveDialog(
            line.name,
            line.wrong,
            self._place.window(),
            who=self._place.catalog.actor,
        )
        self._open(dialog, lambda: self.waive(line.name, line.findings, dialog))

    def show_list(self) -> None:
        """Show all waivers."""
        place = self._place
        dialog = WaiversDialog(self._known, place.tokens, place.window())
        dialog.setStyleSheet(place.styleSheet())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.ended.connect(self.end)
        dialog.changing.connect(self._change)
        dialog.destroyed.connect(self._forget)
        self._list = dialog
        dialog.open()

    def waive(
        self, name: str, findings: Sequence[Finding], dialog: WaiveDialog
    ) -> None:
        """Accept findings as a dialog says."""
        self.write(name, findings, dialog.why, dialog.end, dialog.who)

    def write(
        self,
        name: str,
        findings: Sequence[Finding],
        why: str,
        until: int | None,
        who: str = "",
    ) -> None:
        """Accept findings for a reason and until a moment."""
        catalog = self._place.catalog
        before = {_key_of(one): one for one in self._known}

        def does() -> None:
            for finding in findings:
                catalog.waive(finding, why, until, who)

        def undoes() -> None:
            for finding in findings:
                known = before.get(_key(finding))
                if known is None:
                    catalog.unwaive(finding)
                else:
                    catalog.waive(finding, known.why, known.until, known.who)

        self._do(f"Waive {name}", does, undoes)

    def end(self, waiver: Waiver) -> None:
        """End a waiver now."""
        catalog, finding = self._place.catalog, _finding(waiver)
        self._do(
            f"End the waiver of {waiver.name}",
            lambda: catalog.unwaive(waiver),
            lambda: catalog.waive(finding, waiver.why, waiver.until, waiver.who),
        )

    def _change(self, waiver: Waiver) -> None:
        dialog = WaiveDialog(
            waiver.name, waiver.message or waiver.rule, self._list, known=waiver
        )
        self._open(dialog, lambda: self.waive(waiver.name, [_finding(waiver)], dialog))

    def _open(self, dialog: WaiveDialog, then: Callable[[], object]) -> None:
        dialog.setStyleSheet(self._place.styleSheet())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(then)
        dialog.open()

    def _do(
        self, title: str, does: Callable[[], None], undoes: Callable[[], None]
    ) -> None:
        Done.run(
            self._place.undo_stack,
            self._place.jobs,
            title,
            does=does,
            undoes=undoes,
            then=lambda _: self.changed.emit(),
        )

    def _forget(self) -> None:
        self._list = None


def _key(finding: Finding) -> Key:
    return finding.rule, finding.artifact or finding.path, finding.detail


def _key_of(waiver: Waiver) -> Key:
    return waiver.rule, waiver.subject, waiver.detail


def _finding(waiver: Waiver) -> Finding:
    is_path = waiver.subject.startswith("/")
    return Finding(
        waiver.rule,
        Severity.WARNING,
        waiver.message,
        artifact="" if is_path else waiver.subject,
        path=waiver.subject if is_path else "",
        detail=waiver.detail,
    )
