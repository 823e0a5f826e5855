"""The `rapport` command: each command parses its options and hands over; faults become one sentence and an exit code.

Exit 0 done, 2 the configuration or an input is wrong, 3 a gate refused, 4 a safety halt, 1 a fault of Rapport itself.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from etl.errors import Busy, GateRefused, InputError, SafetyHalt
from rapport import console

app = typer.Typer(
    name="rapport",
    help="Does automation enhance care here, or undermine it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Config = Annotated[Path, typer.Option("--config", "-c", help="The configuration.", show_default=True)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
DEFAULT_CONFIG = Path("rapport.toml")


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the synthetic practice is written.")] = Path("rapport-demo"),
    port: Annotated[int, typer.Option(help="Port of the pages.")] = 8501,
    seed: Annotated[int, typer.Option(help="Another seed makes another practice.")] = 2026,
    scenario: Annotated[str, typer.Option(help="story, no-effect, harm, tiny or large.")] = "story",
    sites: Annotated[int | None, typer.Option(help="How many sites, the last without automation.")] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the pages afterwards.")] = True,
) -> None:
    """Make the synthetic practice, ingest it and open the pages."""
    from rapport.commands import demo as command

    command.run(folder, port=port, seed=seed, scenario=scenario, sites=sites, serve=serve)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = DEFAULT_CONFIG,
    export: Annotated[
        Path | None, typer.Option(help="An export of appointments whose columns are to be mapped.")
    ] = None,
) -> None:
    """Write a commented rapport.toml to start from."""
    from rapport.commands import init as command

    command.run(path, export)


@app.command()
def doctor(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Check the machine, the configuration, the sources, the key and the warehouse; say what to do about each fault."""
    from rapport.commands import doctor as command

    raise typer.Exit(command.run(config, as_json=as_json))


@app.command()
def ingest(
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
    rebuild: Annotated[bool, typer.Option(help="Make the vault anew from the sources, with new pseudonyms.")] = False,
    restate: Annotated[bool, typer.Option(help="Make published periods anew, with rows that came late.")] = False,
    wait_seconds: Annotated[float, typer.Option(help="How long to wait for another ingest.", min=0)] = 30.0,
) -> None:
    """Read the exports, de-identify them, reduce them to counts and release those."""
    from rapport.commands import ingest as command

    command.run(config, as_json=as_json, rebuild=rebuild, restate=restate, wait_seconds=wait_seconds)


@app.command()
def metrics(
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
    metric: Annotated[str | None, typer.Option(help="One metric only.")] = None,
    site: Annotated[str | None, typer.Option(help="One site only; '*' is the practice.")] = None,
    by: Annotated[str | None, typer.Option(help="Split by one stratifier; 'every': undivided, then by each.")] = None,
    period: Annotated[str, typer.Option(help="week, 4weeks, 12weeks or all.")] = "all",
    external: Annotated[
        bool, typer.Option("--external", help="As they may leave the practice: no count under the smallest group.")
    ] = False,
) -> None:
    """Print the released metrics, each with interval, n and state."""
    from rapport.commands import results as command

    command.metrics(config, as_json=as_json, metric=metric, site=site, by=by, period=period, outside=external)


