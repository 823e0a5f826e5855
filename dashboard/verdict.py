"""What is said of a rollout: the word, why, what would change it, and everything it rests on?"""

from __future__ import annotations

from datetime import timedelta

from dashboard import change, data, forest, governed, parts, trail, verdict_lines, words
from dashboard.forest import Stretch
from dashboard.governed import About, Stamp
from dashboard.layout import View
from dashboard.parts import Piece
from dashboard.tables import Table
from metrics.decided import Decision, PlanShown, Signature
from metrics.verdict import Word

MEANS = {
    Word.PROCEED: "By the plan this rollout may go on.",
    Word.HOLD: "Do not widen this rollout on these numbers: what would allow it has not been shown.",
    Word.HALT: "Stop widening this rollout, and look into undoing it.",
    Word.INVALID: "No conclusion can be drawn: what the verdict would stand on is broken.",
}
SIGNS = {Word.PROCEED: "▶", Word.HOLD: "❚❚", Word.HALT: "■", Word.INVALID: "✕"}
SAFETY_MEANS = "Safety comes before every other figure: nothing below can outweigh this."
FOLLOW_UP = (
    "Have the operator run `rapport follow-up` now. It writes which signs of danger they are to a file that only the "
    "operator can read; no page can show them.",
    "Have a clinician reach each of these patients today, whatever the automation wrote.",
    "Stop automation from closing signs of danger by itself before anything is widened.",
    "Run `rapport ingest` once human contact is in the records: the halt is looked for anew at each ingest.",
)
NO_PLAN = "No plan was locked before this rollout, so nothing can be said in words. Below is what changed."
NO_PLAN_NEXT = (
    "Write a plan with `rapport plan draft` and lock it before the next go-live; one locked later says so in its word."
)
NOTHING_LIVE = (
    "The exports name no day on which automation went live anywhere, so there is no rollout to judge. Map the table "
    "`rollout` (site, component, day) in rapport.toml, then run `rapport ingest`."
)
RETROSPECTIVE = (
    "Retrospective: the plan was locked after the first go-live, so it could have been made to fit. Weigh it so."
)
UNCHECKED = (
    "Whether the record of who did what still holds this plan as it was locked cannot be checked from this account: "
    "`rapport audit verify` tells."
)
OLDER = "The verdict is that of the newest release, whichever release is chosen at the side."


@data.kept
def pieces(view: View, about: About | None, at: Stamp) -> tuple[Piece, ...]:
    """All of the page."""
    found = governed.decided(view.scope, at, about)
    newest = found.pending or found.release
    older = parts.text(OLDER) if newest is not None and view.release.id != newest else ""
    told = [parts.words_only(older), _box(found, about), _safety(found), _reasons(found)]
    if found.lines or found.others:
        told += [*_lines(found, view)]
    return (*told, _timeline(found, view), *_plan(found), *_history(found))


def _box(found: Decision, about: About | None) -> Piece:
    """The word, in plain words, before anything else."""
    word = found.word
    sign, name = (SIGNS[word], word.value) if word else ("?", "No verdict")
    rest = found.sentence.removeprefix(word.value) if word else ""
    meaning = MEANS[word] if word else NO_PLAN if found.timeline else NOTHING_LIVE
    lines = [*(words.sentence(fact) for fact in found.safety), meaning]
    lines += [SAFETY_MEANS] if found.safety else []
    lines += [*([RETROSPECTIVE] if found.retrospective else []), *_acts(found)]
    body = "".join(f'<p class="rp-meaning">{parts.escaped(line)}</p>' for line in lines)
    kind, where, rest = (word.value.lower() if word else "none"), _where(found, about), parts.escaped(rest)
    return parts.words_only(
        f'<section class="rp-verdict rp-{kind}" aria-label="Verdict"><div class="rp-small">{parts.escaped(where)}</div>'
        f'<p class="rp-word"><span aria-hidden="true">{sign}</span> {name}<span class="rp-rest">{rest}</span></p>'
        f"{body}</section>"
    )


def _where(found: Decision, about: About | None) -> str:
    """Of which rollout, at which look?"""
    if about is None:
        return "Whole practice"
    told = [about.label]
    plan = found.plan
    if plan is not None:
        looks = [one for one in found.history if one.look is not None]
        last = looks[-1] if looks else None
        of = f"look {last.look} of {len(plan.look_dates)}, {words.day(last.on)}" if last else "before its first look"
        told.append(of)
        told.append(f"next look {words.day(plan.next_look)}" if plan.next_look else "no further look is planned")
    return " · ".join(told)


def _acts(found: Decision) -> list[str]:
    told = []
    if found.overruled:
        act = found.overruled
        told.append(
            f"Overruled to {act.word.value} by {act.by} and {act.second} on {words.day(act.at)}: {act.reason} "
            "The verdict stays beside it."
        )
    if found.signed:
        told.append(_signed(found.signed))
    return told


def _signed(act: Signature) -> str:
    return f"Signed by {act.by} on {words.day(act.at)}, who stands for what is only watched."


def _safety(found: Decision) -> Piece:
    """A safety fact, at once, with what to do."""
    if not found.safety:
        return parts.words_only("")
    return parts.words_only(
        parts.heading("What to do now"),
        parts.bullets(FOLLOW_UP),
    )


