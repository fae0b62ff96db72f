"""Which records of a person the data can join at all: connected components over links of one true person only."""

from pathlib import Path

import duckdb
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# A record that the truth does not list (a consent, a mailing) is its address's owner's, so that it may join.
TABLES = """
create temp table links as
select source || ':' || record_id as record, identifier_type || ':' || identifier_value as identifier
from warehouse.identity.identity_links;

create temp table people as
select distinct source || ':' || record_id as record, person_id as label
from read_parquet('{truth}/records.parquet')
where source || ':' || record_id in (select record from links);

create temp table owners as
select record, label as person from people
union
select links.record, identifiers.person_id as person
from links
join read_parquet('{truth}/identifiers.parquet') as identifiers
    on links.identifier = identifiers.identifier_type || ':' || lower(identifiers.identifier_value)
where links.record not in (select record from people);

create temp table edges as
select owners.record, owners.person, 'record:' || owners.record || '|' || owners.person as one,
    links.identifier || '|' || owners.person as other
from links join owners on links.record = owners.record;

create temp table numbered as
select name, row_number() over () - 1 as number from (select one as name from edges union select other from edges);
"""
PATHS = """
create temp table paths as
select distinct people.record, found.path as label
from people
join numbered on numbered.name = 'record:' || people.record || '|' || people.label
join found on numbered.number = found.number
"""


def label_true_paths(connection: duckdb.DuckDBPyConnection, truth: Path) -> None:
    """Makes two temporary tables (record, label): `people`, the truth, and `paths`, the truth as far as links show it.

    Only records with an identifier are in them. `warehouse` is attached; identity_links holds what sources said.
    """
    for statement in TABLES.format(truth=truth).split(";\n"):
        if statement.strip():
            connection.execute(statement)
    ends = connection.execute("""
        select one.number as u, other.number as v
        from edges join numbered as one on edges.one = one.name join numbered as other on edges.other = other.name
    """).fetchnumpy()
    size = connection.execute("select count(*) from numbered").fetchall()[0][0]
    graph = coo_matrix((np.ones(len(ends["u"]), np.bool_), (ends["u"], ends["v"])), shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    connection.execute("create temp table found (number bigint, path bigint)")
    frame = {"number": np.arange(size), "path": labels.astype(np.int64)}
    connection.register("solved", frame)
    connection.execute("insert into found select number, path from solved")
    connection.execute(PATHS)
