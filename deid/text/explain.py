"""Why was this removed? The layer in words and, for the tagger, the features that counted most: never a value."""

from __future__ import annotations

from deid.text import normalise, tagger
from deid.text.document import Document
from deid.text.features import features
from deid.text.spans import Span

REASONS = {
    "known": "an identifier of this patient's circle",
    "pattern": "written like one",
    "unknown": "a word of no lexicon or of another alphabet",
    "model": "found by the installed spaCy model",
}
COUNTED = 3


def why(model: tagger.Tagger, text: str, span: Span) -> str:
    """One sentence for one finding."""
    if span.layer != "tagger":
        return REASONS[span.layer]
    document = Document(normalise.plain(text[: span.end + 200]).text)
    weights = model.weights(document)
    inside = [at for at, start in enumerate(document.starts) if span.start <= start < span.end]
    if not inside:
        return "its words and neighbours"
    # Endings and words could spell a value; classes and neighbouring ordinary words cannot.
    told = [f for f in features(document, inside[0], cased=weights.cased) if not f.startswith(("end", "token"))]
    counted = sorted(((weights.single.get(f, 0.0), f) for f in told), reverse=True)[:COUNTED]
    return (
        "; ".join(f"{feature} ({weight:+.1f})" for weight, feature in counted if weight > 0)
        or "it stands beside a finding"
    )
