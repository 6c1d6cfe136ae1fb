"""Sets of images, by the files that describe them."""

from __future__ import annotations

import json

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.words import Kind

COCO8 = """# Ultralytics
path: ../datasets/coco8
train: images/train # train images (relative to 'path') 4 images
val: images/val
test: # optional
names:
  0: person
  1: bicycle
"""
ROBOFLOW = """train: ../train/images
val: ../valid/images
nc: 2
names: ['churn', 'stay']
"""


def test_a_table_of_classes_makes_the_yaml_a_dataset(read, facts):
    reading = read("coco8.yaml", COCO8)
    assert (reading.format, reading.kind) == ("yolo dataset", Kind.DATASET)
    told = facts(reading)
    assert json.loads(told["classes"]) == ["person", "bicycle"]
    assert told["n_classes"] == "2"
    assert told["images.train"] == "images/train"
    assert "images.test" not in told


def test_a_list_of_classes_does_too(read, facts):
    told = facts(read("data.yaml", ROBOFLOW))
    assert json.loads(told["classes"]) == ["churn", "stay"]
    assert told["images.val"] == "../valid/images"


def test_settings_of_a_training_stay_a_configuration(read):
    text = "train: data/train.csv\nval: data/val.csv\nlr: 0.1\n"
    assert read("train.yaml", text).kind is Kind.CONFIG


def coco(**more):
    return json.dumps(
        {
            "info": {"description": "Two cats", "version": "1.0"},
            "licenses": [],
            "images": [
                {"id": 1, "file_name": "a.jpg", "width": 4, "height": 4},
                {"id": 2, "file_name": "b.jpg", "width": 4, "height": 4},
            ],
            "annotations": [
                {"id": 1, "image_id": 1, "category_id": 7, "bbox": [0, 0, 1, 1]},
                {"id": 2, "image_id": 1, "category_id": 7, "bbox": [1, 1, 1, 1]},
                {"id": 3, "image_id": 2, "category_id": 9, "bbox": [0, 0, 1, 1]},
            ],
            "categories": [{"id": 7, "name": "cat"}, {"id": 9, "name": "dog"}],
            **more,
        }
    )


def test_coco_annotations_are_counted_by_class(read, facts):
    reading = read("instances_val.json", coco())
    assert (reading.format, reading.kind) == ("coco annotations", Kind.DATASET)
    told = facts(reading)
    assert json.loads(told["classes"]) == ["cat", "dog"]
    assert (told["rows"], told["annotations"]) == ("2", "3")
    assert (told["class.cat"], told["class.dog"]) == ("2", "1")
    assert told["summary"] == "Two cats"


def test_annotations_without_images_are_a_format_error(read):
    with pytest.raises(FormatError, match="no images"):
        read("broken.json", coco(images={"file_name": 1}))
