"""The colours of the window, light and dark, and the style sheet made from them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

from mlcatalog.domain.words import Kind


@dataclass(frozen=True, slots=True)
class Tokens:
    """Every colour by what it means; widgets that paint themselves read these."""

    dark: bool
    ground: str  # behind the panels
    panel: str
    raised: str  # cards and buttons on a panel
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selection: str
    good: str
    good_soft: str
    bad: str
    bad_soft: str
    warning: str
    warning_soft: str
    model: str
    dataset: str
    config: str
    run: str

    def kind(self, kind: Kind) -> str:
        """The colour of a kind of artifact; it always stands beside the kind's word."""
        named = {
            Kind.MODEL: self.model,
            Kind.DATASET: self.dataset,
            Kind.CONFIG: self.config,
            Kind.SCRIPT: self.config,
            Kind.RUN: self.run,
        }
        return named.get(kind, self.muted)


LIGHT = Tokens(
    dark=False,
    ground="#f5f6f8",
    panel="#ffffff",
    raised="#f3f5f8",
    line="#e1e5eb",
    text="#1a1f29",
    muted="#5f6878",
    accent="#2f6fed",
    on_accent="#ffffff",
    selection="#e7effd",
    good="#137a46",
    good_soft="#e5f5ec",
    bad="#c22b2b",
    bad_soft="#fdeaea",
    warning="#9a5f00",
    warning_soft="#fff4dc",
    model="#2f6fed",
    dataset="#138a4e",
    config="#b06f00",
    run="#8a4fd6",
)
DARK = Tokens(
    dark=True,
    ground="#16191e",
    panel="#1e2228",
    raised="#262b33",
    line="#323943",
    text="#e7eaef",
    muted="#98a1af",
    accent="#6b9dff",
    on_accent="#10141b",
    selection="#22304d",
    good="#46c78a",
    good_soft="#173527",
    bad="#f27878",
    bad_soft="#40242a",
    warning="#dba544",
    warning_soft="#3a2f17",
    model="#6b9dff",
    dataset="#46c78a",
    config="#dba544",
    run="#b58bf0",
)


def palette(tokens: Tokens) -> QPalette:
    """The palette for Fusion: a colour scheme alone does nothing without a platform theme."""
    made = QPalette()
    role = QPalette.ColorRole
    for part, ink in (
        (role.Window, tokens.ground),
        (role.WindowText, tokens.text),
        (role.Base, tokens.panel),
        (role.AlternateBase, tokens.raised),
        (role.Text, tokens.text),
        (role.Button, tokens.raised),
        (role.ButtonText, tokens.text),
        (role.Highlight, tokens.selection),
        (role.HighlightedText, tokens.text),
        (role.Link, tokens.accent),
        (role.Accent, tokens.accent),
        (role.ToolTipBase, tokens.panel),
        (role.ToolTipText, tokens.text),
        (role.PlaceholderText, tokens.muted),
        (role.Mid, tokens.line),
    ):
        made.setColor(part, QColor(ink))
    for part in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, part, QColor(tokens.muted))
    return made
