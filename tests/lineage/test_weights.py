from __future__ import annotations

from mlcatalog.lineage.weights import MOST_LAYERS, REST, weight_change

BASE = (
    ("embeddings.weight", "e", 1_000),
    *((f"encoder.layer.{n}.w", f"w{n}", 100) for n in range(12)),
    ("classifier.weight", "c", 80),
    ("classifier.bias", None, 2),
)


def test_a_new_head_is_all_that_changed() -> None:
    child = (
        *BASE[:-2],
        ("classifier.weight", "new", 120),
        ("classifier.bias", None, 3),
    )
    change = weight_change(BASE, child)
    assert change is not None
    assert (change.equal, change.total) == (13, 15)
    assert change.different == ("classifier.weight", "classifier.bias")
    assert change.embeddings is True
    assert [(layer.title, layer.changed) for layer in change.layers] == [
        ("embeddings", 0.0),
        ("encoder.layer.0 to 11", 0.0),
        ("classifier", 1.0),
    ]


def test_a_renaming_is_no_change() -> None:
    child = tuple((f"model.{name}", mark, size) for name, mark, size in BASE if mark)
    change = weight_change(BASE, child)
    assert change is not None
    assert change.different == ()


def test_the_share_counts_elements_not_tensors() -> None:
    parent = (("head.big", "a", 900), ("head.small", "b", 100))
    change = weight_change(parent, (("head.big", "a", 900), ("head.small", "x", 100)))
    assert change is not None
    assert change.layers[0].changed == 0.1


def test_many_layers_are_summed_up_the_most_changed_kept() -> None:
    parent = tuple((f"part{chr(97 + n)}.w", f"p{n}", 100) for n in range(26))
    child = tuple(
        (name, mark if n else "new", 100) for n, (name, mark, _) in enumerate(parent)
    )
    change = weight_change(parent, child)
    assert change is not None
    assert len(change.layers) == MOST_LAYERS
    assert change.layers[0].changed == 1.0
    assert change.layers[-1].title == REST


def test_without_fingerprints_nothing_is_claimed() -> None:
    unknown = (("w", None, 10),)
    assert weight_change(BASE, unknown) is None
    assert weight_change(unknown, BASE) is None
