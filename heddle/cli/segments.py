"""`heddle segments`: check and compile the marketers' YAML."""

from typing import Annotated

import typer

from heddle.cli.terminal import out
from heddle.segments import check, compiled_sql
from heddle.settings import Settings

app = typer.Typer(help="Check and compile segments.", no_args_is_help=True)


@app.command("check")
def check_segments() -> None:
    """Read every segment file and show every fault at once; exit code 1 when there is one.

    Example: `heddle segments check`
    """
    settings = Settings.load()
    faults = check(settings)
    errors = [fault for fault in faults if fault.severity == "error"]
    for fault in faults:
        out.print(str(fault), markup=False)
    warned = f", {len(faults) - len(errors)} warnings" if len(faults) > len(errors) else ""
    out.print(f"{len(errors)} errors{warned}" if faults else "all segments are sound")
    if errors:
        raise typer.Exit(1)


@app.command("compile")
def compile_segment(
    name: Annotated[str, typer.Argument(help="The segment's name.")],
    dialect: Annotated[
        str, typer.Option(help="duckdb | postgres | spark | snowflake | bigquery | databricks")
    ] = "duckdb",
) -> None:
    """Print the SQL that a segment becomes.

    Example: `heddle segments compile abandoned_cart --dialect snowflake`
    """
    out.print(compiled_sql(Settings.load(), name, dialect), markup=False)
