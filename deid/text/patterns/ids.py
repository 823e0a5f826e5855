"""A number behind a word that says what it is (MRN, policy, licence, plate, serial, account, fax), and digits in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deid.text import gates
from deid.text.document import Document
from deid.text.spans import Span

SURE = frozenset(
    [
        "mrn",
        "ssn",
        "sin",
        "npi",
        "dea",
        "ohip",
        "phin",
        "hcn",
        "mbi",
        "nhs",
        "vin",
        "ein",
        "itin",
        "imei",
        "iban",
        "bsn",
        "chart",
        "passport",
        "plate",
        "plates",
        "tag",
        "serial",
        "license",
        "licence",
        "policy",
        "account",
        "acct",
        "beneficiary",
        "medicare",
        "medicaid",
        "certificate",
        "confirmation",
        "reference",
        "ref",
        "tracking",
        "routing",
        "accession",
        "specimen",
        "encounter",
        "insurance",
        "claim",
        "badge",
        "pager",
        "subscriber",
        "membership",
        "security",
    ]
)
BEFORE_ID = frozenset(
    [
        "member",
        "patient",
        "subscriber",
        "device",
        "student",
        "employee",
        "health",
        "membership",
        "plan",
        "medical",
        "chart",
        "account",
    ]
)
LINK = r"(?:\s*(?:number|numbers|no\.?|num\.?|#|id|is|was|are|:|=|-|of|ending in|ends in|ending|on file|it's|card|code|plate|and)){0,4}"
VALUE = r"[\s:#=(]*((?=[\w./-]*\d)[A-Za-z0-9][\w./-]{1,39}(?: \d{3,})*)"
AFTER = re.compile(rf"{LINK}{VALUE}", re.IGNORECASE)
PLATE = re.compile(r"\b(?:plates?|tag)\b[^.\n]{0,20}?\b([A-Z0-9]{2,4}[ -][A-Z0-9]{2,4})\b")
PLATES = frozenset({"plate", "plates", "tag"})
HASH = re.compile(r"#\s?(\d{4,})")
DIGIT = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
DIGITS, FEWEST_DIGITS = frozenset(DIGIT[3:-1].split("|")), 4  # between the first and the last of six in words
SPELLED = re.compile(rf"\b(?:{DIGIT}[\s,-]+(?:(?:double|triple)\s+)?){{5,30}}{DIGIT}\b", re.IGNORECASE)
MEASURE = re.compile(
    r"(?i)\d{1,4}(?:\.\d+)?(?:mg|mcg|ml|kg|g|st|nd|rd|th|am|pm|%|x|hrs?|s|k)|(?:19|20)\d\d|\d{1,2}[/:]\d{1,2}|\d{1,2}\.\d{1,2}|\d{1,2}"
)


def find(document: Document) -> Iterator[Span]:
    """Every number behind its cue, and runs of six or more digits in words."""
    text, digit = document.text, document.gates & gates.DIGITS
    if digit and document.gates & gates.ID_CUE:
        yield from behind_cues(document)
    if digit and "#" in text:
        yield from (Span(*m.span(1), "ID", "pattern") for m in HASH.finditer(text))
    if document.gates & gates.NUMBER and len([key for key in document.keys if key in DIGITS]) >= FEWEST_DIGITS:
        yield from (Span(*m.span(), "ID", "pattern") for m in SPELLED.finditer(text))


def behind_cues(document: Document) -> Iterator[Span]:
    """The value behind each cue word: any with a digit behind a sure cue, three digits behind a weak one."""
    for at in document.at(gates.ID_CUE):
        key = document.key(at)
        plate = PLATE.match(document.text, document.starts[at]) if key in PLATES else None
        if plate:
            yield Span(*plate.span(1), "ID", "pattern")
        match = AFTER.match(document.text, document.end(at))
        if match is None or MEASURE.fullmatch(match[1]):
            continue
        before = document.key(at - 1) if at else ""
        sure = key in SURE or before in BEFORE_ID
        if sure or sum(map(str.isdigit, match[1])) >= 3:
            yield Span(match.start(1), end_of(match), "ID", "pattern")


def end_of(match: re.Match[str]) -> int:
    """The end of the value without a full stop that ends the sentence."""
    return match.start(1) + len(match[1].rstrip("./-"))
