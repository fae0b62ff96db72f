"""LinkedIn matched audiences: people streamed into a DMP segment by hashed e-mail or advertising id.

Class A: the answer has a status per element, in the order of the request. A segment needs some seconds after it was
made, 300 matched members before it can be used, and up to 48 hours to fill.
"""

import time
from collections.abc import Mapping
from typing import Any

import requests
from pydantic import Field

from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options, Target
from activations.field_rules import email, lower
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import StopSync

_ID_TYPES = {"SHA256_EMAIL": "SHA256_EMAIL", "GOOGLE_AID": "GOOGLE_AID", "APPLE_IDFA": "APPLE_IDFA"}


class LinkedInConfig(ApiConfig):
    """`account_id` is the sponsored account. `settle_seconds`: the pause after a segment was made."""

    base_url: str = Field(default="https://api.linkedin.com/rest", pattern=r"^https?://")
    account_id: str = Field(pattern=r"^\d+$")
    token_env: str
    settle_seconds: float = 5.0


class SegmentOptions(Options):
    """`segment_id`: a segment that exists; without it, the one named like the sync's audience, or a new one."""

    segment_id: str | None = Field(default=None, pattern=r"^\d+$")
    type: str = "USER_STREAMING"
    source_platform: str = "STREAMING"


class LinkedInConnector(HttpConnector):
    name = "linkedin"
    Config = LinkedInConfig
    api_version = "202609"
    api_sunset = "2027-09"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        segment = ObjectSpec(
            name="dmp_segment",
            kind="record",
            channel="ads",
            limits=Limits(max_rows=5_000, max_bytes=5_000_000, max_item_bytes=5_000, per_second=9.5),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields={
                "SHA256_EMAIL": FieldSpec(kind="email", identifier=True, normalise=email, hash="sha256"),
                "GOOGLE_AID": FieldSpec(identifier=True, normalise=lower),
                "APPLE_IDFA": FieldSpec(identifier=True, normalise=lambda value: lower(value).upper()),
            },
            options=SegmentOptions,
        )
        return {segment.name: segment}

    def account(self) -> str:
        return f"linkedin:{self._config.account_id}"

    def headers(self) -> Mapping[str, str]:
        return {
            "Authorization": f"Bearer {self.secret('token_env')}",
            "LinkedIn-Version": self.api_version or "",
            "X-Restli-Protocol-Version": "2.0.0",
        }

    def check(self) -> None:
        self._segments(0, 1)

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        options = SegmentOptions.model_validate(target.options)
        known = options.segment_id or target.ids.get("segment") or self._named(target.audience)
        return {"segment": known or self._created(target.audience, options)}

    def call(self, batch: Batch) -> Call:
        action = "REMOVE" if batch.action == "remove" else "ADD"
        elements = [{"action": action, "userIds": _user_ids(operation)} for operation in batch.operations]
        segment = batch.target.ids.get("segment", "SEGMENT")
        method = {"X-RestLi-Method": "BATCH_CREATE"}
        return Call("POST", f"/dmpSegments/{segment}/users", json={"elements": elements}, headers=method)

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        elements = self.json(answer).get("elements")
        if not isinstance(elements, list) or len(elements) != len(batch.operations):
            raise self.unclear(f"{len(elements or ())} statuses for {len(batch.operations)} rows")
        return BatchResult.in_order(batch, [_outcome(element) for element in elements])

    def _named(self, audience: str) -> str | None:
        found: list[str] = []
        start, count = 0, 100
        while True:
            page = self._segments(start, count)
            found += [str(row["id"]) for row in page if row.get("name") == audience]
            start += count
            if len(page) < count:
                break
        if len(found) > 1:
            hint = "give one of them another name, or name one with the option segment_id"
            raise StopSync(f"two segments are named {audience!r}", self.account(), hint)
        return found[0] if found else None

    def _segments(self, start: int, count: int) -> list[dict[str, Any]]:
        urn = f"urn:li:sponsoredAccount:{self._config.account_id}"
        query = {"q": "account", "account": urn, "start": str(start), "count": str(count)}
        found: list[dict[str, Any]] = self.json(self.ask(Call("GET", "/dmpSegments", query=query))).get("elements", [])
        return found

    def _created(self, audience: str, options: SegmentOptions) -> str:
        body = {
            "name": audience,
            "account": f"urn:li:sponsoredAccount:{self._config.account_id}",
            "accessPolicy": "PRIVATE",
            "type": options.type,
            "sourcePlatform": options.source_platform,
            "destinations": [{"destination": "LINKEDIN"}],
        }
        answer = self.ask(Call("POST", "/dmpSegments", json=body))
        made = answer.headers.get("X-RestLi-Id") or (self.json(answer).get("id") if answer.ok else None)
        if not made:
            hint = "the program of matched audiences must be open to the application"
            raise StopSync(f"the segment cannot be made ({answer.status_code})", self.account(), hint)
        time.sleep(self._config.settle_seconds)
        return str(made)


def _user_ids(operation: Operation) -> list[dict[str, object]]:
    given = [(_ID_TYPES[name], value) for name, value in operation.fields.items() if value is not None]
    return [{"idType": kind, "idValue": value} for kind, value in given]


def _outcome(element: dict[str, Any]) -> Outcome:
    status = element.get("status")
    if isinstance(status, int) and 200 <= status < 300:
        return Delivered()
    error = element.get("error") or element
    message = str(error.get("message", "")) if isinstance(error, dict) else str(error)
    return Rejected(f"status_{status}", message, retryable=status in (408, 429) or int(status or 400) >= 500)
