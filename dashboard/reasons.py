"""Why was a row set aside, in words?"""

from __future__ import annotations

import re

_LIMIT = re.compile(r"(\w+?)_(below|above)_([\d_]+)")
_REASONS = {
    "ragged_row": "too many or too few columns",
    "nul_bytes": "bytes that are not text",
    "undecodable": "letters that cannot be decoded",
    "field_too_long": "a field longer than 1 MB",
    "unclosed_quote": "a quotation mark that is never closed",
    "booked_after_start": "booked after the visit began",
    "ended_before_started": "ended before it started",
    "closed_before_detected": "closed before it was noticed",
    "contact_before_detected": "contact before it was noticed",
    "routed_before_detected": "passed on before it was noticed",
    "taken_before_invited": "answered before the invitation",
    "care_before_request": "care before it was asked for",
    "repeat_of_identical_row": "the same row again",
    "key_twice_different_content": "one record number with two different contents",
}
_ENDINGS = {
    "unreadable": "cannot be read",
    "missing": "is empty",
    "orphan": "is not in the table it points to",
    "unknown_word": "is a word we do not know",
    "in_dst_gap": "is a time the clock change skipped",
    "not_a_number": "is not a number",
    "rounded_number": "is a number a spreadsheet has rounded",
    "out_of_range": "is outside what is possible",
    "in_future": "lies in the future",
}


def reason(code: str) -> str:
    """Why a row was set aside: a code such as `starts_at_in_dst_gap` as words."""
    if code in _REASONS:
        return _REASONS[code]
    for ending, words in _ENDINGS.items():
        if code.endswith(f"_{ending}"):
            return f"{column(code.removesuffix('_' + ending))} {words}"
    limit = _LIMIT.fullmatch(code)
    if limit:
        return f"{column(limit[1])} is {limit[2]} {limit[3].replace('_', '.')}"
    return code.replace("_", " ")


def column(name: str) -> str:
    """A canonical column as words: `starts_at` is "start"."""
    plain = {"starts_at": "start", "booked_at": "booking time", "status": "status", "status_at": "time of the status"}
    return plain.get(name, name.removesuffix("_id").removesuffix("_at").removesuffix("_on").replace("_", " "))
