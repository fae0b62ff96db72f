"""Meta Custom Audiences: people by hashed identifiers, with a value each where the audience seeds look-alikes.

Class D: the answer counts the invalid entries and names some of them. Rows it names are rejected; those that it counts
and does not name are reported beside the outcomes. An audience fills within 24 hours.
"""

import hashlib
import hmac
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import requests
from pydantic import Field

from activations.client import retry_after, said_by
from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options, Target
from activations.field_rules import (
    choice,
    country,
    day,
    email,
    joined,
    lower,
    number,
    phone_digits,
    postal_code,
    text,
)
from activations.field_spec import is_digest
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import RetryLater, StopSync

_BUSY = {1, 2, 4, 17, 32, 341, 613, 80003, 80004}
_NO_ACCESS = {10, 102, 190, 294, 2500, *range(200, 300)}
_SEED = "LOOKALIKE_VALUE"
_US_ZIP = re.compile(r"^\s*(\d{5})-\d{4}\s*$")


class MetaConfig(ApiConfig):
    """`account_id` is the ad account without `act_`."""

    base_url: str = Field(default="https://graph.facebook.com", pattern=r"^https?://")
    account_id: str = Field(pattern=r"^\d+$")
    token_env: str
    app_secret_env: str | None = None


class AudienceOptions(Options):
    """`audience_id`: an audience that exists; without it, the one named like the sync's audience, or a new one.
    `value_based`: made to seed look-alikes, which LOOKALIKE_VALUE needs."""

    audience_id: str | None = Field(default=None, pattern=r"^\d+$")
    customer_file_source: str = Field(default="USER_PROVIDED_ONLY", pattern="^[A-Z_]+$")
    value_based: bool = False
    description: str = "Kept by Heddle"


class MetaConnector(HttpConnector):
    name = "meta"
    Config = MetaConfig
    api_version = "v25.0"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        audience = ObjectSpec(
            name="custom_audience",
            kind="record",
            channel="ads",
            limits=Limits(max_rows=10_000, max_bytes=8_000_000, max_item_bytes=10_000, per_second=5),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields=_FIELDS,
            options=AudienceOptions,
        )
        return {audience.name: audience}

    def account(self) -> str:
        return f"meta:{self._config.account_id}"

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.secret('token_env')}"}

    def check(self) -> None:
        self._understood(self.ask(self._signed(Call("GET", f"/{self.api_version}/act_{self._config.account_id}"))))

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        options = AudienceOptions.model_validate(target.options)
        known = options.audience_id or target.ids.get("audience") or self._named(target.audience)
        return {"audience": known or self._created(target, options)}

    def call(self, batch: Batch) -> Call:
        schema = _schema(batch)
        payload = {"schema": schema, "data": [_row(operation, schema) for operation in batch.operations]}
        method = "DELETE" if batch.action == "remove" else "POST"
        form = {"payload": json.dumps(payload, separators=(",", ":"))}
        audience = batch.target.ids.get("audience", "AUDIENCE")
        return Call(method, f"/{self.api_version}/{audience}/users", form=form)

    def send(self, batch: Batch) -> BatchResult:
        answer = self.ask(self._signed(self.call(batch)), reads=(400,))
        self._understood(answer)
        return self.read(batch, answer) if answer.ok else self.refused(batch, answer, _code(answer))

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        said = self.json(answer)
        received, invalid = said.get("num_received"), said.get("num_invalid_entries", 0)
        if received != len(batch.operations):
            raise self.unclear(f"{received} received of {len(batch.operations)}")
        named = _named(batch, said.get("invalid_entry_samples") or {})
        if not 0 <= invalid <= received or len(named) > invalid:
            raise self.unclear(f"{invalid} invalid, {len(named)} of them named")
        outcomes = [named.get(operation.op_id, Delivered()) for operation in batch.operations]
        unnamed = invalid - len(named)
        return BatchResult.in_order(batch, outcomes, {"invalid_entry": unnamed} if unnamed else {})

    def _named(self, audience: str) -> str | None:
        """The id of the account's audience of that name. Raises StopSync where two have it."""
        found: list[str] = []
        after: str | None = None
        while True:
            page = {"fields": "id,name", "limit": "500", **({"after": after} if after else {})}
            call = Call("GET", f"/{self.api_version}/act_{self._config.account_id}/customaudiences", query=page)
            said = self._understood(self.ask(self._signed(call), reads=(400,)))
            found += [str(row["id"]) for row in said.get("data", []) if row["name"] == audience]
            paging = said.get("paging", {})
            after = paging.get("cursors", {}).get("after") if paging.get("next") else None
            if not after:
                break
        if len(found) > 1:
            hint = "give one of them another name, or name one with the option audience_id"
            raise StopSync(f"two audiences are named {audience!r}", self.account(), hint)
        return found[0] if found else None

    def _created(self, target: Target, options: AudienceOptions) -> str:
        form = {
            "name": target.audience,
            "subtype": "CUSTOM",
            "description": options.description,
            "customer_file_source": options.customer_file_source,
            **({"is_value_based": "true"} if options.value_based else {}),
        }
        call = Call("POST", f"/{self.api_version}/act_{self._config.account_id}/customaudiences", form=form)
        answer = self.ask(self._signed(call), reads=(400,))
        said = self._understood(answer)
        if "id" not in said:
            raise StopSync(f"the audience cannot be created: {said_by(answer)}", self.account())
        return str(said["id"])

    def _signed(self, call: Call) -> Call:
        if not self._config.app_secret_env:
            return call
        secret, token = self.secret("app_secret_env"), self.secret("token_env")
        proof = {"appsecret_proof": hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()}
        if call.form is None:
            return Call(call.method, call.path, query={**call.query, **proof})
        return Call(call.method, call.path, form={**call.form, **proof})

    def _understood(self, answer: requests.Response) -> Any:
        """The answer's JSON. Raises what an error code of the Graph API means."""
        said = self.json(answer)
        error = said.get("error", {}) if isinstance(said, dict) else {}
        code = error.get("code")
        if code in _BUSY or error.get("is_transient"):
            raise RetryLater(f"Meta asks for patience (code {code})", _wait(answer), self.account())
        if code in _NO_ACCESS:
            hint = "check the token, its permission ads_management, and the terms of custom audiences"
            raise StopSync(f"Meta refuses our access (code {code})", self.account(), hint)
        return said


