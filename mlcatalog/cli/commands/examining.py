"""The command that examines the catalogue, and repairs it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mlcatalog.cli.output import printable, write_json, write_lines
from mlcatalog.cli.progress import ProgressLine
from mlcatalog.cli.running import DONE, REPORTED, command, new_app
from mlcatalog.cli.session import CatalogOption, JsonOption, catalog_path, reading
from mlcatalog.cli.table import table
from mlcatalog.tasks.doctor import Diagnosis, diagnostics, examine
from mlcatalog.tasks.repair import Repair, repair

APP = new_app()


@command(APP, "doctor")
def doctor(
    is_deep: Annotated[
        bool, typer.Option("--deep", help="Read every file again and compare digests.")
    ] = False,
    is_report: Annotated[
        bool, typer.Option("--diagnostics", help="Add what a report of a bug needs.")
    ] = False,
    is_repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Back up, save what can be read, make the rest anew."
        ),
    ] = False,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Examine the catalogue; ends with 1 if it is not sound.

    Changes nothing without --repair. With it the catalogue is backed up, then
    what comes from files is read from them again; what people typed or decided
    is kept. A journal that was tampered with is told, never mended.
    """
    path = catalog_path(catalog)
    document: dict[str, Any] = {"catalog": str(path)}
    lines: list[str] = []
    if is_repair:
        if not path.exists():
            reading(catalog).close()  # says that there is none
        with ProgressLine() as progress:
            told, diagnosis = repair(path, progress, is_deep=is_deep)
        document["repair"] = repair_document(told)
        lines += repair_lines(told)
    else:
        with reading(catalog) as opened, ProgressLine() as progress:
            diagnosis = examine(opened, is_deep=is_deep, progress=progress)
    document |= diagnosis_document(diagnosis)
    lines += diagnosis_lines(diagnosis)
    if is_report:
        with reading(catalog) as opened:
            values = diagnostics(opened)
        document["diagnostics"] = values
        lines += [printable(f"{key}: {value}") for key, value in values.items()]
    if as_json:
        write_json(document)
    else:
        write_lines(lines)
    is_whole = not document.get("repair", {}).get("not_repaired")
    return DONE if diagnosis.ok and is_whole else REPORTED


def diagnosis_document(diagnosis: Diagnosis) -> dict[str, Any]:
    """What `doctor` found, as JSON tells it."""
    checks = [
        {"check": line.check, "ok": line.ok, "detail": line.detail}
        for line in diagnosis.lines
    ]
    return {"ok": diagnosis.ok, "checks": checks, "versions": diagnosis.versions}


def diagnosis_lines(diagnosis: Diagnosis) -> list[str]:
    """What `doctor` found, for people."""
    rows = [
        ("✓" if line.ok else "✗", line.check, line.detail) for line in diagnosis.lines
    ]
    said = ", ".join(f"{k} {v}" for k, v in diagnosis.versions.items())
    return [*table(("", "CHECK", "DETAIL"), rows), "", printable(said)]


def repair_document(told: Repair) -> dict[str, Any]:
    """What a repair did, kept and could not do, as JSON tells it."""
    return {
        "backup": str(told.backup),
        "set_aside": str(told.set_aside) if told.set_aside else None,
        "done": told.done,
        "kept": told.kept,
        "left": told.left,
        "not_repaired": told.not_repaired,
        "sound_backup": str(told.offer) if told.offer else None,
    }


def repair_lines(told: Repair) -> list[str]:
    """What a repair did, kept and could not do, for people."""
    kept = ", ".join(f"{n:,} {noun}" for noun, n in told.kept.items() if n)
    lines = [f"Backed up to {told.backup}.", *told.done, f"Kept: {kept or 'nothing'}."]
    if told.set_aside:
        lines.append(f"The damaged file is {told.set_aside}.")
    lines += [f"Left as it was: {one}" for one in told.left]
    lines += [f"Not repaired: {one}" for one in told.not_repaired]
    if told.offer:
        lines.append(
            f"`mlcatalog restore {told.offer}` tells what the newest sound backup"
            " would bring back."
        )
    return [*map(printable, lines), ""]
