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


FIELD = "[names.model.fields.task]\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a = ", 1, "TOML"),
        ("schema = 1\nroot = maybe\n", 2, "TOML"),
        ("\x00", 1, "TOML"),
        ("a = " + "[" * 5_000, 0, "TOML"),
        ("schema = 9", 1, "schema: 9"),
        ('schema = "1"', 1, "schema: a number"),
        ("# a comment\n\nporject = 'x'", 3, "did you mean project"),
        ("[names.modle]\ntemplate='x'", 1, "did you mean model"),
        ("[names.model]\ntemplate='{project'", 2, "brace"),
        ("[names.model]\n\ntemplate='{projct}'", 3, "did you mean project"),
        ("[names.model]\ntemplate='{a}{date}'\nfields.a.type='word'", 2, "touch"),
        ("[names.model]\npreset='gguff'", 2, "did you mean gguf"),
        (f"{FIELD}type='vocabulry'", 2, "vocabulry is none of"),
        (f"{FIELD}max=9\n[names.model.fields.date]\nformat='DDMM'", 4, "YYYY"),
        (f"{FIELD}type='regex'\npattern='(a+)\\1'", 3, "not offered"),
        (f"{FIELD}type='regex'\npattern='(a'", 3, "not closed"),
        (f"{FIELD}type='regex'", 1, "needs one"),
        (f"{FIELD}min=9\nmax=3", 3, "9 to 3"),
        (f"{FIELD}values=['a/b']", 2, "slash"),
        (f"{FIELD}values=['a:b']", 2, "no file's name may"),
        ("[vocabulary]\ntask='cls'", 2, "a list of texts"),
        ("[vocabulary]\narchitecture=[\n'x',\n'y?']\n", 2, "y? holds ?"),
        ("[names.dataset]\nexempt=['x']", 1, "neither a template nor a preset"),
        ("names = 3", 1, "a table"),
        # what contradicts itself
        ("[names.model]\ntemplate='{project}.'", 2, "it ends in a dot"),
        ("[names.model]\ntemplate='con.{project}'", 2, "a device's name"),
        (f"[names.model]\ntemplate='{'x' * 255}{{project}}'", 2, "255 bytes"),
        (f"{FIELD}type='date'\nmax=6", 3, "a date has 8 characters, not 1 to 6"),
        (f"{FIELD}type='date'\nmin=9", 3, "a date has 8 characters"),
        (f"{FIELD}type='date'\nformat='YYYYMMDDTHH:mm'", 3, "may hold ':'"),
        (f"{FIELD}type='version'\nprefix='v'\nmax=5", 4, "6 characters or more"),
        (f"{FIELD}type='integer'\nprefix='a/'", 3, "may hold '/'"),
        (f"{FIELD}inside='*'", 2, "may hold '*'"),
        (f"{FIELD}type='regex'\nmax=3\npattern='[0-9]{{5}}'", 4, "fits no text of"),
        (f"{FIELD}type='regex'\nlength=2\npattern='a{{3}}'", 4, "2 to 2 characters"),
        ("\n\nproject = 'My Shop'", 3, "My Shop cannot be the project: upper case"),
        ("[names.model.fields.architectur]\nmax=9", 1, "did you mean architecture"),
        # what would take years elsewhere
        (f"{FIELD}type='regex'\npattern='.*a.{{20}}'", 3, "it explodes"),
        (f"{FIELD}type='regex'\npattern='(.*a.?b?c?){{40}}'", 3, "it explodes"),
        (f"{FIELD}type='regex'\npattern='((a?){{99}}){{99}}'", 3, "too large"),
        (f"{FIELD}type='regex'\npattern='{'(' * 40}a{')' * 40}'", 3, "too deeply"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_what(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    write(tmp_path, text)
    conventions = Conventions()
    assert "{run-id}" in model_convention(tmp_path, conventions).template.text
    (finding,) = conventions.findings()
    assert finding.path == str(tmp_path / FILE)
    assert said in finding.message
    if line:
        assert f"line {line}" in finding.message
    with pytest.raises(SettingsError):
        convention_for(tmp_path)


def test_the_file_that_says_it_is_named_not_the_one_that_inherits_it(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "[names.model]\ntemplate = '{project}-{stage}'\n[names.model.fields.stage]\n",
    )
    inner = write(
        tmp_path / "in", "[names.model]\nfields.stage.min = 9\nfields.stage.max = 8\n"
    )
    conventions = Conventions()
    assert model_convention(inner, conventions).read("a-b")  # that of the folder above
    (finding,) = conventions.findings()
    assert finding.path == str(inner / FILE)
    assert "line 3: names.model.fields.stage.max" in finding.message


def test_a_field_that_the_template_no_longer_has_may_keep_its_rule(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "[names.model]\ntemplate = '{project}-{date}'\n[names.model.fields.task]\nmax = 9\n",
    )
    assert model_convention(tmp_path).read("churn-20260502")


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
