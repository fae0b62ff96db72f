"""HubSpot contacts, and members of static lists.

Classes A and E: an upsert of up to 100 answers 200, or 207 with what went well and errors; each input carries a trace
id that comes back with its result, so that who is missing is known. One invalid value often refuses the batch.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import requests
from pydantic import Field

from activations.client import retry_after, said_by
from activations.contract import CLEAR, Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options, Target
from activations.field_rules import email, text
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Delivered, Outcome, Rejected, Skipped
from heddle.errors import RetryLater, StopSync

_CONTACTS = "/crm/v3/objects/contacts"
_UNTIL_TOMORROW = 3_600.0  # the daily quota ends at midnight of the account's time zone, which the answer does not say
_PASSING = {"RATE_LIMITS", "RATE_LIMIT", "INTERNAL_ERROR", "CONFLICT"}


class HubSpotConfig(ApiConfig):
    """`token_env` is the token of a private app with crm.objects.contacts.write, and crm.lists.write for lists."""

    base_url: str = Field(default="https://api.hubapi.com", pattern=r"^https?://")
    token_env: str


class ContactOptions(Options):
    """`id_property` tells contacts apart: email, or a property that is unique in the account."""

    id_property: str = "email"


class HubSpotConnector(HttpConnector):
    name = "hubspot"
    Config = HubSpotConfig
    api_version = "v3"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        contact = ObjectSpec(
            name="contact",
            kind="record",
            channel=None,
            limits=Limits(max_rows=100, max_item_bytes=500_000, per_second=15, per_day=600_000, concurrency=4),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "clear"}),
            fields={"email": FieldSpec(kind="email", identifier=True, normalise=email)},
            open_fields=True,
            consent_fields=frozenset({"hs_email_optout"}),
            options=ContactOptions,
            clears=True,
        )
        member = ObjectSpec(
            name="list_member",
            kind="record",
            channel=None,
            limits=Limits(max_rows=100, per_second=7, per_day=300_000),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields={"email": FieldSpec(kind="email", required=True, identifier=True, normalise=email)},
        )
        return {contact.name: contact, member.name: member}

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.secret('token_env')}"}

    def check(self) -> None:
        self._asked(Call("GET", f"{_CONTACTS}?limit=1"))

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        if target.object != "list_member" or target.ids:
            return target.ids
        path = f"/crm/v3/lists/object-type-id/0-1/name/{quote(target.audience, safe='')}"
        found = self._asked(Call("GET", path), reads=(404,))
        if found.status_code == 404:
            body = {"name": target.audience, "objectTypeId": "0-1", "processingType": "MANUAL"}
            found = self._asked(Call("POST", "/crm/v3/lists", json=body))
        made = self.json(found).get("list")
        if not found.ok or made is None:
            raise StopSync(f"the list cannot be made: {said_by(found)}", self.account())
        if made.get("processingType") == "DYNAMIC":
            raise StopSync(f"the list {target.audience!r} is filled by HubSpot itself", self.account(), "name another")
        return {"list": str(made["listId"])}

    def send(self, batch: Batch) -> BatchResult:
        if batch.target.object == "list_member":
            return self._members(batch)
        answer = self._asked(self.call(batch))
        return self.read(batch, answer) if answer.ok else self.refused(batch, answer)

    def call(self, batch: Batch) -> Call:
        if batch.target.object == "list_member":
            inputs: list[dict[str, Any]] = [{"id": operation.fields["email"]} for operation in batch.operations]
            body = {"idProperty": "email", "inputs": inputs, "properties": ["email"], "propertiesWithHistory": []}
            return Call("POST", f"{_CONTACTS}/batch/read", json=body)
        unique = ContactOptions.model_validate(batch.target.options).id_property
        inputs = [_input(operation, unique) for operation in batch.operations]
        return Call("POST", f"{_CONTACTS}/batch/upsert", json={"inputs": inputs})

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        said = self.json(answer)
        results, errors = said.get("results") or [], said.get("errors") or []
        done = {str(row.get("objectWriteTraceId")): str(row["id"]) for row in results}
        known = {str(operation.op_id) for operation in batch.operations}
        if len(done) != len(results) or not set(done) <= known:
            raise self.unclear(f"{len(results)} results that are not those of {len(known)} rows")
        if len(done) < len(known) and not errors:
            raise self.unclear(f"{len(done)} results for {len(known)} rows, and no error")
        unique = ContactOptions.model_validate(batch.target.options).id_property
        outcomes: list[Outcome] = []
        for operation in batch.operations:
            given = done.get(str(operation.op_id))
            outcomes.append(Delivered({"id": given}) if given else _rejected(str(operation.fields.get(unique)), errors))
        return BatchResult.in_order(batch, outcomes)

    def _members(self, batch: Batch) -> BatchResult:
        """By contact id, which lists want: read first, then added or removed in one call."""
        found = self._asked(self.call(batch))
        if not found.ok:
            return self.refused(batch, found)
        rows = self.json(found).get("results") or []
        ids = {str(row["properties"].get("email")).lower(): str(row["id"]) for row in rows}
        wanted = [ids[str(op.fields["email"])] for op in batch.operations if str(op.fields["email"]) in ids]
        leaving = batch.action == "remove"
        missing: set[str] = set()
        if wanted:
            verb = "remove" if leaving else "add"
            path = f"/crm/v3/lists/{batch.target.ids['list']}/memberships/{verb}"
            answer = self._asked(Call("PUT", path, json=wanted))
            if not answer.ok:
                return self.refused(batch, answer)
            missing = {str(key) for key in self.json(answer).get("recordIdsMissing") or ()}
            if not missing <= set(wanted):
                raise self.unclear("a missing record that was not sent")
        absent = Skipped("no_such_contact") if leaving else Rejected("no_such_contact", "", retryable=True)
        outcomes: list[Outcome] = []
        for operation in batch.operations:
            record = ids.get(str(operation.fields["email"]))
            outcomes.append(absent if record is None or record in missing else Delivered())
        return BatchResult.in_order(batch, outcomes)

    def _asked(self, call: Call, reads: tuple[int, ...] = ()) -> requests.Response:
        """As `ask`; a daily limit that is used up is waited for longer than a second's."""
        answer = self.ask(call, reads=(*reads, 409, 429))
        if answer.status_code != 429:
            return answer
        daily = "DAILY" in str(self.json(answer).get("policyName", ""))
        window = float(answer.headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "0")) / 1_000
        wait = max(retry_after(answer), _UNTIL_TOMORROW if daily else window)
        raise RetryLater(f"the {'daily' if daily else 'short'} limit of HubSpot is used up", wait, self.account())


def _input(operation: Operation, unique: str) -> dict[str, Any]:
    given = {name: value for name, value in operation.fields.items() if value is not None and name != unique}
    properties = {name: "" if value is CLEAR else _text(value) for name, value in given.items()}
    key = operation.fields.get(unique)
    trace = {"objectWriteTraceId": str(operation.op_id)}
    return {"id": str(key), "idProperty": unique, **trace, "properties": {**properties, unique: str(key)}}


def _text(value: object) -> str:
    """Properties are texts; a moment is ISO 8601, a truth lower-case."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | datetime) else str(text(65_536)(value))


def _rejected(key: str, errors: list[dict[str, Any]]) -> Rejected:
    """With the error that names the row, or the first."""
    own = [error for error in errors if any(key in values for values in (error.get("context") or {}).values())]
    error = (own or errors)[0]
    category = str(error.get("category", "rejected"))
    return Rejected(category, str(error.get("message", "")), retryable=category in _PASSING)
