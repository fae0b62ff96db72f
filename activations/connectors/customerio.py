"""Customer.io people, through the Track API's batches.

Class A: 200, or 207 with errors that carry the index of their row. There are no rate headers and no Retry-After.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import requests
from pydantic import Field

from activations.contract import CLEAR, Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options, Target
from activations.field_rules import email, text
from activations.http_connector import ApiConfig, Call, HttpConnector, basic
from activations.outcomes import Delivered, Outcome, Rejected


class CustomerIoConfig(ApiConfig):
    """`base_url` of the European region is https://track-eu.customer.io."""

    base_url: str = Field(default="https://track.customer.io", pattern=r"^https?://")
    site_id: str
    key_env: str


class PersonOptions(Options):
    """`audience_attribute`: an attribute that is true for those in the audience and false for who left (`on_leave:
    remove`); segments of Customer.io are made of it."""

    audience_attribute: str | None = Field(default=None, max_length=150)


class CustomerIoConnector(HttpConnector):
    name = "customerio"
    Config = CustomerIoConfig
    api_version = "v2"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        person = ObjectSpec(
            name="person",
            kind="record",
            channel=None,
            # 500 kB and 32 kB are the vendor's; ours count a row's values, so there is room for what is around them
            limits=Limits(max_rows=1_000, max_bytes=300_000, max_item_bytes=30_000, per_second=50, concurrency=4),
            idempotent=True,
            matches=frozenset({"upsert", "update_only"}),
            on_leave=frozenset({"nothing", "remove", "delete"}),
            fields={
                "id": FieldSpec(required=True, identifier=True, normalise=text(150)),
                "email": FieldSpec(kind="email", normalise=email),
            },
            open_fields=True,
            consent_fields=frozenset({"unsubscribed", "cio_subscription_preferences"}),
            options=PersonOptions,
            field_options=frozenset({"audience_attribute"}),
            clears=True,
        )
        return {person.name: person}

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": basic(self._config.site_id, self.secret("key_env"))}

    def check(self) -> None:
        self.ask(Call("GET", "/api/v1/accounts/region"))

    def call(self, batch: Batch) -> Call:
        return Call("POST", "/api/v2/batch", json={"batch": [_person(op, batch.target) for op in batch.operations]})

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        errors = self.json(answer).get("errors") or []
        if answer.status_code == 207 and not errors:
            raise self.unclear("a partial success without an error")
        outcomes: list[Outcome] = [Delivered()] * len(batch.operations)
        for error in errors:
            index = error.get("batch_index") if isinstance(error, dict) else None
            if not isinstance(index, int) or not 0 <= index < len(outcomes):
                raise self.unclear("an error that names no row of the batch")
            said = f"{error.get('field', '')}: {error.get('message', '')}"
            outcomes[index] = Rejected(str(error.get("reason", "rejected")), said)
        return BatchResult.in_order(batch, outcomes)


def _person(operation: Operation, target: Target) -> dict[str, Any]:
    row = {"type": "person", "identifiers": {"id": operation.fields["id"]}}
    leaving = operation.action == "remove"
    if leaving and target.on_leave == "delete":
        return {**row, "action": "delete"}
    given = {name: value for name, value in operation.fields.items() if value is not None and name != "id"}
    attributes = {name: _value(value) for name, value in given.items()}
    options = PersonOptions.model_validate(target.options)
    if options.audience_attribute:
        attributes[options.audience_attribute] = not leaving
    if leaving or target.match == "update_only":
        attributes["_update"] = True  # nobody is made who is not there
    return {**row, "action": "identify", "attributes": attributes}


def _value(value: object) -> object:
    """Moments are seconds since 1970; an empty text takes an attribute away."""
    if value is CLEAR:
        return ""
    if isinstance(value, datetime):
        return int(value.replace(tzinfo=value.tzinfo or UTC).timestamp())
    if isinstance(value, date):
        return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp())
    return (
        value
        if isinstance(value, str | int | float | bool | list | dict)
        else json.loads(json.dumps(value, default=str))
    )
