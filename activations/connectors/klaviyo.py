"""Klaviyo profiles in lists, by bulk import.

Class F: a job, which counts, and whose import errors point at the rows. An import puts people into a list and never
touches their consent: Klaviyo's subscribe call would lift suppressions, and its unsubscribe call with a list takes
people off everything, so neither is used here. `null` clears a property, a missing one stays.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from pydantic import Field

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
    Target,
)
from activations.field_rules import email, phone, text
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Accepted, Delivered, Outcome, Rejected
from heddle.errors import StopSync

_KIND = "application/vnd.api+json"
_IDENTIFIERS = ("external_id", "email", "phone_number")
_ATTRIBUTES = (*_IDENTIFIERS, "first_name", "last_name", "organization", "locale", "title", "image")
_PLACE = ("address1", "address2", "city", "country", "region", "zip", "timezone")
_POINTER = re.compile(r"/profiles/data/(\d+)")
_LOOKED_UP_AT_ONCE = 100


class KlaviyoConfig(ApiConfig):
    base_url: str = Field(default="https://a.klaviyo.com", pattern=r"^https?://")
    key_env: str


class ProfileOptions(Options):
    """`list_id`: a list that exists; without it, the one named like the sync's audience, or a new one."""

    list_id: str | None = None


class KlaviyoConnector(HttpConnector):
    name = "klaviyo"
    Config = KlaviyoConfig
    api_version = "2026-07-15"
    api_sunset = "2028-07"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        profile = ObjectSpec(
            name="profile",
            kind="record",
            channel=None,
            limits=Limits(max_rows=10_000, max_bytes=4_500_000, max_item_bytes=100_000, per_second=2.4),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields={
                "external_id": FieldSpec(identifier=True, normalise=text(255)),
                "email": FieldSpec(kind="email", identifier=True, normalise=email),
                "phone_number": FieldSpec(kind="phone", identifier=True, normalise=phone),
                **{name: FieldSpec() for name in (*_ATTRIBUTES[3:], *_PLACE)},
            },
            open_fields=True,
            options=ProfileOptions,
            clears=True,
            receipts=Receipts(first_poll=30, deadline=86_400),
        )
        return {profile.name: profile}

    def headers(self) -> Mapping[str, str]:
        key = self.secret("key_env")
        return {"Authorization": f"Klaviyo-API-Key {key}", "revision": self.api_version or "", "Accept": _KIND}

    def check(self) -> None:
        self.ask(Call("GET", "/api/lists"))

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        given = ProfileOptions.model_validate(target.options).list_id or target.ids.get("list")
        return {"list": given or self._named(target.audience) or self._created(target.audience)}

    def send(self, batch: Batch) -> BatchResult:
        if batch.action == "remove":
            return self._remove(batch)
        answer = self.ask(self.call(batch))
        return self.read(batch, answer) if answer.ok else self._refused_by_pointer(batch, answer)

    def call(self, batch: Batch) -> Call:
        where = {"type": "list", "id": batch.target.ids.get("list", "LIST")}
        if batch.action == "remove":
            return self._lookup(batch)
        job = {
            "type": "profile-bulk-import-job",
            "attributes": {"profiles": {"data": [_profile(operation) for operation in batch.operations]}},
            "relationships": {"lists": {"data": [where]}},
        }
        return _api("POST", "/api/profile-bulk-import-jobs", {"data": job})

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        data = self.json(answer)["data"]
        total = data["attributes"].get("total_count")
        if total != len(batch.operations):
            raise self.unclear(f"{total} profiles in the job of {len(batch.operations)}")
        return BatchResult.same(batch, Accepted(str(data["id"])))

    def poll(self, receipt: str, batch: Batch) -> BatchResult | Pending:
        path = f"/api/profile-bulk-import-jobs/{receipt}"
        job = self.json(self.ask(Call("GET", path)))["data"]["attributes"]
        if job["status"] in ("queued", "processing"):
            return Pending(30)
        if job["status"] != "complete":
            return BatchResult.same(batch, Rejected(f"job_{job['status']}", "the job did not end", retryable=True))
        if job["total_count"] != len(batch.operations):
            raise self.unclear(f"{job['total_count']} profiles in the job of {len(batch.operations)}")
        outcomes: list[Outcome] = [Delivered()] * len(batch.operations)
        failed = int(job.get("failed_count") or 0)
        if failed:
            for error in self._errors(f"{path}/import-errors"):
                if (index := _row(error.get("source"))) is not None and index < len(outcomes):
                    outcomes[index] = Rejected(str(error.get("code")), str(error.get("detail")))
        unnamed = failed - sum(isinstance(outcome, Rejected) for outcome in outcomes)
        return BatchResult.in_order(batch, outcomes, {"import_failed": unnamed} if unnamed > 0 else {})

    def _errors(self, path: str) -> Iterator[dict[str, Any]]:
        call: Call | None = Call("GET", path)
        while call:
            said = self.json(self.ask(call))
            yield from (error["attributes"] for error in said["data"])
            call = _following(said)

    def _refused_by_pointer(self, batch: Batch, answer: requests.Response) -> BatchResult:
        """A 400 that points at rows rejects those; the others go out again without them."""
        errors = self.json(answer).get("errors", []) if answer.status_code == 400 else []
        named = {index: error for error in errors if (index := _row(error.get("source"))) is not None}
        if not named or max(named) >= len(batch.operations):
            return self.refused(batch, answer)
        company = Rejected("refused_with_others", "another row of the batch was refused", scope="batch")
        outcomes: list[Outcome] = [company] * len(batch.operations)
        for index, error in named.items():
            outcomes[index] = Rejected(str(error.get("code")), str(error.get("detail")))
        return BatchResult.in_order(batch, outcomes)

    def _remove(self, batch: Batch) -> BatchResult:
        """By profile id, which the list wants and only a search knows; who is not found is gone already."""
        path = f"/api/lists/{batch.target.ids['list']}/relationships/profiles"
        for part in _parts(batch):
            answer = self.ask(self._lookup(part))
            if not answer.ok:
                return self.refused(batch, answer)
            found = [{"type": "profile", "id": row["id"]} for row in self.json(answer)["data"]]
            done = self.ask(_api("DELETE", path, {"data": found})) if found else answer
            if not done.ok:
                return self.refused(batch, done)
        return BatchResult.same(batch, Delivered())

    def _lookup(self, batch: Batch) -> Call:
        kind = _identifier(batch.operations[0])
        values = json.dumps([str(operation.fields[kind]) for operation in batch.operations], separators=(",", ":"))
        return Call("GET", "/api/profiles", query={"filter": f"any({kind},{values})", "page[size]": "100"})

    def _named(self, audience: str) -> str | None:
        name = audience.replace("\\", "\\\\").replace('"', '\\"')
        said = self.json(self.ask(Call("GET", "/api/lists", query={"filter": f'equals(name,"{name}")'})))
        found = [str(row["id"]) for row in said["data"] if row["attributes"]["name"] == audience]
        if len(found) > 1:
            hint = "give one of them another name, or name one with the option list_id"
            raise StopSync(f"two lists are named {audience!r}", self.account(), hint)
        return found[0] if found else None

    def _created(self, audience: str) -> str:
        answer = self.ask(_api("POST", "/api/lists", {"data": {"type": "list", "attributes": {"name": audience}}}))
        if not answer.ok:
            raise StopSync(f"the list cannot be made: {said_by(answer)}", self.account())
        return str(self.json(answer)["data"]["id"])


