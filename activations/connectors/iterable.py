"""Iterable users, and members of static lists.

Class C: 200 with counts, and the refused rows named by e-mail or user id, under the reason. Who was forgotten there is
suppressed here. Fields that Iterable filters out of an update are counted, since it drops them in silence.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from pydantic import Field

from activations.client import said_by
from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Target
from activations.field_rules import email, text
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Delivered, Outcome, Rejected, Skipped
from heddle.errors import StopSync

_REASONS = ("invalid", "notFound", "forgotten", "conflict", "invalidData")


class IterableConfig(ApiConfig):
    """`base_url` of the European data centre is https://api.eu.iterable.com."""

    base_url: str = Field(default="https://api.iterable.com", pattern=r"^https?://")
    key_env: str


class IterableConnector(HttpConnector):
    name = "iterable"
    Config = IterableConfig
    shown_headers = ("Api-Key: ***",)

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        identifiers = {
            "email": FieldSpec(kind="email", identifier=True, normalise=email),
            "userId": FieldSpec(identifier=True, normalise=text(128)),
        }
        user = ObjectSpec(
            name="user",
            kind="record",
            channel=None,
            limits=Limits(max_rows=1_000, max_bytes=3_500_000, max_item_bytes=100_000, per_second=2.5),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing"}),
            fields=identifiers,
            open_fields=True,
            consent_fields=frozenset(
                {"unsubscribedChannelIds", "unsubscribedMessageTypeIds", "subscribedMessageTypeIds", "emailListIds"}
            ),
        )
        member = ObjectSpec(
            name="list_member",
            kind="record",
            channel=None,
            limits=Limits(max_rows=1_000, max_bytes=3_500_000, per_second=2.5),
            idempotent=True,
            matches=frozenset({"upsert", "update_only"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields=identifiers,
        )
        return {user.name: user, member.name: member}

    def headers(self) -> Mapping[str, str]:
        return {"Api-Key": self.secret("key_env")}

    def check(self) -> None:
        self.ask(Call("GET", "/api/lists"))

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        if target.object != "list_member" or target.ids:
            return target.ids
        rows = self.json(self.ask(Call("GET", "/api/lists"))).get("lists", [])
        found = [row for row in rows if row["name"] == target.audience and row["listType"] == "Standard"]
        if len(found) > 1:
            raise StopSync(f"two lists are named {target.audience!r}", self.account(), "give one another name")
        if found:
            return {"list": str(found[0]["id"])}
        made = self.ask(Call("POST", "/api/lists", json={"name": target.audience}))
        if not made.ok:
            raise StopSync(f"the list cannot be made: {said_by(made)}", self.account())
        return {"list": str(self.json(made)["listId"])}

    def call(self, batch: Batch) -> Call:
        if batch.target.object == "user":
            return Call("POST", "/api/users/bulkUpdate", json={"users": [_user(op) for op in batch.operations]})
        body: dict[str, Any] = {
            "listId": int(batch.target.ids.get("list", 0)),
            "subscribers": [_user(operation) for operation in batch.operations],
        }
        if batch.action == "remove":
            return Call("POST", "/api/lists/unsubscribe", json=body)
        existing = batch.target.match == "update_only"
        return Call("POST", "/api/lists/subscribe", json={**body, "updateExistingUsersOnly": existing})

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        said = self.json(answer)
        done, failed = int(said["successCount"]), int(said["failCount"])
        if done + failed != len(batch.operations):
            raise self.unclear(f"{done} and {failed} of {len(batch.operations)}")
        rows: dict[str, list[int]] = defaultdict(list)
        for operation in batch.operations:
            for name in ("email", "userId"):
                if operation.fields.get(name) is not None:
                    rows[str(operation.fields[name]).lower()].append(operation.op_id)
        outcomes: dict[int, Outcome] = {operation.op_id: Delivered() for operation in batch.operations}
        for reason, who in _named(said):
            outcomes |= dict.fromkeys(rows.get(who.lower(), ()), _refusal(batch, reason))
        unnamed = failed - sum(not isinstance(outcome, Delivered) for outcome in outcomes.values())
        counted = {"failed": unnamed} if unnamed > 0 else {}
        filtered = said.get("filteredOutFields") or ()
        return BatchResult(batch, outcomes, counted | {f"field_dropped: {name}": len(outcomes) for name in filtered})


def _user(operation: Operation) -> dict[str, Any]:
    given: dict[str, Any] = {name: value for name, value in operation.fields.items() if value is not None}
    who: dict[str, Any] = {name: given.pop(name) for name in ("email", "userId") if name in given}
    return {**who, **({"dataFields": given, "mergeNestedObjects": True} if given else {})}


def _named(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(reason, e-mail or user id), from the lists of today and of yesterday."""
    failed = said.get("failedUpdates") or {}
    for kind in ("Emails", "UserIds"):
        for reason in _REASONS:
            for who in failed.get(f"{reason}{kind}") or ():
                yield reason, str(who)
        for who in said.get(f"invalid{kind}") or ():
            yield "invalid", str(who)


def _refusal(batch: Batch, reason: str) -> Outcome:
    if reason == "notFound" and (batch.action == "remove" or batch.target.match == "update_only"):
        return Skipped("not_found")
    return Rejected(reason, "", retryable=reason == "conflict", suppress=reason == "forgotten")
