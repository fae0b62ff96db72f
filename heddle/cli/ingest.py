"""`heddle ingest`: raw tables only."""

from typing import Annotated

import typer

from heddle.cli.run import run_and_report
from heddle.settings import Settings


def ingest(
    force: Annotated[bool, typer.Option(help="Look again even when no file has changed.")] = False,
) -> None:
    """Load new files and rows into the raw tables and stop there.

    Example: `heddle ingest`
    """
    settings = Settings.load()
    settings.export()
    if not run_and_report(settings, "ingest", force).succeeded:
        raise typer.Exit(1)
