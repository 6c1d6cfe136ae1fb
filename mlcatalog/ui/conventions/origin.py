"""Where the rules of a folder come from: each file on the way, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlcatalog.conventions.in_force import Conventions
from mlcatalog.conventions.project_file import FileSaid
from mlcatalog.conventions.template import DEFAULT_TEMPLATE
from mlcatalog.ui.naming.wording import counted


@dataclass(frozen=True, slots=True)
class Origin:
    """One source of rules, for people."""

    title: str
    gives: str
    where: str = ""  # the file's path


def origins(
    rules: Conventions, folder: str, kind: str, *, template: str
) -> tuple[Origin, ...]:
    """What gives the rules of a kind in a folder, the last word last."""
    found = []
    if kind == "model":
        is_built_in = template in ("", DEFAULT_TEMPLATE)
        title = "Built into mlcatalog" if is_built_in else "Your settings"
        found.append(Origin(title, "the template of models"))
    for said in rules.chain(folder) if folder else ():
        found.append(Origin(shown(said.path, folder), gives(said, kind), said.path))
    for path, error in sorted(rules.errors.items()):
        if folder and (f"{folder}/").startswith(f"{Path(path).parent}/"):
            found.append(
                Origin(shown(path, folder), f"cannot be used: {error.why}", path)
            )
    return tuple(found)


def gives(said: FileSaid, kind: str) -> str:
    """What one file says of a kind, in words."""
    names = said.names.get(kind)
    parts = []
    if names and names.preset and not names.template:
        parts.append(f"the preset {names.preset}")
    if names and names.template:
        parts.append("the template")
    if names and names.fields:
        parts.append(f"rules of {', '.join(names.fields)}")
    if names and names.exempt:
        parts.append(counted(len(names.exempt), "exempt pattern", "exempt patterns"))
    parts += [
        f"{counted(len(values), 'word', 'words')} of {name}"
        for name, values in said.vocabulary.items()
    ]
    if said.project:
        parts.append(f"the project's name {said.project[0]}")
    return ", ".join(parts) or "nothing about these names"


def shown(path: str, folder: str) -> str:
    """A file's path as short as it is clear: with the folder that it is in."""
    file = Path(path)
    return f"{file.parent.name}/{file.name}"
