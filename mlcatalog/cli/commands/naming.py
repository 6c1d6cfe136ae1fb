"""Commands about names: rename and name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mlcatalog.catalog.store import Catalog
from mlcatalog.cli.commands.checking import (
    PathsArgument,
    catalogue_of,
    holds,
    place_of_path,
)
from mlcatalog.cli.output import printable, write_json, write_lines
from mlcatalog.cli.present.problems import blank_documents, blank_words
from mlcatalog.cli.present.renames import (
    plan_document,
    plan_lines,
    renamed_document,
    renamed_lines,
)
from mlcatalog.cli.progress import ProgressLine
from mlcatalog.cli.running import DONE, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, reading, writing
from mlcatalog.conventions.in_force import convention_for
from mlcatalog.conventions.offering import open_fields
from mlcatalog.conventions.project_file import KINDS
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.domain.errors import MlcatalogError, NotFoundError
from mlcatalog.domain.words import Kind
from mlcatalog.tasks.index import index
from mlcatalog.tasks.naming import Proposal, proposals
from mlcatalog.tasks.rename import apply, recover, undo
from mlcatalog.tasks.rename_plan import RenamePlan, Wanted, place_of, planned

APP = new_app()
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="A field of the new names.", metavar="FIELD=VALUE"),
]


@command(APP, "rename")
def rename(
    paths: PathsArgument = None,
    *,
    to: Annotated[str, typer.Option(help="The new name of the one PATH.")] = "",
    values: SetOption = None,
    do: Annotated[
        bool, typer.Option("--apply", help="Rename what can be renamed.")
    ] = False,
    keep_references: Annotated[
        bool, typer.Option("--keep-references", help="Leave texts as they are.")
    ] = False,
    take_back: Annotated[
        str, typer.Option("--undo", help="Take a rename back: its id, or last.")
    ] = "",
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Propose right names, with what stands against them; changes nothing.

    With --apply the names without a conflict are given, all or none, and
    texts that name the files are rewritten; --undo takes that back.
    """
    if take_back:
        return _undone(take_back, catalog, as_json)
    places = [place_of_path(path) for path in paths or ()]
    given = fields_given(values or ())
    if do:
        return _applied(places, to, given, catalog, keep_references, as_json)
    opened = catalogue_of(places, catalog) if places else reading(catalog)
    with opened as found, ProgressLine() as progress:
        offered = _proposals(found, places, to, given)
        plan = planned(found, [one.wanted for one in offered], progress)
    if as_json:
        write_json(plan_document(offered, plan))
    else:
        write_lines(plan_lines(offered, plan))
    return DONE


@command(APP, "name")
def name(
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="[FIELD=VALUE...]")
    ] = None,
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")] = "model",
    folder: Annotated[
        Path, typer.Option("--in", help="The folder whose convention counts.")
    ] = Path(),
    explain: Annotated[
        str, typer.Option(help="Say how a name is read instead.", metavar="NAME")
    ] = "",
    as_json: JsonOption = False,
) -> int:
    """Print the right name for given fields, so that a script can ask for it."""
    if kind not in KINDS:
        raise MlcatalogError(
            f"There is no kind {kind}.", remedy=f"Kinds are {', '.join(KINDS)}."
        )
    convention = convention_for(folder, kind)
    if explain:
        place = str(folder.absolute() / explain)
        subject = NameSubject("", place, explain, Kind.MODEL)
        verdict = convention.judge(subject)
        blanks = open_fields(convention, subject) if verdict.suggestion else ()
        parts = [
            {
                "field": one.field,
                "found": one.found,
                "state": one.state,
                "message": one.message,
                "expected": one.expected or None,
            }
            for one in verdict.fields
        ]
        document: dict[str, Any] = {"name": explain, "verdict": verdict.state}
        document |= {"message": verdict.message, "fields": parts}
        document |= {"suggestion": verdict.suggestion or None}
        document |= {"blanks": blank_documents(blanks)}
        lines = [
            f"{explain}: {verdict.state}",
            *([verdict.message][: bool(verdict.message)]),
        ]
        lines += [
            f"  {one.field:<18}{one.found:<24}{one.message}" for one in verdict.fields
        ]
        lines += [f"better: {verdict.suggestion}"] * bool(verdict.suggestion)
        lines += [f"  {blank_words(blank)}" for blank in blanks]
        lines = [printable(line) for line in lines]
    else:
        values = fields_given(fields or ())
        document = {"name": convention.name(values), "fields": values}
        lines = [document["name"]]
    document |= {"template": convention.template.text, "source": convention.source}
    if as_json:
        write_json(document)
    else:
        write_lines(lines)
    return DONE


