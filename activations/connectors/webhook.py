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
import pyarrow.compute as pc
import requests
from pydantic import Field, model_validator

from activations.client import HttpClient, safe_url, said_by
from activations.contract import (
    Batch,
    BatchResult,
    Columns,
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
from activations.json_rows import json_objects, written
from activations.json_shape import names_in, shaped
from activations.masking import mask_fields
from activations.outcomes import Delivered, Outcome, Rejected, Skipped
from activations.text_column import TextColumn, packed
from heddle.errors import StopSync

_arrow: Any = pc
_OK = b'{"status": "ok"}'
_ABOUT_A_ROW = (400, 413, 422)
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
        body = self._bytes(batch)
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

    def _bytes(self, batch: Batch) -> bytes:
        """`_body`, from the columns of the batch where that can be done."""
        options = AudienceOptions.model_validate(batch.target.options)
        rows = _written_rows(batch, options) if options.row is None and options.body is None else None
        if rows is None:
            return json_body(self._body(batch))
        return b'%b,"rows":[%b]}' % (json_body(_about(batch, options))[:-1], rows)

    def _body(self, batch: Batch) -> object:
        options = AudienceOptions.model_validate(batch.target.options)
        whole = {**_about(batch, options), "rows": list(_rows(batch, options))}
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
        if _all_ok(answer.content, len(batch.operations)):
            return BatchResult.same(batch, Delivered())
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


def _action(batch: Batch) -> str:
    return batch.target.on_leave if batch.action == "remove" else "set"


def _about(batch: Batch, options: AudienceOptions) -> dict[str, object]:
    target = batch.target
    said = {
        "sync": target.sync,
        "audience": target.audience,
        "action": _action(batch),
        "match": target.match,
        "as_of": f"{target.as_of.isoformat()}Z",
    }
    return said | {name: value for name, value in options.constants.items() if name != "rows"}


def _written_rows(batch: Batch, options: AudienceOptions) -> bytes | None:
    """The rows of `_rows` with commas between them; None where they have to be made one by one."""
    if not isinstance(batch.operations, Columns) or _action(batch) == "clear":
        return None
    fields = json_objects({options.rename.get(name, name): part for name, part in batch.operations.fields.items()})
    ids = packed(batch.keys)
    if fields is None or not isinstance(ids, TextColumn):
        return None
    return written(_arrow.binary_join_element_wise('{"id":', ids.json(), ',"fields":', fields, "}", ""), ",")[:-1]


def _rows(batch: Batch, options: AudienceOptions) -> Iterator[object]:
    rename, action = options.rename, _action(batch)
    for key, row in zip(batch.keys, batch.rows(), strict=True):
        fields = {rename.get(name, name): value for name, value in row.items()} if rename else row
        if action == "clear":
            fields = dict.fromkeys(fields)
        if options.row is None:
            yield {"id": key, "fields": fields}
        else:
            yield shaped(options.row, {**fields, "id": key, "action": action})


def _all_ok(answer: bytes, rows: int) -> bool:
    """What most answers are: a result per row, each of them to the letter. Read without an object for each."""
    ok = _OK if _OK in answer else _OK.replace(b" ", b"")
    before, *between, after = answer.split(ok) if ok in answer else (b"", b"")
    if len(between) != rows - 1 or {piece.strip() for piece in set(between)} - {b","}:
        return False
    try:
        said = orjson.loads(before + b"0" + after)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and said.get("results") == [0]


def _outcome(result: Any) -> Outcome:
    status = result.get("status") if isinstance(result, dict) else None
    if status in ("ok", "delivered"):
        return Delivered()
    code = str(result.get("code", "rejected")) if isinstance(result, dict) else "unreadable"
    if status == "skipped":
        return Skipped(code)
    message = str(result.get("message", "")) if isinstance(result, dict) else ""
    return Rejected(code, message, retryable=bool(isinstance(result, dict) and result.get("retryable")))
