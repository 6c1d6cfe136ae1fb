"""The command that ranks models for a dataset: reuse."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from mlcatalog.cli.output import printable, write_json, write_lines
from mlcatalog.cli.progress import ProgressLine
from mlcatalog.cli.running import DONE, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, reading
from mlcatalog.reuse.candidates import Candidate, candidates
from mlcatalog.tasks.reuse import stands_for, training_data

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
        data = training_data(opened, models)
        twins = stands_for(opened, models)
    found = candidates(wanted, models, task=task, trained_on=data, stands_for=twins)
    if as_json:
        write_json(
            {
                "dataset": wanted.summary.id,
                "candidates": list(map(candidate_document, found)),
            }
        )
        return DONE
    if not found:
        write_lines([f"No model fits {printable(wanted.summary.name)}."])
    for place, candidate in enumerate(found, 1):
        write_lines(_lines(place, candidate))
    return DONE


def candidate_document(candidate: Candidate) -> dict[str, Any]:
    """One candidate of `reuse`."""
    return {
        "id": candidate.model.id,
        "name": candidate.model.name,
        "path": candidate.model.path or None,
        "verdict": candidate.verdict,
        "reasons": [dataclasses.asdict(reason) for reason in candidate.reasons],
        "required": list(candidate.required),
        "covered": list(candidate.covered),
        "overlap": candidate.overlap,
        "limits": candidate.limits,
    }


def _lines(place: int, candidate: Candidate) -> list[str]:
    title = f"{place}. {candidate.model.name}: {candidate.verdict}"
    reasons = (f"   {r.mark:<5}{r.label}: {r.text}" for r in candidate.reasons)
    return [printable(line) for line in (title, *reasons)]
