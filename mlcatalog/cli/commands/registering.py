"""Commands that bring something in: register and demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlcatalog.cli.output import printable, write_json, write_lines
from mlcatalog.cli.present.artifacts import summary_document, summary_lines
from mlcatalog.cli.progress import ProgressLine
from mlcatalog.cli.running import DONE, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, writing
from mlcatalog.domain.amounts import size_text
from mlcatalog.tasks.demo import write_demo
from mlcatalog.tasks.register import KNOWN_VALUES, register

APP = new_app()


@command(APP, "register")
def register_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...")],
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help=f"One of {', '.join(KNOWN_VALUES)}."
        ),
    ] = None,
    base: Annotated[
        str, typer.Option(metavar="REF", help="The model it was made from.")
    ] = "",
    data: Annotated[
        str, typer.Option(metavar="REF", help="The dataset it was trained on.")
    ] = "",
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Put files or folders in the catalogue where they lie, as a drop does."""
    given = settings_of(values or ())
    with writing(catalog) as opened, ProgressLine() as progress:
        done = register(
            opened, paths, values=given, base=base, data=data, progress=progress
        )
    if as_json:
        write_json(
            {
                "items": [summary_document(summary) for summary in done.artifacts],
                "projects": [project.path for project in done.projects],
                "not_recognised": list(done.not_recognised),
            }
        )
        return DONE
    if done.artifacts:
        write_lines(summary_lines(done.artifacts))
    write_lines(f"Not recognised: {printable(path)}" for path in done.not_recognised)
    return DONE


def settings_of(pairs: list[str] | tuple[str, ...]) -> dict[str, str]:
    """KEY=VALUE pairs as a mapping; raises typer.BadParameter."""
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"{pair!r} is not KEY=VALUE")
        settings[key.strip()] = value
    return settings


@command(APP, "demo")
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR")], as_json: JsonOption = False
) -> int:
    """Write the demo project into a new or empty folder."""
    written = write_demo(folder)
    if as_json:
        write_json(
            {
                "path": str(written.folder),
                "projects": [str(path) for path in written.projects],
                "files": written.files,
                "bytes": written.size,
            }
        )
        return DONE
    write_lines(printable(str(path)) for path in written.projects)
    write_lines([f"{written.files} files, {size_text(written.size)}."])
    return DONE
