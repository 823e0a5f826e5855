"""What fills the gaps of a template: names of many origins, places, numbers in the layouts people write.

A quarter of the names and towns are made up from pieces of others, so that the tagger learns from the sentence and
not from the list. Everything is drawn from the seed; nobody in it exists.
"""

from __future__ import annotations

import random
import string
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from deid.text import bits, lexicon

HERE = Path(__file__).parent
MADE_UP = 0.25
WORDS_TOO = 5  # times as often as one origin
# Locales in Latin letters; the generator draws an origin first, so that a small one counts as much as a large one.
LOCALES = ["en_US", "en_GB", "es_MX", "fr_FR", "de_DE", "it_IT", "pl_PL", "pt_BR", "tr_TR", "hu_HU", "fi_FI", "sv_SE", "nl_NL", "ro_RO", "cs_CZ", "hr_HR", "vi_VN", "id_ID", "en_IN", "en_NG", "en_PK", "zu_ZA", "sw", "yo_NG", "ha_NG", "ig_NG", "en_KE", "da_DK", "no_NO", "es_CO", "lt_LT", "lv_LV", "et_EE", "sl_SI", "az_AZ"]  # fmt: skip
# Their towns are made of English pieces, or (Italy) drawn from a set, another each run.
NO_TOWNS = frozenset({"en_US", "en_GB", "en_IN", "zu_ZA", "it_IT"})
ROMANISED = """Wei Zhang, Xiaoming Li, Mei-Ling Chen, Yuki Tanaka, Haruto Sato, Min-jun Kim, Ji-woo Park, Soo-jin Lee, Hiroshi
Yamamoto, Nguyen Thi Lan, Tran Van Minh, Le Quang, Fatima al-Sayed, Omar Haddad, Layla Khalil, Ahmed Hassan, Yusuf Demir, Amina
Diallo, Kofi Mensah, Chinedu Okafor, Ngozi Eze, Tariq Aziz, Ravi Shankar, Priya Patel, Anjali Gupta, Arjun Reddy, Lakshmi
Narayanan, Olga Petrova, Dmitri Ivanov, Oksana Shevchenko, Nino Beridze, Ani Hakobyan, Golnaz Farahani, Reza Moradi, Moshe
Ben-David, Rivka Cohen, Kwame Boateng, Siobhan O'Brien, Sean O'Connor, Padraig McCarthy, Maria de la Cruz, Juan van der Berg, Leilani
Kealoha, Tala Begay, Keoni Kahale, Sione Tupou, Marama Ngata, Thandiwe Dlamini, Sipho Nkosi, Abebe Bekele, Selam Tesfaye"""
WORDS = {
    "adj": "anxious sad angry tired hopeless numb guilty ashamed worthless overwhelmed lonely kind rude helpful cold warm patient honest great terrible slow fast calm distant safe unsafe awful lovely weird strange normal broken lost confused proud scared jealous happy excited quiet loud difficult easy",
    "noun": "trust anger job marriage divorce house car dog reminder bot session form bill appointment weekend school test group phone app door letter movie song game book story dream fight baby exam deadline office neighbor church meeting plan medication sleep diet gym trip boundary secret promise",
    "verb": "cry sleep eat talk listen leave stay trust help call text yell drink smoke work study cope relax breathe wait quit fight lie try change panic argue forgive forget avoid worry",
    "symptom": "headache nausea insomnia dizziness panic attacks|chest pain|weight gain|tremor|fatigue|low mood|intrusive thoughts|nightmares|rash|dry mouth|suicidal ideation|palpitations|shortness of breath",
    "cond": "depression|anxiety|PTSD|OCD|ADHD|bipolar disorder|type 2 diabetes|hypertension|asthma|COPD|major depressive disorder|GAD|schizophrenia|an eating disorder|alcohol use disorder|chronic pain|heart failure|atrial fibrillation|CKD stage 3|migraine|postpartum depression|borderline personality disorder",
    "drug": "sertraline Zoloft fluoxetine Prozac Lexapro lithium lamotrigine Seroquel quetiapine Abilify Xanax Ativan metformin lisinopril warfarin Eliquis prednisone gabapentin trazodone Wellbutrin bupropion Adderall buspirone mirtazapine clozapine atorvastatin insulin amoxicillin naltrexone Suboxone Effexor hydroxyzine",
    "relation": "mother father mom dad brother sister son daughter wife husband partner boyfriend girlfriend aunt uncle cousin friend roommate boss coworker grandmother stepdad ex neighbor mother-in-law brother-in-law sister-in-law father-in-law half-sister",
    "org": "Acme Corp|Globex|Initech|Blue Shield|Walmart|Target|Google|Amazon|Northwind Traders|Umbrella Inc|Stark Industries|Pied Piper|Aetna|UnitedHealthcare|Costco|FedEx|Contoso|Soylent Foods|Hooli|Kroger|Vandelay|Wayfair|CVS|Walgreens",
    "place": "Lake Tahoe|Central Park|Mount Rainier|Grand Canyon|Golden Gate Park|Cape Cod|Crater Lake|Niagara Falls|Muir Woods|Lake Superior|Mission Beach|Pike Place|Devon Beach|Stone Mountain|Elk River|Cedar Point",
    "country": "Canada Mexico France Germany Brazil India Kenya Norway Finland Poland Estonia Greece Australia Japan",
    "cred": "LCSW|PhD|MD|PsyD|LMFT|RN|NP|LPC",
    "sex": "male|female|man|woman|girl|boy",
    "sx": "F|M",
    "pron": "he|she|they",
    "poss": "his|her|their",
    "title": "Mr.|Mrs.|Ms.|Dr.|Mr|Ms|Miss|Prof.|Nurse|Rev.",
    "weekday": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "daysago": "yesterday|last week|two days ago|on Monday",
}  # fmt: skip
FACILITIES = "{x} Hospital|{x} Medical Center|{x} General Hospital|St. {f} Hospital|{x} Clinic|{x} Counseling Center|{x} Behavioral Health|{x} University|{x} High School|{x} Elementary|{x} Memorial Hospital|{l} Clinic|{x} Community Health Center|{x} Wellness Center|Mercy Hospital {x}|{x} Rehab|University of {x}|{x} Church|{x} Regional Medical Center|{l} Family Practice|{x} Shelter"
STREETS = "{n} {l} {s}|{n} {l} {s}, Apt {m}|{n} N {l} {s}|{n} {l} {s} #{m}|{n} West {l} {s}|{n} {m}th {s}|{n} {l} {s} Unit {m}B"
SUFFIX = "St|Street|Ave|Avenue|Road|Rd|Drive|Dr|Lane|Ln|Court|Blvd|Way|Place"
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
STATES = "California|Texas|Ohio|Florida|Ontario|Quebec|Oregon|Maine|Nevada|New York|Illinois"
CODES = "CA|TX|OH|FL|ON|QC|OR|ME|NV|NY|IL|WA|MA|GA|PA|NJ"


