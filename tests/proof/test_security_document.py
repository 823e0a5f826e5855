"""docs/security.md names files and tests that exist, so that its sentences can be looked up."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def named() -> list[tuple[str, list[str], list[str]]]:
    """(sentence, files, tests) of each row under "The sentences that must stay true"."""
    text = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
    part = text.partition("## The sentences that must stay true")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ") and "`" in line]
    return [(cells[0], *(re.findall(r"`([^`]+)`", cell) for cell in cells[1:3])) for cells in rows]


def test_every_file_and_test_that_is_named_exists() -> None:
    found = named()
    assert len(found) >= 12
    missing = [name for _, files, tests in found for name in (*files, *tests) if not (PROJECT / name).is_file()]
    assert missing == []
    assert all(files and tests for _, files, tests in found)


def test_links_between_the_documents_lead_somewhere() -> None:
    docs = PROJECT / "docs"
    for page in docs.glob("*.md"):
        for target in re.findall(r"\]\(([\w./-]+\.md)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).resolve().is_file(), f"{page.name} links to {target}"
