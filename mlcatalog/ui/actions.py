"""What a person can do with the window, in one table: menus are made from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """One line of a menu: `does` names a method of the window."""

    menu: str
    text: str
    shortcut: str
    does: str


ACTIONS: tuple[Action, ...] = (
    Action("&File", "&Add folder…", "Ctrl+O", "add_folder"),
    Action("&File", "&Register files…", "Ctrl+Shift+R", "register_files"),
    Action("&File", "Register a f&older…", "", "register_folder"),
    Action("&File", "&Quit", "Ctrl+Q", "close"),
    Action("&Edit", "&Find", "Ctrl+F", "focus_search"),
    Action("&Edit", "Set &owner…", "", "set_owner"),
    Action("&View", "&Rescan now", "F5", "rescan"),
    Action("&View", "Next &pane", "F6", "next_pane"),
    Action("&View", "Pre&vious pane", "Shift+F6", "previous_pane"),
    Action("&View", "Theme: &system", "", "use_system_theme"),
    Action("&View", "Theme: &light", "", "use_light_theme"),
    Action("&View", "Theme: &dark", "", "use_dark_theme"),
    Action("&Help", "&About mlcatalog", "F1", "about"),
)
