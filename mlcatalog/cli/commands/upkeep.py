"""Commands of upkeep: journal, backup, restore, projects, readers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mlcatalog.catalog.backup_preview import Preview
from mlcatalog.catalog.store import Catalog
from mlcatalog.cli.output import printable, write_json, write_lines
from mlcatalog.cli.running import DONE, REPORTED, command, new_app
from mlcatalog.cli.session import (
    CatalogOption,
    JsonOption,
    catalog_path,
    changing,
    reading,
    writing,
)
from mlcatalog.cli.table import table
from mlcatalog.domain.artifact import JournalEntry, Project
from mlcatalog.domain.errors import NotFoundError
from mlcatalog.domain.moments import short_text, utc_text
from mlcatalog.formats.plugins import plugins
from mlcatalog.formats.reader import Reader
from mlcatalog.formats.registry import readers as known_readers
from mlcatalog.tasks.backup import back_up, list_backups, preview
from mlcatalog.tasks.backup import restore as restore_backup
from mlcatalog.trackers import git
from mlcatalog.trackers.registry import plugins as tracker_plugins
from mlcatalog.trackers.registry import trackers as known_trackers
from mlcatalog.trackers.tracker import Tracker

APP = new_app()


@command(APP, "journal")
def journal(
    verify: Annotated[
        bool, typer.Option("--verify", help="Check the chain; ends with 1 if broken.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 200,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Show what people and the program decided, newest first."""
    with reading(catalog) as opened:
        if verify:
            holds, sentence = opened.verify_journal()
            if as_json:
                write_json({"ok": holds, "message": sentence})
            else:
                write_lines([printable(sentence)])
            return DONE if holds else REPORTED
        entries = opened.journal(limit)
    if as_json:
        write_json({"entries": [entry_document(entry) for entry in entries]})
    else:
        rows = [
            (str(e.seq), short_text(e.at), e.actor, e.kind, e.subject) for e in entries
        ]
        write_lines(table(("NO", "TIME", "WHO", "WHAT", "ABOUT"), rows, right=(0,)))
    return DONE


def entry_document(entry: JournalEntry) -> dict[str, Any]:
    """One entry of `journal`."""
    return {
        "seq": entry.seq,
        "at": utc_text(entry.at),
        "actor": entry.actor,
        "kind": entry.kind,
        "subject": entry.subject,
        "payload": entry.payload,
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }


@command(APP, "backup")
def backup(
    target: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to.")
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Only list the backups there are.")
    ] = False,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Copy the catalogue while it is in use."""
    if listed:
        copies = [str(path) for path in list_backups(catalog_path(catalog))]
        if as_json:
            write_json({"backups": copies})
        else:
            write_lines(map(printable, copies))
        return DONE
    if not catalog_path(catalog).exists():
        reading(catalog).close()  # says that there is none
    with writing(catalog) as opened:
        copy = back_up(opened, target.absolute() if target else None)
    if as_json:
        write_json({"path": str(copy)})
    else:
        write_lines([printable(str(copy))])
    return DONE


@command(APP, "restore")
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    is_meant: Annotated[
        bool, typer.Option("--yes", help="Do it; else it is only told.")
    ] = False,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Tell what a backup would bring back and lose; with --yes, restore it.

    The catalogue that is there is set aside, never deleted.
    """
    path, backup_file = catalog_path(catalog), source.absolute()
    if not backup_file.is_file():
        raise NotFoundError(
            "There is no such backup.",
            where=str(backup_file),
            remedy="`mlcatalog backup --list` names the backups there are.",
        )
    told = preview(path, backup_file)
    aside = restore_backup(path, backup_file) if is_meant else None
    if as_json:
        write_json(
            {
                "path": str(path),
                "restored": is_meant,
                "set_aside": str(aside) if aside else None,
                **preview_document(told),
            }
        )
        return DONE
    write_lines(map(printable, preview_lines(told)))
    if not is_meant:
        write_lines(["Nothing was changed; add --yes to restore it."])
        return DONE
    write_lines([printable(f"Restored {path}.")])
    write_lines([printable(f"The former one is {aside}.")] if aside else [])
    return DONE


def preview_document(told: Preview) -> dict[str, Any]:
    """What a restore would lose and gain, as JSON tells it."""
    steps = [
        {
            "at": utc_text(step.at),
            "actor": step.actor,
            "kind": step.kind,
            "subject": step.subject,
        }
        for step in told.lost_steps
    ]
    return {
        "lost": told.lost,
        "gained": told.gained,
        "lost_entries": steps,
        "problem": told.problem,
    }


def preview_lines(told: Preview) -> list[str]:
    """What a restore would lose and gain, for people."""
    if told.problem:
        return [f"The present catalogue cannot be compared: {told.problem}."]
    lines = [
        f"{word}: {_amounts(counts)}"
        for word, counts in (("Lost", told.lost), ("Gained", told.gained))
    ]
    steps = [
        f"  {short_text(step.at)}  {step.kind}  {step.subject}"
        for step in told.lost_steps
    ]
    return [*lines, *(["Decided since the backup:", *steps] if steps else [])]


