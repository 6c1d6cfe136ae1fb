"""XGBoost, LightGBM, CatBoost and skops held against the libraries themselves."""

from __future__ import annotations

import json
import pickle
import struct

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.words import Kind
from mlcatalog.formats import registry

FOLDER = "boosting"


@pytest.mark.parametrize("name", ["xgb.json", "xgb.ubj", "lgb.txt", "model.cbm"])
def test_features_and_trees_are_those_that_the_library_counts(
    name, made, expected, facts
):
    reading, wanted = made(f"{FOLDER}/{name}"), expected(FOLDER)[name]
    shown = facts(reading)
    assert reading.kind is Kind.MODEL
    assert json.loads(shown["features"]) == wanted["features"]
    assert shown["trees"] == str(wanted["trees"])


def test_both_layouts_of_xgboost_say_the_same(made, expected, facts, params):
    text, binary = (made(f"{FOLDER}/xgb.{kind}") for kind in ("json", "ubj"))
    wanted = expected(FOLDER)["xgb.json"]
    for reading in (text, binary):
        assert facts(reading)["objective"] == wanted["objective"]
        assert facts(reading)["framework.version"] == wanted["version"]
        assert facts(reading)["best.score"] == "0.5"
    assert params(text) == params(binary)


def test_json_that_is_no_model_stays_a_configuration(read):
    assert read("a.json", '{"version": 1, "lr": 0.1}').kind is Kind.CONFIG
    assert read("b.json", '{"model": {"learner": 1}}').kind is Kind.CONFIG


def test_lightgbm_tells_settings_and_ranges_of_its_data(made, expected, facts, params):
    reading, wanted = made(f"{FOLDER}/lgb.txt"), expected(FOLDER)["lgb.txt"]
    assert params(reading)["learning_rate"] == str(wanted["learning_rate"])
    ranges = json.loads(facts(reading)["features.ranges"]).values()
    least = [float(text.strip("[]").split(":")[0]) for text in ranges]
    assert least == pytest.approx(wanted["least"])


def test_catboost_tells_settings_and_when_it_was_trained(made, expected, facts, params):
    reading, wanted = made(f"{FOLDER}/model.cbm"), expected(FOLDER)["model.cbm"]
    assert params(reading)["learning_rate"] == str(wanted["learning_rate"])
    assert facts(reading)["model.guid"] == wanted["guid"]
    assert facts(reading)["created"] == wanted["finished"]
    assert {c.name for c in reading.columns if c.type == "categorical"} == {"region"}


def test_skops_tells_settings_features_and_version(made, expected, facts, params):
    reading, wanted = made(f"{FOLDER}/model.skops"), expected(FOLDER)["model.skops"]
    assert params(reading)["C"] == str(wanted["C"])
    assert params(reading)["max_iter"] == str(wanted["max_iter"])
    shown = facts(reading)
    assert json.loads(shown["features"]) == wanted["features"]
    assert json.loads(shown["classes"]) == wanted["classes"]
    assert shown["framework.version"] == wanted["version"]
    assert not reading.notices


def test_a_dangerous_type_in_skops_is_a_finding(tmp_path):
    import zipfile

    path = tmp_path / "bad.skops"
    node = {"__module__": "os", "__class__": "system", "__loader__": "FunctionNode"}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", json.dumps(node))
    (notice,) = registry.read(path).notices
    assert (notice.rule, "os.system" in notice.message) == ("safety.pickle", True)


def test_the_steps_of_a_pickled_pipeline_tell_their_settings(tmp_path, params):
    step = {"C": 0.5, "coef_": [1], "_sklearn_version": "1.9.1"}
    # Written by hand: the class is a name that only the pickle knows.
    inner = b"csklearn.linear_model\nLogit\n)\x81" + pickle.dumps(step, 2)[2:-1] + b"b"
    pair = b"X" + struct.pack("<I", 5) + b"model" + inner + b"\x86"
    top = pickle.dumps({"verbose": False, "_sklearn_version": "1"}, 2)[2:-1]
    # The dictionary stays on the stack, so that one more pair can be set in it.
    whole = top + b"X" + struct.pack("<I", 5) + b"steps](" + pair + b"es"
    path = tmp_path / "pipe.pkl"
    path.write_bytes(b"\x80\x02csklearn.pipeline\nPipeline\n)\x81" + whole + b"b.")
    found = params(registry.read(path))
    assert found["model.C"] == "0.5"
    assert found["model.class"] == "Logit"
    assert "model.coef_" not in found


UBJ = b"{L" + struct.pack(">q", 7) + b"learner"
HOSTILE = {
    "endless key": ("a.ubj", b"{L" + struct.pack(">q", 1 << 62)),
    "endless array": ("a.ubj", UBJ + b"[$d#L" + struct.pack(">q", 1 << 40)),
    "endless array of nothing": ("a.ubj", UBJ + b"[$Z#L" + struct.pack(">q", 1 << 40)),
    "deep arrays": ("a.ubj", UBJ + b"[" * 100_000),
    "negative length": ("a.ubj", b"{L" + struct.pack(">q", -5)),
    "no learner": ("a.ubj", b"{L" + struct.pack(">q", 1) + b"aZ}"),
    "catboost longer than it is": ("a.cbm", b"CBM1\xff\xff\xff\x7f" + bytes(50)),
    "lightgbm without features": ("lgb.txt", b"tree\nversion=v4\nnum_class=1\n"),
    "skops without a schema": ("a.skops", b"PK\x05\x06" + bytes(18)),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_lies_is_refused(tmp_path, case):
    name, content = HOSTILE[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError):
        registry.read(path)
