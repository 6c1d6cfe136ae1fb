"""What a person can do with the window, in one table: menus, palette and sheet are made from it."""

from __future__ import annotations

from dataclasses import dataclass

CHOICE = "Choose an artifact in the Library first."
SEVERAL = "Choose two to seven artifacts in the Library first."
FILTERED = "Nothing is searched for."
TABLE_KEYS = frozenset({"Ctrl+C", "Ctrl+Shift+C", "Del", "F2"})
UNDONE = "There is nothing to undo."
REDONE = "There is nothing to redo."


@dataclass(frozen=True)
class Action:
    """One line of a menu: `does` names a method of its owner.

    shortcuts: as Qt writes them, parted by spaces. needs: what must be so
    before it can be done, as the sentence that says it is not.
    """

    menu: str
    text: str
    shortcuts: str
    does: str
    needs: str = ""
    owner: str = ""  # "library", or "chosen": what does things to what is chosen in it

    @property
    def title(self) -> str:
        """The text without its mnemonic."""
        return self.text.replace("&", "")

    @property
    def of_table(self) -> bool:
        """Whether its keys work in the table only; fields and sheets use them too."""
        return self.owner == "chosen" and bool(TABLE_KEYS & set(self.keys))

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key sequence that does it."""
        return tuple(self.shortcuts.split())


def _chosen(menu: str, text: str, shortcuts: str, does: str) -> Action:
    return Action(menu, text, shortcuts, does, CHOICE, owner="chosen")


ACTIONS: tuple[Action, ...] = (
    Action("&File", "&Add folder…", "Ctrl+O", "add_folder"),
    Action("&File", "&Register files…", "Ctrl+Shift+R", "register_files"),
    Action("&File", "Register a f&older…", "", "register_folder"),
    Action("&File", "Open the &demo project…", "", "open_demo"),
    Action("&File", "&Quit", "Ctrl+Q", "close"),
    Action("&Edit", "&Undo", "Ctrl+Z", "undo", UNDONE),
    Action("&Edit", "&Redo", "Ctrl+Y Ctrl+Shift+Z", "redo", REDONE),
    Action("&Edit", "&Find", "Ctrl+F /", "focus_search"),
    Action("&Edit", "Clear the &search", "", "clear_query", FILTERED, owner="library"),
    Action(
        "&Edit", "Sa&ve search…", "Ctrl+S", "save_search", FILTERED, owner="library"
    ),
    Action("&Edit", "&Quick open…", "Ctrl+P", "quick_open"),
    Action("&Edit", "&Command palette…", "Ctrl+Shift+P", "open_palette"),
    _chosen("&Artifact", "&Open containing folder", "Ctrl+Shift+O", "open_folder"),
    _chosen("&Artifact", "Open with default &program", "", "open_file"),
    _chosen("&Artifact", "&Copy rows", "Ctrl+C", "copy_rows"),
    _chosen("&Artifact", "Copy path", "Ctrl+Shift+C", "copy_paths"),
    _chosen("&Artifact", "Copy S&HA-256", "", "copy_digests"),
    _chosen("&Artifact", "Show &lineage", "Ctrl+L", "show_lineage"),
    Action("&Artifact", "Co&mpare", "Ctrl+M", "compare", SEVERAL, owner="chosen"),
    _chosen("&Artifact", "&Audit PDF…", "Ctrl+Shift+A", "audit"),
    _chosen("&Artifact", "Set o&wner…", "", "set_owner"),
    _chosen("&Artifact", "Add &tags…", "Ctrl+T", "add_tags"),
    _chosen("&Artifact", "Edit owner, tags and &note", "F2", "edit_fields"),
    _chosen("&Artifact", "&Fix names…", "Shift+F2", "fix_names"),
    _chosen("&Artifact", "Register a&gain…", "", "register_again"),
    _chosen("&Artifact", "&Remove from catalogue", "Del", "remove"),
    _chosen("&Artifact", "R&estore to the catalogue", "", "restore"),
    Action("&View", "&Library", "Ctrl+1", "open_library"),
    Action("&View", "L&ineage", "Ctrl+2", "open_lineage"),
    Action("&View", "&Compare", "Ctrl+3", "open_compare"),
    Action("&View", "C&onventions", "Ctrl+4", "open_conventions"),
    Action("&View", "Re&use", "Ctrl+5", "open_reuse"),
    Action("&View", "&Audit", "Ctrl+6", "open_audit"),
    Action("&View", "&Rescan now", "F5", "rescan"),
    Action("&View", "Next &pane", "F6", "next_pane"),
    Action("&View", "Pre&vious pane", "Shift+F6", "previous_pane"),
    Action("&View", "Reset layou&t", "", "reset_layout"),
    Action("&View", "Theme: &system", "", "use_system_theme"),
    Action("&View", "Theme: li&ght", "", "use_light_theme"),
    Action("&View", "Theme: &dark", "", "use_dark_theme"),
    Action("&Help", "&Keyboard shortcuts", "F1 ?", "show_keys"),
    Action("&Help", "&Search language", "", "show_search_language"),
    Action("&Help", "Open &log folder", "", "open_log_folder"),
    Action("&Help", "&About mlcatalog", "", "about"),
)
