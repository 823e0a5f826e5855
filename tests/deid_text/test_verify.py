"""The sweep finds what slipped through, says where and never what."""

import pytest

from deid.text.verify import Hit, Sweep


@pytest.mark.parametrize(
    "text", ["maria gonzalez", "MariaGonzalez.txt", "x MARIA-GONZALEZ y", "Maria\u00a0Gonzalez", "Ｍaria Gonzalez"]
)
def test_identifier_is_found_however_it_is_spaced(text: str) -> None:
    assert list(Sweep(["Maria Gonzalez"]).hits([("quotes.text row 3", text)])) == [
        Hit("quotes.text row 3", "identifier")
    ]


def test_number_is_found_with_other_separators() -> None:
    assert Sweep(["482-913-77"], shapes=False).kinds_in("log: 48291377 seen") == {"identifier"}


def test_canary_and_shape_are_told_apart() -> None:
    assert Sweep(canaries=["Zyxwora"]).kinds_in("zyxwora, a@example.com") == {"canary", "CONTACT"}


def test_clean_text_has_no_hit() -> None:
    assert list(Sweep(["Maria Gonzalez"], ["Zyxwora"]).hits([("a", "maria was here; 14 of 27"), ("b", "")])) == []
