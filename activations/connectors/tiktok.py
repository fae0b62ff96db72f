"""TikTok audiences, streamed by hashed identifiers.

Class E: HTTP is 200 even for an error, which is a `code` other than 0 for the whole call; no row is ever named. TikTok
opens the streaming endpoint per advertiser. An audience needs a day or two and 1,000 matched people.
"""

from collections.abc import Mapping
from typing import Any

import requests
from pydantic import Field

from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Options, Target
from activations.field_rules import email, lower, phone
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Delivered, Rejected
from heddle.errors import RetryLater, StopSync

_BUSY = {40016, 40100, 50000, 50002, 51010, 51305}
_NO_ACCESS = {40001, 40101, 40102, 40103, 40104, 40105, 40106}


class TikTokConfig(ApiConfig):
    base_url: str = Field(default="https://business-api.tiktok.com", pattern=r"^https?://")
    advertiser_id: str = Field(pattern=r"^\d+$")
    token_env: str


class AudienceOptions(Options):
    """`audience_id`: an audience that exists; without it, the one named like the sync's audience, or a new one."""

    audience_id: str | None = Field(default=None, pattern=r"^\d+$")


class TikTokConnector(HttpConnector):
    name = "tiktok"
    Config = TikTokConfig
    api_version = "v1.3"
    shown_headers = ("Access-Token: ***",)

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        audience = ObjectSpec(
            name="audience",
            kind="record",
            channel="ads",
            limits=Limits(max_rows=10_000, max_bytes=900_000, max_item_bytes=2_000, per_second=10),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields={
                "EMAIL_SHA256": FieldSpec(kind="email", identifier=True, normalise=email, hash="sha256"),
                "PHONE_SHA256": FieldSpec(kind="phone", identifier=True, normalise=phone, hash="sha256"),
                "IDFA_SHA256": FieldSpec(identifier=True, normalise=lower, hash="sha256"),
                "AAID_SHA256": FieldSpec(identifier=True, normalise=lower, hash="sha256"),
            },
            options=AudienceOptions,
        )
        return {audience.name: audience}

    def account(self) -> str:
        return f"tiktok:{self._config.advertiser_id}"

    def headers(self) -> Mapping[str, str]:
        return {"Access-Token": self.secret("token_env")}

    def check(self) -> None:
        self._page(1, 1)

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        options = AudienceOptions.model_validate(target.options)
        known = options.audience_id or target.ids.get("audience") or self._named(target.audience)
        return {"audience": known or self._created(target.audience)}

    def call(self, batch: Batch) -> Call:
        spec = self.objects()["audience"].fields
        given = {
            name for operation in batch.operations for name, value in operation.fields.items() if value is not None
        }
        schema = [name for name in spec if name in given]
        audiences = [batch.target.ids.get("audience", "AUDIENCE")]
        rows = [
            [
                {"id": operation.fields[name], "audience_ids": audiences} if operation.fields.get(name) else {}
                for name in schema
            ]
            for operation in batch.operations
        ]
        body = {
            "advertiser_ids": [self._config.advertiser_id],
            "action": "delete" if batch.action == "remove" else "add",
            "id_schema": schema,
            "batch_data": rows,
        }
        return Call("POST", f"/open_api/{self.api_version}/segment/mapping/", json=body)

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        said = self._understood(answer)
        if said["code"] == 0:
            return BatchResult.same(batch, Delivered())
        return BatchResult.same(batch, Rejected(f"tiktok_{said['code']}", str(said.get("message", "")), scope="batch"))

    def _understood(self, answer: requests.Response) -> dict[str, Any]:
        """The answer's JSON. Raises what a code means that is about us, or about the moment."""
        said = self.json(answer)
        code = said.get("code") if isinstance(said, dict) else None
        if not isinstance(code, int):
            raise self.unclear("no code")
        if code in _BUSY:
            raise RetryLater(f"TikTok asks for patience ({code})", 2.0, self.account())
        if code in _NO_ACCESS:
            hint = "check the token, and that TikTok has opened the segment endpoints for the advertiser"
            raise StopSync(f"TikTok refuses our access ({code})", self.account(), hint)
        found: dict[str, Any] = said
        return found

    def _page(self, number: int, size: int = 100) -> dict[str, Any]:
        query = {"advertiser_id": self._config.advertiser_id, "page": str(number), "page_size": str(size)}
        path = f"/open_api/{self.api_version}/dmp/custom_audience/list/"
        data: dict[str, Any] = self._understood(self.ask(Call("GET", path, query=query))).get("data") or {}
        return data

    def _named(self, audience: str) -> str | None:
        found: list[str] = []
        number, pages = 1, 1
        while number <= pages:
            data = self._page(number)
            found += [str(row["audience_id"]) for row in data.get("list") or () if row.get("name") == audience]
            pages = int((data.get("page_info") or {}).get("total_page", 1))
            number += 1
        if len(found) > 1:
            hint = "give one of them another name, or name one with the option audience_id"
            raise StopSync(f"two audiences are named {audience!r}", self.account(), hint)
        return found[0] if found else None

    def _created(self, audience: str) -> str:
        body = {"advertiser_id": self._config.advertiser_id, "custom_audience_name": audience, "action": "create"}
        said = self._understood(self.ask(Call("POST", f"/open_api/{self.api_version}/segment/audience/", json=body)))
        made = (said.get("data") or {}).get("audience_id")
        if said["code"] != 0 or not made:
            raise StopSync(f"the audience cannot be made ({said['code']}: {said.get('message')})", self.account())
        return str(made)
