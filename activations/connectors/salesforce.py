"""Salesforce records, by an external id, in collections of up to 200.

Class A: the answer has a result per record, in the order of the request. A locked row passes; the daily quota of calls
pauses the account.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

import requests
from pydantic import Field, model_validator

from activations.client import said_by
from activations.contract import CLEAR, Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options
from activations.field_rules import email
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Delivered, Outcome, Rejected, Skipped
from heddle.errors import RetryLater, StopSync

_PASSING = {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "API_TEMPORARILY_UNAVAILABLE"}
_GONE = {"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"}
_AN_HOUR = 3_600.0


class SalesforceConfig(ApiConfig):
    """`base_url` is the address of your org, such as https://shop.my.salesforce.com. Either `token_env`, or the
    two of a connected app with the flow for client credentials."""

    token_env: str | None = None
    client_id_env: str | None = None
    client_secret_env: str | None = None

    @model_validator(mode="after")
    def _one_identity(self) -> "SalesforceConfig":
        pair = bool(self.client_id_env) and bool(self.client_secret_env)
        if bool(self.token_env) == pair:
            raise ValueError("give token_env, or client_id_env and client_secret_env")
        return self


class RecordOptions(Options):
    """`type` is the object of Salesforce, `external_id` its field that tells records apart (unique, marked as external
    id), which must be among the fields of the sync."""

    type: str = Field(pattern=r"^\w+$")
    external_id: str = Field(pattern=r"^\w+$")


class SalesforceConnector(HttpConnector):
    name = "salesforce"
    Config = SalesforceConfig
    api_version = "v62.0"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        record = ObjectSpec(
            name="record",
            kind="record",
            channel=None,
            limits=Limits(max_rows=200, max_bytes=5_000_000, max_item_bytes=200_000, per_second=10, per_day=100_000),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "clear", "delete"}),
            fields={"Email": FieldSpec(kind="email", identifier=True, normalise=email)},
            open_fields=True,
            consent_fields=frozenset({"HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall"}),
            needs_key_fields=True,
            options=RecordOptions,
            clears=True,
        )
        return {record.name: record}

    def headers(self) -> Mapping[str, str]:
        if self._config.token_env:
            return {"Authorization": f"Bearer {self.secret('token_env')}"}
        return {"Authorization": f"Bearer {self._token}"}

    def check(self) -> None:
        self._asked(Call("GET", f"/services/data/{self.api_version}/limits"))

    def send(self, batch: Batch) -> BatchResult:
        if not _deletes(batch):
            answer = self._asked(self.call(batch))
            return self.read(batch, answer) if answer.ok else self.refused(batch, answer)
        known = [operation for operation in batch.operations if operation.ids.get("id")]
        outcomes: dict[int, Outcome] = {operation.op_id: Skipped("no_id") for operation in batch.operations}
        if known:
            part = batch.part(known)
            answer = self._asked(self.call(part))
            outcomes |= (self.read(part, answer) if answer.ok else self.refused(part, answer)).outcomes
        return BatchResult(batch, outcomes)

    def call(self, batch: Batch) -> Call:
        path = f"/services/data/{self.api_version}/composite/sobjects"
        if _deletes(batch):
            ids = ",".join(operation.ids.get("id", "ID") for operation in batch.operations)
            return Call("DELETE", path, query={"ids": ids, "allOrNone": "false"})
        options = RecordOptions.model_validate(batch.target.options)
        records = [_record(operation, options.type) for operation in batch.operations]
        where = f"{path}/{quote(options.type)}/{quote(options.external_id)}"
        return Call("PATCH", where, json={"allOrNone": False, "records": records})

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        said = self.json(answer)
        if not isinstance(said, list) or len(said) != len(batch.operations):
            count = len(said) if isinstance(said, list) else 0
            raise self.unclear(f"{count} results for {len(batch.operations)} records")
        return BatchResult.in_order(batch, [_outcome(result, _deletes(batch)) for result in said])

    @cached_property
    def _token(self) -> str:
        client = {"client_id": self.secret("client_id_env"), "client_secret": self.secret("client_secret_env")}
        call = Call("POST", "/services/oauth2/token", form={"grant_type": "client_credentials", **client})
        body, kind = call.body()
        where = self._config.base_url.rstrip("/") + call.path
        answer = self._client.send(call.method, where, body, {"Content-Type": str(kind)}, (400,))
        if not answer.ok:
            raise StopSync(f"Salesforce refuses the connected app: {said_by(answer)}", where)
        return str(self.json(answer)["access_token"])

    def _asked(self, call: Call) -> requests.Response:
        """As `ask`; a 403 may be a used up quota, which is not about credentials."""
        answer = self.ask(call, reads=(403,))
        if answer.status_code == 403 and "REQUEST_LIMIT_EXCEEDED" in answer.text:
            raise RetryLater("the daily quota of Salesforce is used up", _AN_HOUR, self.account())
        if answer.status_code == 403:
            raise StopSync("Salesforce refuses our access (403)", self.account(), "check the user's permissions")
        return answer


def _record(operation: Operation, kind: str) -> dict[str, Any]:
    given = {name: None if value is CLEAR else value for name, value in operation.fields.items() if value is not None}
    return {"attributes": {"type": kind}, **given}


def _outcome(result: Any, deleting: bool) -> Outcome:
    if result.get("success") is True:
        return Delivered({"id": str(result["id"])} if result.get("id") else {})
    errors = result.get("errors") or [{}]
    code = str(errors[0].get("statusCode", "rejected"))
    if deleting and code in _GONE:
        return Skipped("already_gone")
    return Rejected(code, "; ".join(str(error.get("message", "")) for error in errors), retryable=code in _PASSING)


def _deletes(batch: Batch) -> bool:
    return batch.action == "remove" and batch.target.on_leave == "delete"
