"""`heddle status`: the last run and what is there now, from the readers' copy."""

from heddle.cli.summary import print_summary, readers_copy
from heddle.cli.terminal import out, table
from heddle.settings import Settings
from heddle.warehouse import open_warehouse

RUNS = """
    select strftime(started_at, '%Y-%m-%d %H:%M:%S') as started, strftime(as_of, '%Y-%m-%d %H:%M:%S') as as_of, status,
        round(epoch(ended_at - started_at), 1) as seconds
    from heddle.runs order by started_at desc limit 5
"""


def status() -> None:
    """Show the last runs, rows per source, people, segments and syncs. Never waits for a run.

    Example: `heddle status`
    """
    settings = Settings.load()
    if settings.published_path.exists():
        with open_warehouse(readers_copy(settings), read_only=True) as wh:
            rows = [list(row.values()) for row in wh.query(RUNS).to_pylist()]
        out.print(table("Last runs", ["started (UTC)", "as of", "status", "seconds"], rows))
        out.print()
    print_summary(settings)
