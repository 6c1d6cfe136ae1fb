"""The command that ranks models for a dataset: reuse."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from mlcatalog.cli.output import printable, write_json, write_lines
from mlcatalog.cli.progress import ProgressLine
from mlcatalog.cli.running import DONE, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, reading
from mlcatalog.reuse.candidates import candidates

APP = new_app()


@command(APP, "reuse")
def reuse(
    dataset: Annotated[str, typer.Argument(metavar="DATASET")],
    task: Annotated[str, typer.Option(help="What the model is to do.")] = "",
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Rank the models of the catalogue that could do for a dataset, with reasons."""
    with reading(catalog) as opened, ProgressLine() as progress:
        wanted = opened.detail(opened.find(dataset).id)
        rows = opened.list("kind:model")
        models = []
        for done, row in enumerate(rows):
            progress(done, len(rows), row.name)
            models.append(opened.detail(row.id))
    found = [_plain(candidate) for candidate in candidates(wanted, models, task=task)]
    if as_json:
        write_json({"dataset": wanted.summary.id, "candidates": found})
        return DONE
    if not found:
        write_lines([f"No model fits {printable(wanted.summary.name)}."])
    for place, candidate in enumerate(found, 1):
        write_lines(_lines(place, candidate))
    return DONE


def _plain(candidate: Any) -> dict[str, Any]:
    """A candidate's own fields; a model is named by id, name and path."""
    values = {}
    for field in dataclasses.fields(candidate):
        held = getattr(candidate, field.name)
        summary = getattr(held, "summary", held)
        if hasattr(summary, "digest"):
            values["id"], values["name"] = summary.id, summary.name
            values["path"] = summary.path or None
        elif dataclasses.is_dataclass(held) and not isinstance(held, type):
            values[field.name] = dataclasses.asdict(held)
        elif isinstance(held, tuple):
            values[field.name] = [
                dataclasses.asdict(part)
                if dataclasses.is_dataclass(part) and not isinstance(part, type)
                else part
                for part in held
            ]
        else:
            values[field.name] = held
    return values


def _lines(place: int, candidate: dict[str, Any]) -> list[str]:
    title = f"{place}. {candidate.get('name', candidate.get('id', ''))}"
    lines = [printable(title)]
    for key, held in candidate.items():
        if key in ("id", "name", "path") or held in ("", None, [], ()):
            continue
        parts = held if isinstance(held, list) else [held]
        lines += [f"   {key}: {printable(_words(part))}" for part in parts]
    return lines


def _words(part: object) -> str:
    if isinstance(part, dict):
        return ", ".join(f"{held}" for held in part.values() if held not in ("", None))
    return f"{part:.2f}" if isinstance(part, float) else str(part)