def _schema(batch: Batch) -> list[str]:
    """The fields that a row of the batch has, in the order of the rules; a removal takes no value."""
    given = {field for operation in batch.operations for field, value in operation.fields.items() if value is not None}
    return [field for field in _FIELDS if field in given and (field != _SEED or batch.action != "remove")]


def _row(operation: Operation, schema: list[str]) -> list[object]:
    return ["" if operation.fields.get(field) is None else operation.fields[field] for field in schema]


def _named(batch: Batch, samples: Mapping[str, object]) -> dict[int, Outcome]:
    """The rows that samples name; two rows may look alike."""
    schema = _schema(batch)
    rows: dict[str, list[int]] = defaultdict(list)
    for operation in batch.operations:
        rows[json.dumps(_row(operation, schema))].append(operation.op_id)
    found: dict[int, Outcome] = {}
    for row, reason in samples.items():
        try:
            twins = rows.get(json.dumps(json.loads(row)), [])
        except ValueError:
            continue
        found.update(dict.fromkeys(twins, Rejected("invalid_entry", str(reason))))
    return found


def _code(answer: requests.Response) -> str | None:
    try:
        error = answer.json()["error"]
        return f"meta_{error['code']}" + (f".{error['error_subcode']}" if error.get("error_subcode") else "")
    except (ValueError, KeyError, TypeError):
        return None


def _wait(answer: requests.Response) -> float:
    """Seconds: Retry-After, or the minutes that the usage header estimates."""
    said = retry_after(answer)
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", "{}"))
        waits: list[float] = [
            60.0 * entry["estimated_time_to_regain_access"] for entries in usage.values() for entry in entries
        ]
    except (ValueError, AttributeError, KeyError, TypeError):
        return said
    return max([said, *waits])


_FIELDS = {
    "EXTERN_ID": FieldSpec(identifier=True, normalise=text(256)),
    "EMAIL": FieldSpec(kind="email", identifier=True, normalise=email, hash="sha256"),
    "PHONE": FieldSpec(kind="phone", identifier=True, normalise=phone_digits, hash="sha256"),
    "MADID": FieldSpec(identifier=True, normalise=lower, valid=lambda value: not is_digest(value)),
    "FN": FieldSpec(normalise=joined, hash="sha256"),
    "LN": FieldSpec(normalise=joined, hash="sha256"),
    "CT": FieldSpec(normalise=joined, hash="sha256"),
    "ST": FieldSpec(normalise=joined, hash="sha256"),
    "ZIP": FieldSpec(normalise=lambda value: postal_code(_US_ZIP.sub(r"\1", str(value))), hash="sha256"),
    "COUNTRY": FieldSpec(normalise=country, hash="sha256"),
    "GEN": FieldSpec(normalise=choice("f", "m"), hash="sha256"),
    "DOBY": FieldSpec(normalise=lambda value: f"{day(value):%Y}", hash="sha256"),
    "DOBM": FieldSpec(normalise=lambda value: f"{day(value):%m}", hash="sha256"),
    "DOBD": FieldSpec(normalise=lambda value: f"{day(value):%d}", hash="sha256"),
    _SEED: FieldSpec(normalise=number),
}
