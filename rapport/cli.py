"""The `rapport` command: each command parses its options and hands over; faults become one sentence and an exit code.

Exit 0 done, 2 the configuration or an input is wrong, 3 a gate refused, 4 a safety halt, 1 a fault of Rapport itself.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from rapport.faults import guarded
from rapport.options import DEFAULT_CONFIG, Config, Json
from rapport.subcommands import audits, plans, quotes, verdicts

app = typer.Typer(
    name="rapport",
    help="Does automation enhance care here, or undermine it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, _group in (("plan", plans), ("verdict", verdicts), ("audit", audits), ("quotes", quotes)):
    app.add_typer(_group, name=_name)


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


@app.command()
def check(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Show that no identifier leaves: the 18 items, the sweep, the attacker, the audit log, who vouches."""
    from rapport.commands import check as command

    raise typer.Exit(command.run(config, as_json=as_json))


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


@app.command()
def forget(
    config: Config = DEFAULT_CONFIG,
    patient: Annotated[
        str | None, typer.Option(help="The number; other users of this machine may see it. Better: be asked for it.")
    ] = None,
    patients_file: Annotated[Path | None, typer.Option(help="A file with one number in each line.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Who of the practice does this, never the patient; this account where absent.")
    ] = None,
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter is no fault
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    try:
        return guarded(lambda: app(arguments, standalone_mode=True))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
