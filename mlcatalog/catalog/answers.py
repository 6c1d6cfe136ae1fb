"""The answers of the link stage: kept, looked up by key, found by what they rest on.

Each is about one artifact at one of the stage's steps, step 0 being what the
artifact itself is looked up by. Without the mark that it is whole, or with the
mark of other rules, all of it is made anew.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import Connection

from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge, Node, Proof
from mlcatalog.domain.words import Evidence, Kind, Relation, Severity

ITSELF = 0  # the step of an artifact's own keys
_WHOLE = -1  # the step of the mark
_TABLES = ("link_answer", "link_key", "link_read")
_COMPARED = ("link_weights", "link_common", "link_holders")
_FINDING = ("message", "artifact", "path", "detail", "found", "expected", "remedy")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of an artifact at one step."""

    edges: tuple[Edge, ...] = ()
    externals: tuple[Node, ...] = ()
    findings: tuple[Finding, ...] = ()


class Kept(NamedTuple):
    """An answer with the keys by which it is looked up, and those that it rests on."""

    artifact: str
    step: int
    answer: Answer | str
    keys: Collection[str]
    reads: Collection[str]


class Itself(NamedTuple):
    """An artifact as it was linked: a line that begins with its id, and its keys."""

    said: str
    keys: Sequence[int]


