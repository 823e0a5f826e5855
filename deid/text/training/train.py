"""Train the tagger and write `tagger.json` (`make train-tagger`): our generator, and labelled open text."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import Any

from deid.text import gates, patterns
from deid.text.document import Document, covered
from deid.text.features import features
from deid.text.kinds import kind_features
from deid.text.tagger import MODEL, Tagger, Weights, beside_features, sides
from deid.text.training import corpora, retold, talk
from deid.text.training.fit import Row, fit
from deid.text.training.generate import Labelled, generate

GENERATED = 10_000
# Log-odds from which a word goes: a missed name costs more than a word lost. Where capitals say nothing more names look
# like words, so less is asked. So chosen that of tweets, whose family it has not seen, four words in a hundred go.
THRESHOLDS = {"cased": -2.45, "caseless": -2.9}
# The second pass asks of words that the first let stand: it must be surer.
BESIDE_THRESHOLDS = {"cased": 4.0, "caseless": 3.0}
PRINTED_DRESSED = 0.5  # how often a printed text is dressed as one of the net
# Each draws the generated and retold texts and the hidden features of one tagger; what is shipped is their mean.
SEEDS = (2026, 2027, 2028, 2029)
# Share of the features hidden in the second copy of a row; weights nearer to 0 than the other are left out, for size.
HIDDEN, SMALLEST = 0.5, 0.12
# document, position -> label of what identifies, positions to leave out, positions a pattern has
Judged = tuple[Document, dict[int, str], set[int], set[int]]


def judge(text: str, labelled: Labelled) -> Judged:
    """The document with its answers: which words identify, and which are neither here nor there."""
    document = Document(text)
    answers: dict[int, str] = {}
    skipped: set[int] = set()
    for start, end, label in labelled.spans:
        for at, begin in enumerate(document.starts):
            if begin < end and start < document.end(at):
                if label == "NEUTRAL" or label not in corpora.WANTED:
                    skipped.add(at)
                else:
                    answers[at] = label
    taken = covered(document, patterns.find(document))
    return (
        document,
        {at: label for at, label in answers.items() if at not in taken},
        (skipped | taken) - set(answers) | taken,
        taken,
    )


def judged(texts: Iterable[Labelled]) -> list[Judged]:
    """Every text as written, and those with capitals once more in lower case."""
    found = []
    for labelled in texts:
        found.append(judge(labelled.text, labelled))
        lower = labelled.text.lower()
        if lower != labelled.text and len(lower) == len(labelled.text):
            found.append(judge(lower, labelled))
    return found


def first_pass(documents: list[Judged], *, cased: bool) -> list[Row]:
    """One row for each candidate."""
    gate = gates.CASED if cased else gates.CASELESS
    return [
        (features(document, at, cased=cased), 0.0, at in answers)
        for document, answers, skipped, _ in documents
        if document.caseless != cased
        for at, word in enumerate(document.words)
        if at not in skipped and (word.gates & gate or at in answers or near(answers, at))
    ]


def near(answers: dict[int, str], at: int) -> bool:
    """Is a word that is no candidate worth a row: beside a true hit, where the second pass asks, or one in four?"""
    return at - 1 in answers or at + 1 in answers or at % 4 == 3


def second_pass(documents: list[Judged], weights: Weights) -> list[Row]:
    """One row for each word beside a hit of the first pass (or beside a true one, half of the time)."""
    rows: list[Row] = []
    gate = gates.CASED if weights.cased else gates.CASELESS
    for number, (document, answers, skipped, taken) in enumerate(documents):
        if document.caseless == weights.cased:
            continue
        candidates = [at for at, word in enumerate(document.words) if word.gates & gate and at not in skipped]
        found = {at for at in candidates if weights.score(document, at) > weights.threshold}
        if number % 2:
            found |= {at for at in answers if document.words[at].gates & gate and (at + number) % 3}
        for at in {near for hit in found | taken for near in (hit - 1, hit + 1)} - found - skipped:
            if 0 <= at < len(document.words) and not document.marks[at] & gates.APART:
                word = document.words[at]
                told = beside_features(*sides(document, at, found, taken), word.coarse if weights.cased else word.bare)
                rows.append((told, weights.score(document, at), at in answers))
    return rows


def train(texts: Iterable[Labelled], *, positive: float = 2.0, seed: int = 0) -> dict[str, Any]:
    """The model of one draw of the texts."""
    documents = judged(texts)
    model: dict[str, Any] = {}
    for name, cased in (("cased", True), ("caseless", False)):
        weights, _, bias = fit(
            first_pass(documents, cased=cased),
            least=12,
            penalty=3.0,
            positive=positive,
            hidden=HIDDEN,
            smallest=SMALLEST,
            seed=seed,
        )
        side: dict[str, Any] = {
            "bias": bias,
            "threshold": THRESHOLDS[name],
            "weights": weights,
            "beside": {"bias": 0.0},
            "beside_scale": 1.0,
            "beside_threshold": BESIDE_THRESHOLDS[name],
        }
        beside, scale, beside_bias = fit(
            second_pass(documents, Weights(side, cased=cased)), least=3, penalty=1.0, positive=positive
        )
        model[name] = {**side, "beside": {"bias": beside_bias, **beside}, "beside_scale": scale}
    rows = [
        (kind_features(d, at), 0.0, label != "NAME") for d, answers, _, _ in documents for at, label in answers.items()
    ]
    weights, _, bias = fit(rows, least=5, penalty=2.0, positive=1.0)
    model["place"] = {"bias": bias, "weights": weights}
    return model


def mean(models: list[dict[str, Any]]) -> dict[str, Any]:
    """The model whose weights are the means of theirs: it leans less on what one draw of the texts happened to hold."""
    side = {
        name: {
            **models[0][name],
            "bias": share(model[name]["bias"] for model in models),
            "beside_scale": share(model[name]["beside_scale"] for model in models),
            "weights": means([model[name]["weights"] for model in models], SMALLEST),
            "beside": means([model[name]["beside"] for model in models]),
        }
        for name in ("cased", "caseless")
    }
    place = {
        "bias": share(model["place"]["bias"] for model in models),
        "weights": means([model["place"]["weights"] for model in models]),
    }
    return {**side, "place": place}


def share(values: Iterable[float]) -> float:
    """The mean of some numbers, as it is written down."""
    return round(fmean(values), 3)


def means(tables: list[dict[str, float]], smallest: float = 0.0) -> dict[str, float]:
    """Feature -> its mean weight, 0 where a table lacks it; those nearer to 0 than `smallest` are left out."""
    every = dict.fromkeys(feature for table in tables for feature in table)
    weights = {feature: round(fmean(table.get(feature, 0.0) for table in tables), 2) for feature in every}
    return {feature: weight for feature, weight in weights.items() if abs(weight) >= smallest}


def by_slot(weights: dict[str, float]) -> dict[str, dict[str, float]]:
    """The weights as they are written down: slot -> value -> weight, `tagger.flat` the other way round."""
    slots: dict[str, dict[str, float]] = {}
    for feature, weight in weights.items():
        slot, _, value = feature.partition(" ")
        slots.setdefault(slot, {})[value] = weight
    return slots


def texts_for(
    folder: Path | None, families: Iterable[str], count: int, seed: int, *, package: Path | None = None
) -> list[Labelled]:
    """The generator's texts, those of the families named, and the open text of a package that is labelled by us."""
    texts = list(generate(count, seed))
    if package is not None:
        texts += retold.retold(talk.read(package, talk.TWEETS), seed)
        printed = (text for source in (talk.EDITORIALS, talk.REVIEWS) for text in talk.read(package, source))
        texts += retold.retold(printed, seed, copies=0, share=PRINTED_DRESSED)
    for name in families:
        if folder is None:
            raise SystemExit("A family needs --corpora FOLDER.")
        texts += corpora.family(folder, name)
    return texts


