"""The small repository of segment_project.py with its warehouse on a Postgres server."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from segment_project import AS_OF, Row, SegmentProject, make_project
from small_world import TABLES

from heddle.segments import write_models
from heddle.transform.invoke import invoke_dbt
from heddle.transform.prepare import parsed_project

PROFILE = """
heddle:
  target: postgres
  outputs:
    postgres: {{type: postgres, host: {host}, port: {port}, user: {user}, password: "", dbname: {database},
      schema: public, threads: 2}}
"""


@dataclass(frozen=True)
class PostgresProject(SegmentProject):
    address: str = ""

    def dbt(self, verb: str = "run", as_of: datetime = AS_OF, *options: str) -> dict[str, str]:
        write_models(self.settings, "postgres")
        self.execute("create schema if not exists heddle")
        self.execute("create table if not exists heddle.clock (as_of timestamp)")
        self.execute(f"delete from heddle.clock; insert into heddle.clock values ('{as_of}')")
        done = invoke_dbt(self.settings, [verb, *options], manifest=parsed_project(self.settings))
        return {outcome.node.name: str(outcome.status) for outcome in done.result.results}

    def execute(self, sql: str, params: list[object] | None = None) -> None:
        with psycopg2.connect(self.address) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
        connection.close()

    def rows(self, sql: str) -> list[Row]:
        with psycopg2.connect(self.address) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            found = cursor.fetchall()
        connection.close()
        return found

    def stays(self, name: str) -> list[Row]:
        columns = "profile_id, member_key, entered_at, left_at"
        return self.rows(
            f"select {columns} from segments.segment_{name} "
            'order by profile_id collate "C", member_key collate "C", 3, 4'
        )


def on_postgres(root: Path, address: str) -> PostgresProject:
    """The repository in `root`, with the same people in the server's database."""
    made = make_project(root)
    server = urlsplit(address)
    where = {"host": server.hostname, "port": server.port, "user": server.username, "database": server.path[1:]}
    (root / "dbt_project/profiles.yml").write_text(PROFILE.format(**where))
    project = PostgresProject(made.settings, address)
    project.execute(TABLES.split("create table segments.")[0])
    project.execute(f"delete from profiles.profile_events where occurred_at > '{AS_OF}'")
    return project
