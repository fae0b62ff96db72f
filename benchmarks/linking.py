"""Soft links on published data with known truth: precision, recall and F1 over all true pairs, blocked or not.

    .venv/bin/python benchmarks/linking.py

FEBRL 1 (1,000 records, 500 true pairs; its social number is not used) and fake_1000 of Splink (1,000 records, 251
people, 2,031 true pairs, many values missing or garbled), with the model that comes with Heddle, unchanged. A record is
one candidate, or a component of records with the same e-mail address where identifiers link first. Writes RESULTS.md.
"""

import csv
import hashlib
import itertools
import tempfile
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from results import ROOT, made_on, markdown_table, replace_section

from heddle.linking import Report, link
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse

DATA = ROOT.parent / "shared" / "data"
NOTHING: tuple[str, ...] = ()
EMAIL = ("email",)
TABLES = (
    "heddle.clock (as_of timestamp)",
    "staging.stg_x__attributes (source varchar, record_id varchar, field varchar, value varchar, "
    "observed_at timestamp)",
    "identity.identity_nodes (node bigint, node_type varchar, node_value varchar)",
    "identity.identity_map (node bigint, node_type varchar, node_value varchar, profile_id varchar)",
    "identity.identity_links (identifier_type varchar, identifier_value varchar, record_node bigint, "
    "identifier_node bigint)",
    "identity.identity_edges (left_node bigint, right_node bigint, rule varchar)",
    "identity.identity_withheld (node bigint)",
)
Pairs = set[tuple[int, int]]


@dataclass(frozen=True)
class DataSet:
    """Records by id, and who is behind each."""

    name: str
    records: Mapping[str, Mapping[str, str]]
    truth: Mapping[str, str]


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    data: str
    how: str
    reviews: bool
    clustered: bool
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def main() -> None:
    """Measure both sets, with and without identifiers first, and write the table."""
    results = [
        *measure(febrl(), NOTHING),
        *measure(fake_1000(), NOTHING),
        *measure(fake_1000(), EMAIL),
    ]
    rows = [
        [f"{r.data}, {r.how}, {'clustered' if r.clustered else 'pairs'}"]
        + [f"{share:.4f}" for share in (r.precision, r.recall, r.f1)]
        for r in results
    ]
    text = markdown_table(["data, links, counted as", "precision", "recall", "F1"], rows)
    made = made_on(("splink", "duckdb"))
    replace_section("linking", f"{text}\n\n* {made}\n")
    print(text)


def febrl() -> DataSet:
    """FEBRL 1, without the social number."""
    names = {"given_name": "first_name", "surname": "last_name", "date_of_birth": "birth_date"}
    names |= {"address_1": "street", "suburb": "city"}
    with (DATA / "er_febrl1" / "dataset1.csv").open() as file:
        rows = [{k.strip(): v.strip() for k, v in row.items()} for row in csv.DictReader(file)]
    records = {r["rec_id"]: _renamed(r, names, {"rec_id", "soc_sec_id"}) for r in rows}
    return DataSet("FEBRL 1", records, {name: name.split("-")[1] for name in records})


