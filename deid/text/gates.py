"""What does a word make worth looking for? One bit for each question; a text's gates are those of all its words.

A layer that looks for titles reads only texts, and in them only words, whose gate says that one may stand there. Thirty
bits at most: Python compares integers of that size fastest.
"""

from __future__ import annotations

from deid.text import bits

# Worth the tagger's time where capitals mean something, and where they do not; how the word is written.
CASED, CASELESS, CAPITAL, LOWER, UPPER, COMMON = (1 << position for position in range(6))
DIGITS, FIVE_DIGITS, OLD_AGE = (1 << position for position in range(6, 9))
# What it may open: a title before a name, a month, a street, a unit or postal code, a number behind a cue, digits in words.
TITLE, MONTH, ORDINAL, STREET, UNIT, ID_CUE, NUMBER, STATE_CODE, STREET_ABROAD = (
    1 << position for position in range(9, 18)
)
# What belongs to a finding beside it.
RANK, DEGREE, PARTICLE, ROYAL, SCHOOL = (1 << position for position in range(18, 23))
# A word that only names something; one of no lexicon, also of another alphabet, also in capitals; never half a name.
STRANGE, STRANGER, ALIEN, SHOUTED, APART = (1 << position for position in range(23, 28))
CUE, OLD_IN_WORDS = (1 << position for position in range(28, 30))  # a person must read it first; "ninety", "hundred"
# What most words of a text do not open; how a word is written is asked of all of them together.
RARE = (1 << 30) - 1 & ~(CAPITAL | LOWER | UPPER | COMMON | APART)

OF_CLASS = {
    "month": MONTH, "ordinal": ORDINAL, "street": STREET, "unit": UNIT, "idcue": ID_CUE, "number": NUMBER,
}  # fmt: skip
TITLES = frozenset("mr miss mrs ms dr drs prof professor mx rev sgt capt lt nurse".split())
BEFORE_INITIALS = frozenset("pt patient client mr ms".split())
RANKS = frozenset(
    """mr mrs ms miss mx dr drs doctor prof professor sir rev reverend fr sgt capt lt col gen sen rep gov hon señor señora herr
    frau mme president senator sergeant captain lieutenant colonel general officer judge governor mayor minister secretary chief
    detective deputy coach nurse father sister brother pastor rabbi imam dame lord lady princess prince king queen pope saint duke
    duchess aunt uncle auntie grandma grandpa""".split()
)
DEGREES = frozenset("m ph md dds dvm phd psyd lcsw lmft lpc rn np do d esq jr sr ii iii iv".split())
PARTICLES = frozenset(
    """de del della dei degli di do da dos du des la le les los las el al ibn bin bint van der den von zu zum am im an nad pod sur
    sous lez upon gate utca und y ter ten op ned af og å bei of""".split()
)
ROYALS = frozenset(
    "duke duchess prince princess earl count countess baron baroness bishop archbishop marquess king queen".split()
)
SCHOOLS = frozenset(
    "hospital center centre clinic school elementary academy university college church seminary rehab".split()
)
# What stands behind a place's own name, in lower case too ("the Manawatu hills").
GROUNDS = frozenset(
    """airport arena avenue bay beach bridge castle cathedral cemetery channel cliffs coast council county creek crescent district
    downtown estate falls forest fort garden gardens harbor harbour hill hills hospital hotel island islands jail lake lakes lane
    library marina mountain mountains museum palace park parish peninsula pier plaza pool port prison province railway region
    reserve river road shore square stadium station strait street suburb suburbs theatre theater town tunnel university valley
    village waterfront wharf zoo""".split()
)
# Words that open a street's name abroad ("rue de la Paix").
ABROAD = frozenset(
    """rue rua rúa calle via viale piazza ul ulica avenida avda strada chemin quai allée cité cite camino carrer jalan jl impasse
    corso largo praça""".split()
)
# Words that announce a postal code.
POSTAL = frozenset("fsa zip zipcode postal postcode post".split())
# Words that may open a cue of `review.CUES`.
CUES = frozenset(
    """mayor congressman congresswoman senator councilman councilwoman councilor governor sheriff judge bishop ambassador chief
    superintendent court lawsuit trial custody restraining news newspaper paper headlines viral arrested indicted convicted only
    first sole youngest oldest plane mass school house drowned kidnapped kidnapping kidnapper kidnappers hostage amber tornado
    murder murdered homicide overdosed triplets quadruplets conjoined lottery famous celebrity olympic olympics olympian
    professional nfl nba nhl mlb tv recording bestselling influencer ceo founder owner one rare wheelchair amputee amputated
    amputation transplant""".split()
)


def opened() -> dict[str, int]:
    """Lower-cased word -> the gates it opens by being that word."""
    gates: dict[str, int] = {}
    for gate, listed in (
        (TITLE, TITLES | BEFORE_INITIALS), (RANK, RANKS), (DEGREE, DEGREES), (PARTICLE, PARTICLES), (ROYAL, ROYALS),
        (ROYAL, {word + "s" for word in ROYALS}), (SCHOOL, SCHOOLS | GROUNDS), (STREET_ABROAD, ABROAD), (CUE, CUES), (UNIT, POSTAL), (OLD_IN_WORDS, {"ninety", "hundred"}),
    ):  # fmt: skip
        for word in listed:
            gates[word] = gates.get(word, 0) | gate
    return gates


OPENS = opened()


def of_classes(mask: int) -> int:
    """The gates that the closed classes of a lexicon mask open."""
    return sum(gate for name, gate in OF_CLASS.items() if mask & bits.FLAG[name])
