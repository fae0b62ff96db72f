"""A graph shaped like that of a customer data platform: what sources say about people, and who is behind each record.

    .venv/bin/python benchmarks/identity_graph.py --edges 1000000 --folder /tmp/graph

An edge is a link of a record with an identifier. Writes links.parquet and delta.parquet (source, record_id,
identifier_type, identifier_value, observed_at, loaded_at), truth.parquet (source, record_id, person), edges.parquet
(left_id, right_id: the links as two texts). The same number of edges gives the same rows. In it:

* 85 % of the people have an account; the others are known to the CRM or the loyalty scheme, or not at all;
* cookies per account after a power law (exponent 2.2, at most 200), but for one in 30 all of them logged in;
* households of 2-4 with one device in common, every third of them with one e-mail address;
* chains: 3 % of the people change their cookie 20-50 times, cookie i and i+1 on one record, numbers in sequence;
* junk: addresses and a phone of the block list, mailboxes of shops that the degree cap stops, and one address that
  no rule knows (HUB) in the CRM records of 2 % of the people;
* time: within 100,000 people the rows come in the order in which things were seen, not person by person;
* a delta of 1 % of the edges, loaded a day later: new people (40 %), new cookies of known people (45 %), cookies of
  nobody that now log in, which is a merge (15 %).
"""

import argparse
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from identity_crowd import (
    MOST_COOKIES,
    Rows,
    chosen_rows,
    cookies,
    everything_known,
    has_account,
    has_lost_cookie,
    same_text,
    user_ids,
)

from heddle.demo.text import Text, join

PEOPLE_PER_PART = 100_000
BASE_DAY, DELTA_DAY = (np.datetime64(f"2026-06-0{day}T00:00:00", "us") for day in (1, 2))
LINKS = ("source", "record_id", "identifier_type", "identifier_value")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    write_graph(arguments.folder, arguments.edges)


def write_graph(folder: Path, edges: int) -> None:
    """Write the four files; `edges` links (a handful fewer: no person is cut in two) and 1 % more in the delta."""
    folder.mkdir(parents=True, exist_ok=True)
    links, truth, strings = (_Writer(folder / name) for name in ("links.parquet", "truth.parquet", "edges.parquet"))
    written, part, people = 0, 0, 0
    while people % PEOPLE_PER_PART == 0 and written < edges:
        rows, new = _whole_people(part, people, PEOPLE_PER_PART, edges - written)
        table = _links(rows, part, BASE_DAY)
        links.write(table)
        strings.write(_strings(table))
        truth.write(_truth(rows))
        written, part, people = written + table.num_rows, part + 1, people + new
    for writer in (links, strings, truth):
        writer.close()
    pq.write_table(_delta(edges // 100, part, people), folder / "delta.parquet")


def _delta(edges: int, part: int, people: int) -> pa.Table:
    """New people, new cookies of known people, cookies of nobody that log in."""
    rng = np.random.default_rng([2, part])
    fresh, _ = _whole_people(part + 1, people, 1 + edges // 10, edges * 2 // 5)
    everyone = np.arange(people)
    known = rng.choice(everyone[has_account(everyone)], edges * 9 // 40)
    cookie = cookies(-1 - np.arange(len(known)))
    extended = [
        Rows("web", join("a:", cookie), known, "anonymous_id", cookie),
        Rows("web", join("a:", cookie), known, "user_id", user_ids(known)),
    ]
    late = rng.permutation(everyone[has_lost_cookie(everyone)])[: edges * 3 // 20]
    merged = Rows("web", join("a:", cookies(late * MOST_COOKIES)), late, "user_id", user_ids(late))
    return _links([*fresh, *extended, merged], part, DELTA_DAY)


def _whole_people(part: int, first: int, count: int, most: int) -> tuple[list[Rows], int]:
    """(rows, people): of `count` people from `first` on, as many as have no more than `most` links together."""
    rows = list(everything_known(part, first, count))
    per_person = np.bincount(np.concatenate([r.person for r in rows]) - first, minlength=count)
    people = int(np.searchsorted(per_person.cumsum(), most, side="right"))
    return [kept for r in rows for kept in chosen_rows(r.person < first + people, r)], people


def _links(rows: list[Rows], part: int, day: np.datetime64) -> pa.Table:
    rng = np.random.default_rng([3, part])
    tables = []
    for r in rows:
        columns = (same_text(r.source, r.person), r.record, same_text(r.identifier_type, r.person), r.value)
        tables.append(pa.table(dict(zip(LINKS, columns, strict=True))))
    table = pa.concat_tables(tables)
    seconds = rng.integers(0, 365 * 86_400, table.num_rows).astype("timedelta64[s]")
    observed = pa.array((day - seconds).astype("datetime64[us]"))
    loaded = pa.array(np.full(table.num_rows, day))
    table = table.append_column("observed_at", observed).append_column("loaded_at", loaded)
    return table.sort_by("observed_at")


def _strings(links: pa.Table) -> pa.Table:
    """The links as pairs of texts."""
    source, record, kind, value = (cast(Text, links[name].combine_chunks()) for name in LINKS)
    return pa.table({"left_id": join("record:", source, ":", record), "right_id": join(kind, ":", value)})


def _truth(rows: list[Rows]) -> pa.Table:
    """One row per record, and the person behind it."""
    tables = [
        pa.table({"source": same_text(r.source, r.person), "record_id": r.record, "person": pa.array(r.person)})
        for r in rows
    ]
    return pa.concat_tables(tables).group_by(["source", "record_id", "person"], use_threads=False).aggregate([])


class _Writer:
    """A Parquet file that grows by parts."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.file, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer:
            self._writer.close()


if __name__ == "__main__":
    main()
