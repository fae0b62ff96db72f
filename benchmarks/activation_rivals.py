"""The same job by others: the rows of a table in a DuckDB file, posted to a webhook in batches of 10,000.

    python activation_rivals.py drt FOLDER WAREHOUSE URL
    python activation_rivals.py dlt FOLDER WAREHOUSE URL

Runs in an environment of its own (`environment`), without Heddle and its dependencies. Neither of them keeps a ledger,
marks rows before they leave, or reads what became of each row; that is what they are.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE = "activations.sync_people"
BATCH = 10_000
PACKAGES = ("drt-core", "dlt", "duckdb")
_WANTED = ("drt-core[duckdb]==1.2.1", "dlt==1.31.0", "duckdb==2.0.0", "requests", "pyarrow", "orjson")
_SYNC = """\
name: people
model: "select * from {table}"
destination:
  type: rest_api
  url: "{url}"
  method: POST
  headers: {{Content-Type: application/json}}
  body_mode: batch
  max_records_per_request: {batch}
  batch_template: |
    {{"rows": {{{{ rows | tojson_safe }}}}}}
sync: {{mode: full, batch_size: {batch}, on_error: fail, rate_limit: {{requests_per_second: 1000000}}}}
"""


def environment(folder: Path, uv: str) -> Path:
    """The interpreter of a throw-away environment with both of them. Raises CalledProcessError."""
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        subprocess.run([uv, "venv", "-q", "--clear", str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *_WANTED], check=True)
        (folder / ".complete").touch()
    return python


def quiet() -> Mapping[str, str]:
    """No word to anybody."""
    return {"DO_NOT_TRACK": "1", "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}


def with_drt(folder: Path, warehouse: str, url: str) -> None:
    (folder / "syncs").mkdir(parents=True, exist_ok=True)
    (folder / ".drt").mkdir(exist_ok=True)
    (folder / "drt_project.yml").write_text("name: people\nprofile: default\n")
    profile = f"default:\n  type: duckdb\n  database: {warehouse}\n  fetch_size: {BATCH}\n"
    (folder / ".drt" / "profiles.yml").write_text(profile)
    (folder / "syncs" / "people.yml").write_text(_SYNC.format(table=TABLE, url=url, batch=BATCH))
    program = Path(sys.executable).parent / "drt"
    os.chdir(folder)
    os.execve(program, [str(program), "run"], {**os.environ, "HOME": str(folder)})


def with_dlt(folder: Path, warehouse: str, url: str) -> None:
    """Arrow in, Parquet between, which is its quick way."""
    import dlt
    import duckdb
    import orjson
    import requests

    session = requests.Session()

    @dlt.destination(batch_size=BATCH, loader_file_format="parquet", name="hook", naming_convention="direct")
    def hook(items: Any, table: Any) -> None:  # noqa: ARG001 - its signature
        rows = items.to_pylist() if hasattr(items, "to_pylist") else items
        session.post(url, data=orjson.dumps({"rows": rows}, default=str), timeout=60).raise_for_status()

    @dlt.resource(name="people")
    def people() -> Any:
        with duckdb.connect(warehouse, read_only=True) as connection:
            yield from connection.sql(f"select * from {TABLE}").to_arrow_reader(BATCH)

    dlt.pipeline("people", destination=hook, pipelines_dir=str(folder)).run(people()).raise_on_failed_jobs()


if __name__ == "__main__":
    rival, *places = sys.argv[1:]
    {"drt": with_drt, "dlt": with_dlt}[rival](Path(places[0]).resolve(), *places[1:])
