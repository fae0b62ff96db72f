"""`heddle`: every verb of the product; `heddle VERB --help` shows an example."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import typer

from heddle.cli import demo, identity, ingest, profile, run, sandbox, segments, status, sync
from heddle.cli.terminal import fail
from heddle.errors import HeddleError

app = typer.Typer(
    name="heddle",
    help="Heddle, the customer data platform that lives in your warehouse.\n\n"
    "Start with `heddle demo run`; on your own data with `heddle run`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("status")(status.status)
app.command("ingest")(ingest.ingest)
app.add_typer(segments.app, name="segments")
app.add_typer(profile.app, name="profile")
app.add_typer(identity.app, name="identity")
app.add_typer(sync.app, name="sync")
app.command("sandbox")(sandbox.sandbox)
app.add_typer(demo.app, name="demo")


def main() -> None:
    """Run the command line; an error that Heddle raised on purpose is shown as it is, without a trace."""
    try:
        app()
    except HeddleError as error:
        fail(error)
        leave(1)
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else int(end.code is not None))


def leave(code: int) -> NoReturn:
    """End the process with everything printed and nothing after it.

    Great Expectations and dbt keep DuckDB connections until the interpreter is torn down, and DuckDB's Python
    binding then prints a page of leak warnings over the summary that a person wants to read.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    sys.exit(code)
