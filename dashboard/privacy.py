"""What is said of the proof that no identifier left, and how is it laid out? From the released tables alone."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from dashboard import data, parts, words
from dashboard import privacy_tables as tables
from dashboard.layout import View
from dashboard.parts import Piece
from warehouse.store import Release

ITEMS = 18  # 45 CFR 164.514(b)(2)(i), (A) to (R)
YEAR = timedelta(days=365)  # how long an attestation stands before it is asked for again
KNOWN = "known identifiers"
ACTUAL = "actual_knowledge"
NAMES = ("privacy_check", "sweep_result", "attestation", "policy_column", "policy_drop", "risk_figure", "quote")
NO_PROOF = (
    "This release holds no privacy proof, so it cannot be said here that nothing in it identifies a patient. "
    "The next `rapport ingest` makes one."
)
CHECKED = "One row for each of the 18 items of 45 CFR 164.514(b)(2)(i), the Safe Harbor list."
ATTESTED = "What no program can know, a named person states. It is asked for every year."
MADE_UP = "Nobody in these data exists, so there is no actual knowledge to state (`rapport check` says the same)."
SEARCHES = (
    "Identifiers known from the exports are at hand only while an ingest reads them. Canaries (invented people planted "
    "on purpose) and patterns (whatever is written like an identifier) are looked for then too, and at any time by "
    "`rapport check`. One hit, and nothing is published."
)
POLICY = (
    "Made from the configuration in force. A column that is not on this list stops Rapport; nothing in the "
    "configuration makes a line weaker."
)
LEFT_OUT = (
    "Rows that could be read and were not kept. Those of people who asked to be left out or forgotten are counted here "
    "only where they are as many as a group must be."
)
UNREAD = (
    "The exports were not read again for this release, so the patients' own names and numbers could not be looked for "
    "this time: only canaries and whatever is written like an identifier."
)
CANNOT = (
    "That nobody can be recognised by somebody who knows a patient well, or who holds other records: the statement of "
    "actual knowledge is a person's, not a program's.",
    "That the exports named every identifier: what no column of theirs holds was looked for by its shape alone.",
    "Anything of copies made elsewhere: screenshots, files passed on, or the exports themselves.",
    "Whether a court or an authority agrees: have counsel confirm how this practice uses it.",
)


@data.kept
def pieces(view: View, today: date) -> tuple[Piece, ...]:
    """All of the page. today: attestations are asked for anew each year."""
    read = {name: data.table(view.scope, name) for name in NAMES}
    risk = risk_said(view.release)
    return (
        parts.words_only(
            parts.answer(verdict(read["privacy_check"], read["sweep_result"], view.release)),
            parts.text(vouched(read["attestation"], today, synthetic=view.release.synthetic)),
        ),
        parts.table("What was checked?", CHECKED, tables.checks(read["privacy_check"]), "The 18 items", key="items"),
        parts.table(
            "What was looked for, and where?", SEARCHES, tables.sweep(read["sweep_result"]), "Sweep", key="sweep"
        ),
        parts.table(
            "Who vouches for it?", ATTESTED, tables.attestations(read["attestation"]), "Statements", key="statements"
        ),
        parts.folded(
            "What is done with each column?",
            f"{policy_said(read['policy_column'])} {POLICY}",
            tables.policy(read["policy_column"]),
            key="policy",
            label="Show the policy column by column, or download",
        ),
        parts.table(
            "Which rows were left out on purpose?", LEFT_OUT, tables.drops(read["policy_drop"]), "Rows", key="left-out"
        ),
        parts.table(
            "How easily could somebody be picked out?", risk, tables.risk(read["risk_figure"]), "Risk", key="risk"
        ),
        parts.folded(
            "What do patients say?",
            quotes_said(len(read["quote"])),
            tables.quotes(read["quote"]),
            key="quotes",
            label="Read the approved comments, or download",
        ),
        parts.words_only(parts.heading("What this cannot tell"), parts.bullets(CANNOT)),
    )


def verdict(checks: pd.DataFrame, sweep: pd.DataFrame, release: Release) -> str:
    """Was anything found that identifies a patient? A fault comes first and is never softened."""
    if checks.empty:
        return NO_PROOF
    failed = list(checks.loc[~checks["state"].isin(("passed", "not applicable")), "title"])
    hits = int(checks["hits"].fillna(0).sum()) + int(sweep["hits"].fillna(0).sum())
    if failed or hits:
        what = f"{len(failed)} of {ITEMS} checks failed ({words.listed(failed)})" if failed else "the sweep had hits"
        return f"Something that may identify a patient was found: {what}. Pass nothing on; run `rapport check`."
    if len(checks) < ITEMS:
        return f"Only {len(checks)} of the {ITEMS} checks were made, so this proof is not whole. Run `rapport check`."
    passed, looked = int((checks["state"] == "passed").sum()), int(checks["looked_at"].fillna(0).max())
    on = words.day(sweep["made_at"].max() if len(sweep) else release.made_at)
    made = f"{ITEMS} of {ITEMS}" if passed == ITEMS else f"all {passed} of the {ITEMS}"
    rest = "" if passed == ITEMS else " that can apply"
    found = (
        f"Nothing that identifies a patient was found in this release: {made} checks{rest} passed, "
        f"{words.count(looked, 'value')} looked at, on {on}."
    )
    return found if _known_searched(sweep) else f"{found} {UNREAD}"


def _known_searched(sweep: pd.DataFrame) -> bool:
    known = sweep[sweep["needle"] == KNOWN]
    return bool(len(known)) and bool(known["needles"].notna().all())


def vouched(attestations: pd.DataFrame, today: date, *, synthetic: bool) -> str:
    """Who states that nobody here can tell who is who, and is it fresh? Asked where `rapport check` asks."""
    stated = attestations[attestations["about"] == ACTUAL]
    if stated.empty and synthetic:
        return MADE_UP
    if stated.empty:
        return (
            "Nobody has stated yet that no one here knows how a patient could be told from this "
            "(actual knowledge, 45 CFR 164.514(b)(2)(ii)). Name that person under [[privacy.attestations]]."
        )
    last = max(stated.to_dict("records"), key=lambda row: pd.Timestamp(row["attested_on"]))
    on = pd.Timestamp(last["attested_on"]).date()
    if today - on > YEAR:
        said = f"The statement of actual knowledge by {last['attested_by']} is of {words.day(on)}"
        return f"{said}, more than a year ago. It is to be renewed under [[privacy.attestations]]."
    return f"{last['attested_by']} states, on {words.day(on)}: “{last['says']}”"


def policy_said(policy: pd.DataFrame) -> str:
    """How many columns does the policy know, and how many do the exports fill?"""
    if policy.empty:
        return "This release does not say under which policy it was made."
    mapped = policy[policy["mapped"].astype(bool)]
    direct = int((mapped["privacy_class"] == "direct").sum())
    return (
        f"The policy knows {words.count(len(policy), 'column')}; the exports fill {len(mapped)} of them, "
        f"{direct} of which name or find a person and are never kept."
    )


def risk_said(release: Release) -> str:
    """Under which profile was it made, and how small may a group be?"""
    profile = tables.PROFILES.get(release.privacy_profile or "", release.privacy_profile)
    under = f"Made under the profile {profile}" if profile else "Made before profiles were recorded"
    return (
        f"{under}: no count is about fewer than {words.count(release.smallest_group, 'patient')} (k). Figures that "
        "begin with “released” are of what these pages rest on; those that begin with “vault” are of the rows inside, "
        "and say why no row ever leaves. The full report stays inside the practice."
    )


def quotes_said(number: int) -> str:
    """How many comments may be read?"""
    if not number:
        return "No comment has been approved for reading. `rapport quotes review` shows them to a person, one by one."
    one = "comment was" if number == 1 else "comments were"
    return (
        f"{number:,} {one} approved. Identifiers were removed first; then each was reviewed by a person, who approved "
        "it word for word. They carry the year alone, and no site."
    )
