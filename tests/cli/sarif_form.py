"""What SARIF 2.1.0 asks of the part of a log that `check` writes.

Written from the specification (sections 3.13 to 3.50), since the schema that
OASIS publishes may not be passed on under this project's licence; stricter
than that one in two things that code scanning needs: places are relative, and
every rule and result has what it shows.
"""

from __future__ import annotations

from typing import Any


def form(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


TEXT = {"type": "string", "minLength": 1}
MESSAGE = form({"text": TEXT})
LEVEL = {"enum": ["none", "note", "warning", "error"]}
BAG = {"type": "object", "properties": {"tags": {"type": "array", "items": TEXT}}}
RULE = form(
    {
        "id": {**TEXT, "pattern": r"^[a-z]+\.[a-z-]+$"},
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "help": MESSAGE,
        "defaultConfiguration": form({"level": LEVEL}),
    },
    name={**TEXT, "pattern": r"^[A-Z][A-Za-z]+$"},
    properties=BAG,
)
# A relative reference has no scheme, does not begin with a slash and is quoted.
ARTIFACT = form(
    {
        "uri": {
            **TEXT,
            "pattern": r"^(?!/)(?![A-Za-z][A-Za-z0-9+.-]*:)"
            r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+$",
        },
        "uriBaseId": {"const": "SRCROOT"},
    }
)
LOCATION = form(
    {
        "physicalLocation": form(
            {"artifactLocation": ARTIFACT},
            region=form({"startLine": {"type": "integer", "minimum": 1}}),
        )
    }
)
SUPPRESSION = form(
    {
        "kind": {"enum": ["inSource", "external"]},
        "status": {"enum": ["accepted", "underReview", "rejected"]},
    },
    justification=TEXT,
    properties=BAG,
)
RESULT = form(
    {
        "ruleId": TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": MESSAGE,
        "partialFingerprints": {
            "type": "object",
            "required": ["primaryLocationLineHash"],
            "additionalProperties": TEXT,
        },
        "suppressions": {"type": "array", "items": SUPPRESSION, "uniqueItems": True},
        "locations": {"type": "array", "items": LOCATION, "minItems": 1},
    },
    properties=BAG,
)
RUN = form(
    {
        "tool": form(
            {
                "driver": form(
                    {
                        "name": TEXT,
                        "semanticVersion": {
                            **TEXT,
                            "pattern": r"^\d+\.\d+\.\d+(?:[-+].+)?$",
                        },
                        "rules": {"type": "array", "items": RULE, "uniqueItems": True},
                    }
                )
            }
        ),
        "results": {"type": "array", "items": RESULT, "uniqueItems": True},
        "originalUriBaseIds": form(
            {"SRCROOT": form({"uri": {**TEXT, "pattern": r"^file:///.*/$"}})}
        ),
    },
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    automationDetails=form({"id": {**TEXT, "pattern": r"/$"}}),
    invocations={
        "type": "array",
        "items": form({"executionSuccessful": {"type": "boolean"}}),
    },
)
LOG = form(
    {
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN, "minItems": 1, "maxItems": 1},
    },
    **{"$schema": {**TEXT, "pattern": r"^https://.*sarif-2\.1\.0.*\.json$"}},
)
