from pathlib import Path

from metrics.document import metrics_document
from metrics.registry import METRICS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def test_the_page_of_metrics_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == metrics_document(), "run: make docs"


def test_every_metric_says_what_it_counts_and_what_it_cannot_tell() -> None:
    for metric in METRICS:
        for text in (metric.question, metric.numerator, metric.denominator, metric.exclusions, metric.limits):
            assert len(text) > 10, metric.key
        assert metric.margin > 0
        assert metric.margin_reason
        assert metric.source


def test_metric_keys_are_given_once() -> None:
    assert len({metric.key for metric in METRICS}) == len(METRICS)
