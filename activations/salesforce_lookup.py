"""Salesforce's ids of records that are known by their external id only: asked for before they are deleted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import requests

from activations.batch import Batch, Operation
from activations.http_connector import Call, HttpConnector
from activations.outcomes import Outcome, Rejected, Skipped

_MOST = 6_000  # characters of values in one query: an address has at most 16,384, encoded
_ESCAPED = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r"})
_NO_ID = "the id of the record is not known, nor its external id: let the key of the sync be the external id"


@dataclass(frozen=True)
class Lookup:
    """Asks one org by queries (SOQL). `ask` makes a call and raises for what is about our side."""

    connector: HttpConnector
    ask: Callable[[Call], requests.Response]
    path: str
    kind: str
    external_id: str

    def identified(self, batch: Batch) -> tuple[list[Operation], dict[int, Outcome]]:
        """The operations that can be carried out, each with its id, and what became of the others: gone where the org
        has no such record, refused, and so still owed, where it cannot be asked."""
        known = [row for row in batch.operations if row.ids.get("id")]
        outcomes: dict[int, Outcome] = {}
        unknown = []
        for row in batch.operations:
            if not row.ids.get("id"):
                if row.fields.get(self.external_id) is None:
                    outcomes[row.op_id] = Rejected("no_id", _NO_ID)
                else:
                    unknown.append(row)
        for rows in _chunks(unknown, self.external_id):
            answer = self.ask(self.query(rows))
            if not answer.ok:
                outcomes |= self.connector.refused(batch.part(rows), answer).outcomes
                continue
            ids = self._read(answer)
            for row in rows:
                if found := ids.get(_compared(row.fields[self.external_id])):
                    known.append(replace(row, ids={**row.ids, "id": found}))
                else:
                    outcomes[row.op_id] = Skipped("already_gone")
        return known, outcomes

    def query(self, rows: Sequence[Operation]) -> Call:
        named = ",".join(_literal(row.fields[self.external_id]) for row in rows)
        said = f"SELECT Id, {self.external_id} FROM {self.kind} WHERE {self.external_id} IN ({named})"
        return Call("GET", self.path, query={"q": said})

    def _read(self, answer: requests.Response) -> dict[object, str]:
        said = self.connector.json(answer)
        records = said["records"]
        if not said["done"] or len(records) != said["totalSize"]:
            raise self.connector.unclear(f"{len(records)} of {said['totalSize']} records of a query")
        return {_compared(record[self.external_id]): str(record["Id"]) for record in records}


def _chunks(rows: Sequence[Operation], external_id: str) -> Iterator[list[Operation]]:
    chunk: list[Operation] = []
    size = 0
    for row in rows:
        length = len(_literal(row.fields[external_id]).encode()) + 1
        if chunk and size + length > _MOST:
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += length
    if chunk:
        yield chunk


def _literal(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    return "'" + str(value).translate(_ESCAPED) + "'"


def _compared(value: Any) -> object:
    """As an external id is compared there: letters of either case are the same, 7 is 7.0."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return str(value).casefold()