def _reasons(found: Decision) -> Piece:
    """Why, what would change it, and when more can be told."""
    if found.plan is None:
        said = [NO_PLAN, NO_PLAN_NEXT] if found.safety else [NO_PLAN_NEXT]
        return parts.words_only(*map(parts.text, said)) if found.timeline else parts.words_only("")
    can_tell = _when(found)
    why = [change.plain(reason) for reason in found.why if reason not in found.safety]
    return parts.words_only(
        parts.heading("Why?") + parts.bullets(why) if why else "",
        parts.heading("What would change it, and when?"),
        parts.bullets([change.plain(one) for one in found.would_change]),
        parts.heading("When can more be told?", 3) + parts.bullets(can_tell) if can_tell else "",
        parts.more("The verdict in words, to quote", [(found.sentence, change.plain(found.summary))]),
    )


def _when(found: Decision) -> list[str]:
    """When can more be told of what? What is alike is said once."""
    alike: dict[str, list[str]] = {}
    for one in found.can_tell:
        alike.setdefault(one.sentence.removeprefix(f"{one.name}: "), []).append(one.name)
    return [change.plain(f"{words.listed(names)}: {says}") for says, names in alike.items()]


def _lines(found: Decision, view: View) -> tuple[Piece, ...]:
    """Trust against efficiency in one picture, then one line a metric."""
    gaps = tuple(line for line in found.others if line.side == "fairness")
    others = verdict_lines.ordered(line for line in found.others if line.side != "fairness")
    title = "Trust against efficiency: what changed?"
    told = [verdict_lines.picture(title, (*found.lines, *others), key="effects")]
    if found.pending is not None:
        told.append(parts.words_only(parts.text(f"The effects of release {found.pending} are still being worked out.")))
    for heading, lines in (("What the plan holds, line by line", found.lines), (_beside(found), others)):
        if lines:
            told.append(parts.words_only(parts.heading(heading), verdict_lines.listing(lines, view)))
    if gaps:
        said = verdict_lines.of_groups(gaps)
        label = "Show every group, or download"
        table = verdict_lines.table(gaps)
        told.append(parts.folded("Gaps between groups of patients", said, table, key="gaps", label=label))
    return tuple(told)


def _beside(found: Decision) -> str:
    return "Also looked at, in no plan" if found.lines else "What changed, line by line"


def _timeline(found: Decision, view: View) -> Piece:
    """When did what go live where?"""
    if not found.timeline:
        return parts.words_only("")
    order = list(dict.fromkeys(one.component for one in found.timeline))
    told = sorted(found.timeline, key=lambda one: (order.index(one.component), one.site, one.went_live_on))
    stretches = [
        Stretch(f"{change.rollout(one.component, one.version)}, {one.site}", one.went_live_on, one.ended_on)
        for one in told
    ]
    last = found.published_until or view.release.published_until or view.release.extracted_on
    looks = found.plan.look_dates if found.plan else ()
    drawn = forest.build_timeline(stretches, last - timedelta(days=1), looks)
    first, ended = found.timeline[0], [one for one in found.timeline if one.ended_on]
    sites = len({one.site for one in found.timeline})
    components = list(dict.fromkeys(words.component(one.component) for one in found.timeline))
    summary = (
        f"{words.count(len(found.timeline), 'go-live')} of {words.listed(components)} at {words.count(sites, 'site')}, "
        f"the first on {words.day(first.went_live_on)}; {len(ended) or 'none'} taken back. "
        f"{'Dotted lines are the looks the plan allows.' if looks else ''}"
    )
    table = Table(
        ("Component", "Site", "Version", "Went live", "Taken back"),
        tuple(
            (
                change.rollout(one.component, ""),
                one.site,
                one.version or "—",
                words.day(one.went_live_on),
                words.day(one.ended_on) if one.ended_on else "—",
            )
            for one in told
        ),
    )
    return parts.figure("What went live, where and when?", drawn, summary.strip(), table, key="rollout")


def _plan(found: Decision) -> tuple[Piece, ...]:
    """The plan it rests on, what is not as planned, and who watches what."""
    shown = found.plan
    if shown is None:
        return ()
    deviations = [change.plain(one) for one in found.deviations]
    watched = [f"{change.plain(name)}: {owner}" for name, owner in found.watched]
    left_out = [f"{change.plain(name)}: {why}" for name, why in found.left_out.items()]
    return (
        parts.words_only(
            parts.heading("The plan it rests on"),
            parts.text(_locked(shown)),
            *([] if trail.log() else [parts.text(UNCHECKED)]),
            parts.heading("What is not as planned?", 3),
            parts.bullets(deviations) or parts.text("Everything so far is as it was planned."),
            parts.heading("Who watches what cannot be proven here?", 3),
            parts.bullets(watched) or parts.text("No guardrail is only watched."),
            parts.heading("Which usual guardrails were left out, and why?", 3) + parts.bullets(left_out)
            if left_out
            else "",
        ),
    )


def _locked(shown: PlanShown) -> str:
    plan = shown.plan
    return (
        f"{change.rollout(plan.component, plan.version)}: locked by {shown.locked_by} on {words.day(shown.locked_at)}, "
        f"entry {shown.audit_entry} of the record of who did what, hash {shown.hash[:16]}. It is judged on "
        f"{words.count(len(shown.look_dates), 'day')}, from {words.day(shown.look_dates[0])} to "
        f"{words.day(plan.decision_on)}; between them the word does not change."
    )


def _history(found: Decision) -> tuple[Piece, ...]:
    """What was said before, look by look."""
    if not found.history:
        return ()
    lines = tuple(
        (
            f"{said.look}" if said.look is not None else "between looks",
            words.day(said.on or said.made_at),
            said.sentence,
            change.plain(" ".join(said.why)),
            f"Release {said.release}",
        )
        for said in found.history[::-1]
    )
    table = Table(("Look", "Day", "Said", "Why", "From"), lines)
    summary = "As it was said on each day, newest first; what was said is never changed afterwards."
    return (parts.table("What was said before?", summary, table, "Earlier verdicts", key="said-before"),)
