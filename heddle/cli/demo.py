"""`heddle demo`: the demo company, from raw files to delivered mail."""

import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from heddle.cli.run import run_and_report
from heddle.cli.terminal import err, out
from heddle.settings import Settings

if TYPE_CHECKING:
    from heddle.demo import DemoSummary

app = typer.Typer(help="A made-up children's goods shop to try everything on.", no_args_is_help=True)
People = Annotated[int, typer.Option(help="How many people the company knows.", min=1)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same files, byte for byte.")]
MAX_ROUNDS = 4
ANSWERED = "what was delivered, opened, bounced and unsubscribed is raw data now"


@app.command("generate")
def generate_files(people: People = 10_000, seed: Seed = 1) -> None:
    """Write the raw files of the demo company, and the truth about them beside.

    Example: `heddle demo generate --people 10000 --seed 1`
    """
    _generate(Settings.load(), people, seed)


@app.command("run")
def run_demo(people: People = 10_000, seed: Seed = 1) -> None:
    """Generate the files, start the local destinations, run the main job until nothing is left to do.

    The customers answer at the end of a round: the next one reads deliveries, opens, bounces, unsubscribes.

    Example: `heddle demo run --people 10000`
    """
    from activations.sandbox import running

    settings = Settings.load(sources=("demo",))
    settings.export()
    _generate(settings, people, seed)
    for number in range(1, MAX_ROUNDS + 1):
        out.print(f"\n[bold]round {number}[/bold]" + (f": {ANSWERED}" if number > 1 else ""))
        with running(settings, tell=err.print):
            report = run_and_report(settings)
        if not report.succeeded:
            raise typer.Exit(1)
        if report.nothing_to_do:
            break


@app.command("sandbox")
def sandbox() -> None:
    """Only the local destinations: a mail server, a webhook and vendors that remember what they were sent.

    Example: `heddle demo sandbox`
    """
    from activations.sandbox import running

    settings = Settings.load()
    with running(settings, tell=err.print) as servers:
        out.print(f"listening for {', '.join([*servers.smtp, *servers.webhook])}; press Ctrl-C to stop")
        for address in servers.vendors:
            out.print(f"the vendors of destinations.yml, and what they hold: {address}/")
        _wait_for_interrupt()


@app.command("dev")
def dev(port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000) -> None:
    """The Dagster UI and daemon on this repository, with the local destinations beside.

    Example: `heddle demo dev --port 3000`
    """
    from activations.sandbox import running

    settings = Settings.load()
    settings.export()
    command = [sys.executable, "-m", "dagster", "dev", "--port", str(port)]
    with running(settings, tell=err.print):
        subprocess.run(command, cwd=settings.root, check=False)


def _generate(settings: Settings, people: int, seed: int) -> "DemoSummary":
    # numpy and the vocabulary cost half a second to import: only the verbs that make something pay for them
    from heddle.demo import generate

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("generating the demo company", total=people)
        made = generate(
            settings.data / "demo",
            people,
            seed,
            progress=lambda what, n: progress.update(task, description=what, completed=n),
        )
    verb = "made" if made.created else "there already:"
    out.print(
        f"demo company {verb} {made.people:,} people, {sum(made.rows.values()):,} raw rows in {len(made.rows)} tables, "
        f"{made.rejected:,} of them broken; {made.bytes / 1e6:,.0f} MB in {made.folder} ({made.seconds:.1f} s)"
    )
    return made


def _wait_for_interrupt() -> None:
    try:
        sys.stdin.read() if sys.stdin.isatty() else subprocess.run(["sleep", "infinity"], check=False)
    except KeyboardInterrupt:
        out.print("stopped")
