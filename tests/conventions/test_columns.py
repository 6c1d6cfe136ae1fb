"""Many names at once are judged as each of them alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcatalog.conventions.columns import Names, broken, misfits
from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.rules import FieldRule
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.domain.moments import parse_moment
from mlcatalog.domain.words import Kind

MAY = FieldRule(values=("bert-base", "b-c"))
CONVENTIONS = {
    "default": Convention.default(),
    "hyphens listed": Convention.parse(
        Convention.default().template.text, {"architecture": MAY}
    ),
    "own project": Convention.parse(
        Convention.default().template.text, project=("churn",)
    ),
    "optional part": Convention.parse("{project}[-{task}]-{date}"),
    "short names": Convention.parse("{name}_{date}", {"name": FieldRule(most=8)}),
    "listed and regex": Convention.parse(
        "{a}.{b}",
        {
            "a": FieldRule("vocabulary", values=("x", "con", "nul")),
            "b": FieldRule("regex", pattern="[a-c]+(-[0-9])?"),
        },
    ),
    "numbers": Convention.parse(
        "{a}-{b}-{c}",
        {
            "a": FieldRule("hex", least=2, most=6),
            "b": FieldRule("integer", prefix="n"),
            "c": FieldRule("version", prefix="v"),
        },
    ),
}
PARTS = st.sampled_from(
    [
        *("churn", "cls", "clss", "bert", "base", "bert_base", "telco_v3", "20260502"),
        *("20260230", "r1", "final", "", "b", "c", "Churn", "x", "con", "a1f", "n12"),
        *(
            "v1.2.0",
            "v1.2.0-rc.1",
            "tel\nco",
            "a\u0660",
            "x" * 130,
            "x" * 70,
            "v",
            "ab",
        ),
    ]
)
NAMES = st.lists(PARTS, min_size=1, max_size=8).flatmap(
    lambda parts: st.sampled_from("-_.").map(lambda joint: joint.join(parts))
)
RIGHT = st.tuples(
    st.sampled_from(["churn", "con.x", "intent"]),
    st.just("cls"),
    st.sampled_from(["bert", "bert-base", "b-c", "resnet50"]),
    st.sampled_from(["telco_v3", "intents_v4"]),
    st.sampled_from(["20260502", "20260503"]),
    st.sampled_from(["r1", "r2", "r" + "1" * 63]),
).map("-".join)


@st.composite
def a_subject(draw: st.DrawFn) -> NameSubject:
    name = draw(NAMES | RIGHT)
    return NameSubject(
        "1",
        f"/p/{name}",
        name,
        Kind.MODEL,
        recorded=draw(st.sampled_from([None, parse_moment("2026-05-02T10:00:00Z")])),
        datasets=draw(st.sampled_from([(), ("telco_v3",), ("telco_v3_train", "x_v1")])),
        architecture=draw(st.sampled_from(["", "BertModel", "ResNetForSomething"])),
        run_ids=draw(st.sampled_from([(), ("r1",)])),
    )


@pytest.mark.parametrize("key", CONVENTIONS)
@settings(max_examples=150)
@given(subjects=st.lists(a_subject(), max_size=25))
def test_many_names_are_judged_as_each_alone(
    key: str, subjects: list[NameSubject]
) -> None:
    convention = CONVENTIONS[key]
    alone = [row for row, one in enumerate(subjects) if not convention.keeps(one)]
    assert broken(convention, subjects) == alone
    not_kept = ("breaks", "ambiguous", "contradicts")
    judged = [convention.judge(one).state in not_kept for one in subjects]
    exempt = [convention.is_exempt(one) for one in subjects]
    assert [row for row, is_bad in enumerate(judged) if is_bad] == [
        row for row in alone if not exempt[row]
    ]


@pytest.mark.parametrize("key", CONVENTIONS)
@settings(max_examples=100)
@given(names=st.lists(NAMES | RIGHT, max_size=25))
def test_many_names_are_read_as_each_alone(key: str, names: list[str]) -> None:
    convention = CONVENTIONS[key]
    alone = [row for row, name in enumerate(names) if len(convention.read(name)) != 1]
    assert misfits(convention, Names(names)) == alone


def test_templates_tried_one_after_the_other_do_not_disturb_each_other() -> None:
    names = Names(["churn-cls-bert-telco_v3-20260502-r1", "x_20260502", "a-b"])
    found = {key: misfits(one, names) for key, one in CONVENTIONS.items()}
    assert {key: misfits(one, names) for key, one in CONVENTIONS.items()} == found
    assert found["default"] == [1, 2]
    assert found["short names"] == [0, 2]
