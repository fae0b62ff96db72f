"""A webhook: batches of rows as JSON to an address of yours, with a key that makes a repeat harmless.

The receiver may answer row by row (`results` in order, or `errors` by `index`, with any 2xx); an empty 2xx answer takes
the whole batch, unless the connection says `answers: rows`. A 400, 413 or 422 without `errors` is about one row of the
batch, and the engine looks for it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, Self
from urllib.parse import quote

import orjson
import requests
from pydantic import Field, model_validator

from activations.client import HttpClient, safe_url, said_by
from activations.contract import (
    Batch,
    BatchResult,
    Connector,
    FieldSpec,
    Limits,
    ObjectSpec,
    Options,
    Surroundings,
    Target,
)
from activations.field_rules import email, phone
from activations.json_body import json_body
from activations.json_shape import names_in, shaped
from activations.masking import mask_fields
from activations.outcomes import Delivered, Outcome, Rejected, Skipped
from heddle.errors import StopSync

_ABOUT_A_ROW = (400, 413, 422)
_OK = {"status": "ok"}
_WHOLE = frozenset({"rows", "sync", "audience", "action", "match", "as_of"})


class WebhookConfig(Options):
    """`url` may hold {audience}. `token_env` names the variable of a bearer token."""

    url: str = Field(pattern=r"^https?://")
    token_env: str | None = None
    answers: Literal["rows", "batch"] = "batch"
    timeout: float = 60.0


class AudienceOptions(Options):
    """`rename`: names of the fields in the body, where the receiver wants others than the sync file has. For a receiver
    that wants another body altogether: `row` is the shape of a row, with {field}, {id} and {action} for their values,
    and `body` that of the whole, with {rows}, {sync}, {audience}, {action}, {match} and {as_of}."""

    rename: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | int | float | bool] = Field(default_factory=dict)
    row: dict[str, Any] | None = None
    body: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _sends_rows(self) -> Self:
        if self.body is not None and "rows" not in names_in(self.body):
            raise ValueError("body has no {rows}: nobody would be in it")
        if self.body is not None and (unknown := set(names_in(self.body)) - _WHOLE - set(self.constants)):
            raise ValueError(f"body asks for {', '.join(sorted(unknown))}; it may ask for {', '.join(sorted(_WHOLE))}")
        return self


class WebhookConnector(Connector):
    name = "webhook"
    Config = WebhookConfig

    def __init__(self, config: Options, surroundings: Surroundings) -> None:
        self._config = WebhookConfig.model_validate(config)
        self._surroundings = surroundings
        self._client = HttpClient(read_timeout=self._config.timeout)

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        audience = ObjectSpec(
            name="audience",
            kind="record",
            channel=None,
            limits=Limits(max_rows=500, max_bytes=1_000_000, max_item_bytes=100_000, per_second=50),
            idempotent=True,
            matches=frozenset({"upsert", "update_only", "create_only"}),
            on_leave=frozenset({"nothing", "remove", "clear", "delete"}),
            fields={
                "email": FieldSpec(kind="email", identifier=True, normalise=email),
                "phone": FieldSpec(kind="phone", identifier=True, normalise=phone),
            },
            open_fields=True,
            options=AudienceOptions,
        )
        return {audience.name: audience}

    def account(self) -> str:
        return safe_url(self._config.url)

    def check(self) -> None:
        self._client.send("HEAD", self._config.url.replace("{audience}", "check"), headers=self._headers(b""))

    def send(self, batch: Batch) -> BatchResult:
        self._check_shape(batch)
        body = json_body(self._body(batch))
        answer = self._client.send("POST", self._url(batch.target), body, self._headers(body))
        if answer.status_code in _ABOUT_A_ROW:
            return BatchResult.same(batch, Rejected(f"http_{answer.status_code}", said_by(answer), scope="batch"))
        if not answer.ok:
            said = f"the destination answers {answer.status_code}: {said_by(answer)}"
            raise StopSync(said, safe_url(self._config.url), "nothing is lost: the next run sends what is left")
        return self._read(batch, answer)

    def preview(self, batch: Batch) -> str:
        masked = [replace(operation, fields=mask_fields(operation.fields)) for operation in batch.operations]
        body = self._body(batch.part(masked))
        said = ["Authorization: Bearer ***"] if self._config.token_env else []
        return "\n".join([f"POST {safe_url(self._url(batch.target))}", *said, json.dumps(body, indent=2, default=str)])

    def close(self) -> None:
        self._client.close()

    def _url(self, target: Target) -> str:
        return self._config.url.replace("{audience}", quote(target.audience, safe=""))

    def _headers(self, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Idempotency-Key": hashlib.sha256(body).hexdigest()}
        if self._config.token_env:
            headers["Authorization"] = f"Bearer {self._surroundings.secret(self._config.token_env)}"
        return headers

    def _body(self, batch: Batch) -> object:
        target, options = batch.target, AudienceOptions.model_validate(batch.target.options)
        action = target.on_leave if batch.action == "remove" else "set"
        whole = {
            "sync": target.sync,
            "audience": target.audience,
            "action": action,
            "match": target.match,
            "as_of": f"{target.as_of.isoformat()}Z",
            **options.constants,
            "rows": list(_rows(batch, action, options)),
        }
        return whole if options.body is None else shaped(options.body, whole)

    def _check_shape(self, batch: Batch) -> None:
        """A name that the sync does not map would be null for everybody."""
        options = AudienceOptions.model_validate(batch.target.options)
        if options.row is None or batch.action == "remove":
            return
        mapped = {options.rename.get(name, name) for operation in batch.operations for name in operation.fields}
        if unknown := set(names_in(options.row)) - mapped - {"id", "action"}:
            what = f"the option row asks for {', '.join(sorted(unknown))}, which the sync does not map"
            raise StopSync(what, batch.target.sync, "add it to fields, or correct the option; nothing was sent")

    def _read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        try:
            said = orjson.loads(answer.content) if answer.content else {}
        except orjson.JSONDecodeError:
            said = {}
        if isinstance(said, dict) and isinstance(said.get("results"), list):
            return self._in_order(batch, said["results"])
        if isinstance(said, dict) and isinstance(said.get("errors"), list):
            return self._by_index(batch, said["errors"])
        if self._config.answers == "rows" or answer.status_code == 207:
            raise self._unclear(f"no results for {len(batch.operations)} rows")
        return BatchResult.same(batch, Delivered())

    def _in_order(self, batch: Batch, results: list[Any]) -> BatchResult:
        if len(results) != len(batch.operations):
            raise self._unclear(f"{len(results)} results for {len(batch.operations)} rows")
        if results.count(_OK) == len(results):
            return BatchResult.same(batch, Delivered())
        return BatchResult.in_order(batch, [_outcome(result) for result in results])

    def _by_index(self, batch: Batch, errors: list[Any]) -> BatchResult:
        outcomes: list[Outcome] = [Delivered()] * len(batch.operations)
        for error in errors:
            index = error.get("index") if isinstance(error, dict) else None
            if not isinstance(index, int) or not 0 <= index < len(outcomes):
                raise self._unclear("an error that names no row of the batch")
            outcomes[index] = _outcome({"status": "rejected", **error})
        return BatchResult.in_order(batch, outcomes)

    def _unclear(self, what: str) -> StopSync:
        return StopSync(
            f"the answer does not account for the batch: {what}",
            safe_url(self._config.url),
            "the receiver must answer row by row; the rows are sent again",
        )


def _rows(batch: Batch, action: str, options: AudienceOptions) -> Iterator[object]:
    rename = options.rename
    if not rename and options.row is None and action != "clear":
        yield from ({"id": key, "fields": row} for key, row in zip(batch.keys, batch.rows(), strict=True))
        return
    for key, row in zip(batch.keys, batch.rows(), strict=True):
        fields = {rename.get(name, name): value for name, value in row.items()} if rename else row
        if action == "clear":
            fields = dict.fromkeys(fields)
        if options.row is None:
            yield {"id": key, "fields": fields}
        else:
            yield shaped(options.row, {**fields, "id": key, "action": action})


def _outcome(result: Any) -> Outcome:
    status = result.get("status") if isinstance(result, dict) else None
    if status in ("ok", "delivered"):
        return Delivered()
    code = str(result.get("code", "rejected")) if isinstance(result, dict) else "unreadable"
    if status == "skipped":
        return Skipped(code)
    message = str(result.get("message", "")) if isinstance(result, dict) else ""
    return Rejected(code, message, retryable=bool(isinstance(result, dict) and result.get("retryable")))
