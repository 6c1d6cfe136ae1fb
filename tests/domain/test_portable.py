"""Readings cross from one process to another whole."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcatalog.domain.portable import portable
from mlcatalog.domain.reading import (
    THIS,
    Claim,
    Column,
    Fact,
    Notice,
    Param,
    Point,
    Reading,
    Reference,
    Scheme,
    Series,
    Tensor,
)
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation

words = st.text(max_size=8)
values = st.one_of(words, st.integers(), st.floats(allow_nan=False), st.none())


@given(words, values, st.sampled_from(list(Evidence)))
def test_a_reading_arrives_as_it_left(word, raw, evidence):
    value = Value.of(raw)
    target = Reference(Scheme.HUB, word, None, Kind.MODEL)
    reading = Reading(
        word,
        Kind.MODEL,
        facts=(Fact(word, value, word, evidence),),
        params=(Param(word, value),),
        metrics=(Series(word, (Point(1, 0.5), Point(None, 1.5, 3))),),
        tensors=(Tensor(word, "F32", (2, 3), 8, 24),),
        columns=(Column(word, "text"),),
        claims=(Claim(THIS, Relation.DERIVED_FROM, target, evidence, word),),
        notices=(Notice(word, word, "note"),),
    )
    arrived = pickle.loads(pickle.dumps(reading, protocol=5))
    assert arrived == reading
    assert type(arrived.facts[0]) is Fact
    assert copy.deepcopy(reading) == reading


def test_a_class_with_one_field_is_refused():
    @dataclass(frozen=True, slots=True)
    class Single:
        field: int

    with pytest.raises(TypeError):
        portable(Single)
