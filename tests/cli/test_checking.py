"""What `check` says of waivers and blanks, in text, JSON and SARIF."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.cli.main import main
from mlcatalog.domain.moments import now, utc_text
from mlcatalog.tasks.index import index
from tests.cli.sarif_form import LOG

DAY = 86_400_000_000
WRONG = "churn-clss-mlp-telco_v3-20260502-r9d02"
RIGHT = "churn-cls-mlp-telco_v3-20260503-r9d03"


def weights(path: Path) -> None:
    header = {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    raw = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + path.name[:8].encode())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a repo" / "churn: one"
    weights(folder / "models" / f"{WRONG}.safetensors")
    weights(folder / "models" / f"{RIGHT}.safetensors")
    weights(folder / "models" / "résumé (1).safetensors")
    (tmp_path / "a repo" / ".git").mkdir()
    return folder


@pytest.fixture
def catalog(tmp_path: Path, project: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db", actor="ann") as opened:
        index(opened, [project], settle_seconds=0)
        yield opened


class Check:
    """Runs `check` on a catalogue, and reads what it printed."""

    def __init__(self, catalog: Catalog, capsys: pytest.CaptureFixture[str]) -> None:
        self._place = str(catalog.path)
        self._capsys = capsys
        self.status = 0

    def __call__(self, *words: str) -> str:
        rule = () if "--rule" in words else ("--rule", "name.")
        self.status = main(["check", "--catalog", self._place, *rule, *words])
        return self._capsys.readouterr().out

    def finding(self) -> Any:
        found = json.loads(self("--json"))["findings"]
        return next(one for one in found if WRONG in one["path"])

    def sarif(self) -> Any:
        log = json.loads(self("--format", "sarif"))
        jsonschema.Draft202012Validator(LOG).validate(log)
        return log["runs"][0]


@pytest.fixture
def check(
    catalog: Catalog,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Check:
    monkeypatch.chdir(project)
    return Check(catalog, capsys)


def waive(catalog: Catalog, until: int | None) -> None:
    for finding in catalog.findings(rule_prefix="name."):
        catalog.waive(finding, "the paper names it so", until, who="mel")


def test_a_waiver_shows_reason_person_and_day(catalog: Catalog, check: Check) -> None:
    until = now() + 90 * DAY
    waive(catalog, until)
    said = check()
    assert check.status == 0
    words = f"waived until {utc_text(until)[:10]} by mel: the paper names it so"
    assert words in said
    assert "2 waived, 0 only to know" in said
    finding = check.finding()
    assert finding["state"] == "waived"
    assert finding["waiver"] == {
        "who": "mel",
        "why": "the paper names it so",
        "until": utc_text(until),
        "at": finding["waiver"]["at"],
        "is_over": False,
    }
    results = check.sarif()["results"]
    assert len(results) == 2
    for result in results:
        (one,) = result["suppressions"]
        assert (one["kind"], one["status"]) == ("external", "accepted")
        assert one["justification"] == words


def test_a_waiver_for_good_says_so(catalog: Catalog, check: Check) -> None:
    waive(catalog, None)
    assert "waived for good by mel" in check()
    assert check.finding()["waiver"]["until"] is None


def test_a_waiver_whose_day_has_come_ends_without_a_new_scan(
    catalog: Catalog, check: Check
) -> None:
    waive(catalog, now() - 1)
    said = check()
    assert check.status == 1
    assert "2 to mend" in said
    assert "was waived until" in said
    assert "the paper names it so" in said
    finding = check.finding()
    assert finding["state"] == "open"
    assert finding["waiver"]["is_over"]
    assert [one["suppressions"] for one in check.sarif()["results"]] == [[], []]
    (detail,) = catalog.details([finding["artifact"]])
    assert {one.state for one in detail.findings if one.rule == "name.invalid"} == {
        "open"
    }


def test_the_blanks_of_a_name_are_named_with_what_is_known(check: Check) -> None:
    said = check()
    assert "better: churn-{task}-mlp-telco_v3-20260502-r9d02" in said
    assert "{task} may be cls" in said
    assert "{run-id} is a run id with a digit" in said
    finding = check.finding()
    (blank,) = finding["blanks"]
    assert blank["field"] == "task"
    assert blank["offered"][0] == "cls"
    assert "????" not in said


def test_sarif_can_be_uploaded_to_code_scanning(
    catalog: Catalog, check: Check, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "models")
    run = check.sarif()
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    wrong, odd = sorted(run["results"], key=lambda one: one["message"]["text"])
    place = wrong["locations"][0]["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    assert uri == f"churn%3A%20one/models/{WRONG}.safetensors"
    assert place["region"] == {"startLine": 1}
    assert wrong["properties"]["blanks"][0]["offered"][0] == "cls"
    assert "{task} may be cls" in wrong["message"]["text"]
    root = (project.parent).as_uri()
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == f"{root}/"
    assert "r%C3%A9sum%C3%A9%20%281%29" in str(odd["locations"])


def test_a_finding_keeps_its_fingerprint_on_another_machine(
    tmp_path: Path, check: Check, project: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    first = check.sarif()
    other = tmp_path / "elsewhere"
    project.parent.rename(other)
    with Catalog.open(tmp_path / "other.db") as opened:
        index(opened, [other / project.name], settle_seconds=0)
        monkeypatch.chdir(other)
        second = Check(opened, capsys).sarif()
    prints = [
        {
            json.dumps(one["partialFingerprints"], sort_keys=True)
            for one in run["results"]
        }
        for run in (first, second)
    ]
    assert prints[0] == prints[1]
    assert len(prints[0]) == 2


def test_sarif_of_everything_that_can_be_wrong_is_in_form(check: Check) -> None:
    log = json.loads(check("--format", "sarif", "--rule", ""))
    jsonschema.Draft202012Validator(LOG).validate(log)
    rules = {one["id"] for one in log["runs"][0]["tool"]["driver"]["rules"]}
    assert {"name.invalid", "lineage.orphan"} <= rules


def test_a_convention_that_cannot_be_used_is_shown_at_its_line(
    catalog: Catalog, check: Check, project: Path
) -> None:
    field = "[names.model.fields.task]\ntype = 'regex'\npattern = '.*a.{20}'\n"
    (project / ".mlcatalog.toml").write_text(field)
    index(catalog, [project], settle_seconds=0)
    (result,) = json.loads(check("--format", "sarif", "--rule", "convention."))["runs"][
        0
    ]["results"]
    assert check.status == 1
    assert "line 3: names.model.fields.task.pattern" in result["message"]["text"]
    assert "it explodes" in result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 3}
    assert place["artifactLocation"]["uri"].endswith("/.mlcatalog.toml")