def _amounts(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {noun}" for noun, n in counts.items() if n) or "nothing"


class ProjectAction(StrEnum):
    """What `projects` does."""

    LIST = "list"
    ADD = "add"
    REMOVE = "remove"
    MOVE = "move"


ACTED_ON = {"list": (0, 0), "add": (1, 999), "remove": (1, 999), "move": (2, 2)}


@command(APP, "projects")
def projects(
    action: Annotated[
        ProjectAction, typer.Argument(metavar="[list|add|remove|move]")
    ] = ProjectAction.LIST,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH...]")] = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """List the watched folders, or change which they are.

    `projects add PATH...` watches folders, `projects remove PATH...` stops and
    keeps what people typed, `projects move OLD NEW` follows a folder that was
    moved. Nothing on disk is changed.
    """
    given = paths or []
    least, most = ACTED_ON[action.value]
    if not least <= len(given) <= most:
        raise typer.BadParameter(f"projects {action.value}: see --help for its paths")
    if action is not ProjectAction.LIST:
        with (
            writing(catalog) if action is ProjectAction.ADD else changing(catalog)
        ) as opened:
            _change_projects(opened, action, given)
    with reading(catalog) as opened:
        known = opened.projects()
    if as_json:
        keys = ("id", "name", "path", "state", "artifacts", "note")
        listed = [{key: getattr(p, key) for key in keys} for p in known]
        write_json({"projects": listed})
        return DONE
    rows = [(p.name, p.state.value, str(p.artifacts), p.path) for p in known]
    write_lines(table(("PROJECT", "STATE", "ARTIFACTS", "PATH"), rows, right=(2,)))
    return DONE


def _change_projects(
    catalog: Catalog, action: ProjectAction, paths: list[Path]
) -> None:
    if action is ProjectAction.ADD:
        for path in paths:
            catalog.add_project(path)
    elif action is ProjectAction.MOVE:
        catalog.move_project(_project_of(catalog, paths[0]).id, paths[1])
    else:
        for project in [_project_of(catalog, path) for path in paths]:
            catalog.remove_project(project.id)


def _project_of(catalog: Catalog, path: Path) -> Project:
    """The project in a folder, which may be gone; raises NotFoundError."""
    places = {str(path.absolute()), str(path.resolve())}
    for project in catalog.projects():
        if project.path in places or project.id == str(path):
            return project
    raise NotFoundError(
        "This folder is not watched.",
        where=str(path),
        remedy="`mlcatalog projects` lists those that are.",
    )


@command(APP, "readers")
def readers(as_json: JsonOption = False) -> int:
    """List the file formats and the tools that are read."""
    formats = [*map(_reader_document, known_readers()), *_unloaded_readers()]
    tools = [*map(_tracker_document, known_trackers()), *_unloaded_trackers()]
    tools.append(_tool_document(git.TOOL, git.TITLE, git.VERSION, "mlcatalog"))
    if as_json:
        write_json({"readers": formats, "trackers": tools})
        return DONE
    rows = [
        (
            str(known["format"]),
            str(known["title"]),
            " ".join((*known["suffixes"], *known["names"])),
            str(known["source"]),
            _enabled(known),
        )
        for known in formats
    ]
    rows += [
        (str(t["tool"]), str(t["title"]), "", str(t["source"]), _enabled(t))
        for t in tools
    ]
    shown = [tuple(map(printable, row)) for row in rows]
    write_lines(table(("FORMAT", "WHAT", "FILES", "FROM", "ENABLED"), shown))
    return DONE


def _reader_document(reader: Reader) -> dict[str, Any]:
    """A reader as JSON tells it, with the package that it is from."""
    sources = {id(one.made): one.source for one in plugins()}
    return {
        "format": reader.format,
        "title": reader.title,
        "version": reader.version,
        "suffixes": list(reader.suffixes),
        "names": list(reader.names),
        "source": sources.get(id(reader), "mlcatalog"),
        "enabled": True,
        "problem": "",
    }


def _enabled(known: dict[str, Any]) -> str:
    return "yes" if known["enabled"] else f"no: {known['problem']}"


def _tracker_document(tracker: Tracker) -> dict[str, Any]:
    """A tracker as JSON tells it, with the package that it is from."""
    sources = {id(one.made): one.source for one in tracker_plugins()}
    source = sources.get(id(tracker), "mlcatalog")
    return _tool_document(tracker.tool, tracker.title, tracker.version, source)


def _tool_document(
    tool: str, title: str, version: int, source: str, problem: str = ""
) -> dict[str, Any]:
    return {
        "tool": tool,
        "title": title,
        "version": version,
        "source": source,
        "enabled": not problem,
        "problem": problem,
    }


def _unloaded_trackers() -> list[dict[str, Any]]:
    """The trackers of other packages that could not be loaded, and why."""
    return [
        _tool_document(one.name, "", 0, one.source, one.problem)
        for one in tracker_plugins()
        if one.problem
    ]


def _unloaded_readers() -> list[dict[str, Any]]:
    """The readers of other packages that could not be loaded, and why."""
    return [
        {
            "format": one.name,
            "title": "",
            "version": 0,
            "suffixes": [],
            "names": [],
            "source": one.source,
            "enabled": False,
            "problem": one.problem,
        }
        for one in plugins()
        if one.problem
    ]
