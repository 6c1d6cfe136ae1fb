"""The conventions that the names in `verdicts.txt` are held against, by section."""

from __future__ import annotations

from pathlib import Path

from mlcatalog.conventions import Convention, Conventions
from mlcatalog.conventions.project_file import FILE
from mlcatalog.conventions.writing import said

CONVENTIONS = {
    "default": "",
    "listed hyphens": """
        [vocabulary]
        project = ["my-churn"]
        architecture = ["bert-base", "vit-b-16", "t5"]
    """,
    "overlapping lists": """
        [names.model]
        template = "{project}-{task}-{architecture}"
        fields.project.values = ["x-cls"]
        fields.task.values = ["cls", "cls-b"]
        fields.architecture.values = ["b-c", "cls-b"]
    """,
    "gguf": '[names.model]\npreset = "gguf"',
    "mlflow": '[names.model]\npreset = "mlflow"',
    "release": '[names.model]\npreset = "release"',
    "dated": """
        [names.model]
        template = "{name}_{date}"
        fields.date.format = "YYYY-MM-DD"
    """,
    "optional task": '[names.model]\ntemplate = "{project}[-{task}]-{date}"',
    "literals": """
        [names.model]
        template = "m-{stage}-{build}"
        fields.stage.type = "vocabulary"
        fields.stage.values = ["dev", "live"]
        fields.build.type = "integer"
        fields.build.prefix = "n"
    """,
    "hex and capitals": """
        [names.model]
        template = "{sha}.{site}"
        exempt = ["legacy_*"]
        fields.sha.type = "hex"
        fields.sha.length = 7
        fields.site.case = "upper"
        fields.site.inside = ""
    """,
}


def convention(section: str) -> Convention:
    """The convention of a section, as the file of a project would give it."""
    text = "\n".join(line.strip() for line in CONVENTIONS[section].splitlines())
    path = Path("/p") / FILE
    found = Conventions(instead={str(path): said(text, path)}).at("model", "/p")
    assert found is not None
    return found