class Answers:
    """All answers, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def is_whole(self, rules: str) -> bool:
        """Whether all of it was made, by these rules."""
        rows = self._rows(
            "SELECT said FROM link_answer WHERE stage = ? AND subject = 0", _WHOLE
        )
        return [row[0] for row in rows] == [rules]

    def names(self, numbers: Collection[int]) -> dict[int, str]:
        """The ids of artifacts by their numbers, of those that are gone too."""
        wanted = [number for number in numbers if number not in self._names]
        for number in wanted:
            row = self._row("SELECT uid FROM artifact WHERE id = ?", number)
            if row is None and (old := self.itself(number)) is not None:
                row = old.said.split(" ")
            if row is not None:
                self._name(number, row[0])
        return {n: self._names[n] for n in numbers if n in self._names}

    def itself(self, number: int) -> Itself | None:
        """What an artifact was when it was linked."""
        row = self._row(
            "SELECT said, keys FROM link_answer WHERE stage = 0 AND subject = ?", number
        )
        if row is None:
            return None
        return Itself(row[0], _unpacked(row[1]))

    def answer(self, artifact: str, step: int) -> Answer:
        """What was said of an artifact at a step."""
        number = self._find_number(artifact)
        row = self._row(
            "SELECT said FROM link_answer WHERE stage = ? AND subject = ?",
            step,
            number or 0,
        )
        return _read(row[0]) if row else Answer()

    def saying(self, key: str, below: int) -> list[Answer]:
        """What was said before a step that is looked up by a key."""
        rows = self._rows(
            "SELECT said FROM link_key JOIN link_answer USING (stage, subject)"
            " WHERE key = ? AND stage > 0 AND stage < ?",
            hashed(key),
            below,
        )
        return [_read(row[0]) for row in rows]

    def holders(self, key: int, most: int) -> list[int]:
        """The numbers of the first artifacts that have a key."""
        rows = self._rows(
            "SELECT subject FROM link_key WHERE key = ? AND stage = 0 LIMIT ?",
            key,
            most,
        )
        return [row[0] for row in rows]

    def readers(self, keys: Iterable[int], step: int, most: int) -> set[str]:
        """The artifacts of which what was said at a step rests on any of some keys."""
        rows = self._rows(
            "SELECT DISTINCT subject FROM json_each(?) AS one JOIN link_read"
            " ON link_read.key = one.value WHERE stage = ? LIMIT ?",
            json.dumps(list(keys)),
            step,
            most,
        )
        return {self._called(row[0]) for row in rows}

    def said_at(self, step: int) -> set[str]:
        """The artifacts of which something was said at a step."""
        rows = self._rows("SELECT subject FROM link_answer WHERE stage = ?", step)
        return {self._called(row[0]) for row in rows}

    def put(self, kept: Kept) -> None:
        """Replace what was said of an artifact at a step."""
        number = self._find_number(kept.artifact)
        if number is None and not (kept.keys or kept.reads or _text(kept.answer)):
            return
        whose = kept.step, self._number(kept.artifact)
        row = self._row(
            "SELECT keys, reads FROM link_answer WHERE stage = ? AND subject = ?",
            *whose,
        )
        before = [_unpacked(blob) for blob in row] if row else [array("q")] * 2
        now = [hashed_all(kept.keys), hashed_all(kept.reads)]
        for name, old, new in zip(_TABLES[1:], before, now, strict=True):
            self._change(name, whose, set(old), set(new))
        said = _text(kept.answer)
        if said or now[0] or now[1]:
            self._run(
                "INSERT OR REPLACE INTO link_answer (stage, subject, said, keys, reads)"
                " VALUES (?, ?, ?, ?, ?)",
                [(*whose, said, now[0].tobytes(), now[1].tobytes())],
            )
        elif row is not None:
            self._run(
                "DELETE FROM link_answer WHERE stage = ? AND subject = ?", [whose]
            )

    def _change(
        self, name: str, whose: tuple[int, int], old: set[int], new: set[int]
    ) -> None:
        gone, come = sorted(old - new), sorted(new - old)
        self._run(
            f"DELETE FROM {name} WHERE key = ? AND stage = ? AND subject = ?",
            [(key, *whose) for key in gone],
        )
        self._run(
            f"INSERT OR IGNORE INTO {name} (key, stage, subject) VALUES (?, ?, ?)",
            [(key, *whose) for key in come],
        )

    def put_all(self, rules: str, kept: Iterable[Kept]) -> None:
        """Make the answers those given, and mark that they are whole."""
        forget(self._connection)
        answers, pairs = [], ([], [])  # type: ignore[var-annotated]
        for one in kept:
            said, keys = _text(one.answer), hashed_all(one.keys)
            reads = hashed_all(one.reads)
            if said or keys or reads:
                whose = one.step, self._number(one.artifact)
                answers.append((*whose, said, keys.tobytes(), reads.tobytes()))
                pairs[0].extend((key, *whose) for key in keys)
                pairs[1].extend((key, *whose) for key in reads)
        answers.append((_WHOLE, 0, rules, b"", b""))
        self._run(
            "INSERT INTO link_answer (stage, subject, said, keys, reads)"
            " VALUES (?, ?, ?, ?, ?)",
            sorted(answers),
        )
        for name, rows in zip(_TABLES[1:], pairs, strict=True):
            self._run(
                f"INSERT INTO {name} (key, stage, subject) VALUES (?, ?, ?)",
                sorted(rows),
            )

    def learn(self, numbers: Iterable[tuple[str, int]]) -> None:
        """Let the numbers of artifacts be known."""
        for uid, number in numbers:
            self._name(number, uid)

    def _number(self, uid: str) -> int:
        """The number of an artifact; of an external one, less than 0."""
        number = self._find_number(uid)
        if number is None:
            raise LookupError(uid)
        return number

    def _find_number(self, uid: str) -> int | None:
        if uid not in self._numbers:
            row = self._row("SELECT id FROM artifact WHERE uid = ?", uid) or self._row(
                "SELECT -id FROM external_artifact WHERE uid = ?", uid
            )
            if row is None:
                return None
            self._name(int(row[0]), uid)
        return self._numbers[uid]

    def _called(self, number: int) -> str:
        if number not in self._names and number < 0:
            row = self._row("SELECT uid FROM external_artifact WHERE id = ?", -number)
            self._name(number, row[0])
        return self.names([number])[number]

    def _name(self, number: int, uid: str) -> None:
        self._numbers[uid] = number
        self._names[number] = uid

    def _row(self, statement: str, *values: Any) -> Any:
        return self._rows(statement, *values).fetchone()

    def _rows(self, statement: str, *values: Any) -> Any:
        return self._connection.exec_driver_sql(statement, values)

    def _run(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self._connection.exec_driver_sql(statement, list(rows))


def forget(connection: Connection) -> None:
    """Drop all answers: the lineage is made anew."""
    for name in (*_TABLES, *_COMPARED):
        connection.exec_driver_sql(f"DELETE FROM {name}")


def hashed(key: str) -> int:
    """The number under which a key is kept."""
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def hashed_all(keys: Iterable[str]) -> array[int]:
    """The numbers of some keys, in their order."""
    return array("q", sorted({hashed(key) for key in keys}))


def _unpacked(blob: bytes) -> array[int]:
    found = array("q")
    found.frombytes(blob)
    return found


def _text(answer: Answer | str) -> str:
    if isinstance(answer, str):
        return answer
    if not (answer.edges or answer.externals or answer.findings):
        return ""
    return json.dumps(
        [
            [
                [
                    edge.parent,
                    edge.child,
                    edge.relation,
                    edge.pinned,
                    [
                        [p.evidence, p.source, p.detail, p.confidence]
                        for p in edge.proofs
                    ],
                ]
                for edge in answer.edges
            ],
            [
                [n.id, n.kind, n.name, n.format, n.digest, n.revision, n.facts]
                for n in answer.externals
            ],
            [
                [f.rule, f.severity, *(getattr(f, name) for name in _FINDING)]
                for f in answer.findings
            ],
        ],
        separators=(",", ":"),
    )


def _read(text: str) -> Answer:
    if not text:
        return Answer()
    edges, externals, findings = json.loads(text)
    return Answer(
        tuple(
            Edge(
                parent,
                child,
                Relation(relation),
                tuple(Proof(Evidence(p[0]), *p[1:]) for p in proofs),
                pinned=pinned,
            )
            for parent, child, relation, pinned, proofs in edges
        ),
        tuple(
            Node(
                uid,
                Kind(kind),
                name,
                external=True,
                format=form,
                digest=digest,
                revision=revision,
                facts=facts,
            )
            for uid, kind, name, form, digest, revision, facts in externals
        ),
        tuple(
            Finding(rule, Severity(severity), **dict(zip(_FINDING, rest, strict=True)))
            for rule, severity, *rest in findings
        ),
    )