def fields_given(texts: Sequence[str]) -> dict[str, str]:
    """FIELD=VALUE texts as values; raises MlcatalogError for another text."""
    found = {}
    for text in texts:
        field, equals, value = text.partition("=")
        if not equals or not field or not value:
            raise MlcatalogError(
                f"{text} is no field.", remedy="Write FIELD=VALUE, such as task=cls."
            )
        found[field] = value
    return found


def _proposals(
    catalog: Catalog, places: Sequence[Path], to: str, given: Mapping[str, str]
) -> list[Proposal]:
    if not to:
        return proposals(
            catalog,
            lambda path: not places or holds(places, Path(path)),
            given,
        )
    if len(places) != 1:
        raise MlcatalogError("--to gives one name, so it takes one PATH.")
    wanted = Wanted(str(places[0]), to)
    try:
        summary = catalog.find(f"path:{places[0]}")
    except NotFoundError:
        pass
    else:
        wanted = Wanted(place_of(summary), to, summary.id)
    return [Proposal(wanted, str(places[0]), (), {}, ())]


def _applied(
    places: Sequence[Path],
    to: str,
    given: Mapping[str, str],
    chosen: Path | None,
    keep_references: bool,
    as_json: bool,
) -> int:
    with writing(chosen) as catalog, ProgressLine() as progress:
        _check_held(catalog, places)
        mended = recover(catalog)
        offered = _proposals(catalog, places, to, given)
        plan = planned(catalog, [one.wanted for one in offered], progress)
        if not to:  # what cannot be named yet is left out, and shown
            usable = planned(catalog, plan.without_conflicts(), progress)
        else:
            usable = plan
        refused = tuple(row for row in plan.rows if row.conflicts)
        if keep_references:
            usable = RenamePlan(usable.rows, (), usable.left)
        if not usable.rows:
            raise MlcatalogError(
                "There is nothing that can be renamed.",
                why="; ".join(f"{r.old_name}: {r.conflicts[0]}" for r in refused[:5]),
                remedy="Fill the blanks with --set FIELD=VALUE, or give a name with --to.",
            )
        done = apply(catalog, usable)
        index(catalog, _roots(catalog, done.moves[0].new), progress)
    if as_json:
        write_json(renamed_document(done, usable, refused))
    else:
        write_lines([*mended, *renamed_lines(done, usable, refused)])
    return DONE


def _undone(plan_id: str, chosen: Path | None, as_json: bool) -> int:
    with writing(chosen) as catalog, ProgressLine() as progress:
        recover(catalog)
        done = undo(catalog, "" if plan_id == "last" else plan_id)
        if done.moves:
            index(catalog, _roots(catalog, done.moves[0].new), progress)
    empty = RenamePlan(())
    if as_json:
        write_json(renamed_document(done, empty, ()))
    else:
        write_lines(renamed_lines(done, empty, ()))
    return DONE


def _check_held(catalog: Catalog, places: Sequence[Path]) -> None:
    roots = [Path(project.path) for project in catalog.projects()]
    for place in places:
        if not holds(roots, place):
            raise NotFoundError(
                "This path is in no catalogue.",
                where=str(place),
                remedy=f"Register it first: mlcatalog register {place}",
            )


def _roots(catalog: Catalog, path: str) -> list[Path]:
    """The watched folders that hold a path."""
    roots = [Path(project.path) for project in catalog.projects()]
    return [root for root in roots if root in Path(path).parents]
