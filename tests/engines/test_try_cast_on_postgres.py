"""A value that does not read as its type is null on Postgres, which before 16 cannot try: it would end the model."""

import datetime
import sys
from pathlib import Path

import psycopg2
from postgres_cluster import needs_postgres, postgres_cluster

sys.path.append(str(Path(__file__).parents[1] / "identity"))
from macro_harness import MACROS, bound_macros, give_back, new_environment

pytestmark = needs_postgres
GOOD = {
    "date": {"2024-02-29": datetime.date(2024, 2, 29), "2000-02-29": datetime.date(2000, 2, 29)},
    "timestamp": {"2026-01-05T23:59:59.5Z": datetime.datetime.fromisoformat("2026-01-05T23:59:59.500")},
    "bigint": {"-12": -12},
    "double precision": {"-1.5e3": -1500.0, "7": 7.0},
}
BAD = {
    "date": ["2026-02-29", "1900-02-29", "2026-02-30", "2026-04-31", "2026-13-01", "0000-01-01", "soon", ""],
    "timestamp": ["2026-02-30 10:00", "2026-01-05 24:01", "2026-01-05 10:61", "2026-01-05", ""],
    "bigint": ["1.5", "9" * 19, "ten", ""],
    "double precision": ["1e400", "1e-400", "9" * 400, "1,5", "nan", ""],
}


def test_what_does_not_read_is_null() -> None:
    environment = new_environment()
    environment.globals |= {"return": give_back}
    cast = bound_macros(environment, [MACROS / "try_cast.sql"])["postgres__try_cast"]
    with postgres_cluster() as address, psycopg2.connect(address) as connection, connection.cursor() as cursor:

        def read(text: str, kind: str) -> object:
            cursor.execute(f"select {cast('given', kind)} from (select cast(%s as text) as given) as one", [text])
            return cursor.fetchall()[0][0]

        assert {kind: {text: read(text, kind) for text in good} for kind, good in GOOD.items()} == GOOD
        assert [(text, kind) for kind, bad in BAD.items() for text in bad if read(text, kind) is not None] == []
