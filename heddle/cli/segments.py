"""`heddle segments`: what marketers do with their files before and after they are merged."""

from typing import Annotated

import typer

from heddle.cli.segments_backfill import backfill_segment
from heddle.cli.segments_catalog import show_catalog
from heddle.cli.segments_check import check_segments
from heddle.cli.segments_diff import diff_segments
from heddle.cli.segments_explain import explain_segment
from heddle.cli.segments_list import list_segments
from heddle.cli.segments_members import list_members
from heddle.cli.segments_preview import preview_segment
from heddle.cli.terminal import out
from heddle.segments import compiled_sql
from heddle.settings import Settings

app = typer.Typer(help="Check, preview, explain, compare and compile segments.", no_args_is_help=True)
app.command("check")(check_segments)
app.command("preview")(preview_segment)
app.command("explain")(explain_segment)
app.command("diff")(diff_segments)
app.command("list")(list_segments)
app.command("catalog")(show_catalog)
app.command("members")(list_members)
app.command("backfill")(backfill_segment)


@app.command("compile")
def compile_segment(
    name: Annotated[str, typer.Argument(help="The segment's name, or a file.")],
    dialect: Annotated[
        str, typer.Option(help="duckdb | postgres | spark | snowflake | bigquery | databricks")
    ] = "duckdb",
    as_of: Annotated[str | None, typer.Option(help="The instant it is evaluated at, ISO 8601; default: now.")] = None,
) -> None:
    """Print the SQL that a segment becomes.

    Example: `heddle segments compile abandoned_cart --dialect snowflake`
    """
    out.out(compiled_sql(Settings.load(as_of=as_of), name, dialect), highlight=False)
