"""The template tester says at once what judging name by name would say."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.in_force import Conventions
from mlcatalog.conventions.project_file import parsed
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.template import DEFAULT_TEMPLATE
from mlcatalog.domain.moments import parse_moment
from mlcatalog.domain.words import Kind
from mlcatalog.tasks.naming import Named
from mlcatalog.ui.conventions.shelf import Shelf
from mlcatalog.ui.conventions.templates import effect
from mlcatalog.ui.conventions.tester import Asked, TemplateTester, Tried
from mlcatalog.ui.naming.judged import Judged, Names, Scope, judged
from tests.benchmarks.names import names_of

ROOT = "/nowhere/churn"
MODELS = Scope(ROOT, "model")
TEMPLATES = {
    "the default": DEFAULT_TEMPLATE,
    "fields in another order": "{architecture}-{task}-{project}-{dataset-version}-{date}-{run-id}",
    "one field less": "{project}-{task}-{architecture}-{dataset-version}-{date}",
    "another joint": "{project}_{task}_{architecture}",
    "a joint that a field may hold": "{project}.{task}",
    "several joints": "{project}-{task}_{architecture}-{dataset-version}-{date}-{run-id}",
    "a literal at the end": DEFAULT_TEMPLATE + "-x",
    "an optional part": "{project}-{task}-{architecture}[-{name}]-{date}-{run-id}",
}
RULES = {
    "no more": "",
    "a vocabulary with the joint in it": '[vocabulary]\narchitecture = ["bert-base", "mlp"]\n',
    "a project": 'project = "churn"\n',
    "names that are exempt": '[names.model]\nexempt = ["final_*", "*-r0000*"]\n',
}


def subject(number: int, name: str, chance: random.Random) -> NameSubject:
    """A name with facts, some of which it contradicts."""
    parts = name.split("-")
    is_whole = len(parts) == 6
    day = chance.choice(["2026-05-02", "2026-06-01"])
    if is_whole and parts[4].isdigit() and chance.random() < 0.9:
        day = f"{parts[4][:4]}-{parts[4][4:6]}-{parts[4][6:]}"
    lies = chance.random() < 0.1
    return NameSubject(
        id=str(number),
        path=f"{ROOT}/models/{number % 7}/{name}.safetensors",
        name=name,
        kind=Kind.MODEL,
        project="churn",
        recorded=parse_moment(f"{day}T10:00:00Z") if chance.random() < 0.7 else None,
        datasets=("other_v1",) if lies else (parts[3],) if is_whole else (),
        architecture="BertModel" if number % 3 == 0 else "",
        run_ids=("r99ff",) if number % 40 == 0 else (parts[-1],),
    )


@pytest.fixture(scope="module")
def before() -> Judged:
    """Some hundred names, right, wrong and lying, of checkpoints too."""
    chance = random.Random(5)
    names = [*names_of(700, 0.3), "checkpoint-500", "con", "churn-cls-bert-base-x"]
    subjects = [subject(number, name, chance) for number, name in enumerate(names)]
    data = replace(subjects[0], id="data", kind=Kind.DATASET)
    named = [Named(ROOT, one) for one in (*subjects, data)]
    return judged(Names(named=named), Conventions())


def one_by_one(before: Judged, rules: Conventions) -> list[str]:
    """What judging each name says, in words of the tester."""
    said = []
    for one, verdict in zip(before.names.named, before.verdicts, strict=True):
        convention = rules.of(one.subject)
        was_wrong = verdict in ("breaks", "contradicts", "ambiguous")
        if not MODELS.holds(one):
            said.append("free")
        elif convention is None or is_good(convention, one.subject):
            said.append("mended" if was_wrong else "keeps")
        else:
            said.append("breaks" if was_wrong else "would break")
    return said


def is_good(convention: Convention, subject: NameSubject) -> bool:
    return convention.keeps(subject) or convention.is_exempt(subject)


def rules_of(before: Judged, template: str, more: str) -> Conventions:
    text = f"{more}\n" if "[names.model]" in more else f"{more}\n[names.model]\n"
    text += f'template = "{template}"\n'
    said = parsed(tomllib.loads(text), Path(ROOT) / ".mlcatalog.toml", text.encode())
    return before.rules.with_file(said)


@pytest.mark.parametrize("more", RULES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_verdict_is_the_one_that_judging_that_name_alone_gives(
    before: Judged, template: str, more: str
) -> None:
    tester = TemplateTester(Shelf(before, MODELS))
    rules = rules_of(before, TEMPLATES[template], RULES[more])
    expected = one_by_one(before, rules)
    for _ in range(2):  # what was remembered says the same
        tried = tester.tried(rules, Asked(only_broken=False))
        assert list(tried.judged.verdicts) == expected
        assert tried.known == tried.total == len(tester.shelf)
    assert tried.breaking == expected.count("would break")
    assert tried.mended == expected.count("mended")
    assert tried.broken == tried.breaking + expected.count("breaks")
    assert counted(tried) == {one: expected.count(one) for one in counted(tried)}


def counted(tried: Tried) -> Mapping[str, int]:
    return tried.rows.counts


def test_one_tester_answers_template_after_template(before: Judged) -> None:
    tester = TemplateTester(Shelf(before, MODELS))
    tester.warm()
    for template in (*TEMPLATES.values(), *reversed(TEMPLATES.values())):
        rules = rules_of(before, template, "")
        tried = tester.tried(rules)
        assert list(tried.judged.verdicts) == one_by_one(before, rules)


def test_a_hurried_answer_is_of_a_part_of_the_names_and_says_so(
    before: Judged,
) -> None:
    tester = TemplateTester(Shelf(before, MODELS), hurry=0)
    rules = rules_of(before, TEMPLATES["a literal at the end"], "")
    part = tester.tried(rules, Asked(hurries=True))
    assert 0 < part.known < part.total
    assert part.broken == part.known - 1  # none ends so; checkpoint-500 is exempt
    assert effect(part) == (
        f"{part.broken} of the first {part.known} names would break it; "
        f"{part.total - part.known} more are being tried."
    )
    whole = tester.tried(rules)
    assert whole.known == whole.total
    assert list(whole.judged.verdicts) == one_by_one(before, rules)


def test_rows_hold_the_words_that_are_searched_for(before: Judged) -> None:
    shelf = Shelf(before, MODELS)
    rows = shelf.rows(before, shelf.codes, "speech R00", only_broken=False)
    names = [before.subject(at).name for at in rows.order if at >= 0]
    assert names
    assert all("speech" in name.lower() and "r00" in name for name in names)
    groups = shelf.rows(before, shelf.codes, "contradicts", only_broken=True)
    assert list(groups.counts) == ["contradicts"]
