"""What a candidate's card says."""

from __future__ import annotations

from mlcatalog.reuse.candidates import EVALUATE, FINE_TUNE, RETRAIN, Candidate
from mlcatalog.ui.reuse.card import CardLine, CardWords

VERDICT_LOOKS = {EVALUATE: "good", FINE_TUNE: "warning", RETRAIN: "bad"}
LOOKS = {"ok": "good", "warn": "warning", "no": "bad"}


def said_of(candidate: Candidate) -> CardWords:
    """The card of a candidate: verdict, reasons, and what they do not say."""
    model = candidate.model
    facts = [model.format, model.metric, f"stage {model.stage.value}", model.project]
    lines = [
        CardLine(LOOKS.get(one.mark, "muted"), one.label, one.text)
        for one in candidate.reasons
    ]
    if model.applicable:
        look = "good" if model.met == model.applicable else "warning"
        lines.append(
            CardLine(look, "Traceability", f"{model.met} / {model.applicable}")
        )
    lines.append(CardLine("muted", "Limits", candidate.limits))
    return CardWords(
        artifact=model.id,
        name=model.name,
        verdict=candidate.verdict.capitalize(),
        look=VERDICT_LOOKS.get(candidate.verdict, "muted"),
        summary=" · ".join(fact for fact in facts if fact),
        lines=lines,
    )
