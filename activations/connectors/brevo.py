"""Brevo contacts in a list, by import.

Class F: a process, which says that it is done and nothing about rows; a malformed import is refused as a whole. An
import here never sets `emailBlacklist` or `smsBlacklist`, so whoever opted out stays out. Leaving a list names who was
not in it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import requests
from pydantic import Field

from activations.client import said_by
from activations.contract import (
    Batch,
    BatchResult,
    FieldSpec,
    Limits,
    ObjectSpec,
    Operation,
    Options,
    Pending,
    Receipts,
    Target,
)
from activations.field_rules import email
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Accepted, Delivered, Outcome, Rejected, Skipped
from heddle.errors import StopSync

_REMOVED_AT_ONCE = 150
_PAGE = 50


class BrevoConfig(ApiConfig):
    base_url: str = Field(default="https://api.brevo.com", pattern=r"^https?://")
    key_env: str


class ContactOptions(Options):
    """`list_id`: a list that exists; without it, the one named like the audience, or a new one in `folder_id`."""

    list_id: int | None = None
    folder_id: int = 1


class BrevoConnector(HttpConnector):
    name = "brevo"
    Config = BrevoConfig
    api_version = "v3"
    shown_headers = ("api-key: ***",)

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        contact = ObjectSpec(
            name="contact",
            kind="record",
            channel="email",
            limits=Limits(max_rows=5_000, max_bytes=7_000_000, max_item_bytes=50_000, per_second=2),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields={"email": FieldSpec(kind="email", required=True, identifier=True, normalise=email)},
            open_fields=True,
            options=ContactOptions,
            receipts=Receipts(first_poll=60, deadline=86_400),
        )
        return {contact.name: contact}

    def headers(self) -> Mapping[str, str]:
        return {"api-key": self.secret("key_env")}

    def check(self) -> None:
        self.ask(Call("GET", "/v3/contacts/lists", query={"limit": "1", "offset": "0"}))

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        options = ContactOptions.model_validate(target.options)
        known = options.list_id or target.ids.get("list") or self._named(target.audience)
        return {"list": str(known or self._created(target.audience, options.folder_id))}

    def send(self, batch: Batch) -> BatchResult:
        if batch.action != "remove":
            return super().send(batch)
        outcomes: dict[int, Outcome] = {}
        for part in _parts(batch):
            answer = self.ask(self.call(part), reads=(404,))
            # with nobody of the part in the list, the answer is an error
            gone = answer.status_code in (400, 404) and "does not exist" in answer.text
            result = BatchResult.same(part, Skipped("not_in_the_list")) if gone else self._left(part, answer)
            outcomes |= result.outcomes
        return BatchResult(batch, outcomes)

    def call(self, batch: Batch) -> Call:
        where = int(batch.target.ids.get("list", 0))
        if batch.action == "remove":
            emails = [operation.fields["email"] for operation in batch.operations]
            return Call("POST", f"/v3/contacts/lists/{where}/contacts/remove", json={"emails": emails})
        body = {
            "listIds": [where],
            "updateExistingContacts": True,
            "emptyContactsAttributes": False,
            "jsonBody": [_contact(operation) for operation in batch.operations],
        }
        return Call("POST", "/v3/contacts/import", json=body)

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        process = self.json(answer).get("processId")
        if process is None:
            raise self.unclear("no processId")
        return BatchResult.same(batch, Accepted(str(process)))

    def poll(self, receipt: str, batch: Batch) -> BatchResult | Pending:
        status = self.json(self.ask(Call("GET", f"/v3/processes/{receipt}"))).get("status")
        if status in ("queued", "in_process"):
            return Pending(60)
        if status == "completed":
            return BatchResult.same(batch, Delivered())
        return BatchResult.same(batch, Rejected(f"process_{status}", "the import did not end", retryable=True))

    def _left(self, batch: Batch, answer: requests.Response) -> BatchResult:
        if not answer.ok:
            return self.refused(batch, answer)
        said = self.json(answer).get("contacts") or {}
        failed = {str(address).lower() for address in said.get("failure") or ()}
        if not failed <= {str(operation.fields["email"]) for operation in batch.operations}:
            raise self.unclear("a failure of an address that was not sent")
        outcomes: list[Outcome] = [
            Skipped("not_in_the_list") if operation.fields["email"] in failed else Delivered()
            for operation in batch.operations
        ]
        return BatchResult.in_order(batch, outcomes)

    def _named(self, audience: str) -> int | None:
        found: list[int] = []
        offset, count = 0, 1
        while offset < count:
            query = {"limit": str(_PAGE), "offset": str(offset)}
            page = self.json(self.ask(Call("GET", "/v3/contacts/lists", query=query)))
            found += [int(row["id"]) for row in page.get("lists") or () if row["name"] == audience]
            offset, count = offset + _PAGE, int(page.get("count", 0))
        if len(found) > 1:
            hint = "give one of them another name, or name one with the option list_id"
            raise StopSync(f"two lists are named {audience!r}", self.account(), hint)
        return found[0] if found else None

    def _created(self, audience: str, folder: int) -> int:
        answer = self.ask(Call("POST", "/v3/contacts/lists", json={"name": audience, "folderId": folder}))
        if not answer.ok:
            raise StopSync(f"the list cannot be made: {said_by(answer)}", self.account(), "check the option folder_id")
        return int(self.json(answer)["id"])


def _contact(operation: Operation) -> dict[str, Any]:
    given = {name: value for name, value in operation.fields.items() if name != "email" and value is not None}
    return {"email": operation.fields["email"], **({"attributes": given} if given else {})}


def _parts(batch: Batch) -> Iterator[Batch]:
    for first in range(0, len(batch.operations), _REMOVED_AT_ONCE):
        yield batch.part(batch.operations[first : first + _REMOVED_AT_ONCE])
