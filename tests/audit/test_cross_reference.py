from __future__ import annotations

from mlcatalog.audit.content import EdgeLine, KeyValue, MetricLine, Subject
from mlcatalog.audit.cross_reference import (
    ANNEX,
    GUIDANCE,
    NOTHING,
    OWNER,
    PART,
    STATED,
    cross_reference,
)

EDGE = EdgeLine("m", "fine-tuned from", "base", "content", "tensor digests")
BARE = Subject("1", "m", "ab" * 32, (KeyValue("owner", "not known"),))
FULL = Subject(
    "1",
    "m",
    "ab" * 32,
    (KeyValue("owner", "nlp-team"), KeyValue("architecture", "bert")),
    edges=(EDGE,),
    metrics=(MetricLine("f1", 0.9),),
)


def states(*subjects: Subject) -> dict[tuple[str, str], str]:
    return {(one.norm, one.asks): one.state for one in cross_reference(subjects)}


def test_all_points_of_annex_iv_are_listed_in_order() -> None:
    points = [one.point for one in cross_reference((FULL,)) if one.norm == ANNEX]
    assert points == [
        "1",
        *(f"2 ({letter})" for letter in "abcdefgh"),
        *(str(number) for number in range(3, 10)),
    ]


def test_what_only_the_owner_can_state_is_never_filled_in() -> None:
    found = states(FULL)
    for asks in ("human oversight", "risk management", "declaration of conformity"):
        assert found[ANNEX, asks] == OWNER


def test_a_point_is_stated_only_where_the_document_has_it() -> None:
    asks = "methods, pre-trained systems used and how modified"
    assert states(FULL)[ANNEX, asks] == STATED
    assert states(BARE)[ANNEX, asks] == NOTHING
    assert states(BARE)[GUIDANCE, "owner"] == OWNER
    assert states(FULL)[GUIDANCE, "owner"] == STATED
    assert states(FULL)[GUIDANCE, "outcomes and metrics"] == PART


def test_no_line_claims_that_anything_is_met() -> None:
    said = " ".join(
        f"{one.state} {one.place}" for one in cross_reference((FULL, BARE))
    ).lower()
    assert "compl" not in said
    assert "conform" not in said
