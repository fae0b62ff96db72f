"""B-cubed precision and recall of profiles against the truth, exact and set-based.

For record i in cluster C(i), with M(i) the records that have a person in common with i (i is one of them):

    precision = mean over i of |C(i) and M(i)| / |C(i)|        recall = mean over i of |C(i) and M(i)| / |M(i)|

(Bagga and Baldwin, 1998.) A record of two people, a browser at home, counts for both: joining it with either is right,
and its other owner is lost to recall, because a record has one profile. Nothing is compared pair by pair: records are
counted by cluster and set of people.
"""

from dataclasses import dataclass

import duckdb

KINDS = """
create or replace temp table {name} as
with records as (
    select {cluster} as cluster, truth.record, list_sort(list(distinct truth.label)) as labels
    from {truth} as truth {join}
    group by all
),
kinds as (select cluster, labels, count(*) as n from records group by all),
spread as (select cluster, labels, n, unnest(labels) as label from kinds),
pairs as (
    select distinct one.cluster, one.labels, other.labels as others, other.n
    from spread as one
    join spread as other on one.cluster = other.cluster and one.label = other.label
),
mates as (select cluster, labels, cast(sum(n) as bigint) as mates from pairs group by all)
select records.record, records.cluster, mates.mates
from records
join mates on records.cluster = mates.cluster and records.labels = mates.labels
"""


@dataclass(frozen=True)
class Accuracy:
    """Over `records` records; `largest` is the most records in one cluster."""

    precision: float
    recall: float
    records: int
    largest: int


def bcubed(connection: duckdb.DuckDBPyConnection, truth: str, clusters: str) -> Accuracy:
    """Tables `truth` (record, label), with one row per owner of a record, and `clusters` (record, cluster).

    Raises ValueError when a record of the truth has no cluster.
    """
    mates_everywhere(connection, truth, "everywhere")
    join = f"join {clusters} as clusters on truth.record = clusters.record"
    connection.execute(KINDS.format(name="inside", cluster="clusters.cluster", truth=truth, join=join))
    row = connection.execute("""
        select avg(inside.mates / sizes.n), avg(inside.mates / everywhere.mates), count(*), max(sizes.n)
        from inside
        join everywhere on inside.record = everywhere.record
        join (select cluster, count(*) as n from inside group by 1) as sizes on inside.cluster = sizes.cluster
    """).fetchall()[0]
    if row[2] != connection.execute("select count(*) from everywhere").fetchall()[0][0]:
        raise ValueError("a record of the truth has no cluster, or more than one")
    return Accuracy(*row)


def mates_everywhere(connection: duckdb.DuckDBPyConnection, truth: str, name: str) -> None:
    """The temporary table `name` (record, cluster, mates): how many records have a person in common with the record."""
    connection.execute(KINDS.format(name=name, cluster="1", truth=truth, join=""))