@cache
def pools() -> dict[str, list[list[str]]]:
    """Given names, surnames and towns, one list per origin."""
    from faker import Faker

    found: dict[str, list[list[str]]] = {"first": [], "last": [], "city": []}
    for locale in LOCALES:
        try:
            fake = Faker(locale)
        except AttributeError:
            continue
        fake.seed_instance(7)
        found["first"].append(sorted({fake.first_name() for _ in range(400)}))
        found["last"].append(sorted({fake.last_name() for _ in range(400)}))
        if locale not in NO_TOWNS:
            found["city"].append(sorted({fake.city() for _ in range(200)}))
    people = [person.split(" ", 1) for person in " ".join(ROMANISED.split()).split(", ")]
    found["first"].append([person[0] for person in people])
    found["last"].append([person[1] for person in people])
    listed = tomllib.loads((HERE / "places.toml").read_text(encoding="utf-8"))
    towns = [" ".join(town.split()) for text in listed.values() for town in text.split(",")]
    found["city"] += [towns] * len(found["city"])
    census = [(word, mask) for word, mask in sorted(lexicon.table().items()) if word.isascii() and word.isalpha()]
    often = len(LOCALES) // 2
    found["first"] += [[w.capitalize() for w, m in census if bits.first(m) >= 2]] * often
    found["last"] += [[w.capitalize() for w, m in census if bits.last(m) >= 1 and bits.dictionary(m) != 1]] * often
    # Names that are words too (Mark, Hope, Young, Park): often enough that the word alone cannot clear them.
    found["first"] += [[w.capitalize() for w, m in census if bits.first(m) >= 2 and bits.dictionary(m) in (1, 2)]] * 8
    found["last"] += [[w.capitalize() for w, m in census if bits.last(m) >= 2 and bits.dictionary(m) in (1, 2)]] * 8
    words = tomllib.loads((HERE / "names_too.toml").read_text(encoding="utf-8"))
    for kind in ("first", "last"):
        found[kind] += [words[kind].split()] * WORDS_TOO
    return found


