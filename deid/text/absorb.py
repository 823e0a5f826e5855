"""What belongs to a finding: the title before a name, the degree after it, the number beside a street, the hour of a date."""

from __future__ import annotations

import re
from bisect import bisect_left

from deid.text import bits, gates, lexicon
from deid.text.document import Document
from deid.text.patterns.numbers import MEASURES, is_year
from deid.text.patterns.titles import OWNERS
from deid.text.spans import Span

SHORT_TITLES = "mr|mrs|ms|miss|mx|dr|drs|doctor|prof|professor|sir|rev|reverend|fr|sgt|capt|lt|col|gen|sen|rep|gov|hon|señor|señora|herr|frau|mme"
LONG_TITLES = "President|Senator|Sergeant|Captain|Lieutenant|Colonel|General|Officer|Judge|Governor|Mayor|Minister|Secretary|Chief|Detective|Deputy|Coach|Nurse|Father|Sister|Brother|Pastor|Rabbi|Imam|Dame|Lord|Lady|Princess|Prince|King|Queen|Pope|Saint|Duke|Duchess|Prime Minister|Aunt|Uncle|Auntie|Grandma|Grandpa"  # fmt: skip
TITLE = re.compile(rf"(?:\b(?i:{SHORT_TITLES})\b\.?\s{{1,2}}|\b(?:{LONG_TITLES})\s)+$")
DEGREE = re.compile(
    r"(?:,?\s+(?:(?i:jr|sr)\b\.?|II\b|III\b|IV\b)|\s+(?:MD|M\.D\.|DDS|DVM|PhD|Ph\.D\.|PsyD|LCSW|LMFT|LPC|RN|NP|DO|Esq\.?)(?!\w)|\s+(?:md|dds|dvm|phd)(?!\w))+"
)
OPENING = frozenset(" ,\n")
DEGREES = frozenset("jJsSIMDPLRNEmdp")  # first letters
NUMBER_BEFORE = re.compile(r"(?<![\w.,$/-])(\d{1,6}[a-zA-Z]?)(?:,?\s{1,3}(\d{1,4}))?[,.]?(?:\s{1,6}|\s?#\s?)$")
NUMBER_AFTER = re.compile(r"[,.]?\s{1,6}(\d{2}-\d{3}|\d{3} \d{2}|\d{1,6}[a-zA-Z]?(?:[-/]\d{1,4})?)(?![\w%:/-]|\.\d)")
UNIT_AFTER = re.compile(r"[\s,]{1,6}(?:apt|apartment|suite|ste|unit|flat|postbox|box)\.?\s*#?\s*\w{1,6}", re.IGNORECASE)
CLOCK_AFTER = re.compile(r"[ T,]{1,2}(?:at )?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:\s?[ap]\.?m\b\.?|Z)?", re.IGNORECASE)
PARTICLES = re.compile(
    r"[ -](?:(?:de|del|della|dei|degli|di|do|da|dos|du|des|la|le|les|los|las|el|al|ibn|bin|bint|van|der|den|von|zu|zum|am|im|an der|nad|pod"
    r"|sur|sous|lez|upon|gate|utca|und|y|ter|ten|op|ned|af|og|å|bei|of|of the)[ -]){1,2}",
    re.IGNORECASE,
)
PARTED = re.compile(r"[\s-]")
CORNER = re.compile(r"(?:the\s+)?corner\s+of\s+(?:the\s+)?$", re.IGNORECASE)
NEXT_WORD = re.compile(r"\s*-?([a-z%]+)")
NAMED = frozenset({"NAME", "PLACE"})
FACILITY_AFTER = re.compile(
    r" (?:(?:Memorial |General |Regional |Community |Children's |University )?(?:Hospital|Medical Cent(?:er|re)|Health Cent(?:er|re)|Clinic)\b"
    r"|(?i:general hospital|memorial hospital|medical center|medical centre|(?:senior |junior )?high school|middle school|primary school)\b"
    r"|(?:International |Regional )?Airport\b|(?:(?:High |Middle |Primary )?School|Elementary(?: School)?|Academy|University|College|Church|Seminary|Rehab)\b)"
)
APOSTROPHES = ("", "'", "’")
# The first letters of every word that may open a unit or a degree; a school or a landmark. An apostrophe may follow.
UNITS = {"apt", "apartment", "suite", "ste", "unit", "flat", "postbox", "box"}
SCHOOLS = gates.SCHOOLS | gates.GROUNDS | {"memorial", "general", "regional", "community", "children", "medical", "health", "senior", "junior", "high", "middle", "primary", "international"}  # fmt: skip
SHORT_LEAD, LEAD = 3, 4
SHORT_LEADS = frozenset((word + mark)[:SHORT_LEAD] for word in UNITS | gates.DEGREES for mark in APOSTROPHES)
LEADS = frozenset((word + mark)[:LEAD] for word in SCHOOLS for mark in APOSTROPHES)
GROUND_AFTER = re.compile(rf" (?i:{'|'.join(sorted(gates.GROUNDS))})\b")
ROYAL = re.compile(
    r"(?i:(?:duke|duchess|prince|princess|earl|count|countess|baron|baroness|bishop|archbishop|marquess|king|queen)(?:s)?)$"
)
BETWEEN_STREETS = (3, 5)  # characters of " & " and " and "
REALM = re.compile(
    r"\b(?:(?:the )?(?:duke|duchess|prince|princess|earl|count|countess|baron|baroness|bishop|archbishop|marquess|king|queen)"
    r"(?: and )?){1,2} of $",
    re.IGNORECASE,
)
# What may belong to a finding.
BELONGING = gates.DIGITS | gates.RANK | gates.DEGREE | gates.SCHOOL | gates.ROYAL
LONGEST_LEAD = 9  # characters of a number before
IN_TITLES = gates.RANKS | {"prime"}
SHORTEST_BRIDGE, LONGEST_BRIDGE = 3, 16  # characters: one particle, or two, and the blanks around them
PARTING = frozenset(" -")
SPACES = frozenset(" \n,#\t")
HAS_DIGIT = re.compile(r"\d").search
REACH, LONGEST_TITLE = 40, 16
# A handle, a hashtag or a link: there a number beside a town is a score or a count, hardly ever a house.
OF_THE_NET = re.compile(r"(?<!\S)\.?[@#][A-Za-z_]|://")
VERB = "miss "  # behind "I" or "to" no title