def _api(method: str, path: str, body: object) -> Call:
    return Call(method, path, json=body, headers={"Content-Type": _KIND})


def _profile(operation: Operation) -> dict[str, Any]:
    fields = {name: None if value is CLEAR else value for name, value in operation.fields.items() if value is not None}
    attributes = {name: fields.pop(name) for name in _ATTRIBUTES if name in fields}
    place = {name: fields.pop(name) for name in _PLACE if name in fields}
    return {
        "type": "profile",
        "attributes": {
            **attributes,
            **({"location": place} if place else {}),
            **({"properties": fields} if fields else {}),
        },
    }


def _identifier(operation: Operation) -> str:
    return next(name for name in _IDENTIFIERS if operation.fields.get(name) is not None)


def _parts(batch: Batch) -> Iterator[Batch]:
    """Rows that are looked up by the same identifier, as many as one search takes."""
    for kind in _IDENTIFIERS:
        rows = [operation for operation in batch.operations if _identifier(operation) == kind]
        for first in range(0, len(rows), _LOOKED_UP_AT_ONCE):
            yield batch.part(rows[first : first + _LOOKED_UP_AT_ONCE])


def _row(source: Any) -> int | None:
    match = _POINTER.search(str((source or {}).get("pointer", "")))
    return int(match[1]) if match else None


def _following(said: dict[str, Any]) -> Call | None:
    """The next page, whose link is whole."""
    link = (said.get("links") or {}).get("next")
    if not link:
        return None
    parts = urlsplit(link)
    return Call("GET", parts.path[parts.path.index("/api/") :], query=dict(parse_qsl(parts.query)))
