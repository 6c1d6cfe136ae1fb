"""Commands that prove: report and verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlcatalog import settings
from mlcatalog.cli.output import printable, write_json, write_lines
from mlcatalog.cli.progress import ProgressLine
from mlcatalog.cli.running import DONE, REPORTED, command, new_app
from mlcatalog.cli.session import (
    CatalogOption,
    JsonOption,
    catalog_path,
    reading,
    writing,
)
from mlcatalog.credentials import KeyStore
from mlcatalog.domain.amounts import counted
from mlcatalog.tasks.report import signing_key, write_report
from mlcatalog.tasks.verify import verify_file

APP = new_app()


@command(APP, "report")
def report(
    references: Annotated[list[str], typer.Argument(metavar="REF...")],
    target: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE.pdf", help="Where to.")
    ],
    title: Annotated[str, typer.Option(help="The title of the dossier.")] = "",
    sign: Annotated[
        bool, typer.Option("--sign", help="Sign it with the key of the settings.")
    ] = False,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Write the audit dossier of one or more models as a PDF."""
    chosen = settings.load(settings.default_path()) if sign else None
    key = signing_key(chosen, KeyStore()) if chosen is not None else None
    with writing(catalog) as opened, ProgressLine() as progress:
        result = write_report(
            opened, references, target, signing=key, title=title, progress=progress
        )
    if as_json:
        write_json(result.as_json())
        return DONE
    lines = [
        str(result.path),
        f"sha256    {result.digest}",
        f"evidence  {result.evidence_digest}",
        f"{counted(result.subjects, 'subject')}, "
        f"{counted(result.files, 'file')} read again, "
        f"{result.changed} not as the catalogue knows them.",
    ]
    write_lines(printable(line) for line in lines)
    return DONE


@command(APP, "verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE.pdf")],
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Prove a dossier against its evidence and, where present, the files."""
    with ProgressLine() as progress:
        if catalog_path(catalog).exists():
            with reading(catalog) as opened:
                proof = verify_file(file, catalog=opened, progress=progress)
        else:
            proof = verify_file(file, progress=progress)
    if as_json:
        write_json(proof.as_json())
    else:
        rows = (f"{line.state:<8}{line.what}: {line.detail}" for line in proof.lines)
        write_lines(printable(row) for row in rows)
        write_lines([printable(proof.sentence)])
    return DONE if proof.ok else REPORTED
