"""Google Customer Match through the Data Manager API: hashed people in a user list.

Classes D and F: a call is taken under a request id; what became of it is known half an hour later, as counts by reason.
Rows that the answer names by index are rejected; those it only counts are reported beside the outcomes.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

import requests
from pydantic import Field, model_validator

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
from activations.field_rules import country, gmail_plain, lower, phone
from activations.google_token import GoogleToken
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Accepted, Delivered, Outcome, Rejected
from heddle.errors import StopSync

_SCOPE = "https://www.googleapis.com/auth/datamanager"
_ADDRESS = ("given_name", "family_name", "region_code", "postal_code")


class GoogleConfig(ApiConfig):
    """`account_id` holds the list; `login_account_id` is the manager account that we come through. `token_env` or
    `service_account_env` (the JSON of a key) says who we are."""

    base_url: str = Field(default="https://datamanager.googleapis.com", pattern=r"^https?://")
    account_id: str = Field(pattern=r"^\d+$")
    account_type: Literal["GOOGLE_ADS", "DISPLAY_VIDEO_PARTNER", "DISPLAY_VIDEO_ADVERTISER"] = "GOOGLE_ADS"
    login_account_id: str | None = Field(default=None, pattern=r"^\d+$")
    token_env: str | None = None
    service_account_env: str | None = None

    @model_validator(mode="after")
    def _one_identity(self) -> "GoogleConfig":
        if bool(self.token_env) == bool(self.service_account_env):
            raise ValueError("give token_env or service_account_env, one of them")
        return self


class UserListOptions(Options):
    """`user_list_id`: a list that exists; without it, the one named like the sync's audience, or a new one.
    `terms_accepted`: the terms of Customer Match, which somebody accepted in the account. `ad_user_data` and
    `ad_personalization` are what the people of the sync agreed to (purpose `ads` lets nobody else through)."""

    user_list_id: str | None = Field(default=None, pattern=r"^\d+$")
    terms_accepted: bool = False
    ad_user_data: Literal["CONSENT_GRANTED", "CONSENT_DENIED"] = "CONSENT_GRANTED"
    ad_personalization: Literal["CONSENT_GRANTED", "CONSENT_DENIED"] = "CONSENT_GRANTED"


class GoogleConnector(HttpConnector):
    name = "google"
    Config = GoogleConfig
    api_version = "v1"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        user_list = ObjectSpec(
            name="user_list",
            kind="record",
            channel="ads",
            limits=Limits(
                max_rows=10_000, max_bytes=10_000_000, max_item_bytes=20_000, per_second=4.9, per_day=100_000
            ),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields={
                "email": FieldSpec(kind="email", identifier=True, normalise=gmail_plain, hash="sha256"),
                "phone": FieldSpec(kind="phone", identifier=True, normalise=phone, hash="sha256"),
                "given_name": FieldSpec(normalise=lower, hash="sha256", identifier=True),
                "family_name": FieldSpec(normalise=lower, hash="sha256", identifier=True),
                "region_code": FieldSpec(normalise=lambda value: country(value).upper(), identifier=True),
                "postal_code": FieldSpec(normalise=lambda value: str(value).strip(), identifier=True),
            },
            options=UserListOptions,
            receipts=Receipts(first_poll=1_800, deadline=86_400),
        )
        return {user_list.name: user_list}

    def account(self) -> str:
        return f"google:{self._config.account_id}"

    def headers(self) -> Mapping[str, str]:
        if self._config.token_env:
            return {"Authorization": f"Bearer {self.secret('token_env')}"}
        return {"Authorization": f"Bearer {self._token.get()}"}

    def check(self) -> None:
        self._page(None, size=1)

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        options = UserListOptions.model_validate(target.options)
        known = options.user_list_id or target.ids.get("user_list") or self._named(target.audience)
        return {"user_list": known or self._created(target.audience)}

    def send(self, batch: Batch) -> BatchResult:
        """Google never says which member has nothing to match, so that is found here."""
        usable = [operation for operation in batch.operations if _member(operation)["userData"]["userIdentifiers"]]
        sent = super().send(batch.part(usable)).outcomes if usable else {}
        nobody = Rejected("no_identifier", "neither e-mail nor phone nor a whole address")
        return BatchResult(
            batch, {operation.op_id: sent.get(operation.op_id, nobody) for operation in batch.operations}
        )

    def call(self, batch: Batch) -> Call:
        options = UserListOptions.model_validate(batch.target.options)
        body: dict[str, Any] = {
            "destinations": [self._destination(batch.target)],
            "audienceMembers": [_member(operation) for operation in batch.operations],
            "encoding": "HEX",
        }
        if batch.action == "remove":
            return Call("POST", "/v1/audienceMembers:remove", json=body)
        consent = {"adUserData": options.ad_user_data, "adPersonalization": options.ad_personalization}
        terms = "ACCEPTED" if options.terms_accepted else "TERMS_OF_SERVICE_STATUS_UNSPECIFIED"
        body |= {"consent": consent, "termsOfService": {"customerMatchTermsOfServiceStatus": terms}}
        return Call("POST", "/v1/audienceMembers:ingest", json=body)

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        request_id = self.json(answer).get("requestId")
        if not request_id:
            raise self.unclear("no requestId")
        return BatchResult.same(batch, Accepted(str(request_id)))

    def poll(self, receipt: str, batch: Batch) -> BatchResult | Pending:
        call = Call("GET", "/v1/requestStatus:retrieve", query={"requestId": receipt})
        statuses = self.json(self.ask(call)).get("requestStatusPerDestination") or []
        if len(statuses) != 1:
            raise self.unclear(f"{len(statuses)} statuses for one destination")
        status, counts = statuses[0].get("requestStatus"), statuses[0].get("errorInfo", {}).get("errorCounts") or []
        if status == "PROCESSING":
            return Pending(600)
        if status == "SUCCESS":
            return BatchResult.same(batch, Delivered())
        if status not in ("FAILED", "PARTIAL_SUCCESS"):
            raise self.unclear(f"the status {status}")
        if status == "FAILED":
            reason = str(counts[0].get("reason")) if counts else "FAILED"
            # nobody of up to 10,000 people is to blame: they go out again, as often as `retry` of the sync allows
            return BatchResult.same(batch, Rejected(reason, "the request failed as a whole", retryable=True))
        return _partial(batch, counts)

    @cached_property
    def _token(self) -> GoogleToken:
        return GoogleToken(self.secret("service_account_env"), _SCOPE, self._client)

    @property
    def _parent(self) -> str:
        return f"/v1/accountTypes/{self._config.account_type}/accounts/{self._config.account_id}/userLists"

    def _destination(self, target: Target) -> dict[str, Any]:
        def account(key: str) -> dict[str, str]:
            return {"accountType": self._config.account_type, "accountId": key}

        login = self._config.login_account_id
        return {
            "operatingAccount": account(self._config.account_id),
            **({"loginAccount": account(login)} if login else {}),
            "productDestinationId": target.ids.get("user_list", "USER_LIST"),
        }

    def _page(self, token: str | None, size: int = 1_000) -> dict[str, Any]:
        query = {"pageSize": str(size), **({"pageToken": token} if token else {})}
        found: dict[str, Any] = self.json(self.ask(Call("GET", self._parent, query=query)))
        return found

    def _named(self, audience: str) -> str | None:
        found: list[str] = []
        token: str | None = None
        while True:
            page = self._page(token)
            found += [str(row["id"]) for row in page.get("userLists", []) if row.get("displayName") == audience]
            token = page.get("nextPageToken")
            if not token:
                break
        if len(found) > 1:
            hint = "give one of them another name, or name one with the option user_list_id"
            raise StopSync(f"two user lists are named {audience!r}", self.account(), hint)
        return found[0] if found else None

    def _created(self, audience: str) -> str:
        body = {
            "displayName": audience,
            "membershipDuration": f"{540 * 86_400}s",
            "ingestedUserListInfo": {
                "uploadKeyTypes": ["CONTACT_ID"],
                "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"},
            },
        }
        answer = self.ask(Call("POST", self._parent, json=body))
        if not answer.ok:
            raise StopSync(f"the user list cannot be made: {said_by(answer)}", self.account())
        return str(self.json(answer)["id"])


def _member(operation: Operation) -> dict[str, Any]:
    """Each identifier for itself; an address only whole, since Google matches no part of one."""
    fields = operation.fields
    ids: list[dict[str, Any]] = []
    if fields.get("email") is not None:
        ids.append({"emailAddress": fields["email"]})
    if fields.get("phone") is not None:
        ids.append({"phoneNumber": fields["phone"]})
    if all(fields.get(name) is not None for name in _ADDRESS):
        given, family, region, postal = (fields[name] for name in _ADDRESS)
        address = {"givenName": given, "familyName": family, "regionCode": region, "postalCode": postal}
        ids.append({"address": address})
    return {"userData": {"userIdentifiers": ids}}


def _partial(batch: Batch, counts: list[dict[str, Any]]) -> BatchResult:
    outcomes: list[Outcome] = [Delivered()] * len(batch.operations)
    unattributed: dict[str, int] = {}
    for count in counts:
        reason = str(count.get("reason", "unknown"))
        named = [int(index) for index in count.get("recordIndices") or () if 0 <= int(index) < len(outcomes)]
        for index in named:
            outcomes[index] = Rejected(reason, "Google did not take this record")
        unnamed = int(count.get("recordCount", 0)) - len(named)
        if unnamed > 0:
            unattributed[reason] = unattributed.get(reason, 0) + unnamed
    return BatchResult.in_order(batch, outcomes, unattributed)
