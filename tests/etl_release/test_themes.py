"""Comments are read as they are counted, and no text stays."""

import pyarrow as pa

from etl.codebook import Codebook
from etl.declared import FeedbackSettings
from etl.release import themes
from warehouse.families import FEEDBACK_THEMES

BOOK = Codebook.of(FeedbackSettings.model_validate({"codes": {"waiting": {"phrases": ["wait*"]}}}))


def test_each_comment_counts_for_every_theme_it_speaks_of() -> None:
    texts = ["I felt processed and waited an hour", None, "", "Everyone was kind", "Nice room"]
    batch = pa.RecordBatch.from_pydict({"patient_id": [1, 2, 3, 4, 5], "comment": texts})
    found = themes.converter(BOOK)(batch)
    assert "comment" not in found
    assert {name: values.tolist() for name, values in found.items() if name.startswith("theme.")} == {
        "theme.cared_for": [False, False, False, True, False],
        "theme.processed": [True, False, False, False, False],
        "theme.waiting": [True, False, False, False, False],
    }


def test_two_themes_stand_beside_feedback_and_all_in_rows_of_their_own() -> None:
    assert themes.sums(BOOK) == {"cared_for": ("theme.cared_for",), "processed": ("theme.processed",)}
    assert [part.named for part in themes.parts(BOOK)] == [{"theme": theme} for theme in BOOK.themes]
    assert {part.table for part in themes.parts(BOOK)} == {FEEDBACK_THEMES}
