"""Every file is what it says: readable but for the rows that the truth counts as broken."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from demo_company import Company, parsed

DATES = {"crm": "created_at", "pos": "purchased_at", "consents": "occurred_at", "support": "opened_at"}
NUMBERS = {"pos/receipts": "total", "loyalty/points": "points", "support/tickets": "satisfaction"}
TIME_KEYS = {"web": "timestamp", "app": "timestamp", "email": "occurred_at", "club": "occurred_at"}


def is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


def rejected_csv(path: Path, source: str, table: str) -> tuple[int, int]:
    """(rows, rows that do not fit the declared types), by the standard library."""
    date = DATES.get(source) or {"members": "joined_at", "points": "occurred_at"}[table]
    number = NUMBERS.get(f"{source}/{table}")
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    bad = 0
    for row in rows:
        cells = dict(zip(header, row, strict=False))
        fits = len(row) == len(header) and is_time(cells[date]) and (number is None or is_number(cells[number]))
        bad += not fits
    return len(rows), bad


def rejected_jsonl(path: Path, source: str) -> tuple[int, int]:
    lines = path.read_text("utf-8").splitlines()
    rows = [parsed(line) for line in lines]
    return len(lines), sum(row is None or not is_time(row[TIME_KEYS[source]]) for row in rows)


def rejected_parquet(path: Path, table: str) -> tuple[int, int]:
    rows = pq.read_table(path)
    if table == "customers":
        dates = [value for value in rows["birth_date"].to_pylist() if value is not None]
        return rows.num_rows, sum(not is_time(value) for value in dates)
    if table == "carts":
        return rows.num_rows, sum(items == "[{" for items in rows["items"].to_pylist())
    return rows.num_rows, 0


def test_the_truth_counts_every_broken_row(company: Company) -> None:
    broken = company.broken()
    found = {str(path.relative_to(company.summary.folder)) for path in company.files("*/*.*")}
    assert set(broken) == found
    for name, entry in broken.items():
        path, (source, file) = company.summary.folder / name, name.split("/")
        table = file.split("-")[0].split(".")[0]
        if name.endswith(".csv"):
            counted = rejected_csv(path, source, table)
        elif name.endswith(".jsonl"):
            counted = rejected_jsonl(path, source)
        else:
            counted = rejected_parquet(path, table)
        assert counted == (entry["rows"], entry["rejected"]), name


def test_broken_rows_are_few_but_everywhere(company: Company) -> None:
    for name, entry in company.broken().items():
        wrong = entry["rejected"] + entry["odd"]
        if entry["rows"] > 150:
            assert wrong >= 1, name
        assert entry["rejected"] <= 0.01 * entry["rows"], name
        assert entry["duplicates"] >= (entry["rows"] > 30), name


def test_parquet_types(company: Company) -> None:
    stamp, text = pa.timestamp("us"), pa.string()
    orders = company.table("shop/orders-*.parquet").schema
    assert {"ordered_at": stamp, "total": pa.float64(), "customer_id": text}.items() <= types(orders).items()
    assert types(company.table("shop/customers*.parquet").schema)["is_employee"] == pa.bool_()
    assert types(company.table("shop/products.parquet").schema)["valid_to"] == stamp


def types(schema: pa.Schema) -> dict[str, pa.DataType]:
    return dict(zip(schema.names, schema.types, strict=True))


def test_totals_are_the_sum_of_the_lines(company: Company) -> None:
    rows = {
        (row["order_id"], row["line_no"]): row["quantity"] * row["unit_price"] - row["discount"]
        for row in company.table("shop/order_lines*.parquet").to_pylist()
        if row["order_id"] and row["unit_price"] > 0 and row["quantity"] > 0
    }
    sums: dict[str, float] = {}
    for (order_id, _), amount in rows.items():
        sums[order_id] = sums.get(order_id, 0.0) + amount
    orders = [row for row in company.table("shop/orders-*.parquet").to_pylist() if row["order_id"] and row["total"] > 0]
    assert orders and all(abs(row["total"] - sums[row["order_id"]]) < 0.01 for row in orders)


def test_carts_hold_their_items(company: Company) -> None:
    carts = [row for row in company.table("shop/carts*.parquet").to_pylist() if row["items"] != "[{"]
    items = json.loads(carts[0]["items"])
    assert set(items[0]) == {"product_id", "name", "quantity", "price"}
    ordered = {row["cart_id"] for row in company.table("shop/orders-*.parquet").to_pylist()}
    assert {row["cart_id"] for row in carts if row["status"] == "ordered" and row["cart_id"]} <= ordered


def test_prices_change_and_periods_do_not_overlap(company: Company) -> None:
    periods: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for row in company.table("shop/products.parquet").to_pylist():
        if row["product_id"] and row["price"] > 0:
            periods.setdefault(row["product_id"], []).append((row["valid_from"], row["valid_to"]))
    for spans in periods.values():
        ordered = sorted(set(spans), key=lambda span: span[0])
        assert [end for _, end in ordered] == [start for start, _ in ordered[1:]] + [None]
