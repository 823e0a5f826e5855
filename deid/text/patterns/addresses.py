"""Street addresses, boxes, units, postal codes of the US, Canada and Britain, and a town before its state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from deid.text import bits, gates
from deid.text.document import Document
from deid.text.patterns.near import windows
from deid.text.spans import Span
from deid.text.words import WORDS

SUFFIX = (
    "street|st|avenue|ave|av|road|rd|drive|dr|lane|ln|court|ct|boulevard|blvd|way|place|pl|terrace|ter|circle|cir|highway|hwy"
    "|parkway|pkwy|square|sq|trail|trl|alley|crescent|cres|close|row|loop|path|pike|plaza|turnpike|route|expressway|grove"
)
SURE = frozenset(
    [
        "street",
        "st",
        "avenue",
        "ave",
        "road",
        "rd",
        "lane",
        "ln",
        "boulevard",
        "blvd",
        "highway",
        "hwy",
        "parkway",
        "pkwy",
        "crescent",
        "terrace",
    ]
)
UNIT = r"(?:,?\s*(?:apt|apartment|suite|ste|unit|floor|fl|bldg|building|room|rm|#)\.?\s*#?\s*[\w-]{1,6}\b)"
STREET = re.compile(
    rf"\b\d{{1,6}}[A-Za-z]?,?((?:\s+[\w'’.-]+){{1,4}}?)\s+({SUFFIX})\b\.?(?:\s+(?:[NSEW]{{1,2}}|north|south|east|west)\b)?{UNIT}?",
    re.IGNORECASE,
)
ABROAD = re.compile(
    r"\b(?i:rue|rua|rúa|calle|via|viale|piazza|ul\.|ulica|avenida|avda\.?|strada|chemin|quai|allée|cité|cite|camino|carrer|jalan|jl\.|impasse|corso|largo|praça)"
    r"\s(?:(?:de|del|della|dei|degli|di|du|des|da|do|dos|la|le|les|el|los|las|al|l['’]|d['’])\s?)*"
    r"[A-ZÀ-ÞŁŚŽŠČ][\w'’.-]*(?:\s(?:(?:de|del|della|di|du|la|le|el|al|y|e)\s)?[A-ZÀ-ÞŁŚŽŠČ][\w'’.-]*){0,4}(?:\s\d{1,4}\b)?",
)
# The same without capitals, if a house number follows.
ABROAD_LOWER = re.compile(
    r"\b(?:rue|rua|rúa|calle|via|viale|piazza|ulica|avenida|strada|chemin|quai|allée|camino|carrer|jalan|corso|largo|praça)"
    r"(?:\s[^\W\d_][\w'’.-]*){1,5}\s\d{1,4}\b",
    re.IGNORECASE,
)
SHIP = re.compile(r"\b(?:USS|USNS|USNV|USCGC|HMCS|HMS)\s\w+", re.IGNORECASE)
BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s*|pmb\s*|rr\s*\d+,?\s*)box\s*#?\s*\d+|\bpsc\s+\d+,?\s+box\s+\d+|\b(?:apo|fpo|dpo)\s+a[aep]\s+\d{5}|\bunit\s+\d+\s+box\s+\d+",
    re.IGNORECASE,
)
FLAT = re.compile(
    r"(?<!\w)(?:(?:apt|apartment|suite|ste|pmb)\.?\s*#?\s*\d+[a-z]?|(?:unit|room|rm|flat|bldg)\.?\s*#?\s*\d{2,5}[a-z]?)\b",
    re.IGNORECASE,
)
CANADIAN = re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d\b", re.IGNORECASE)
BRITISH = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")
ZIP = re.compile(r"\b(?:[A-Z]{2}|[A-Z][a-z]{3,})\.?,?\s+(\d{5}(?:-\d{4})?)\b")
ZIP_CUE = re.compile(
    r"\b(?:fsa|zip|zipcode|zip code|postal code|postcode|post code)\b(?:\s+(?:code|is|was|of|starts|begins|starting|beginning|with))*[\s:#=]*(\d[\d-]{2,9}|[A-Z]\d[A-Z](?: ?\d[A-Z]\d)?\b)",
    re.IGNORECASE,
)
LETTERS = re.compile(r"[^\W\d_]+")
FORM = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
OF_STREETS = frozenset({"de", "la", "el", "old", "new", "first", "second", "third", "high", "n", "s", "e", "w"})
BOX_WORDS = ("box", "apo", "fpo", "dpo")
FLAT_WORDS = ("APT", "APARTMENT", "SUITE", "STE", "PMB", "UNIT", "ROOM", "RM", "FLAT", "BLDG")
ZIP4 = re.compile(r"\b\d{5}-\d{4}\b")
CODES = "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT"
TOWN = re.compile(rf"\b([A-Z][\w'’.-]*(?: [A-Z][\w'’-]+){{0,2}}),? (?:{CODES})\b(?!['’])")
LONGEST_TOWN, LONGEST_STREET = 60, 90  # characters looked at before a cue
ZIP_DIGITS, LONGEST_ZIP = 5, 11  # characters, the longest with the one behind it
WITHIN_CODE = 2  # words from one digit of a postal code to the next, at most
IDLE = bits.FLAG["function"] | bits.FLAG["unit_measure"] | bits.FLAG["relation"]


def find(document: Document) -> list[Span]:
    """Every address, part of an address or postal code."""
    text, opened = document.text, document.gates
    found: list[Span] = []
    if opened & gates.STATE_CODE:
        found += [Span(*m.span(1), "PLACE", "pattern") for m in towns(document) if is_town(m)]
    if not opened & gates.DIGITS:
        return found
    if opened & gates.STREET_ABROAD:
        found += abroad(document)
    upper = "P" in text
    if (upper and "PO A" in text) or "po a" in text:
        found += [Span(*m.span(), "PLACE", "pattern") for m in SHIP.finditer(text)]
    if opened & gates.STREET:
        found += [Span(*m.span(), "PLACE", "pattern") for m in streets(document) if is_street(m)]
    if opened & gates.UNIT or (upper and ("PSC" in text or "PO" in text)) or "psc" in text:
        found += units(document)
    return found + postal(document)


def towns(document: Document) -> Iterator[re.Match[str]]:
    """What stands before the code of a state, with a capital."""
    text, starts, gaps = document.text, document.starts, document.gaps
    codes = [
        at
        for at in document.at(gates.STATE_CODE)
        if gaps[at][-1:] == " " and not text[text.rfind(" ", 0, starts[at] - 1) + 1 : starts[at]].islower()
    ]
    return windows(document, TOWN, codes, before=LONGEST_TOWN, after=1)


def streets(document: Document) -> Iterator[re.Match[str]]:
    """What begins with a number a little before a word for a street."""
    text, starts, digits = document.text, document.starts, document.digits
    tried, done = -1, 0
    for at in document.at(gates.STREET):
        opens = max(done, starts[at] - LONGEST_STREET)
        for number in [number for number in digits if tried < number < at and starts[number] >= opens]:
            tried = number
            match = STREET.match(text, starts[number]) if starts[number] >= done else None
            if match:
                yield match
                done = match.end()


def abroad(document: Document) -> Iterator[Span]:
    """Streets named in front, as in most of Europe and Latin America."""
    for match in ABROAD.finditer(document.text):
        if not (document.english and match[0][:4].lower() == "via " and not match[0][-1].isdigit()):  # "via Anna"
            yield Span(*match.span(), "PLACE", "pattern")
    if document.caseless:
        yield from (Span(*m.span(), "PLACE", "pattern") for m in ABROAD_LOWER.finditer(document.text))


def units(document: Document) -> Iterator[Span]:
    """Boxes, flats and rooms."""
    text, forms = document.text, document.forms
    small = text.lower()
    if any([word in small for word in BOX_WORDS]):
        yield from (Span(*m.span(), "PLACE", "pattern") for m in BOX.finditer(text))
    if any([at and forms[at - 1].upper().endswith(FLAT_WORDS) for at in document.digits]):
        yield from (Span(*m.span(), "PLACE", "pattern") for m in FLAT.finditer(text))


def postal(document: Document) -> list[Span]:
    """Postal codes."""
    found: list[Span] = []
    if len(document.digits) > 1:
        found += lettered_codes(document)
    if document.gates & gates.FIVE_DIGITS:
        found += zips(document)
    if document.gates & gates.UNIT:
        found += announced(document)
    return found


def announced(document: Document) -> list[Span]:
    """Postal codes, or their beginnings, behind a word that says so."""
    cues = [at for at in document.at(gates.UNIT) if document.key(at) in gates.POSTAL]
    matches = [ZIP_CUE.match(document.text, document.starts[at]) for at in cues]
    return [Span(*match.span(1), "PLACE", "pattern") for match in matches if match]


def lettered_codes(document: Document) -> list[Span]:
    """Postal codes of Canada and Britain: from one or two letters directly before the first digit."""
    text, gaps = document.text, document.gaps
    found: list[Span] = []
    for one, two in pairwise(document.digits):
        if gaps[one] or not one or two - one > WITHIN_CODE:
            continue
        at = document.starts[one]
        match = CANADIAN.match(text, at - 1) or BRITISH.match(text, at - 1) or BRITISH.match(text, max(0, at - 2))
        if match:
            found.append(Span(*match.span(), "PLACE", "pattern"))
    return found


def zips(document: Document) -> Iterator[Span]:
    """ZIP codes: with four more digits, or behind a state or a town."""
    text, starts, forms = document.text, document.starts, document.forms
    for at in document.at(gates.FIVE_DIGITS):
        if len(forms[at]) == ZIP_DIGITS:
            long = ZIP4.match(text, starts[at])
            if long:
                yield Span(*long.span(), "PLACE", "pattern")
            behind = ZIP.search(text, starts[at - 1], starts[at] + LONGEST_ZIP) if at else None
            if behind:
                yield Span(*behind.span(1), "PLACE", "pattern")


def is_town(match: re.Match[str]) -> bool:
    """Is it a town, not a doctor with a degree, and not small words alone?"""
    degree = match[0].endswith(" MD") and "," not in match[0]
    return not degree and not all(WORDS[word].mask & IDLE for word in LETTERS.findall(match[1]))


def is_street(match: re.Match[str]) -> bool:
    """Are the words between number and suffix a street's name, not "10 minutes to drive"?"""
    forms = FORM.findall(match[1])
    words = [WORDS[form] for form in forms]
    if any(word.mask & IDLE and form.lower() not in OF_STREETS for word, form in zip(words, forms, strict=True)):
        return False
    if not words:
        return any(map(str.isdigit, match[1]))
    capital = all(word.coarse[0] in "XAIm" for word in words)
    return capital or match[2].lower() in SURE
