"""The closed lists of words that the whole program shares."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an artifact is."""

    MODEL = "model"
    DATASET = "dataset"
    CONFIG = "config"
    SCRIPT = "script"
    RUN = "run"
    ENVIRONMENT = "environment"
    DOCUMENT = "document"

    @property
    def plural(self) -> str:
        """The word for several of them, as headings and facets show it."""
        return f"{self.value}s"


class Evidence(StrEnum):
    """How we know, strongest first."""

    CONTENT = "content"  # the bytes prove it
    RECORDED = "recorded"  # a tool logged it
    DECLARED = "declared"  # a person or a card wrote it
    INFERRED = "inferred"  # suggested, with a confidence

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return list(Evidence).index(self)


class Relation(StrEnum):
    """One line of lineage, read as *child* RELATION *parent*."""

    PRODUCED_BY = "produced_by"
    FINETUNED_FROM = "finetuned_from"
    ADAPTER_OF = "adapter_of"
    MERGED_FROM = "merged_from"
    QUANTIZED_FROM = "quantized_from"
    PRUNED_FROM = "pruned_from"
    CONVERTED_FROM = "converted_from"
    CHECKPOINT_OF = "checkpoint_of"
    DERIVED_FROM = "derived_from"
    COPY_OF = "copy_of"
    TRAINED_ON = "trained_on"
    EVALUATED_ON = "evaluated_on"
    CONFIGURED_BY = "configured_by"
    EXECUTED = "executed"
    STARTED_FROM = "started_from"
    IN_ENVIRONMENT = "in_environment"
    AT_COMMIT = "at_commit"
    CHILD_OF = "child_of"
    DEPLOYS = "deploys"
    DESCRIBES = "describes"
    TESTS = "tests"

    @property
    def phrase(self) -> str:
        """The relation as words: "fine-tuned from"."""
        words = self.value.replace("_", " ")
        return words.replace("finetuned", "fine-tuned")


MODEL_PARENTS: frozenset[Relation] = frozenset(
    {
        Relation.FINETUNED_FROM,
        Relation.ADAPTER_OF,
        Relation.MERGED_FROM,
        Relation.QUANTIZED_FROM,
        Relation.PRUNED_FROM,
        Relation.CONVERTED_FROM,
        Relation.DERIVED_FROM,
    }
)


class Stage(StrEnum):
    """How far a model version has come."""

    DRAFT = "draft"
    CANDIDATE = "candidate"
    PRODUCTION = "production"
    ARCHIVED = "archived"


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Presence(StrEnum):
    """Where the bytes of a location are."""

    PRESENT = "present"
    MISSING = "missing"
    OFFLINE = "offline"
    UNREADABLE = "unreadable"
    ELSEWHERE = "elsewhere"  # only a pointer is here, which says what the bytes are
    REMOVED = "removed"  # a person took it out of the catalogue


class CheckState(StrEnum):
    """The outcome of one traceability check."""

    MET = "met"
    MISSING = "missing"
    NOT_APPLICABLE = "not applicable"
    WAIVED = "waived"


class ProjectState(StrEnum):
    """What is going on with a watched folder."""

    IDLE = "idle"  # indexed, and nobody watches it now
    SCANNING = "scanning"
    WATCHING = "watching"
    POLLING = "polling"
    LIMITED = "limited"
    PAUSED = "paused"  # by a person; it stays so until the person says otherwise
    OFFLINE = "offline"
    ERROR = "error"


POINTER = " pointer"  # ends the format of what only stands for bytes elsewhere


def is_pointer(form: str) -> bool:
    """Whether a format is that of a pointer (git-lfs, git-annex, Git-Theta, DVC)."""
    return form.endswith(POINTER)
