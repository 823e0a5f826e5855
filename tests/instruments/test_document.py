import re
import tomllib
from pathlib import Path

from instruments import declare, score
from instruments.document import instruments_document

PAGE = Path(__file__).resolve().parents[2] / "docs" / "instruments.md"


def test_the_page_says_what_the_keys_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == instruments_document()


def test_the_example_on_the_page_can_be_declared() -> None:
    example = re.search(r"```toml\n(.*?)```", instruments_document(), re.DOTALL)
    assert example is not None
    burden = declare("burden", tomllib.loads(example.group(1)))
    found = score(burden, [9, 1, None])
    assert (found.total, found.flags) == (9, ("heavy", "prorated"))
