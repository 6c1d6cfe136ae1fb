"""Names: how they read, what is wrong with them, and what would be right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.findings import naming_findings
from mlcatalog.conventions.names import display_name
from mlcatalog.conventions.subjects import NameSubject, Verdict
from mlcatalog.conventions.template import FIELDS, Template
from mlcatalog.conventions.words import TASKS
from mlcatalog.domain.errors import SettingsError
from mlcatalog.domain.moments import parse_moment
from mlcatalog.domain.words import Kind

GOOD = "intent-cls-bert_base-intents_v4-20260502-r0a11"


DEFAULT = Convention.default()


def judge(one: NameSubject) -> Verdict:
    return DEFAULT.judge(one)


def subject(name: str, **facts: object) -> NameSubject:
    path = str(facts.pop("path", f"/p/{name}.safetensors"))
    return NameSubject("1", path, name, Kind.MODEL, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "state", "field"),
    [
        (GOOD, "keeps", ""),
        ("churn-cls-gbdt-telco_v3-20260412-r7f3a", "keeps", ""),
        ("churn-reg-mlp-telco_v3.1-20260412-7", "keeps", ""),
        ("a-ner-b.c-d_v10-20240229-x1", "keeps", ""),
        ("final_model_v2_REALLY", "breaks", ""),
        ("model (3)", "breaks", ""),
        ("intent", "breaks", ""),
        ("intent-cls-bert_base-intents_v4-20260502", "breaks", "run-id"),
        ("intent-cls-bert_base-intents_v4-20260230-r0a13", "breaks", "date"),
        ("intent-cls-bert_base-intents_v4-20230229-r0a13", "breaks", "date"),
        ("intent-cls-bert_base-intents_v4-2026052-r0a13", "breaks", "date"),
        ("intent-cls-bert_base-intents-20260502-r0a13", "breaks", "dataset-version"),
        ("intent-cls-bert_base-v4-20260502-r0a13", "breaks", "dataset-version"),
        ("intent-clss-bert_base-intents_v4-20260502-r0a13", "breaks", "task"),
        ("Intent-cls-bert_base-intents_v4-20260502-r0a13", "breaks", "project"),
        ("intent-cls-bert__base-intents_v4-20260502-r0a13", "breaks", "architecture"),
        ("intent-cls-_bert-intents_v4-20260502-r0a13", "breaks", "architecture"),
        ("intent-cls-bert-intents_v4-20260502-final", "breaks", "run-id"),
        ("\u0456ntent-cls-bert-intents_v4-20260502-r1", "breaks", "project"),
        ("intent-cls-bert-intents_v4-2026050\uff12-r1", "breaks", "date"),
        ("intent-cls--intents_v4-20260502-r1", "breaks", "architecture"),
        ("intent-cls-bert-base-intents_v4-20260502-r0a12", "ambiguous", ""),
        ("churn-x-cls-mlp-telco_v3-20260502-r1", "breaks", "project"),
        ("churn-cls-mlp-telco_v3-20260502-r1-a", "breaks", "run-id"),
        ("Intent-ner-bert-conll_v3-20260502-r1", "breaks", "project"),
        ("intent-ner-bert-conll_v3-20260502-", "breaks", "run-id"),
        ("-ner-bert-conll_v3-20260502-r1", "breaks", "project"),
        ("intent-ner-bert-conll_v3-20261301-r1", "breaks", "date"),
        ("intent-ner-bert-conll_v3-00000000-r1", "breaks", "date"),
        ("intent-ner-bert-conll_v3-20260502-r\u00e91", "breaks", "run-id"),
        ("intent-ner-bert.-conll_v3-20260502-r1", "breaks", "architecture"),
        ("intent-ner-bert-conll_v-20260502-r1", "breaks", "dataset-version"),
        ("intent-ner-bert-conll_v3_x-20260502-r1", "breaks", "dataset-version"),
        ("intent-ner-bert-conll_v3.1.2-20260502-r1", "breaks", "dataset-version"),
        ("intent-NER-bert-conll_v3-20260502-r1", "breaks", "task"),
        ("intent ner bert conll_v3 20260502 r1", "breaks", ""),
        ("intent_ner_bert_conll_v3_20260502_r1", "breaks", ""),
        ("intent\u2010ner-bert-conll_v3-20260502-r1", "breaks", ""),
        ("", "breaks", ""),
        ("best", "breaks", ""),
        ("img-seg-unet-cityscapes_v1-20251231-7af3", "keeps", ""),
        ("img-det-yolo.v8-coco_v2017-20251231-a1", "keeps", ""),
        ("speech-asr-whisper_small-librispeech_v1-20250101-9", "keeps", ""),
        ("speech-tts-vits-ljspeech_v1.1-20250101-r2", "keeps", ""),
        ("search-rank-lambdamart-clicks_v12-20250630-b0", "keeps", ""),
        ("search-emb-minilm-queries_v2-20250630-b1", "keeps", ""),
        ("chat-lm-llama3.1-dolly_v15-20250630-c1", "keeps", ""),
        ("art-gen-sdxl-laion_v5-20250630-c2", "keeps", ""),
        ("iter_100", "exempt", ""),
        ("global_step500", "exempt", ""),
        ("checkpoint-final", "breaks", ""),
        ("a" * 300, "breaks", ""),
        ("checkpoint-500", "exempt", ""),
        ("step_100", "exempt", ""),
        ("epoch=1-step=4", "exempt", ""),
    ],
)
def test_a_name_is_read_field_by_field(name: str, state: str, field: str) -> None:
    verdict = judge(subject(name))
    assert verdict.state == state, verdict
    assert [one.field for one in verdict.problems] == ([field] if field else [])


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"datasets": ("intents_v3",)}, "dataset-version"),
        ({"recorded": parse_moment("2026-05-03T10:00:00Z")}, "date"),
        ({"run_ids": ("r0b07",)}, "run-id"),
    ],
)
def test_a_name_that_lies_contradicts(facts: dict[str, object], field: str) -> None:
    verdict = judge(subject(GOOD, **facts))
    assert verdict.state == "contradicts"
    assert [one.field for one in verdict.problems] == [field]
    assert judge(subject(verdict.suggestion, **facts)).state == "keeps"


@pytest.mark.parametrize(
    "facts",
    [
        {"datasets": ("intents_v4",)},
        {"datasets": ("intents_v4_train",)},
        {"recorded": parse_moment("2026-05-02T23:59:59Z")},
        {"run_ids": ("r0a11", "some run")},
    ],
)
def test_a_name_that_agrees_keeps(facts: dict[str, object]) -> None:
    assert judge(subject(GOOD, **facts)).state == "keeps"


def test_a_finding_names_field_found_expected_and_the_nearest_value() -> None:
    bad = subject("intent-clss-bert-intents_v4-20260502-r1")
    (finding,) = naming_findings([bad], lambda _: DEFAULT)
    assert finding.rule == "name.invalid"
    assert (finding.field, finding.found) == ("task", "clss")
    assert finding.suggestion == "intent-{task}-bert-intents_v4-20260502-r1"
    assert judge(bad).problems[0].suggestion == "cls"


def test_one_name_for_two_models_is_a_duplicate_but_a_copy_is_not() -> None:
    one = NameSubject("1", "/a/x", GOOD, Kind.MODEL, digest="a", format="st")
    two = NameSubject("2", "/b/x", GOOD, Kind.MODEL, digest="b", format="st")
    copy = NameSubject("3", "/c/x", GOOD, Kind.MODEL, digest="a", format="st")
    export = NameSubject("4", "/a/y", GOOD, Kind.MODEL, digest="c", format="onnx")
    assert [f.rule for f in naming_findings([one, two], lambda _: DEFAULT)] == [
        "name.duplicate"
    ] * 2
    assert naming_findings([one, copy, export], lambda _: DEFAULT) == []


@pytest.mark.parametrize(
    ("path", "kind", "is_bundle", "name"),
    [
        ("m/x.safetensors", Kind.MODEL, False, "x"),
        ("runs/best-run/model.safetensors", Kind.MODEL, False, "best-run"),
        ("runs/r1/best.pt", Kind.MODEL, False, "r1"),
        ("models/bert", Kind.MODEL, True, "bert"),
        ("d/telco_v3.csv", Kind.DATASET, False, "telco_v3"),
        ("d/telco_v3.1", Kind.DATASET, True, "telco_v3.1"),
        ("d/x.tar.gz", Kind.DATASET, False, "x"),
        ("c/train.yaml", Kind.CONFIG, False, "train.yaml"),
        ("s/train.py", Kind.SCRIPT, False, "train.py"),
        ("m/model (3).safetensors", Kind.MODEL, False, "model (3)"),
    ],
)
def test_what_an_artifact_is_called(
    path: str, kind: Kind, is_bundle: bool, name: str
) -> None:
    assert display_name(path, kind, is_bundle=is_bundle) == name


@pytest.mark.parametrize(
    "text", ["", "x", "{}", "{oops}", "{date}{task}", "{date}-{date}", "{date-x"]
)
def test_a_template_that_cannot_work_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        Template.parse(text)


word = st.from_regex(r"[a-z0-9]{1,6}([._][a-z0-9]{1,4})?", fullmatch=True)


@given(
    st.fixed_dictionaries(
        {
            "project": word,
            "task": st.sampled_from(TASKS),
            "architecture": word,
            "dataset-version": word.map(lambda w: f"{w}_v3"),
            "date": st.dates().map(lambda d: f"{d.year:04d}{d.month:02d}{d.day:02d}"),
            "run-id": word.map(lambda w: f"r1{w}"),
        }
    )
)
def test_what_is_formatted_is_read_back(values: dict[str, str]) -> None:
    template = DEFAULT.template
    verdict = judge(subject(template.format(values)))
    assert verdict.state == "keeps"
    assert {one.field: one.found for one in verdict.fields} == values


@given(st.text(max_size=40), st.sampled_from(FIELDS))
def test_no_text_breaks_the_judge(text: str, field: str) -> None:
    DEFAULT.checkers[field].fault(text)
    judge(subject(text))