def fake_1000() -> DataSet:
    """The made-up people that come with Splink."""
    with (DATA / "er_fake_1000" / "fake_1000.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = {"surname": "last_name", "dob": "birth_date"}
    records = {r["unique_id"]: _renamed(r, names, {"unique_id", "cluster"}) for r in rows}
    return DataSet("fake_1000", records, {r["unique_id"]: r["cluster"] for r in rows})


def measure(data: DataSet, identifiers: Collection[str]) -> list[Result]:
    """What identifiers alone, merges, and merges with all reviews accepted find of the true pairs."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(root=ROOT, state=Path(folder), warehouse_path=Path(folder) / "w.duckdb")
        with open_warehouse(settings) as warehouse:
            hard = stage(warehouse, data, identifiers)
            report = link(warehouse, settings)
            found = warehouse.query("select left_node, right_node, decision from heddle.soft_links").to_pylist()
    _tell(data, report)
    merged = {(row["left_node"], row["right_node"]) for row in found if row["decision"] == "merge"}
    every = {(row["left_node"], row["right_node"]) for row in found}
    true = pairs_of(data.truth[name] for name in data.records)
    nodes = {record_node(name): i for i, name in enumerate(data.records)}
    alone = "same e-mail" if identifiers else "no identifier"
    lines: list[Result] = []
    for how, reviews, edges in (("merges", False, merged), ("merges and reviews", True, every)):
        as_pairs = {_ordered(nodes[a], nodes[b]) for a, b in edges}
        if not identifiers:
            lines.append(_result(data, f"{alone}, {how}", reviews, False, as_pairs, true))
        lines.append(_result(data, f"{alone}, {how}", reviews, True, clustered(len(nodes), as_pairs | hard), true))
    if identifiers:
        lines.insert(0, _result(data, f"{alone} alone", False, True, clustered(len(nodes), hard), true))
    return lines


def stage(warehouse: Warehouse, data: DataSet, identifiers: Collection[str]) -> Pairs:
    """The tables that linking reads; returns the pairs (positions of records) that share an identifier."""
    for schema in ("heddle", "staging", "identity"):
        warehouse.execute(f"create schema if not exists {schema}")
    for table in TABLES:
        warehouse.execute(f"create table {table}")
    sharing: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, record in enumerate(data.records.values()):
        for kind in identifiers:
            if kind in record:
                sharing[kind, record[kind].lower()].append(i)
    hard = {pair for who in sharing.values() for pair in itertools.pairwise(who)}
    people = components(len(data.records), hard)
    names = list(data.records)
    values = [("x", name, f, v, None) for name, record in data.records.items() for f, v in record.items()]
    nodes = [(record_node(name), "record", f"x:{name}", f"p{people[i]}") for i, name in enumerate(names)]
    nodes += [(node(k, v), k, v, f"p{people[who[0]]}") for (k, v), who in sharing.items()]
    links = [(k, v, record_node(names[i]), node(k, v)) for (k, v), who in sharing.items() for i in who]
    fill(warehouse, "staging.stg_x__attributes", values)
    fill(warehouse, "identity.identity_map", nodes)
    fill(warehouse, "identity.identity_nodes", [row[:3] for row in nodes])
    fill(warehouse, "identity.identity_links", links)
    fill(warehouse, "identity.identity_edges", [(a, b, f"same_{kind}") for kind, _, a, b in links])
    return hard


def fill(warehouse: Warehouse, table: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        columns = map(list, zip(*rows, strict=True))
        warehouse.append(table, pa.table(dict(zip(warehouse.columns(table), columns, strict=True))))


def record_node(name: str) -> int:
    return node("record", f"x:{name}")


def node(kind: str, value: str) -> int:
    return int(hashlib.md5(f"{kind}:{value}".encode()).hexdigest()[:16], 16) >> 1


def clustered(size: int, edges: Iterable[tuple[int, int]]) -> Pairs:
    """Every pair within a connected component."""
    return pairs_of(components(size, edges))


def components(size: int, edges: Iterable[tuple[int, int]]) -> list[int]:
    """The smallest member of each one's component."""
    parent = list(range(size))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in edges:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return [root(i) for i in range(size)]


def pairs_of(groups: Iterable[Hashable]) -> Pairs:
    """Pairs of positions that are in the same group."""
    members: dict[Hashable, list[int]] = defaultdict(list)
    for i, group in enumerate(groups):
        members[group].append(i)
    return {pair for who in members.values() for pair in itertools.combinations(who, 2)}


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _result(data: DataSet, how: str, reviews: bool, is_clustered: bool, found: Pairs, true: Pairs) -> Result:
    hits = len(true & found)
    return Result(data.name, how, reviews, is_clustered, hits / len(found) if found else 0.0, hits / len(true))


def _renamed(row: Mapping[str, str], names: Mapping[str, str], without: Collection[str]) -> dict[str, str]:
    return {names.get(k, k): v for k, v in row.items() if k not in without and v}


def _tell(data: DataSet, report: Report) -> None:
    print(
        f"{data.name}: {report.people:,} candidates, {report.pairs:,} pairs scored, {report.seconds:.1f} s", flush=True
    )


if __name__ == "__main__":
    main()
