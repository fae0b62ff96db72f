"""Braze users: attributes by external id, an attribute per audience, deletion.

Class B: 201 with `errors`, each with the index of its row. Braze bills by data point, so a change carries only the
fields that differ. Its rate limit windows end on the clock, and say when.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import requests
from pydantic import Field

from activations.contract import CLEAR, Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options, Target
from activations.field_rules import email, phone, text
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import StopSync

_DELETED_AT_ONCE = 50


class BrazeConfig(ApiConfig):
    """`base_url` is the REST endpoint of your instance, such as https://rest.fra-01.braze.eu."""

    token_env: str


class UserOptions(Options):
    """`audience_attribute`: a custom attribute that is true for those in the audience, false for who left (`on_leave:
    remove`)."""

    audience_attribute: str | None = Field(default=None, max_length=255)


class BrazeConnector(HttpConnector):
    name = "braze"
    Config = BrazeConfig

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        user = ObjectSpec(
            name="user",
            kind="record",
            channel=None,
            limits=Limits(max_rows=75, max_bytes=4_000_000, max_item_bytes=100_000, per_second=50, concurrency=4),
            idempotent=True,
            matches=frozenset({"upsert", "update_only"}),
            on_leave=frozenset({"nothing", "remove", "clear", "delete"}),
            fields={
                "external_id": FieldSpec(required=True, identifier=True, normalise=text(997)),
                "email": FieldSpec(kind="email", normalise=email),
                "phone": FieldSpec(kind="phone", normalise=phone),
            },
            open_fields=True,
            consent_fields=frozenset({"email_subscribe", "push_subscribe", "subscription_groups"}),
            options=UserOptions,
            field_options=frozenset({"audience_attribute"}),
            changed_fields_only=True,
            clears=True,
        )
        return {user.name: user}

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.secret('token_env')}"}

    def check(self) -> None:
        # an empty track call is refused for its content, a wrong key before that
        answer = self.ask(Call("POST", "/users/track", json={}), reads=(400,))
        if answer.status_code not in (200, 201, 400):
            raise StopSync(f"Braze answers {answer.status_code}", self.account())

    def send(self, batch: Batch) -> BatchResult:
        if not _deletes(batch):
            return super().send(batch)
        outcomes: dict[int, Outcome] = {}
        for part in _parts(batch):
            outcomes |= super().send(part).outcomes
        return BatchResult(batch, outcomes)

    def call(self, batch: Batch) -> Call:
        ids = [operation.fields["external_id"] for operation in batch.operations]
        if _deletes(batch):
            return Call("POST", "/users/delete", json={"external_ids": ids})
        rows = [_attributes(operation, batch.target) for operation in batch.operations]
        return Call("POST", "/users/track", json={"attributes": rows})

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        said = self.json(answer)
        if _deletes(batch):
            return BatchResult.same(batch, Delivered())  # who was not there is gone as well
        outcomes: list[Outcome] = [Delivered()] * len(batch.operations)
        for error in said.get("errors") or ():
            index = error.get("index") if isinstance(error, dict) else None
            if not isinstance(index, int) or not 0 <= index < len(outcomes):
                raise self.unclear("an error that names no row of the batch")
            kind = str(error.get("type", "rejected"))
            outcomes[index] = Rejected(kind, kind)
        taken = sum(isinstance(outcome, Delivered) for outcome in outcomes)
        if said.get("attributes_processed", taken) != taken:
            raise self.unclear(f"{said['attributes_processed']} processed of {taken} without an error")
        return BatchResult.in_order(batch, outcomes)


def _attributes(operation: Operation, target: Target) -> dict[str, Any]:
    given = {name: None if value is CLEAR else value for name, value in operation.fields.items()}
    kept = {name: value for name, value in given.items() if value is not None or operation.fields[name] is CLEAR}
    options = UserOptions.model_validate(target.options)
    leaving = operation.action == "remove"
    if options.audience_attribute and (not leaving or target.on_leave == "remove"):
        kept[options.audience_attribute] = not leaving
    # a removal or an update must not bring a profile to life that was deleted there
    if leaving or target.match == "update_only":
        kept["_update_existing_only"] = True
    return kept


def _deletes(batch: Batch) -> bool:
    return batch.action == "remove" and batch.target.on_leave == "delete"


def _parts(batch: Batch) -> Iterable[Batch]:
    for first in range(0, len(batch.operations), _DELETED_AT_ONCE):
        yield batch.part(batch.operations[first : first + _DELETED_AT_ONCE])
