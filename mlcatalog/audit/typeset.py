"""A dossier on paper: Typst sets the pages, and everything from projects is data."""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
from collections.abc import Sequence
from typing import Any, Literal

from mlcatalog.audit.content import (
    EVIDENCE_NAME,
    Dossier,
    MetricLine,
    Section,
    Subject,
    digest_of,
    evidence,
)
from mlcatalog.audit.printable import in_reach, plain_latin, printable_values
from mlcatalog.domain.amounts import size_text
from mlcatalog.domain.errors import ExportError
from mlcatalog.domain.resources import resource

TEMPLATE = "typst/dossier.typ"
STANDARDS: tuple[Any, ...] = ("a-3a", "ua-1")  # archival, tagged, with attachments
PREVIEW_PPI = 110.0
MINUS = "\u2212"

Format = Literal["pdf", "png"]


def typeset(dossier: Dossier) -> bytes:
    """The dossier as a PDF/A-3a and PDF/UA-1 file with its evidence attached.

    The same dossier gives the same bytes. Raises ExportError.
    """
    return _compiled(dossier, "pdf")[0]


def preview(dossier: Dossier, *, ppi: float = PREVIEW_PPI) -> tuple[bytes, ...]:
    """Each page as a PNG picture, as the PDF would show it. Raises ExportError."""
    return tuple(_compiled(dossier, "png", ppi=ppi))


def _compiled(dossier: Dossier, form: Format, *, ppi: float = 0) -> list[bytes]:
    """Pages in the shipped fonts; else in the system's; else with letters spelled."""
    proof = evidence(dossier)
    shown = printable_values(_shown(dossier, digest_of(proof)))
    problems: list[Exception] = []
    for values, system_fonts in (
        (shown, False),
        (shown, True),
        (in_reach(shown), False),
        (plain_latin(shown), False),
    ):
        try:
            return _typst(values, proof, form, ppi=ppi, system_fonts=system_fonts)
        except RuntimeError as error:
            problems.append(error)
            if "could not be displayed" not in str(error):
                break
    raise ExportError(
        "The dossier could not be typeset", where=dossier.title, why=str(problems[-1])
    ) from problems[-1]


def _typst(
    values: Any, proof: bytes, form: Format, *, ppi: float, system_fonts: bool
) -> list[bytes]:
    import typst

    template = resource(TEMPLATE)
    compiler = typst.Compiler(
        template,
        root=template.parent,
        font_paths=[resource("fonts")],
        ignore_system_fonts=not system_fonts,
        sys_inputs={"dossier": json.dumps(values), "evidence": proof.decode()},
    )
    if form == "png":
        return _listed(compiler.compile(format="png", ppi=ppi))
    moment = datetime.datetime.fromisoformat(values["generated"])
    return _listed(
        compiler.compile(
            format="pdf",
            pdf_standards=list(STANDARDS),
            timestamp=int(moment.timestamp()),
        )
    )


def _listed(compiled: bytes | Sequence[bytes] | None) -> list[bytes]:
    if compiled is None:
        return []
    return [compiled] if isinstance(compiled, bytes) else list(compiled)


def _shown(dossier: Dossier, digest: str) -> dict[str, Any]:
    """What the template is fed: the dossier's values, numbers as people write them."""
    plain = dataclasses.asdict(dossier)
    plain["title"] = dossier.title or "(without a name)"  # PDF/UA wants one
    for table, subject in zip(plain["subjects"], dossier.subjects, strict=True):
        table["metrics"] = [_metric(line) for line in subject.metrics]
        table["met"], table["applicable"] = _met(subject)
        for line in table["edges"]:
            line["confidence"] = f"{line['confidence']:.2f}"
        for line in table["datasets"]:
            line["size"] = size_text(line["size"])
    for line in plain["files"]:
        line["size"] = size_text(line["size"])
    plain["sections"] = {str(part): part in dossier.sections for part in Section}
    plain["evidence"] = {"name": EVIDENCE_NAME, "sha256": digest}
    return plain


def _met(subject: Subject) -> tuple[int, int]:
    """Checks that are met or waived, and those that apply."""
    states = [check.state for check in subject.checks]
    applicable = [state for state in states if state != "not applicable"]
    return sum(state == "met" for state in applicable), len(applicable)


def _metric(line: MetricLine) -> dict[str, str]:
    return {
        "name": line.name,
        "value": number_text(line.value),
        "step": "" if line.step is None else str(line.step),
        "dataset": line.dataset,
        "previous": number_text(line.previous),
        "change": _change(line),
    }


def _change(line: MetricLine) -> str:
    if line.value is None or line.previous is None:
        return ""
    change = line.value - line.previous
    return number_text(change, sign=True) if math.isfinite(change) else ""


def number_text(number: float | None, *, sign: bool = False) -> str:
    """A measured value in up to four significant digits, with a true minus sign."""
    if number is None:
        return ""
    text = f"{number:{'+' if sign else ''}.4g}"
    return text.replace("-", MINUS)
