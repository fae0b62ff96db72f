"""Salesforce records, by an external id: in collections of up to 200, or in bulk jobs of up to 100,000.

A collection (`record`) is class A: a result per record, in the order of the request. A bulk job (`bulk_record`, Bulk
API 2.0) is class F: a CSV, and later three result files that name each row by its external id; what a job did not get
to is sent again. Prefer it beyond some 2,000 changed rows a run. In both, a locked row passes, and the daily quota of
calls pauses the account. Deleting is by the ids that Salesforce gave; one that is not known is looked up by the
external id, and a record that cannot be asked for is refused, not taken for gone.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

import requests
from pydantic import Field, model_validator

from activations.client import said_by
from activations.contract import (
    CLEAR,
    Batch,
    BatchResult,
    FieldSpec,
    Limits,
    ObjectSpec,
    Operation,
    Options,
    Pending,
    Receipts,
)
from activations.field_rules import email
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.masking import mask_fields
from activations.outcomes import Delivered, Outcome, Rejected, Skipped
from activations.salesforce_bulk import BulkJobs
from activations.salesforce_lookup import Lookup
from activations.salesforce_rows import GONE, PASSING
from heddle.errors import RetryLater, StopSync

_COLLECTION = Limits(max_rows=200, max_bytes=5_000_000, max_item_bytes=200_000, per_second=10, per_day=100_000)
_JOB = Limits(max_rows=100_000, max_bytes=80_000_000, max_item_bytes=400_000, per_second=1, per_day=100_000)
_BULK = "bulk_record"
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
        return {"record": _spec("record", _COLLECTION), _BULK: _spec(_BULK, _JOB, Receipts(60, 86_400))}

    def headers(self) -> Mapping[str, str]:
        if self._config.token_env:
            return {"Authorization": f"Bearer {self.secret('token_env')}"}
        return {"Authorization": f"Bearer {self._token}"}

    def check(self) -> None:
        self._asked(Call("GET", f"/services/data/{self.api_version}/limits"))

    def send(self, batch: Batch) -> BatchResult:
        if not _deletes(batch):
            return self._sent(batch)
        options = RecordOptions.model_validate(batch.target.options)
        query = f"/services/data/{self.api_version}/query"
        lookup = Lookup(self, self._asked, query, options.type, options.external_id)
        rows, outcomes = lookup.identified(batch)
        return BatchResult(batch, {**outcomes, **self._sent(batch.part(rows)).outcomes} if rows else outcomes)

    def _sent(self, batch: Batch) -> BatchResult:
        if batch.target.object == _BULK:
            return self._jobs.send(batch, *_wanted(batch))
        answer = self._asked(self.call(batch))
        return self.read(batch, answer) if answer.ok else self.refused(batch, answer)

    def poll(self, receipt: str, batch: Batch) -> BatchResult | Pending:
        _, external_id = _wanted(batch)
        return self._jobs.poll(receipt, batch, external_id)

    def preview(self, batch: Batch) -> str:
        shown = super().preview(batch)
        if batch.target.object != _BULK:
            return shown
        rows = [json.dumps(mask_fields(operation.fields), ensure_ascii=False) for operation in batch.operations]
        return "\n".join([shown, "then, as CSV", *rows])

    def call(self, batch: Batch) -> Call:
        if batch.target.object == _BULK:
            return self._jobs.opening(*_wanted(batch))
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

    @property
    def _jobs(self) -> BulkJobs:
        return BulkJobs(self, self._asked, f"/services/data/{self.api_version}/jobs/ingest")

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


def _spec(name: str, limits: Limits, receipts: Receipts | None = None) -> ObjectSpec:
    return ObjectSpec(
        name=name,
        kind="record",
        channel=None,
        limits=limits,
        idempotent=True,
        matches=frozenset({"upsert"}),
        on_leave=frozenset({"nothing", "clear", "delete"}),
        fields={"Email": FieldSpec(kind="email", identifier=True, normalise=email)},
        open_fields=True,
        consent_fields=frozenset({"HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall"}),
        needs_key_fields=True,
        options=RecordOptions,
        receipts=receipts,
        clears=True,
    )


def _wanted(batch: Batch) -> tuple[str, str | None]:
    """The object of a bulk job, and the external id it upserts by; none where it deletes."""
    options = RecordOptions.model_validate(batch.target.options)
    return options.type, None if _deletes(batch) else options.external_id


def _record(operation: Operation, kind: str) -> dict[str, Any]:
    given = {name: None if value is CLEAR else value for name, value in operation.fields.items() if value is not None}
    return {"attributes": {"type": kind}, **given}


def _outcome(result: Any, deleting: bool) -> Outcome:
    if result.get("success") is True:
        return Delivered({"id": str(result["id"])} if result.get("id") else {})
    errors = result.get("errors") or [{}]
    code = str(errors[0].get("statusCode", "rejected"))
    if deleting and code in GONE:
        return Skipped("already_gone")
    return Rejected(code, "; ".join(str(error.get("message", "")) for error in errors), retryable=code in PASSING)


def _deletes(batch: Batch) -> bool:
    return batch.action == "remove" and batch.target.on_leave == "delete"
