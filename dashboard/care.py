"""What do patients say in their own words, and can the reading of their comments be trusted?"""

from __future__ import annotations

from dashboard import data, parts, privacy, words
from dashboard import privacy_tables as tables
from dashboard.layout import View
from dashboard.parts import Piece
from dashboard.tables import Table
from metrics.coding import agreements

NO_THEME = "No theme was found in the comments of enough patients to be shown."
THEMES = "Comments are read by written rules (the codebook in rapport.toml), which anyone can read and change."
NOT_CODED = (
    "Nobody has held these rules against a person's reading yet, so how far they can be trusted is not known: "
    "`rapport quotes code` shows a person comments drawn at random."
)


def pieces(view: View) -> tuple[Piece, ...]:
    """Approved comments, themes, and how far rules and people agree."""
    return _pieces(view.only())


@data.kept
def _pieces(view: View) -> tuple[Piece, ...]:
    quote = data.table(view.scope, "quote")
    said = "In patients' own words"
    label = "Read the approved comments, or download"
    read = parts.folded(said, privacy.quotes_said(len(quote)), tables.quotes(quote), key="quotes", label=label)
    return (read, _themes(view), _agreement(view))


def _themes(view: View) -> Piece:
    found = data.table(view.scope, "feedback_themes")
    shown = found[(found["stratifier"] == "all") & (found["state"] == "published")]
    counted = shown.groupby("theme")["comments"].sum().sort_values(ascending=False)
    lines = tuple((words.name_of(str(theme)), f"{int(n):,}") for theme, n in counted.items() if n)
    summary = f"{THEMES} A period in which too few people spoke of a theme is not counted." if lines else NO_THEME
    return parts.table(
        "What are comments about?", summary, Table(("Theme", "Comments"), lines), "Themes of comments", key="themes"
    )


def _agreement(view: View) -> Piece:
    found = agreements(data.table(view.scope, "declared_value"))
    lines = tuple(
        (
            words.name_of(theme),
            words.said(one.agreed),
            words.interval(one.agreed) or "—",
            words.said(one.kappa),
            words.interval(one.kappa) or "—",
            f"{one.n:,}",
            one.kappa.reason,
        )
        for theme, one in found.items()
    )
    headings = ("Theme", "Same reading", "95 % interval", "Kappa", "95 % interval", "Comments", "Why not shown")
    summary = (
        "A person read comments drawn at random without seeing what the rules say. Kappa is agreement beyond chance: "
        "1 is complete, 0 is none."
    )
    title = "Do the rules read comments as people do?"
    return parts.table(title, summary if lines else NOT_CODED, Table(headings, lines), "Agreement", key="agreement")
