"""The operations of a sealed plan that have no outcome yet, page by page, ready to send."""

import json
import re
from collections import Counter, deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from activations.contract import Action, Operation
from activations.difference import SENT_BEFORE
from activations.fold import LOG, PLAN
from activations.json_column import JsonColumn
from activations.ledger import SCHEMA, count_rows
from activations.outcomes import UNSENDABLE, Outcome, Rejected, Skipped
from activations.plan_sql import GUARDED, KEPT
from activations.preparation import NOTHING_EARLIER, Earlier, Preparation, payload_of, planned_row
from activations.settle import ROW_COLUMNS
from activations.syncs import OpenSync
from activations.templates import MissingVariable
from heddle.errors import RejectRecord, SyncError
from heddle.warehouse import Warehouse, literal

_arrow: Any = pc
_PAGE = 40_000
_NOT_SENT = (KEPT, SENT_BEFORE)
_OPERATIONS = "('add', 'change', 'remove')"
_PAGE_COLUMNS = (
    "op_id, action, key_hash, profile_id, member_key, coalesce(attempt, 1) as attempt, reason, "
    "strlen(cast(payload as varchar)) as size, cast(ids as varchar) as ids"
)
_PATH = re.compile(r"\w+")  # what can be named within a payload as it is


@dataclass(frozen=True)
class Parcel:
    """Rows of one action, contiguous in the plan (Arrow, settle.ROW_COLUMNS), that go out in one batch. `preset` are
    outcomes of rows that cannot or need not be sent; `cycles` are the entries that caused messages; `dropped` are the
    values that were left out of their row (`field: code`), by op_id."""

    rows: pa.Table
    operations: Sequence[Operation]
    preset: Mapping[int, Outcome]
    cycles: tuple[str, ...]
    dropped: Mapping[int, Sequence[str]]


@dataclass(frozen=True)
class _Ready:
    """One row: its operation, or the outcome that it has without being sent."""

    operation: Operation | None
    outcome: Outcome | None
    message_id: str | None
    dropped: Sequence[str] = ()