def absorb(document: Document, spans: list[Span]) -> list[Span]:
    """The spans, each with what belongs to it; in order, they may touch."""
    opened = document.gates
    if opened & (gates.PARTICLE | gates.ROYAL):
        spans = bridged(document.text, spans)
    if opened & BELONGING:
        spans = grown(document, spans)
    return corners(document.text, spans)


def grown(document: Document, spans: list[Span]) -> list[Span]:
    """Each name, place and date with what belongs to it, asked where the words right beside it may belong to it."""
    text, forms, starts, marks = document.text, document.forms, document.starts, document.marks
    royal, size = document.gates & gates.ROYAL, len(marks)
    result: list[Span] = []
    for span in spans:
        start, end, label, _ = span
        if label in NAMED:
            at, behind = bisect_left(starts, start), bisect_left(starts, end)
            if label == "NAME" and at and marks[at - 1] & gates.RANK and text[start - 1 : start] == " ":
                span = with_title(document, span)  # noqa: PLW2901  grown step by step
                at = bisect_left(starts, span[0])
            lead = forms[behind][:LEAD].lower() if behind < size else ""
            if (
                (at and marks[at - 1] & gates.DIGITS)
                or (at > 1 and marks[at - 2] & gates.DIGITS and len(forms[at - 1]) == 1)  # "12b"
                or lead in LEADS
                or (lead and marks[behind] & gates.DIGITS)
                or lead[:SHORT_LEAD] in SHORT_LEADS
                or royal
            ):
                span = with_more(document, span)  # noqa: PLW2901  grown step by step
        elif label == "DATE":
            clock = CLOCK_AFTER.match(text, end)
            span = span._replace(end=clock.end()) if clock else span  # noqa: PLW2901  grown step by step
        result.append(span)
    return result


def with_more(document: Document, span: Span) -> Span:
    """A name or place, perhaps with its title, with its degree, then its number, its school, its realm."""
    text, opened = document.text, document.gates
    if opened & gates.DEGREE and span.label == "NAME" and text[span.end : span.end + 1] in OPENING:
        span = with_degree(text, span)
    if opened & gates.DIGITS and not (document.style == "net" and OF_THE_NET.search(text)):
        span = with_numbers(text, span)
    if opened & gates.SCHOOL and text[span.end : span.end + 1] == " ":
        span = with_facility(text, span)
    return with_realm(text, span) if opened & gates.ROYAL else span


def with_title(document: Document, span: Span) -> Span:
    """A name, behind a blank, with the title before it."""
    text, starts = document.text, document.starts
    first = at = bisect_left(starts, span.start)
    while first and document.key(first - 1) in IN_TITLES:
        first -= 1
    if first == at or word_before(text, span.start) not in gates.RANKS:
        return span
    title = next(filter(None, (TITLE.match(text, start, span.start) for start in starts[first:at])), None)
    if title is None:
        return span
    start = title.start()
    if title[0].startswith(VERB) and word_before(text, start) in OWNERS:
        start += len(VERB)
    return span._replace(start=start)


