"""Layer 7. Must a person read this before it is shown? Cues that single somebody out without a name; not English."""

from __future__ import annotations

import re

from deid.text import gates
from deid.text.document import Document
from deid.text.traits import LAST_LATIN, foreign

CUES = {
    "public office": r"\b(?:mayor|congress(?:man|woman)|senator|council(?:man|woman|or)|governor|sheriff|judge|bishop|ambassador|chief of police|fire chief|superintendent)\b",
    "court or news": r"\b(?:court case|lawsuit|trial|custody (?:case|hearing|battle)|restraining order|in the (?:news|paper|newspaper)|on (?:the )?news|made headlines|went viral|arrested|indicted|convicted)\b",
    "the only one": r"\b(?:only (?:child|one|person|woman|man|black|asian|female|male|gay|trans|muslim|jewish|therapist|doctor|nurse|pediatrician|survivor)|first (?:woman|black|asian|openly)|sole survivor|youngest ever|oldest (?:person|man|woman))\b",
    "rare event": r"\b(?:plane crash|mass shooting|school shooting|house fire|drowned|kidnapp\w+|hostage|amber alert|tornado|murder(?:ed)?|homicide|overdosed|triplets|quadruplets|conjoined|lottery)\b",
    "known person": r"\b(?:famous|celebrity|olympi\w+|professional (?:athlete|player|football|basketball)|nfl|nba|nhl|mlb|tv show|recording artist|bestselling|influencer|ceo of|founder of|owner of the only)\b",
    "rare trait": r"\b(?:one of (?:only )?(?:two|three|four|five|\d) (?:people|patients|families|cases)|rare (?:disease|condition|disorder)|wheelchair|amput\w+|transplant)\b",
}  # fmt: skip
UNION = re.compile("|".join(f"(?P<c{number}>{cue})" for number, cue in enumerate(CUES.values())), re.IGNORECASE)
NAMES = tuple(CUES)
LEADS = frozenset({"in", "on", "made", "went"})  # they begin a cue whose second or third word opens the gate
NOT_ENGLISH = "not English"


def reasons(document: Document) -> tuple[str, ...]:
    """Why a person must read the text first; empty if nothing says so."""
    english = document.english and (document.text.isascii() or not _of_another_alphabet(document))
    if not document.gates & gates.CUE:
        return () if english else (NOT_ENGLISH,)
    cues, key = document.at(gates.CUE), document.key
    led = [near for at in cues for near in (at - 2, at - 1) if near >= 0 and key(near) in LEADS]
    matches = (UNION.match(document.text, document.starts[at]) for at in (*cues, *led))
    found = {NAMES[int((match.lastgroup or "c0")[1:])] for match in matches if match}
    held = [name for name in NAMES if name in found]
    return tuple(held if english else [NOT_ENGLISH, *held])


def _of_another_alphabet(document: Document) -> bool:
    """Are half of the words, or more, written in another alphabet than the Latin one? Then few words say enough."""
    forms, (_, lower_common, _, upper_common, _) = document.forms, document.counts
    if not forms or 2 * (lower_common + upper_common) > len(forms):  # common English words are not
        return False
    return max(forms) > LAST_LATIN and 2 * sum(map(foreign, forms)) >= len(forms)
