"""Numbers: phone, SSN, card, record number, date in digits, ZIP, network address; or a score, dose, price, time?

One pass finds each run that holds a digit; its layout decides. A run of six digits or more goes unless its neighbours
show a price or a measure; a failing checksum never clears a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from deid.text.document import Document
from deid.text.patterns.near import lettered
from deid.text.spans import Span

DIGITS, WORD_END = re.compile(r"\d+"), re.compile(r"[^\w%]")
RUN = re.compile(r"\d[\w\-./:]*").match
FEWEST_SPACED = 6  # digits of the shortest number in groups that is removed
LONGEST_OPENING = 22  # characters of a telephone number before its second group: country, area, group
SPACING, WIDEST_SPACING = ")(.- ", 3
INSIDE = "./:-_"  # what may stand between the digits and letters of one run
PHONE = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}[ .-]{0,2})?(?:\(\+?\d{1,5}\)[ .-]{0,2})?\d{1,6}(?:[ .-]{1,2}\(?\d{1,6}\)?){1,6}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?!\w)",
    re.IGNORECASE,
)
GROUP = re.compile(r"[+(\d][\d+(]*")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?\b")
NATIONAL = re.compile(r"\d{3}[ -]\d{2}[ -]\d{4}|\d{3}[ -]\d{3}[ -]\d{3}")  # SSN, SIN
YEAR_LAST = re.compile(r"(?<!\d)(?:19|20)\d\ds?$")
ISO_DAY = re.compile(r"(?:19|20)\d\d-\d{1,2}-\d{1,2}\b")
LAYOUT = re.compile(
    r"(?P<date>\d{1,2}([/.-])\d{1,2}\2(?:\d{4}|\d{2})|(?:19|20)\d\d([/.-])\d{1,2}\3\d{1,2}(?:T[\d:.Zz+-]*)?|(?:19|20)\d{6}T\w+)"
    r"|(?P<monthyear>\d{1,2}/(?:19|20)\d\d|(?:19|20)\d\d/\d{1,2})"
    r"|(?P<ssn>\d{3}-\d{2}-\d{4}|\d{3}-\d{3}-\d{3})"
    r"|(?P<phone>(?:\d{1,3}[.-])?\d{3}[.-]\d{3}[.-]\d{4}(?:x\d{1,6})?|\d{3}[.-]\d{4}(?:x\d{1,6})?)"
    r"|(?P<ip>\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:[:/]\d{1,5})?)"
    r"|(?P<clock>\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:[ap]\.?m?)?(?:-\d{1,2}(?::\d{2})?(?:[ap]m)?)?)"
    r"|(?P<monthday>\d{1,2}[/-]\d{1,2})"
    r"|(?P<decimal>\d{1,4}\.\d{1,3}|\d\.\d{4,17}|\d{1,4}-\d{1,4}|\d{1,3}/\d{1,3}(?:/\d{1,3})?)"
    r"|(?P<year>(?:19|20)\d\ds?(?:[-/](?:(?:19|20)?\d\d))?s?)"
    r"|(?P<measure>\d{1,5}(?:[.-]\d{1,4})?-?(?:[a-z%]{1,4}|years?|year-olds?|months?|weeks?|days?|hours?|minutes?|[A-Z]{1,2}|ML|MG|MCG)(?:/[A-Za-z]{1,4})?)"
    r"|(?P<digits>\d+)"
)
CENT_LAYOUTS = frozenset({"clock", "decimal", "year", "measure"})
DENOMINATORS = frozenset({4, 5, 7, 10, 12, 15, 20, 21, 24, 25, 27, 28, 30})  # of scores, doses, hours and sessions
DATE_CUES = frozenset(
    ["on", "since", "dated", "until", "till", "by", "from", "before", "after", "dob", "d.o.b", "born", "appt",
     "appointment", "date", "expires", "exp", "due", "due:", "dob:", "birthday", "through", "thru", "to", "starting",
     "of"]
)  # fmt: skip
MEASURES = frozenset(
    ["mg", "mcg", "g", "kg", "ml", "l", "units", "iu", "steps", "calories", "cal", "kcal", "dollars", "bucks", "usd",
     "cad", "euros", "pounds", "percent", "%", "people", "employees", "members", "followers", "words", "miles", "km",
     "feet", "ft", "meters", "years", "days", "hours", "minutes", "times", "votes", "points", "lbs", "patients",
     "students", "copies", "views", "likes", "troops", "deaths", "residents", "jobs", "homes", "barrels", "tons",
     "tonnes", "acres"]
)  # fmt: skip
MONEY = ("$", "£", "€", "¥")
BARE_BEFORE = frozenset(" $(\n")  # no letters belong to a number behind these
KEPT_LETTERS = re.compile(r"(?i)(?:[a-z]{1,3}-?\d{1,3}(?:\.\d{1,2})?|[a-z]\d[\da-z](?:\.[\da-z]{1,4})?|[a-z]{2,8}-?\d{1,2}|\d{1,3}[a-z]{1,2}\d?|[a-z]\d[a-z]\d|mid-?(?:19|20)\d\ds?|(?:pre|post|since|early|late|covid|icd|dsm|iso)-?(?:19|20)?\d\ds?(?:-[a-z]{1,3})?)")  # fmt: skip
LONGEST_LEAD = 24
LONG_NUMBER = 6
HEART = "<3"  # its digit is repeated: "<33333"
IP_LARGEST = 255


def find(document: Document) -> list[Span]:
    """Every number that identifies."""
    pairs = spaced_pairs(document) if len(document.digits) > 1 else []
    return (grouped(document, pairs) if pairs else []) + runs(document)


def grouped(document: Document, pairs: list[int]) -> list[Span]:
    """Numbers in groups of digits, of which the pairs are neighbours."""
    found: list[Span] = []
    text, starts = document.text, document.starts
    if sum([len(document.forms[at]) for at in document.digits]) >= FEWEST_SPACED:
        for match in phones(text, first_phone(document, pairs[0]), starts[pairs[-1]] + 1):
            label = spaced_label(match[0], text[max(0, match.start() - 2) : match.start()])
            if label:
                opening = match.start() - (text[match.start() - 1 : match.start()] in {"(", "+"})
                found.append(Span(max(0, opening), match.end(), label, "pattern"))
    if document.upper and lettered(document):
        found += [Span(*m.span(), "ID", "pattern") for m in IBAN.finditer(text)]
    return found


def runs(document: Document) -> list[Span]:
    """Runs of characters that hold a digit; those that are a short number by themselves tell nobody."""
    found: list[Span] = []
    text, forms, gaps = document.text, document.forms, document.gaps
    last, taken = len(forms) - 1, -1
    for at in document.digits:
        before = gaps[at]
        bare = before[-1] in BARE_BEFORE if before else not at
        if bare and len(forms[at]) < LONG_NUMBER - 1 and (at == last or gaps[at + 1].strip(INSIDE)):
            continue
        start = document.starts[at]
        if start < taken:  # inside the run before
            continue
        taken = end = start + len(RUN(text, start)[0].rstrip(INSIDE))  # type: ignore[index]  # a digit is a run
        if not bare:
            start = lead(text, start)
        label = classify(text, start, end)
        if label:
            found.append(Span(start, end, label, "pattern"))
    return found


def spaced_pairs(document: Document) -> list[int]:
    """Positions of digits with digits behind them, one to three blanks, dots, hyphens or brackets between them."""
    gaps = document.gaps
    return [
        one
        for one, two in pairwise(document.digits)
        if two == one + 1 and len(gaps[two]) <= WIDEST_SPACING and not gaps[two].strip(SPACING)
    ]


def first_phone(document: Document, at: int) -> int:
    """Where the first group of digits, brackets and pluses begins that belongs to the pair of digits at a position."""
    text = document.text
    start = max(0, document.starts[at] + len(document.forms[at]) - LONGEST_OPENING)
    while start and (text[start - 1] in "+(" or text[start - 1].isdecimal()):
        start -= 1
    return start


def phones(text: str, first: int, last: int) -> Iterator[re.Match[str]]:
    """Runs of grouped digits that begin between two places, tried only where digits, a bracket or a plus begin."""
    done = 0
    for begins in GROUP.finditer(text, first, last):
        for start in range(max(done, begins.start()), begins.end()):
            match = PHONE.match(text, start)
            if match:
                yield match
                done = match.end()
            if match or text[start].isdigit():
                break


def lead(text: str, start: int) -> int:
    """Where the run starts when letters and hyphens stand directly before its first digit."""
    first = start
    while first and start - first < LONGEST_LEAD and (text[first - 1].isalnum() or text[first - 1] in "-_"):
        first -= 1
    while first < start and text[first] in "-_":
        first += 1
    return first


def spaced_label(run: str, before: str) -> str | None:  # noqa: PLR0911  one question after another
    """What groups of digits parted by blanks, dots and hyphens are."""
    if ISO_DAY.match(run):
        return None
    groups = DIGITS.findall(run)
    sizes = [len(group) for group in groups]
    total, pairs = sum(sizes), sizes == [2, 2, 2]
    if (total < 7 and not pairs) or before.rstrip().endswith(MONEY):
        return None
    if pairs:
        return "CONTACT"
    if len(groups) <= 3 and sum([is_year(group) for group in groups]) >= len(groups) - 1 and "(" not in run:
        return "DATE" if "-" in run and len(groups) == 3 else None
    if len(groups) > 2 and max(sizes) < 3 and total < 8:
        return None
    if 1 in sizes[1:] and not run.startswith(("+", "(")) and total < 10:
        return None
    return "CONTACT" if total <= 12 and not NATIONAL.fullmatch(run) else "ID"


def is_year(digits: str) -> bool:
    """Could it be a year that the law lets stand?"""
    return len(digits) == 4 and digits[:2] in {"19", "20"}


def word_before(text: str, start: int) -> str:
    """The word before a position, in lower case, with its colon."""
    return text[max(0, start - 20) : start].rstrip(" (").rpartition(" ")[2].lower()


def word_after(text: str, end: int) -> str:
    """The word after a position, in lower case."""
    after = text[end : end + 16].lstrip(" -").lower()
    return WORD_END.split(after, maxsplit=1)[0]


def classify(text: str, start: int, end: int) -> str | None:  # noqa: PLR0911  one layout after another
    """The label of one run, or None for a number that tells nobody."""
    run = text[start:end]
    if run.isdigit():
        return None if len(run) < LONG_NUMBER - 1 or is_year(run) else digits_label(text, start, end, run)
    layout = LAYOUT.fullmatch(run)
    if layout is None:
        return mixed_label(run)
    kind = layout.lastgroup or ""
    if kind in CENT_LAYOUTS:
        return None
    if kind == "monthyear":
        return "DATE"
    if kind == "date":
        return "DATE" if plausible_date(run) else None if run.count(".") == 2 else "ID"
    if kind == "ip":
        return ip_label(text, start, run)
    if kind == "monthday":
        return month_day_label(text, start, end, run)
    if kind == "digits":
        return digits_label(text, start, end, run)
    return "ID" if kind == "ssn" else "CONTACT"


def plausible_date(run: str) -> bool:
    """Could a day and a month be among the three numbers?"""
    numbers = [int(n) for n in DIGITS.findall(run)[:3]]
    small = [n for n in numbers if 1 <= n <= 31]
    return run[:4].isdigit() or (len(small) >= 2 and min(small) <= 12)


def ip_label(text: str, start: int, run: str) -> str | None:
    """A network address; a paragraph number such as 1.2.3.4 is none unless the text says so."""
    groups = [int(n) for n in DIGITS.findall(run)[:4]]
    if max(groups) > IP_LARGEST:
        return "ID"
    said = "ip" in text[max(0, start - 16) : start].lower()
    return "CONTACT" if said or any(n > 9 for n in groups) else None


def month_day_label(text: str, start: int, end: int, run: str) -> str | None:
    """A day of the year, or a score such as 9/10, 3/4 of something, a range?"""
    first, second = (int(n) for n in DIGITS.findall(run))
    before = word_before(text, start)
    if not (1 <= first <= 31 and 1 <= second <= 31 and min(first, second) <= 12):
        return None
    if "/" not in run:
        return "DATE" if before in {"dob", "dob:", "born", "dated"} else None
    if before in DATE_CUES and word_after(text, end) not in MEASURES:
        return "DATE"
    return "DATE" if second not in DENOMINATORS and first <= 12 and second > 12 else None


def digits_label(text: str, start: int, end: int, run: str) -> str | None:
    """A bare number: six digits go unless a price or a measure; five go unless round; eight may be a date."""
    if len(run) < LONG_NUMBER - 1:
        return None
    if start and (text[start - 1] in MONEY or (text[start - 1] == HEART[0] and set(run) == {HEART[1]})):
        return None
    if word_after(text, end) in MEASURES:
        return None
    if len(run) == LONG_NUMBER - 1:
        grouped = text[start - 1 : start] == "," or (text[end : end + 1] == "," and text[end + 1 : end + 4].isdigit())
        return None if run.endswith("000") or grouped else "PLACE"
    return "DATE" if len(run) == 8 and is_year(run[:4]) and run[4:6] <= "12" and run[6:] <= "31" else "ID"


def mixed_label(run: str) -> str | None:
    """Letters and digits together: a record number, unless it is a known short form (B12, PHQ-9, F32.1, mid-1990s)."""
    if KEPT_LETTERS.fullmatch(run):
        return None
    digits = sum(map(str.isdigit, run))
    if "/" in run and digits < LONG_NUMBER:
        return None
    letters = sum(map(str.isalpha, run))
    if digits >= 4:
        tail = YEAR_LAST.search(run)
        return None if tail and digits == 4 and letters > 3 else "ID"
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(run))
    return (
        "ID"
        if digits >= 2 and letters >= 2 and changes >= 3 and len(run) >= LONG_NUMBER and run.upper() == run
        else None
    )
