"""One dbt command on a copy of the project, by the way that `heddle run` takes; the seconds of each node go to a file.

.venv/bin/python benchmarks/identity_run.py FOLDER build --select path:models/identity
"""

import json
import sys
from pathlib import Path

from heddle.settings import Settings
from heddle.transform import run_dbt

SECONDS = "seconds.json"


def main(folder: Path, *command: str) -> None:
    """`folder` holds dbt_project and warehouse.duckdb. Raises SystemExit when a node failed."""
    settings = Settings.load(
        root=folder, sources="fixture", state=folder / "state", warehouse_path=folder / "warehouse.duckdb"
    )
    results = run_dbt(settings, command)
    if failed := [f"{result.name}: {result.message}" for result in results if not result.ok]:
        raise SystemExit("\n".join(failed))
    (folder / SECONDS).write_text(json.dumps({result.name: round(result.seconds, 2) for result in results}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