@app.command()
def effect(
    component: Annotated[str, typer.Argument(help="The automation component.")],
    metric: Annotated[str, typer.Option(help="On which metric.")] = "no_show_rate",
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """What did one component do: naively, and by a design that can be argued for?"""
    from rapport.commands import effect as command

    command.run(config, component, metric, as_json=as_json)


plans = typer.Typer(
    help="What a rollout is for and must not cost: drafted, locked before go-live.", no_args_is_help=True
)
app.add_typer(plans, name="plan")
PlanFile = Annotated[Path | None, typer.Option("--file", help="The plan; plan.toml beside the configuration.")]


@plans.command("draft")
def plan_draft(
    component: Annotated[str, typer.Argument(help="The automation component.")],
    config: Config = DEFAULT_CONFIG,
    version: Annotated[str, typer.Option(help="Of a redesign or a new model: a plan of its own.")] = "",
    go_live: Annotated[
        list[str] | None, typer.Option(help='A site and its day: "Main Street=2027-03-01"; once per site.')
    ] = None,
    decision_on: Annotated[str | None, typer.Option(help="The day of decision; else a year later.")] = None,
    file: PlanFile = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a plan that is there.")] = False,
) -> None:
    """Write a plan from the practice's own history, with what it will be able to tell."""
    from rapport.commands import plan as command

    days = go_live or []
    command.make_draft(
        config, component, version=version, go_live=days, decision_on=decision_on, file=file, force=force
    )


@plans.command("lock")
def plan_lock(
    config: Config = DEFAULT_CONFIG,
    by: Annotated[str | None, typer.Option(help="Who locks it; the account of this machine if absent.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why a locked plan is changed.")] = None,
    file: PlanFile = None,
) -> None:
    """Lock the plan into the audit log; what is changed afterwards shows on every verdict."""
    from rapport.commands import plan as command

    command.lock(config, by=by, reason=reason, file=file)


@plans.command("show")
def plan_show(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Print every locked plan, newest first."""
    from rapport.commands import plan as command

    command.show(config, as_json=as_json)


verdicts = typer.Typer(help="Proceed, hold or halt, and why? Exit 4 where a safety fact halts.")
app.add_typer(verdicts, name="verdict")
OfPlan = Annotated[str | None, typer.Option("--plan", help="The beginning of a plan's hash; the newest if absent.")]


@verdicts.callback(invoke_without_command=True)
def verdict(
    context: typer.Context, config: Config = DEFAULT_CONFIG, plan: OfPlan = None, as_json: Json = False
) -> None:
    """Print the verdict under the newest locked plan."""
    if context.invoked_subcommand is None:
        from rapport.commands import verdict as command

        raise typer.Exit(command.show(config, plan=plan, as_json=as_json))


@verdicts.command("sign")
def verdict_sign(
    by: Annotated[str, typer.Option(help="The second person, by first and last name.")],
    config: Config = DEFAULT_CONFIG,
    plan: OfPlan = None,
) -> None:
    """Stand for a PROCEED whose watched guardrails cannot be proven."""
    from rapport.commands import verdict as command

    command.sign(config, by, plan=plan)


@verdicts.command("overrule")
def verdict_overrule(
    to: Annotated[str, typer.Option(help="PROCEED, HOLD or HALT.")],
    by: Annotated[str, typer.Option(help="Who decides otherwise, by first and last name.")],
    second: Annotated[str, typer.Option(help="The second person.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    config: Config = DEFAULT_CONFIG,
    plan: OfPlan = None,
) -> None:
    """Decide otherwise, with a second person and a reason; both stay visible."""
    from rapport.commands import verdict as command

    command.overrule(config, to, by, second, reason, plan=plan)


audits = typer.Typer(help="The record of who did what: shown, and checked for changes.", no_args_is_help=True)
app.add_typer(audits, name="audit")


@app.command()
def check(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Show that no identifier leaves: the 18 items, the sweep, the attacker, the audit log, who vouches."""
    from rapport.commands import check as command

    raise typer.Exit(command.run(config, as_json=as_json))


@audits.command("verify")
def audit_verify(
    config: Config = DEFAULT_CONFIG,
    head: Annotated[
        str | None, typer.Option(help="The head you noted elsewhere: shows whether lines were cut.")
    ] = None,
) -> None:
    """Has anybody changed, removed or moved a line of the audit log, or of the log of views?"""
    from rapport.commands import audit as command

    raise typer.Exit(command.verify(config, head))


@audits.command("show")
def audit_show(
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
    views: Annotated[bool, typer.Option("--views", help="Who looked at which page and took which file.")] = False,
) -> None:
    """Print the audit log, oldest entry first."""
    from rapport.commands import audit as command

    command.show(config, as_json=as_json, views=views)


@app.command()
def scrub(
    source: Annotated[Path | None, typer.Argument(help="A file of JSON lines; without one, standard input.")] = None,
    profile: Annotated[str, typer.Option(help="safe_harbor, ontario, or publish (more careful).")] = "safe_harbor",
    explain: Annotated[bool, typer.Option("--explain", help="Say of each finding why.")] = False,
    processes: Annotated[int, typer.Option(help="How many processes share the work.", min=1)] = 1,
    spacy_model: Annotated[str | None, typer.Option(help="An installed spaCy model that adds findings.")] = None,
) -> None:
    """Remove what identifies from texts: {"id", "text", "known"?} lines in, {"id", "text", "found"} lines out."""
    from rapport.commands import scrub as command

    command.run(source, profile=profile, explain=explain, processes=processes, spacy_model=spacy_model)


@app.command("follow-up")
def follow_up(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Write down which signs of danger automation closed alone, for whoever reaches these patients."""
    from rapport.commands import follow_up as command

    command.run(config, as_json=as_json)


quotes = typer.Typer(help="Read comments before anybody outside the boundary may.", no_args_is_help=True)
app.add_typer(quotes, name="quotes")


@quotes.command("review")
def quotes_review(
    config: Config = DEFAULT_CONFIG,
    again: Annotated[bool, typer.Option("--again", help="Those already decided on.")] = False,
    by: Annotated[str | None, typer.Option(help="Who reads; the account of this machine where absent.")] = None,
) -> None:
    """Approve, shorten or withhold each scrubbed comment, one at a time."""
    from rapport.commands import quotes as command

    command.review(config, again=again, by=by)


@quotes.command("code")
def quotes_code(
    config: Config = DEFAULT_CONFIG,
    sample: Annotated[int, typer.Option(help="How many comments, drawn at random.", min=1, max=1000)] = 50,
    by: Annotated[str | None, typer.Option(help="Who reads; the account of this machine where absent.")] = None,
) -> None:
    """Code comments by hand, without seeing what the codebook says: how far do they agree?"""
    from rapport.commands import coding as command

    command.run(config, size=sample, by=by)


@quotes.command("list")
def quotes_list(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """How many comments are in each state; no text."""
    from rapport.commands import quotes as command

    command.listed(config, as_json=as_json)


@app.command()
def forget(
    config: Config = DEFAULT_CONFIG,
    patient: Annotated[
        str | None, typer.Option(help="The number; other users of this machine may see it. Better: be asked for it.")
    ] = None,
    patients_file: Annotated[Path | None, typer.Option(help="A file with one number in each line.")] = None,
    by: Annotated[str | None, typer.Option(help="Who asks; the account of this machine where absent.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: Json = False,
) -> None:
    """Take a patient out of the vault and of every release, and keep them out of the next exports."""
    from rapport.commands import forget as command

    command.run(config, patient=patient, source=patients_file, by=by, yes=yes, as_json=as_json)


@app.command()
def serve(
    config: Config = DEFAULT_CONFIG,
    port: Annotated[int | None, typer.Option(help="Another port than the configured one.")] = None,
) -> None:
    """Show the released results in the browser, on this machine only."""
    from rapport.commands import serve as command

    command.run(config, port)


def main() -> None:
    """Run the command line; a user's mistake is a sentence, a fault of ours names its place and no value."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    try:
        return guarded(lambda: app(arguments, standalone_mode=True))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def guarded(run: Callable[[], None]) -> int:
    """Run, and turn what goes wrong into one sentence on stderr and an exit code."""
    try:
        run()
    except KeyboardInterrupt:
        console.fault("Stopped. Nothing was published; the last release is as it was.")
        return 130
    except Exception as error:  # noqa: BLE001  a message may hold a patient's value: name the place alone
        return told(error)
    return 0


def told(error: BaseException) -> int:
    """Say what went wrong, a safety halt before whatever failed besides; the exit code."""
    from deid.keys import KeyFault
    from metrics.query import QueryError
    from warehouse.store import StoreError

    if isinstance(error, SafetyHalt):
        console.fault(str(error))
        if error.__cause__ is not None:
            told(error.__cause__)
        return 4
    if isinstance(error, InputError | Busy | KeyFault | StoreError | QueryError):
        console.fault(str(error))
        return 2
    if isinstance(error, GateRefused):
        console.fault(str(error))
        return 3
    place = traceback.extract_tb(error.__traceback__)[-1]
    name = Path(place.filename)
    where = f"{name.parent.name}/{name.name}:{place.lineno}"
    console.fault(
        f"Rapport itself failed ({type(error).__name__} at {where}). The last release is as it was. "
        "Please report this line; it holds nothing of your data."
    )
    return 1
