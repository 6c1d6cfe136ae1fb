"""What `.mlcatalog.toml` says, how folders inherit it, and what it may not say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlcatalog.conventions import Convention, Conventions, convention_for
from mlcatalog.conventions.project_file import FILE
from mlcatalog.domain.errors import SettingsError

SAID = """
schema = 1
project = "intent"

[vocabulary]
architecture = ["bert-base"]

[names.model]
template = "{project}-{architecture}-{stage}"

[names.model.fields.stage]
type = "vocabulary"
values = ["dev", "live"]
"""


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(text)
    return folder


def model_convention(
    folder: Path, conventions: Conventions | None = None
) -> Convention:
    found = (conventions or Conventions()).at("model", str(folder))
    assert found is not None
    return found


def test_a_project_that_says_nothing_has_the_default(tmp_path: Path) -> None:
    assert "{run-id}" in model_convention(tmp_path).template.text
    assert Conventions().at("dataset", str(tmp_path)) is None


def test_the_settings_give_the_template_of_projects_that_say_nothing(
    tmp_path: Path,
) -> None:
    found = model_convention(tmp_path, Conventions("{project}-{date}"))
    assert found.template.text == "{project}-{date}"


def test_a_file_gives_template_fields_vocabulary_and_project(tmp_path: Path) -> None:
    found = model_convention(write(tmp_path, SAID) / "models")
    assert found.read("intent-bert-base-dev") == [
        {"project": "intent", "architecture": "bert-base", "stage": "dev"}
    ]
    assert found.read("intent-bert-big-dev") == []
    assert found.project == ("intent",)
    assert found.source == str(tmp_path / FILE)


def test_a_folder_inherits_and_changes_what_it_says(tmp_path: Path) -> None:
    write(tmp_path, SAID)
    inner = write(tmp_path / "old", '[names.model.fields.stage]\nvalues = ["v1"]\n')
    assert model_convention(inner).read("intent-bert-base-v1")
    assert not model_convention(inner).read("intent-bert-base-dev")
    assert model_convention(tmp_path).read("intent-bert-base-dev")


def test_a_root_and_a_repository_end_the_search(tmp_path: Path) -> None:
    write(tmp_path, SAID)
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    write(tmp_path / "alone", "root = true\n")
    for folder in ("repo", "alone"):
        assert "{run-id}" in model_convention(tmp_path / folder).template.text


def test_other_kinds_are_judged_only_where_a_template_is_given(tmp_path: Path) -> None:
    write(tmp_path, '[names.dataset]\ntemplate = "{dataset-version}"\n')
    found = Conventions().at("dataset", str(tmp_path))
    assert found is not None
    assert found.read("telco_v3")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = ", "TOML"),
        ("\x00", "TOML"),
        ("a = " + "[" * 5_000, "TOML"),
        ("schema = 9", "schema: 9"),
        ('schema = "1"', "schema: a number"),
        ("porject = 'x'", "did you mean project"),
        ("[names.modle]\ntemplate='x'", "did you mean model"),
        ("[names.model]\ntemplate='{project'", "brace"),
        ("[names.model]\ntemplate='{projct}'", "did you mean project"),
        ("[names.model]\ntemplate='{a}{date}'\nfields.a.type='word'", "touch"),
        ("[names.model]\npreset='gguff'", "did you mean gguf"),
        ("[names.model.fields.task]\ntype='vocabulry'", "vocabulry is none of"),
        ("[names.model.fields.date]\nformat='DDMM'", "YYYY"),
        ("[names.model.fields.task]\ntype='regex'\npattern='(a+)\\1'", "not offered"),
        ("[names.model.fields.task]\ntype='regex'\npattern='(a'", "not closed"),
        ("[names.model.fields.task]\ntype='regex'", "needs one"),
        ("[names.model.fields.task]\nmin=9\nmax=3", "9 to 3"),
        ("[names.model.fields.task]\nvalues=['a/b']", "slash"),
        ("[vocabulary]\ntask='cls'", "a list of texts"),
        ("[names.dataset]\nexempt=['x']", "neither a template nor a preset"),
        ("names = 3", "a table"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_what(
    tmp_path: Path, text: str, said: str
) -> None:
    write(tmp_path, text)
    conventions = Conventions()
    assert "{run-id}" in model_convention(tmp_path, conventions).template.text
    (finding,) = conventions.findings()
    assert finding.path == str(tmp_path / FILE)
    assert said in finding.message
    with pytest.raises(SettingsError):
        convention_for(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_the_files_place_is_refused_and_not_waited_for(
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / FILE)
    conventions = Conventions()
    model_convention(tmp_path, conventions)
    assert "plain file" in conventions.findings()[0].message


def test_a_regex_that_explodes_elsewhere_is_judged_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        "[names.model]\ntemplate='{name}'\n"
        "[names.model.fields.name]\ntype='regex'\nmax=200\npattern='((a*)*)*b'\n",
    )
    found = model_convention(tmp_path)
    assert found.read("a" * 199) == []
    assert found.read("a" * 199 + "b")


def test_the_signature_changes_with_the_file(tmp_path: Path) -> None:
    before = Conventions().signature(str(tmp_path))
    write(tmp_path, SAID)
    assert Conventions().signature(str(tmp_path)) != before
