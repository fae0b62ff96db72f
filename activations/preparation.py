"""From planned rows to operations: the values of a sync's fields, each distinct value worked out once."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import orjson

from activations.contract import CLEAR, Action, Connector, FieldSpec, Operation
from activations.field_spec import Digest
from activations.mapping import FieldMapping, PlannedRow, SyncMapping
from heddle.errors import RejectRecord

_REMEMBERED = 200_000


class FieldValues:
    """One field: a value of the source -> what the destination gets. Raises RejectRecord(code)."""

    def __init__(self, item: FieldMapping, rule: FieldSpec, digest: Digest | None, hashed: bool) -> None:
        self.name, self.rule = item.name, rule
        self.columns, self.column = item.columns, item.column
        self._render, self._digest, self._hashed = item.render, digest, hashed
        self._plain = rule == FieldSpec(required=rule.required, identifier=rule.identifier) and not (digest or hashed)
        self._known: dict[str, object] = {}

    def of(self, values: Mapping[str, object]) -> object:
        raw = values[self.column] if self.column else self._render(values)
        if self._plain:
            return None if raw == "" else raw
        if not isinstance(raw, str):
            return self.rule.prepare(raw, self._digest, self._hashed)
        found = self._known.get(raw, self)
        if found is self:
            found = self._worked_out(raw)
        if isinstance(found, RejectRecord):
            raise found.with_traceback(None)
        return found

    def _worked_out(self, raw: str) -> object:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        try:
            found = self.rule.prepare(raw, self._digest, self._hashed)
        except RejectRecord as error:
            found = error
        self._known[raw] = found
        return found


@dataclass(frozen=True)
class Earlier:
    """What is known of a row from before: ids that the destination gave, and the columns that did not change."""

    ids: Mapping[str, str]
    same: frozenset[str] = frozenset()


NOTHING_EARLIER = Earlier({})


class Preparation:
    """Makes operations of one sync. `dropped` counts values that were left out of their row, by `field: code`."""

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
        self._identifiers = tuple(field for field in self._fields if field.rule.identifier)
        self._templated = bool(mapping.texts) or any(not item.column for item in mapping.fields)
        self._message = self._spec.kind == "message"
        self._clearing = self._spec.clears and sync.on_leave == "clear"
        self.dropped: Counter[str] = Counter()

    def operation(self, row: PlannedRow, earlier: Earlier = NOTHING_EARLIER) -> Operation:
        """One planned row, ready to send. Raises RejectRecord(code) for a value no destination would take."""
        values: Mapping[str, object] = row.payload
        message_id = self.message_id(row) if self._message else None
        if self._templated:
            given = {"as_of": self._as_of, "message_id": message_id, **self._connector.variables(message_id)}
            values = {**values, **given}
        fields = self._values(row, values, earlier)
        texts = {} if row.action == "remove" else {n: str(r(values)) for n, r in self._mapping.texts.items()}
        key = "|".join(row.key_values(self._mapping.key))
        return Operation(row.op_id, row.action, key, fields, texts, message_id, earlier.ids)

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

    def _values(self, row: PlannedRow, values: Mapping[str, object], earlier: Earlier) -> dict[str, object]:
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
            value = self._value(field, values)
            if value is None and row.action == "change" and self._spec.clears:
                value = CLEAR
            fields[field.name] = value
        if self._identifiers and not any(_told(fields.get(field.name)) for field in self._identifiers):
            raise RejectRecord("missing_identifier")
        return fields

    def _value(self, field: FieldValues, values: Mapping[str, object]) -> object:
        try:
            value = field.of(values)
        except RejectRecord as error:
            if field.rule.on_invalid == "reject" or field.rule.required:
                raise
            self.dropped[f"{field.name}: {error.what}"] += 1
            return None
        if value is None and field.rule.required:
            raise RejectRecord(f"missing_{field.name}")
        return value

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
    try:
        found: dict[str, object] = orjson.loads(text)
    except orjson.JSONDecodeError:  # NaN and the like
        found = json.loads(text)
    return found


def _told(value: object) -> bool:
    return value is not None and value is not CLEAR
