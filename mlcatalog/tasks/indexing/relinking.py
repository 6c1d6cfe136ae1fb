"""What changed linked anew, with all that rests on it and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from mlcatalog.catalog.answers import ITSELF, Answer, Kept, hashed
from mlcatalog.catalog.linkables import Linkable
from mlcatalog.catalog.relinking import Relinking
from mlcatalog.domain.lineage import Edge, Node
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.lineage.fingerprints import EMPTY
from mlcatalog.lineage.known import Known, KnownArtifact, created_key, keys_of, order_of
from mlcatalog.lineage.passes import Touched, run_pass
from mlcatalog.lineage.placing import PlacedClaim
from mlcatalog.lineage.rules import Said, Stage, keys_of_said, unique
from mlcatalog.tasks.indexing.comparing import Comparison, TooMuchError
from mlcatalog.tasks.indexing.linkables import (
    known_artifact,
    placed_claims,
    signatures,
    stored_versions,
    weights_of,
)

MOST = 1_000  # artifacts that one question may be about
MOST_EQUAL = 50  # artifacts of one content that are all looked at


def relink(rows: Relinking, taken: Collection[int]) -> int:
    """Link artifacts that changed, by number; gives how many rows changed."""
    try:
        return _Relinked(rows, taken).write()
    except LookupError as error:
        raise TooMuchError(f"{error} is not known") from error


def itself(artifact: Linkable) -> str:
    """What an artifact was when it was linked, in one line: its id first."""
    return " ".join((artifact.id, *signatures(artifact), artifact.digest or ""))


class _Relinked:
    def __init__(self, rows: Relinking, taken: Collection[int]) -> None:
        self._rows = rows
        self._taken = taken
        self._keys: set[int] = set()
        self._changed: set[str] = set()
        self._other_bytes: set[int] = set()
        self._stored: dict[str, Said] = {}
        self._digests: dict[int, set[str]] = {}
        artifacts = {a.row: a for a in rows.linkables(taken, weights=True)}
        self._known = Asked(rows, artifacts.values())
        for number in sorted(taken):
            self._compare(number, artifacts.get(number))

    def _compare(self, number: int, artifact: Linkable | None) -> None:
        """Note by what an artifact is looked up now, and was before."""
        answers = self._rows.answers
        was = answers.itself(number)
        if was is None and artifact is None:
            return
        before = was.said.split(" ") if was else [""] * 5
        now = itself(artifact).split(" ") if artifact else [""] * 5
        if before[0] and now[0] and before[0] != now[0]:
            raise TooMuchError("a number was given again")
        uid = before[0] or now[0]
        answers.learn([(uid, number)])
        self._changed.add(uid)
        self._stored[uid] = stored_versions(artifact) if artifact else Said()
        self._digests[number] = {before[4], now[4]} - {""}
        keys = keys_of(self._known.by_id[uid]) if artifact else set[str]()
        old, new = set(was.keys if was else ()), set(map(hashed, keys))
        if before[1:3] != now[1:3]:
            self._keys |= {hashed(created_key(uid)), *(old ^ new)}
        if before[1] != now[1]:
            self._keys |= old | new
        if before[3] != now[3]:
            self._other_bytes.add(number)
        said = " ".join(now) if artifact else ""
        answers.put(Kept(uid, ITSELF, said, keys, ()))

    def write(self) -> int:
        """Link them, and write what came of it."""
        rows, book = self._rows, Written(self._rows)
        touched = run_pass(
            book,
            self._known,
            Claims(rows, self._known).of,
            changed=self._changed,
            keys=self._keys,
            content=self._proven(),
            stored=self._stored,
        )
        book.write_findings(touched)
        return rows.done(self._taken)

    def _proven(self) -> dict[str, list[Edge]]:
        """What the bytes prove of what changed, and what that is news for."""
        if not self._other_bytes:
            return {}
        touched = self._other_bytes
        digests = {d for number in touched for d in self._digests[number]} - {EMPTY}
        equal = set[int]()
        for digest in digests:
            equal |= self._equal(digest)
        return Comparison(self._rows, touched, equal).run()

    def _equal(self, digest: str) -> set[int]:
        """The artifacts of a content; of very many, the one that they are copies of."""
        answers, key = self._rows.answers, hashed(f"sha256:{digest}")
        found = set(answers.holders(key, MOST_EQUAL + 1))
        if len(found) <= MOST_EQUAL:
            return found
        first = {
            edge.parent
            for uid in answers.names(found - set(self._taken)).values()
            for edge in answers.answer(uid, Stage.BYTES).edges
            if edge.relation is Relation.COPY_OF
        }
        numbers = set(self._rows.numbers(first).values())
        if len(numbers) != 1 or numbers & set(self._taken):
            raise TooMuchError("very many artifacts are copies of another one now")
        alike = [
            artifact
            for artifact in self._rows.linkables({*numbers, *self._taken}, weights=True)
            if artifact.digest == digest and artifact.kind is not Kind.RUN
        ]
        eldest = min(alike, key=lambda artifact: weights_of(artifact)[0].order)
        if {eldest.row} != numbers or len({one.kind for one in alike}) > 1:
            raise TooMuchError("very many artifacts are copies of another one now")
        return numbers


class Asked(Known):
    """What is known of artifacts, looked up as it is asked for."""

    def __init__(self, rows: Relinking, artifacts: Iterable[Linkable]) -> None:
        super().__init__()
        self._rows = rows
        self._uids: dict[int, str] = {}
        self._absent: set[str] = set()
        self.numbers: dict[str, int] = {}
        self._learn(artifacts)

    def get(self, artifact_id: str) -> KnownArtifact | None:
        """The artifact of an id, None if it is not known."""
        self.some([artifact_id])
        return super().get(artifact_id)

    def some(self, ids: Iterable[str]) -> list[KnownArtifact]:
        """Those of some artifacts that are known; whoever asks knows of changes."""
        wanted = list(ids)
        unknown = {i for i in wanted if i not in self.by_id} - self._absent
        self._load(self._rows.numbers(unknown).values())
        self._absent |= unknown - self.by_id.keys()
        return super().some(wanted)

    def _holders(self, key: str) -> Sequence[str]:
        found = self._some(key, MOST + 1)
        if len(found) > MOST:
            raise TooMuchError(f"more than {MOST} artifacts have the key {key}")
        return sorted(found, key=lambda uid: order_of(self.by_id[uid]))

    def _some(self, key: str, most: int) -> Sequence[str]:
        numbers = self._rows.answers.holders(hashed(key), most)
        self._load(number for number in numbers if number not in self._uids)
        return [self._uids[number] for number in numbers if number in self._uids]

    def _load(self, numbers: Iterable[int]) -> None:
        if wanted := list(numbers):
            self._learn(self._rows.linkables(wanted))

    def _learn(self, artifacts: Iterable[Linkable]) -> None:
        for artifact in artifacts:
            self.by_id[artifact.id] = known_artifact(artifact)
            self.numbers[artifact.id] = artifact.row
            self._uids[artifact.row] = artifact.id


class Claims:
    """What was said of artifacts, read once each."""

    def __init__(self, rows: Relinking, known: Asked) -> None:
        self._rows = rows
        self._known = known
        self._said: dict[str, list[PlacedClaim]] = {}

    def of(self, artifact_id: str) -> Sequence[PlacedClaim]:
        """The claims of an artifact."""
        if artifact_id not in self._said:
            numbers = [self._known.numbers[artifact_id]]
            self._said[artifact_id] = placed_claims(self._rows.claims(numbers))
        return self._said[artifact_id]


class Written:
    """The catalogue's answers as the book of a pass; edges wait for all of them."""

    def __init__(self, rows: Relinking) -> None:
        self._rows = rows
        self._answers = rows.answers
        self._final: dict[str, tuple[Edge, ...]] = {}

    def saying(self, key: str, below: Stage) -> list[Said]:
        """What was said before a stage with an edge that has such an end."""
        return [_said(answer) for answer in self._answers.saying(key, below)]

    def final(self, child: str) -> Sequence[Edge]:
        """The edges of a child, those that close a circle among them."""
        if child in self._final:
            return self._final[child]
        circles = self.said(child, Stage.CIRCLES).edges
        return (*self._rows.edges_of(child), *circles)

    def drawn(self, child: str) -> Sequence[Edge]:
        """The edges of a child as they are shown."""
        if child not in self._final:
            return self._rows.edges_of(child)
        circles = self.said(child, Stage.CIRCLES).edges
        return [edge for edge in self._final[child] if edge not in circles]

    def drawn_from(
        self, parent: str, relations: Collection[Relation]
    ) -> Sequence[Edge]:
        """The edges of some relations to a parent as they are shown."""
        return self._rows.edges_to(parent, relations)

    def is_parent(self, artifact_id: str) -> bool:
        """Whether any shown edge leads to an artifact."""
        return self._rows.is_parent(artifact_id)

    def external(self, external_id: str) -> Node | None:
        """What is known by reference only."""
        return self._rows.external(external_id)

    def said(self, artifact_id: str, stage: Stage) -> Said:
        """What was said of an artifact at a stage."""
        return _said(self._answers.answer(artifact_id, stage))

    def write(
        self, artifact_id: str, stage: Stage, said: Said, reads: set[str]
    ) -> None:
        """Replace what is said of an artifact at a stage, and what that rests on."""
        ends: set[str] = set()
        answer = answer_of(said)
        if stage is Stage.FINAL:
            self._final[artifact_id] = said.edges
            answer = Answer()
        elif stage is Stage.CIRCLES:
            self._final.setdefault(artifact_id, tuple(self.final(artifact_id)))
        else:
            ends = keys_of_said(said) if stage < Stage.FINAL else set()
            self._rows.write_externals(answer.externals)
        self._answers.put(Kept(artifact_id, stage, answer, ends, reads))

    def readers(self, keys: Collection[str | int], stage: Stage) -> set[str]:
        """The artifacts of which something at a stage rests on one of some keys."""
        numbers = {key if isinstance(key, int) else hashed(key) for key in keys}
        found = self._answers.readers(numbers, stage, MOST + 1)
        if len(found) > MOST:
            raise TooMuchError(f"more than {MOST} artifacts are concerned")
        return found

    def open_circles(self) -> set[str]:
        """The children of edges that are not shown as they would close a circle."""
        return self._answers.said_at(Stage.CIRCLES)

    def settle(self) -> None:
        """Write the edges: all of them are known now."""
        drawn = [edge for child in self._final for edge in self.drawn(child)]
        self._rows.write_edges(drawn, self._final.keys())

    def write_findings(self, touched: Touched) -> None:
        """Write what is odd about what a pass was about."""
        numbers = self._rows.numbers(touched.subjects)
        found = unique(
            finding
            for one in numbers
            for stage in (Stage.CLAIMS, Stage.LATE, Stage.FINDINGS)
            for finding in self.said(one, stage).findings
        )
        self._rows.write_findings(found, numbers.values())


def answer_of(said: Said) -> Answer:
    """What was said, as the catalogue keeps it."""
    externals = sorted(said.externals.values(), key=lambda node: node.id)
    return Answer(said.edges, tuple(externals), said.findings)


def _said(answer: Answer) -> Said:
    return Said(
        answer.edges, {node.id: node for node in answer.externals}, answer.findings
    )
