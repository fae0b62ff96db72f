"""From planned rows to operations: the values of a sync's fields, each distinct value worked out once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from activations.contract import CLEAR, Action, Columns, Connector, FieldSpec, Operation
from activations.field_spec import Digest
from activations.json_body import json_value
from activations.json_column import JsonColumn
from activations.mapping import FieldMapping, PlannedRow, SyncMapping
from activations.text_column import TextColumn, chosen, packed, texts_of
from heddle.errors import RejectRecord


class FieldValues:
    """One field: a value of the source -> what the destination gets."""

    def __init__(self, item: FieldMapping, rule: FieldSpec, digest: Digest | None, hashed: bool) -> None:
        self.name, self.rule = item.name, rule
        self.columns, self.column = item.columns, item.column
        self._render, self._digest, self._hashed = item.render, digest, hashed
        self.plain = rule == FieldSpec(required=rule.required, identifier=rule.identifier) and not (digest or hashed)

    def of(self, values: Mapping[str, object]) -> object:
        """Raises RejectRecord(code)."""
        raw = values[self.column] if self.column else self._render(values)
        if self.plain:
            return None if raw == "" else raw
        return self.rule.prepare(raw, self._digest, self._hashed)

    def column_of(self, raws: Sequence[object]) -> Sequence[object]:
        """`of` for many rows; a RejectRecord stands where a value is refused."""
        if self.plain and isinstance(raws, JsonColumn):
            return raws.without_empty()
        if self.plain:
            return [None if raw == "" else raw for raw in raws]
        texts = raws.texts() if isinstance(raws, JsonColumn) else texts_of(raws)
        if texts is None:
            return [self._tried(raw) for raw in raws]
        return self.rule.prepare_all(texts, self._digest, self._hashed)

    def _tried(self, raw: object) -> object:
        try:
            return self.rule.prepare(raw, self._digest, self._hashed)
        except RejectRecord as error:
            return error.with_traceback(None)


@dataclass(frozen=True)
class Prepared:
    """Rows that can be sent, as columns (None where there is none), and by op_id why others cannot, and which values
    were left out (`field: code`)."""

    columns: Columns | None
    refused: Mapping[int, str]
    dropped: Mapping[int, Sequence[str]]


@dataclass(frozen=True)
class Earlier:
    """What is known of a row from before: ids that the destination gave, and the columns that did not change."""

    ids: Mapping[str, str]
    same: frozenset[str] = frozenset()


NOTHING_EARLIER = Earlier({})


class Preparation:
    """Makes operations of one sync."""

    def __init__(self, mapping: SyncMapping, connector: Connector, as_of: datetime) -> None:
        self._mapping, self._connector, self._as_of = mapping, connector, as_of
        self._spec = mapping.spec
        sync = mapping.sync
        self._fields = tuple(
            FieldValues(
                item,
                self._spec.field(item.name),
                "sha256" if item.name in sync.hash else None,
                item.name in sync.hashed,
            )
            for item in mapping.fields
        )
        keys = mapping.key_fields if self._spec.needs_key_fields else ()
        self._identifiers = tuple(field for field in self._fields if field.rule.identifier or field.name in keys)
        self._templated = bool(mapping.texts) or any(not item.column for item in mapping.fields)
        self._message = self._spec.kind == "message"
        self._clearing = self._spec.clears and sync.on_leave == "clear"

    def operation(
        self, row: PlannedRow, earlier: Earlier = NOTHING_EARLIER, dropped: list[str] | None = None
    ) -> Operation:
        """One planned row, ready to send; values that are left out of it go to `dropped` (`field: code`). Raises
        RejectRecord(code) for a value no destination would take."""
        values: Mapping[str, object] = row.payload
        message_id = self.message_id(row) if self._message else None
        if self._templated:
            given = {"as_of": self._as_of, "message_id": message_id, **self._connector.variables(message_id)}
            values = {**values, **given}
        fields = self._values(row, values, earlier, [] if dropped is None else dropped)
        texts = {} if row.action == "remove" else {n: str(r(values)) for n, r in self._mapping.texts.items()}
        key = "|".join(row.key_values(self._mapping.key))
        return Operation(row.op_id, row.action, key, fields, texts, message_id, earlier.ids)

    @property
    def keeps_keys(self) -> bool:
        """Whether what the destination tells rows apart by is what the source has, to the letter."""
        return all(field.plain for field in self._identifiers)

    @property
    def by_columns(self) -> bool:
        """Whether rows may be prepared by `columns`: records whose fields are columns as they are."""
        return not (self._templated or self._message or self._mapping.texts)

    def columns(self, action: Action, op_ids: Sequence[int], given: Mapping[str, JsonColumn]) -> Prepared:
        """What `operation` makes of each of several rows, whose payloads have these columns."""
        size = len(op_ids)
        refused: dict[int, str] = {}
        dropped: dict[int, list[str]] = {}
        fields: dict[str, Sequence[object]] = {}
        for field in self._fields:
            if field.columns <= given.keys():
                found = field.column_of(given[cast(str, field.column)])
                fields[field.name] = self._column(field, action, found, refused, dropped)
            elif action == "remove" and self._clearing:
                fields[field.name] = [CLEAR] * size
        told = [fields[field.name] for field in self._identifiers if field.name in fields]
        if self._identifiers and not any(_all_told(column) for column in told):
            rows = zip(*told, strict=True) if told else [()] * size
            for place, values in enumerate(rows):
                if not any(map(_told, values)):
                    refused.setdefault(place, "missing_identifier")
        keys = self._keys(given)
        named = {op_ids[place]: code for place, code in refused.items()}
        left_out = {op_ids[place]: codes for place, codes in dropped.items()}
        if refused:
            kept = [place for place in range(size) if place not in refused]
            op_ids, keys = [op_ids[place] for place in kept], chosen(keys, kept)
            fields = {name: chosen(column, kept) for name, column in fields.items()}
        made = Columns(action, op_ids, cast("Sequence[str]", keys), fields) if op_ids else None
        return Prepared(made, named, left_out)

    def _column(
        self,
        field: FieldValues,
        action: Action,
        found: Sequence[object],
        refused: dict[int, str],
        dropped: dict[int, list[str]],
    ) -> Sequence[object]:
        """The column as it is sent; rows that it refuses, and values that it leaves out, are noted by their place."""
        if isinstance(found, list) and RejectRecord in set(map(type, found)):
            for place, value in enumerate(found):
                if isinstance(value, RejectRecord):
                    found[place] = None
                    if field.rule.on_invalid == "reject" or field.rule.required:
                        refused.setdefault(place, value.what)
                    elif place not in refused:
                        dropped.setdefault(place, []).append(f"{field.name}: {value.what}")
        if None not in found:
            return packed(found)
        if field.rule.required:
            for place in (place for place, value in enumerate(found) if value is None):
                refused.setdefault(place, f"missing_{field.name}")
        if action == "change" and self._spec.clears:
            return [CLEAR if value is None else value for value in found]
        return packed(found)

    def _keys(self, given: Mapping[str, JsonColumn]) -> Sequence[object]:
        columns = [given[name] for name in self._mapping.key]
        texts = columns[0].texts() if len(columns) == 1 else None
        if texts is not None and not texts.null_count:
            return TextColumn(texts)
        return packed(["|".join(map(str, row)) for row in zip(*columns, strict=True)])

    def message_id(self, row: PlannedRow) -> str | None:
        """The same for the same sync, member and entry, in whatever run; None for records."""
        if not self._message:
            return None
        said = json.dumps([self._mapping.sync.sync, *row.key_values(self._mapping.key)])
        return self._connector.message_id(hashlib.sha256(said.encode()).hexdigest()[:32])

    def identifier(self, payload: Mapping[str, object]) -> str | None:
        """md5 of what the destination tells rows apart by, as it gets it; None when nothing of it is there."""
        found = [self._quietly(field, payload) for field in self._identifiers if field.columns <= payload.keys()]
        if not any(value is not None for value in found):
            return None
        return hashlib.md5(repr(found).encode(), usedforsecurity=False).hexdigest()

    def identifiers(self, columns: Mapping[str, Sequence[object]]) -> list[str | None]:
        """Of each of several rows, whose columns these are, the text whose md5 is its `identifier`."""
        present = [field for field in self._identifiers if field.columns <= columns.keys()]
        if not present:
            return [None] * len(next(iter(columns.values())))
        found = [self._quiet_column(field, columns) for field in present]
        nothing = repr([None] * len(found))
        return [None if said == nothing else said for said in map(repr, map(list, zip(*found, strict=True)))]

    def _values(
        self, row: PlannedRow, values: Mapping[str, object], earlier: Earlier, dropped: list[str]
    ) -> dict[str, object]:
        removal = row.action == "remove"
        payload = row.payload.keys()
        fields: dict[str, object] = {}
        for field in self._fields:
            if not field.columns <= payload:
                if removal and self._clearing:
                    fields[field.name] = CLEAR
                continue
            if earlier.same and not field.rule.identifier and field.columns and field.columns <= earlier.same:
                continue
            value = self._value(field, values, dropped)
            if value is None and row.action == "change" and self._spec.clears:
                value = CLEAR
            fields[field.name] = value
        if self._identifiers and not any(_told(fields.get(field.name)) for field in self._identifiers):
            raise RejectRecord("missing_identifier")
        return fields

    def _value(self, field: FieldValues, values: Mapping[str, object], dropped: list[str]) -> object:
        try:
            value = field.of(values)
        except RejectRecord as error:
            if field.rule.on_invalid == "reject" or field.rule.required:
                raise
            dropped.append(f"{field.name}: {error.what}")
            return None
        if value is None and field.rule.required:
            raise RejectRecord(f"missing_{field.name}")
        return value

    def _quiet_column(self, field: FieldValues, columns: Mapping[str, Sequence[object]]) -> list[object]:
        if field.column:
            made = field.column_of(columns[field.column])
            return [None if isinstance(value, RejectRecord) else value for value in made]
        rows = zip(*columns.values(), strict=True)
        return [self._quietly(field, dict(zip(columns, row, strict=True))) for row in rows]

    def _quietly(self, field: FieldValues, values: Mapping[str, object]) -> object:
        try:
            return field.of(values)
        except (RejectRecord, KeyError):
            return None


def planned_row(row: Mapping[str, object]) -> PlannedRow:
    """A row of the plan table: op_id, action, key_hash and payload (JSON) of it."""
    action = cast(Action, row["action"])  # only these three are sealed with an operation
    return PlannedRow(int(str(row["op_id"])), action, str(row["key_hash"]), payload_of(row["payload"]))


def payload_of(text: object) -> dict[str, object]:
    """The columns of a planned row, from their JSON; none from null."""
    if not isinstance(text, str) or not text:
        return {}
    found: dict[str, object] = json_value(text)
    return found


def _all_told(column: Sequence[object]) -> bool:
    return None not in column and (isinstance(column, TextColumn) or CLEAR not in column)


def _told(value: object) -> bool:
    return value is not None and value is not CLEAR
