"""Sets of images by the file that describes them: Ultralytics' and COCO's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mlcatalog.domain.reading import Fact, Notice, Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, plain_values, saying
from mlcatalog.formats.bounded import table_of

SPLITS = ("train", "val", "test", "minival")
CLASS_LIMIT = 10_000
COCO_LIMIT = 64 * 2**20  # bytes: annotations of more take a gigabyte of memory
CONTENT = Evidence.CONTENT


class YoloDatasetReader:
    """Reads the YAML that Ultralytics and Roboflow put beside images."""

    format = "yolo dataset"
    title = "Images and classes for Ultralytics"
    version = 1
    kind: Kind | None = Kind.DATASET
    suffixes: tuple[str, ...] = (".yaml", ".yml")
    names: tuple[str, ...] = ()
    by_content = True

    def claims(self, head: bytes) -> bool:
        """Names of classes, and where images to train and to validate with lie."""
        lines = b"\n" + head
        places = sum(b"\n%s:" % split.encode() in lines for split in SPLITS)
        has_classes = b"\nnames:" in lines or b"\nnc:" in lines
        return has_classes and places > 1 and b"\ntrain:" in lines

    def read(self, path: Path) -> Reading:
        """Classes and folders; raises FormatError."""
        loaded = plain_values.load(path)
        plain_values.flattened(loaded, path)  # refuses what expands without end
        raw = table_of(loaded)
        classes = _classes(raw.get("names"))
        count = raw.get("nc") if isinstance(raw.get("nc"), int) else len(classes)
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("task", "object detection", "train, val, names"),
                *saying.fact("classes", classes, "names"),
                *saying.fact("n_classes", count or None, "nc"),
                *_places(raw),
                *saying.fact("download", raw.get("download"), "download"),
            ),
        )


def _classes(raw: object) -> list[str]:
    """A list of names, or a table from number to name."""
    found = list(raw.values()) if isinstance(raw, dict) else raw
    return [str(one) for one in found[:CLASS_LIMIT]] if isinstance(found, list) else []


def _places(raw: dict[str, object]) -> Iterator[Fact]:
    for key in ("path", *SPLITS):
        yield from saying.fact(f"images.{key}", raw.get(key), key)


class CocoReader:
    """Reads annotations in COCO's way: categories, images, boxes."""

    format = "coco annotations"
    title = "Annotations of images in COCO's format"
    version = 1
    kind: Kind | None = Kind.DATASET
    suffixes: tuple[str, ...] = (".json",)
    names: tuple[str, ...] = ()
    by_content = True

    def claims(self, head: bytes) -> bool:
        """The tables that it begins with; images come in the first of them."""
        start = head.lstrip()
        words = sum(
            word in head
            for word in (b'"info"', b'"licenses"', b'"images"', b'"categories"')
        )
        is_image = b'"file_name"' in head or b'"supercategory"' in head
        return start[:1] == b"{" and words > 1 and is_image

    def read(self, path: Path) -> Reading:
        """How many of what; of a large file only that it is one."""
        if path.stat().st_size > COCO_LIMIT:
            why = f"Its annotations are not counted above {COCO_LIMIT:,} bytes"
            notice = Notice("integrity.partly-read", why, "note")
            return Reading(self.format, self.kind, notices=(notice,))
        raw = table_of(bounded.json_file(path))
        lists = {
            key: found
            for key in ("images", "annotations", "categories")
            if isinstance(found := raw.get(key), list)
        }
        if "images" not in lists:
            raise bounded.damaged(path, "It lists no images")
        names = {
            table_of(one).get("id"): str(table_of(one).get("name"))
            for one in lists.get("categories", [])[:CLASS_LIMIT]
        }
        marks = Counter(
            names.get(table_of(one).get("category_id"), "")
            for one in lists.get("annotations", [])
        )
        info = table_of(raw.get("info"))
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("classes", list(names.values()), "categories", CONTENT),
                *saying.fact("n_classes", len(names) or None, "categories", CONTENT),
                *saying.fact("rows", len(lists["images"]), "images", CONTENT),
                *saying.fact(
                    "annotations", sum(marks.values()), "annotations", CONTENT
                ),
                *(
                    fact
                    for name, count in marks.most_common(200)
                    for fact in saying.fact(
                        f"class.{name}", count, "annotations", CONTENT
                    )
                ),
                *saying.fact("summary", info.get("description"), "info.description"),
                *saying.fact("model.version", info.get("version"), "info.version"),
            ),
        )