class Filler:
    """Draws one value for each slot of a template."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        listed = sorted(lexicon.table().items())
        # Words that are somebody's name too, here in their ordinary sense.
        self.ambiguous = [
            w for w, m in listed if bits.dictionary(m) in (1, 2) and max(bits.first(m), bits.last(m)) >= 2
        ]
        self.eponyms = [w for w, m in listed if m & bits.FLAG["eponym"]]
        self.dictionary = [w for w, m in listed if bits.dictionary(m) in (1, 2) and len(w) > 3 and "'" not in w]

    def pick(self, listed: str) -> str:
        """One of a list parted by bars, or by blanks where there is none."""
        return self.rng.choice(listed.split("|") if "|" in listed else listed.split())

    def drawn(self, kind: str) -> str:
        """A name or town of one origin; now and then one made of two."""
        pool = self.rng.choice(pools()[kind])
        value = self.rng.choice(pool)
        if self.rng.random() < MADE_UP and value.isalpha() and len(value) > 3:
            other = self.rng.choice(self.rng.choice(pools()[kind]))
            if other.isalpha() and len(other) > 3:
                value = value[: self.rng.randint(2, 4)] + other[-self.rng.randint(2, 5) :].lower()
        return value

    def digits(self, layout: str) -> str:
        """`#` is a digit, `@` a capital letter, `%` a digit that is not zero."""
        draw: dict[str, Callable[[], str]] = {
            "#": lambda: self.rng.choice(string.digits),
            "%": lambda: self.rng.choice("123456789"),
            "@": lambda: self.rng.choice(string.ascii_uppercase),
        }
        return "".join(draw[c]() if c in draw else c for c in layout)

    def name(self) -> str:
        """A person in one of the ways people write a person."""
        first, last = self.drawn("first"), self.drawn("last")
        initial = self.rng.choice(string.ascii_uppercase)
        ways = [f"{first} {last}"] * 8 + [
            f"{first} {initial}. {last}",
            f"{initial}. {last}",
            f"{last}, {first}",
            f"{first} {initial} {last}",
        ]
        ways += [
            f"{first} {last}-{self.drawn('last')}",
            f"{first} {self.drawn('first')} {last}",
            first,
            f"{first} {last} Jr.",
            f"{first[0]}.{initial}. {last}",
        ]
        return self.rng.choice(ways)

    def date(self) -> str:
        """A day in one of the layouts of the notes."""
        y, m, d = self.rng.randint(1930, 2025), self.rng.randint(1, 12), self.rng.randint(1, 28)
        month = MONTHS[m - 1]
        return self.rng.choice(
            [f"{m}/{d}/{y}", f"{m:02}/{d:02}/{y}", f"{y}-{m:02}-{d:02}", f"{month} {d}, {y}", f"{d} {month} {y}", f"{month} {d}", f"{month[:3]} {d}", f"{m}-{d}-{y}", f"{d}th of {month}", f"{m}/{d}/{y % 100:02}"]
        )  # fmt: skip

    def street(self) -> str:
        """A street with its number."""
        return self.pick(STREETS).format(
            n=self.rng.randint(1, 9999), l=self.drawn("last"), m=self.rng.randint(1, 99), s=self.pick(SUFFIX)
        )

    def facility(self) -> str:
        """A named hospital, clinic, school or church."""
        return self.pick(FACILITIES).format(
            x=self.drawn(self.rng.choice(["city", "last"])), f=self.drawn("first"), l=self.drawn("last")
        )

    def __call__(self, slot: str) -> str:
        """The value of one slot."""
        if slot in WORDS:
            if slot in {"adj", "noun"} and self.rng.random() < 0.5:
                return self.rng.choice(self.ambiguous if self.rng.random() < 0.4 else self.dictionary)
            return self.pick(WORDS[slot])
        if slot in {"Noun", "Adj", "Verb"}:
            return self(slot.lower()).capitalize()
        return SLOTS[slot](self)


SLOTS: dict[str, Callable[[Filler], str]] = {
    "Eponym": lambda f: f.rng.choice(f.eponyms).capitalize(),
    "ADJ": lambda f: f("adj").upper(),
    "name": Filler.name,
    "cname": lambda f: f"Dr. {f.drawn('last')}" if f.rng.random() < 0.6 else f"{f.drawn('first')} {f.drawn('last')}, {f.pick(WORDS['cred'])}",
    "first": lambda f: f.drawn("first"),
    "last": lambda f: f.drawn("last"),
    "initials": lambda f: f.digits("@.@."),
    "city": lambda f: f.drawn("city"),
    "state": lambda f: f.pick(STATES),
    "st": lambda f: f.pick(CODES),
    "facility": Filler.facility,
    "street": Filler.street,
    "streetname": lambda f: f"{f.drawn('last')} {f.pick(SUFFIX)}",
    "address": lambda f: f"{f.street()}, {f.drawn('city')}, {f.pick(CODES)} {f.digits('%####')}",
    "zip": lambda f: f.digits("%####"),
    "date": Filler.date,
    "phone": lambda f: f.digits(f.rng.choice(["(%##) %##-####", "%##-%##-####", "%##.%##.####", "+1 %## %## ####", "%#########", "0### ## ## ##"])),
    "email": lambda f: f"{f.drawn('first').lower()}{f.digits('##')}@example.com",
    "mrn": lambda f: f.digits(f.rng.choice(["########", "#######", "@######", "MRN-######", "###-##-##"])),
    "plan": lambda f: f.digits(f.rng.choice(["@@@#########", "H########", "@@-####-####"])),
    "account": lambda f: f.digits("##########"),
    "ssn": lambda f: f.digits("###-##-####"),
    "ip": lambda f: ".".join(str(f.rng.randint(1, 254)) for _ in range(4)),
    "serial": lambda f: f.digits("SN-@@####@#"),
    "license": lambda f: f.digits("@#######"),
    "plate": lambda f: f.digits("@@@-####"),
    "card": lambda f: f.digits("4###############"),
    "iban": lambda f: f.digits("GB##@@@@##############"),
    "age": lambda f: str(f.rng.randint(18, 89)),
    "smallage": lambda f: str(f.rng.randint(2, 17)),
    "n": lambda f: f.digits(f.rng.choice(["%", "%#", "%#", "%##"])),
    "year": lambda f: str(f.rng.randint(1990, 2025)),
    "y2": lambda f: f.digits("2#"),
    "score": lambda f: str(f.rng.randint(0, 27)),
    "mg": lambda f: str(f.rng.choice([5, 10, 20, 25, 50, 100, 150, 200])),
    "number": lambda f: f.digits("%#" if f.rng.random() < 0.4 else "%###"),
    "unit": lambda f: f.digits(f.rng.choice(["Apt. ###", "Suite ###", "Unit %", "#%#"])),
    "fname": lambda f: f"{f.drawn('first')} {f.drawn('last')}",
    "fname1": lambda f: f.drawn("first"),
    "fcity": lambda f: f.drawn("city"),
    "fstreet": lambda f: f"{f.drawn('last')}{f.rng.choice(['straße', 'vej', ' utca', 'gatan', 'katu', ' Road', ' Street', 'laan', ' rue'])}" if f.rng.random() < 0.5 else f"{f.rng.choice(['Rue ', 'Via ', 'ul. ', 'Calle ', 'Rua ', ''])}{f.drawn('last')}",
    "handle": lambda f: f.drawn("first") + f.drawn("last"),
    "tag": lambda f: "".join(f.rng.choice(f.dictionary) for _ in range(f.rng.choice([1, 2, 2]))) if f.rng.random() < 0.7 else f.rng.choice(f.dictionary).capitalize() + f.rng.choice(f.dictionary).capitalize(),
    "code": lambda f: f.digits("@#@@##@#@@"),
}  # fmt: skip
# Which slots identify; the others are ordinary text. Dates, numbers and addresses in digits are the patterns' business.
IDENTIFIES = {
    **dict.fromkeys(("name", "cname", "first", "last", "initials", "fname", "fname1"), "NAME"),
    **dict.fromkeys(("city", "street", "streetname", "address", "place", "fcity", "fstreet", "number", "unit", "zip"), "LOCATION"),
    "facility": "FACILITY",
    **dict.fromkeys(("org", "country", "handle", "state", "st", "email", "phone", "date", "mrn", "plan", "account", "ssn", "ip", "serial", "license", "plate", "card", "iban", "code"), "NEUTRAL"),
}  # fmt: skip