def made(
    folder: Path | None, families: Iterable[str], count: int = GENERATED, *, package: Path | None = None
) -> dict[str, Any]:
    """The model trained on all that is given; a minute for each of `SEEDS`."""
    chosen = list(families)
    return mean([train(texts_for(folder, chosen, count, seed, package=package), seed=seed) for seed in SEEDS])


def trained(folder: Path | None, families: Iterable[str], *, package: Path | None = None) -> Tagger:
    """A tagger for an evaluation, trained without writing it down."""
    return Tagger(made(folder, families, package=package))


def main() -> None:
    """Train on everything given and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, help="A folder with the labelled corpora.")
    parser.add_argument("--families", nargs="*", default=[*corpora.FAMILIES], help="Which of them.")
    parser.add_argument("--tweets", type=Path, help="The source package of vaderSentiment, whose texts we labelled.")
    parser.add_argument("--count", type=int, default=GENERATED, help="How many texts to generate.")
    options = parser.parse_args()
    families = options.families if options.corpora else []
    model = made(options.corpora, families, options.count, package=options.tweets)
    sources = families + ["tweets"] * bool(options.tweets)
    model = {"about": {"made_by": "make train-tagger", "generated": options.count, "families": sources}, **model}
    for side in ("cased", "caseless", "place"):
        model[side] = {**model[side], "weights": by_slot(model[side]["weights"])}
    MODEL.write_text(json.dumps(model, indent=0, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{MODEL.stat().st_size:,} bytes in {MODEL.name}")  # noqa: T201  a build step says what it made


if __name__ == "__main__":
    main()
