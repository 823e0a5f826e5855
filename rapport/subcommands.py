"""Commands of two words: plans, verdicts, the audit log, comments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rapport.options import DEFAULT_CONFIG, Config, Json

plans = typer.Typer(
    help="What a rollout is for and must not cost: drafted, locked before go-live.", no_args_is_help=True
)
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
    new: Annotated[bool, typer.Option("--new", help="A component that is named nearly like another one.")] = False,
) -> None:
    """Write a plan from the practice's own history, with what it will be able to tell."""
    from rapport.commands import plan as command

    days = go_live or []
    command.make_draft(
        config, component, version=version, go_live=days, decision_on=decision_on, file=file, force=force, new=new
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


quotes = typer.Typer(help="Read comments before anybody outside the boundary may.", no_args_is_help=True)


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