class SealedPages:
    """Of a plan that its guard blocks only the removals of ended consents go out."""

    def __init__(self, wh: Warehouse, opened: OpenSync, plan_id: str, as_of: datetime) -> None:
        self._wh, self._opened, self._plan_id = wh, opened, plan_id
        self.preparation = Preparation(opened.mapping, opened.connector, as_of)
        self._limits = opened.spec.limits
        self._page = self._limits.max_rows * max(1, _PAGE // self._limits.max_rows)
        self._differing = opened.spec.changed_fields_only
        names = opened.mapping.columns
        self._by_columns = (
            self.preparation.by_columns and not self._differing and all(_PATH.fullmatch(name) for name in names)
        )
        self._condition = unsent(wh, plan_id)

    def count(self) -> int:
        return count_rows(self._wh, f"select count(*) from {PLAN} as p where {self._condition}")

    def rehearse(self, rows: int = 1_000) -> None:
        """A template that a row cannot fill is an error before the first send."""
        for row in self._rows(0, 1 << 62, min(rows, self._page)).to_pylist():
            self._prepared(row)

    def parcels(self) -> Generator[Parcel]:
        """Read by the caller's thread, since the warehouse is its; a thread of its own makes columns of what was read,
        one parcel ahead, while the caller writes down what became of those before."""
        with ThreadPoolExecutor(1, thread_name_prefix="heddle-prepare") as pool:
            ahead: deque[tuple[pa.Table, Future[Parcel | None]]] = deque()
            for page in self._pages():
                if self._is_plain(page):
                    for part in self._parts(page):
                        ahead.append((part, pool.submit(self._parcel_of, part)))
                        if len(ahead) > 1:
                            yield from self._made(*ahead.popleft())
                else:
                    while ahead:
                        yield from self._made(*ahead.popleft())
                    yield from self._row_by_row(self._rows_of(page))
            while ahead:
                yield from self._made(*ahead.popleft())

    def _made(self, part: pa.Table, making: Future[Parcel | None]) -> Iterator[Parcel]:
        parcel = making.result()
        return iter([parcel]) if parcel else self._row_by_row(self._rows_of(part))

    def _pages(self) -> Iterator[pa.Table]:
        first, last = (
            int(str(self._wh.scalar(f"select coalesce({edge}(op_id), 0) from {PLAN} as p where {self._condition}")))
            for edge in ("min", "max")
        )
        for start in range(first, last + 1, self._page) if last else ():
            end = start + self._page - 1
            page = self._columns(start, end) if self._by_columns else self._rows(start, end)
            if len(page):
                yield page

    def _columns(self, first: int, last: int) -> pa.Table:
        """With the JSON of each value that the sync uses, in the order of the mapping's columns."""
        paths = ", ".join(f"""'$."{name}"'""" for name in self._opened.mapping.columns)
        return self._read(f"cast(json_extract(payload, [{paths}]) as varchar[]) as given", first, last)

    def _rows(self, first: int, last: int, limit: int | None = None) -> pa.Table:
        """With payloads as they are."""
        more = ", cast(field_hashes as varchar) as field_hashes, cast(known_hashes as varchar) as known_hashes"
        return self._read(f"cast(payload as varchar) as payload{more if self._differing else ''}", first, last, limit)

    def _rows_of(self, page: pa.Table) -> pa.Table:
        ids = page.column("op_id")
        return page if "payload" in page.column_names else self._rows(ids[0].as_py(), ids[-1].as_py())

    def _read(self, columns: str, first: int, last: int, limit: int | None = None) -> pa.Table:
        return self._wh.query(
            f"select {_PAGE_COLUMNS}, {columns} from {PLAN} as p "
            f"where {self._condition} and op_id between {first} and {last} order by op_id"
            f"{f' limit {limit}' if limit else ''}"
        )

    def _is_plain(self, page: pa.Table) -> bool:
        """Whether its rows may be prepared as columns."""
        plain = self._by_columns and page.column("ids").null_count == len(page)
        return plain and _size_bound(page, self._opened) <= self._limits.max_item_bytes

    def _parts(self, page: pa.Table) -> Iterator[pa.Table]:
        """Rows for a parcel each, so many that no operation can make it too large."""
        begin = 0
        for end in _ends(page.column("action")):
            while begin < end:
                most = min(end - begin, self._limits.max_rows)
                part = page.slice(begin, most)
                fitting = max(1, self._limits.max_bytes // _size_bound(part, self._opened))
                part = part.slice(0, fitting) if fitting < most else part
                yield part
                begin += len(part)

    def _parcel_of(self, part: pa.Table) -> Parcel | None:
        """None where the rows have not all the same columns: rows that were sent under different mappings."""
        idle = pc.is_in(part.column("reason"), pa.array(_NOT_SENT))
        unsent, sent = part.filter(idle), part.filter(pc.invert(idle))
        pairs = zip(unsent.column("op_id").to_pylist(), unsent.column("reason").to_pylist(), strict=True)
        preset: dict[int, Outcome] = {int(str(op_id)): Skipped(str(why)) for op_id, why in pairs}
        operations: Sequence[Operation] = ()
        dropped: Mapping[int, Sequence[str]] = {}
        if len(sent):
            given = _given(sent.column("given"), self._opened.mapping.columns)
            if given is None:
                return None
            action = cast(Action, sent.column("action")[0].as_py())
            prepared = self.preparation.columns(action, _op_ids(sent), given)
            operations, dropped = prepared.columns or (), prepared.dropped
            preset |= {op_id: Rejected(code, UNSENDABLE) for op_id, code in prepared.refused.items()}
        kept = part.select([name for name in ROW_COLUMNS if name != "message_id"])
        # a copy: without it the payloads of the page stay as long as its other columns
        kept = kept.take(pa.array(range(len(part)), pa.int64()))
        table = kept.append_column("message_id", pa.nulls(len(part), pa.string())).select(list(ROW_COLUMNS))
        return Parcel(table, operations, preset, (), dropped)

    def _row_by_row(self, page: pa.Table) -> Iterator[Parcel]:
        limits, bound = self._limits, _size_bound(page, self._opened)
        exact = bound * limits.max_rows > limits.max_bytes or bound > limits.max_item_bytes
        rows = page.to_pylist()
        begin, size = 0, 0
        ready: list[_Ready] = []
        for index, row in enumerate(rows):
            prepared = self._prepared(row)
            own = _size(prepared.operation) if exact and prepared.operation else 0
            if own > limits.max_item_bytes:
                said = Rejected("too_large", f"over {limits.max_item_bytes} bytes")
                prepared, own = replace(prepared, operation=None, outcome=said), 0
            full = len(ready) >= limits.max_rows or size + own > limits.max_bytes
            if ready and (full or row["action"] != rows[begin]["action"]):
                yield self._parcel(page.slice(begin, index - begin), rows[begin:index], ready)
                begin, size, ready = index, 0, []
            ready.append(prepared)
            size += own
        if ready:
            yield self._parcel(page.slice(begin), rows[begin:], ready)

    def _parcel(self, page: pa.Table, rows: list[dict[str, object]], ready: list[_Ready]) -> Parcel:
        message = self._opened.spec.kind == "message"
        names = pa.array([item.message_id for item in ready], pa.string())
        cycles = tuple(str(payload_of(row["payload"]).get("entered_at") or "") for row in rows) if message else ()
        table = page.append_column("message_id", names).select(list(ROW_COLUMNS))
        by_op = {int(str(row["op_id"])): item for row, item in zip(rows, ready, strict=True)}
        return Parcel(
            table,
            tuple(item.operation for item in ready if item.operation is not None),
            {op_id: item.outcome for op_id, item in by_op.items() if item.outcome is not None},
            cycles,
            {op_id: item.dropped for op_id, item in by_op.items() if item.dropped},
        )

    def _prepared(self, row: Mapping[str, object]) -> _Ready:
        planned = planned_row(row)
        if row["reason"] in _NOT_SENT:
            return _Ready(None, Skipped(str(row["reason"])), self.preparation.message_id(planned))
        dropped: list[str] = []
        try:
            earlier = self._earlier(row) if row["ids"] or self._differing else NOTHING_EARLIER
            operation = self.preparation.operation(planned, earlier, dropped)
        except RejectRecord as error:
            refused = Rejected(error.what, UNSENDABLE)
            return _Ready(None, refused, self.preparation.message_id(planned), dropped)
        except MissingVariable as error:
            raise SyncError(error.what, error.where or self._opened.sync.where("fields"), error.hint) from None
        return _Ready(operation, None, operation.message_id, dropped)

    def _earlier(self, row: Mapping[str, object]) -> Earlier:
        ids = json.loads(str(row["ids"])) if row["ids"] else {}
        known = row.get("known_hashes")
        if not known or row["action"] != "change":
            return Earlier(ids)
        now, before = json.loads(str(row["field_hashes"])), json.loads(str(known))
        return Earlier(ids, frozenset(name for name, digest in now.items() if before.get(name, "") == digest))


def unsent(wh: Warehouse, plan_id: str) -> str:
    """A condition over the plan `p`: operations that may go out and have no outcome yet."""
    plan = literal(plan_id)
    blocked = wh.scalar(f"select guard_reason from {SCHEMA}.activation_runs where plan_id = ?", [plan_id])
    only = f" and p.action = 'remove' and p.reason not in {GUARDED}" if blocked else ""
    begun = wh.scalar(f"select count(*) from {LOG} where plan_id = ?", [plan_id])
    rest = f" and p.op_id not in (select op_id from {LOG} where plan_id = {plan})" if begun else ""
    return f"p.plan_id = {plan} and p.action in {_OPERATIONS}{only}{rest}"


def _size_bound(page: pa.Table, opened: OpenSync) -> int:
    """Bytes that no operation of the page exceeds; huge where templates may write anything."""
    mapping = opened.mapping
    if mapping.texts or any(not item.column and item.columns for item in mapping.fields):
        return 1 << 40
    longest = int(pc.max(page.column("size")).as_py() or 0)
    sent = Counter(item.column for item in mapping.fields if item.column)
    times = max(sent.values(), default=1)  # that one column is sent
    return (times + 1) * longest + 120 * (len(mapping.fields) + 1)


def _given(values: Any, names: Sequence[str]) -> dict[str, JsonColumn] | None:
    """The columns that the payloads have; None where not all have the same: rows sent under different mappings."""
    lists = values.combine_chunks()
    found = {name: _arrow.list_element(lists, place) for place, name in enumerate(names)}
    if any(0 < array.null_count < len(lists) for array in found.values()):
        return None
    return {name: JsonColumn.of(array) for name, array in found.items() if not array.null_count}


def _ends(actions: Any) -> list[int]:
    """Where rows of one action end that stand together."""
    ends: list[int] = _arrow.run_end_encode(actions.combine_chunks()).run_ends.to_pylist()
    return ends


def _op_ids(part: pa.Table) -> Sequence[int]:
    """A range, where none is left out."""
    ids = part.column("op_id")
    first, last = ids[0].as_py(), ids[-1].as_py()
    return range(first, last + 1) if last - first + 1 == len(ids) else cast("list[int]", ids.to_pylist())


def _size(operation: Operation) -> int:
    return len(json.dumps([dict(operation.fields), dict(operation.texts)], default=str))