def with_realm(text: str, span: Span) -> Span:
    """A place with the title it belongs to ("Duke and Duchess of Cambridge"): a person."""
    if text[span.start - 4 : span.start] != " of ":
        return span
    realm = REALM.search(text, max(0, span.start - REACH), span.start)
    return span._replace(start=realm.start(), label="NAME") if realm else span


def with_degree(text: str, span: Span) -> Span:
    """A name, before a blank or comma, with the degree after it."""
    if text[span.end : span.end + 3].lstrip(" ,\n\t")[:1] not in DEGREES:
        return span
    degree = DEGREE.match(text, span.end)
    return span._replace(end=degree.end()) if degree else span


def with_facility(text: str, span: Span) -> Span:
    """A name or town, before a blank, with the school or hospital named after it."""
    facility = FACILITY_AFTER.match(text, span.end)
    if facility:
        return span._replace(end=facility.end(), label="PLACE")
    ground = GROUND_AFTER.match(text, span.end) if span.label == "PLACE" else None
    return span._replace(end=ground.end()) if ground else span


def word_before(text: str, start: int) -> str:
    """The word before a position, in lower case."""
    before = text[max(0, start - LONGEST_TITLE) : start].rstrip(" .")
    return before[before.rfind(" ") + 1 :].rpartition("\n")[2].lstrip("(\"'").lower()


def with_numbers(text: str, span: Span) -> Span:
    """A street or town with its house number, unit and postal code; for what reads as a name, only between numbers."""
    start, end = span.start, span.end
    tail = text[max(0, start - LONGEST_LEAD) : start]
    close = tail.rstrip(" ,.#\n\t")[-2:]
    before = (
        NUMBER_BEFORE.search(text, max(0, start - REACH), start) if tail[-1:] in SPACES and HAS_DIGIT(close) else None
    )
    after = number_after(text, end)
    numbered = before is not None and len(before[1]) > 1
    if span.label == "NAME" and not numbered and not (after and nobodys(text[span.start : span.end])):
        return span
    if span.label == "NAME" and not numbered:
        before = None
    if before and not (is_year(before[1]) and span.label == "NAME"):
        start = before.start()
    if after:
        end = after
    unit = UNIT_AFTER.match(text, end)
    if unit and any(map(str.isdigit, unit[0])):
        end = number_after(text, unit.end()) or unit.end()
    return span if start == span.start and end == span.end else span._replace(start=start, end=end)


def nobodys(name: str) -> bool:
    """Is the last word of what was found listed as nobody's name? With a number behind it, it is rather a street."""
    mask = lexicon.look_up(PARTED.split(name.lower())[-1])
    return not bits.first(mask) and not bits.last(mask)


def number_after(text: str, end: int) -> int | None:
    """Where a number that follows ends, unless it counts something or is a year."""
    match = NUMBER_AFTER.match(text, end)
    if match is None or is_year(match[1]):
        return None
    following = NEXT_WORD.match(text, match.end())
    return None if following and following[1] in MEASURES else match.end()


def bridged(text: str, spans: list[Span]) -> list[Span]:
    """Findings with nothing but a particle between them as one ("Ostrov nad Ohrí", "Juan de la Cruz", "Isle of Wight")."""
    result: list[Span] = []
    last, kind = -LONGEST_BRIDGE - 1, ""
    for span in spans:
        start, end, label, _ = span
        if (
            SHORTEST_BRIDGE <= start - last <= LONGEST_BRIDGE
            and kind in NAMED
            and label in NAMED
            and text[last] in PARTING
            and PARTICLES.fullmatch(text, last, start)
        ):
            held = result.pop()
            label = "NAME" if of_a_house(text, held, span) else kind
            span = Span(held.start, end, label, held.layer)  # noqa: PLW2901  one of both
        result.append(span)
        last, kind = end, label
    return result


def of_a_house(text: str, held: Span, span: Span) -> bool:
    """Is it a title with its place ("Duchess of Cambridge")?"""
    return (
        text[held.end : span.start] == " of "
        and ROYAL.search(text, max(held.start, held.end - LONGEST_TITLE), held.end) is not None
    )


def corners(text: str, spans: list[Span]) -> list[Span]:
    """Two streets at a corner as one place."""
    last = -max(BETWEEN_STREETS) - 1
    for start, end, _, _ in spans:
        if start - last in BETWEEN_STREETS:
            break
        last = end
    else:
        return spans
    result: list[Span] = []
    for span in spans:
        held = result[-1] if result else None
        near = held is not None and span.start - held.end in BETWEEN_STREETS and "PLACE" in {held.label, span.label}
        if held and near and text[held.end : span.start].lower() in {" and ", " & "}:
            opening = CORNER.search(text, max(0, held.start - REACH), held.start)
            if opening or any(map(str.isdigit, text[span.start : span.end])):
                start = opening.start() if opening else held.start
                result[-1] = Span(start, span.end, "PLACE", held.layer)
                continue
        result.append(span)
    return result
