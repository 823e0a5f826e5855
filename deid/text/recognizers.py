"""The layers as presidio recognizers: for those who run their own presidio engine, and to check the fast path against.

`engine()` builds an AnalyzerEngine from nothing that is downloaded: a blank spaCy pipeline whose lemmas are the words
in lower case (without that, presidio's context words never fire), and only our recognizers (presidio's own e-mail
recognizer would ask the network for a list of suffixes).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig
from presidio_anonymizer.entities import RecognizerResult as Finding
from spacy.language import Language
from spacy.tokens import Doc

from deid.text import normalise, patterns, review
from deid.text.document import Document
from deid.text.known import Circle
from deid.text.layers import Layers, settled
from deid.text.scrubber import Known, Scrubbed, Scrubber, circle, placed
from deid.text.spans import LABELS, LAYERS, Span

# Of two equal findings presidio keeps the surer one: the earlier layer, as in `spans.merged`.
Entities = Callable[[str], list[Span]]
SCORE = {layer: 1.0 - 0.1 * rank for rank, layer in enumerate(LAYERS)}


@Language.component("lower_case_lemmas")
def lower_case_lemmas(doc: Doc) -> Doc:
    """Give every token its lower-cased form as lemma."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


class BlankEngine(SpacyNlpEngine):
    """spaCy's tokeniser and nothing else."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        pipeline = spacy.blank("en")
        pipeline.max_length = 10**9
        pipeline.add_pipe("lower_case_lemmas")
        self.nlp = {"en": pipeline}  # type: ignore[assignment]  # presidio declares None

    def load(self) -> None:
        """Nothing to load."""


@lru_cache(maxsize=4)
def reading(text: str) -> Document:
    """The text cut into words, once for all recognizers."""
    return Document(text)


class LayerRecognizer(EntityRecognizer):
    """One layer; `patient` is the circle of the patient whose text is read."""

    def __init__(self, layer: str, layers: Layers, entities: Entities | None = None) -> None:
        self.layer, self.layers, self.entities = layer, layers, entities
        self.patient: Circle | None = None
        super().__init__(supported_entities=list(LABELS), name=layer, supported_language="en")

    def load(self) -> None:
        """Everything is in memory already."""

    def spans(self, document: Document) -> list[Span]:
        """What the layer finds."""
        if self.layer == "known":
            return self.layers.known(document, self.patient)
        if self.layer == "pattern":
            return patterns.find(document)
        if self.layer == "tagger":
            return self.layers.tagged(document, self.layers.sure(document, self.patient))
        if self.layer == "model":
            return self.entities(document.text) if self.entities else []
        return self.layers.strangers(document)

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The layer's findings as presidio writes them."""
        return [
            RecognizerResult(entity_type=s.label, start=s.start, end=s.end, score=SCORE[s.layer])
            for s in self.spans(reading(text))
            if s.label in entities
        ]


def engine(layers: Layers, entities: Entities | None = None) -> tuple[AnalyzerEngine, list[LayerRecognizer]]:
    """A presidio engine that runs our layers, and the recognizers in it."""
    recognizers = [LayerRecognizer(layer, layers, entities) for layer in LAYERS if entities or layer != "model"]
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"]), recognizers


class EngineScrubber:
    """The slow path: the same answer as `Scrubber`, through presidio's analyzer and anonymizer."""

    def __init__(self, scrubber: Scrubber) -> None:
        self.engine, self.recognizers = engine(scrubber.layers, scrubber.entities)
        self.anonymizer: Any = AnonymizerEngine()
        self.operators = {label: OperatorConfig("replace", {"new_value": f"[{label}]"}) for label in LABELS}

    def scrub(self, text: str, known: Known = None) -> Scrubbed:
        """The text without what identifies."""
        simple = normalise.plain(text)
        for recognizer in self.recognizers:
            recognizer.patient = circle(known)
        results = self.engine.analyze(simple.text, language="en", entities=list(LABELS), score_threshold=0.0)
        layer_of = {round(score, 2): layer for layer, score in SCORE.items()}
        found = [Span(r.start, r.end, r.entity_type, layer_of[round(r.score, 2)]) for r in results]
        spans = placed(simple, settled(reading(simple.text), found))
        findings = [Finding(s.label, s.start, s.end, 1.0) for s in spans]
        replaced = self.anonymizer.anonymize(text, findings, operators=self.operators)
        return Scrubbed(replaced.text, spans, review.reasons(reading(simple.text)))
