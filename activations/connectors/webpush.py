"""Push messages to browsers (Web Push), one call per subscription, encrypted so that only the browser reads them.

Class G. A subscription that is gone (404, 410) is refused for good. Where a message goes is data that browsers gave, so
only the push services that the connection names are ever called, and only over https. One that fails keeps only its own
rows waiting (push_services.py). A message that is in doubt is not repeated; 201 says that the service took it, not that
anybody saw it.
"""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import Field

from activations.client import said_by
from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options
from activations.http_connector import SANDBOX_SECRET, Call, HttpConnector, shown
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected
from activations.push_services import KEY_REFUSED, PushServices
from activations.vapid import Vapid
from activations.web_push_message import MAX_MESSAGE, encrypted, to_bytes, to_text
from heddle.errors import RejectRecord

_SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "notify.windows.com",
    "push.apple.com",
)
_SUBSCRIPTION = ("endpoint", "p256dh", "auth")
_SANDBOX_KEY = to_text(bytes(range(1, 33)))  # the same in every run: an account is known by its key
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*|[0-9a-f:.]+")
_READ = (301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413)  # each call is to an address of its own


class WebPushConfig(Options):
    """`key_env` is the private VAPID key whose public half the subscriptions were made with; `subject` is how a push
    service reaches you. `services` are the only hosts, with those below them, that are ever called. `base_url` stands
    in for all of them: the sandbox."""

    key_env: str
    subject: str = Field(pattern=r"^(mailto:.+@.+|https://.+)$")
    services: tuple[str, ...] = _SERVICES
    base_url: str = Field(default="", pattern=r"^(https?://.+)?$")
    timeout: float = 30.0


class PushOptions(Options):
    """`title`, `body` and `url` are texts in the template language; your service worker gets them as JSON, with the
    other fields under `data`. `ttl`: seconds that a browser which is off may come back in; `topic`: a newer message
    takes the place of one with the same topic that waits."""

    title: str
    body: str
    url: str | None = None
    ttl: int = Field(default=86_400, ge=0, le=2_419_200)
    urgency: Literal["very-low", "low", "normal", "high"] = "normal"
    topic: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,32}$")


class WebPushConnector(HttpConnector):
    name = "webpush"
    Config = WebPushConfig
    shown_headers = ("Authorization: ***", "Content-Encoding: aes128gcm")

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        message = ObjectSpec(
            name="message",
            kind="message",
            channel="push",
            limits=Limits(max_rows=20, max_item_bytes=8_000, per_second=50),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={
                "endpoint": FieldSpec(required=True, identifier=True, normalise=_endpoint),
                "p256dh": FieldSpec(required=True, normalise=_point),
                "auth": FieldSpec(required=True, normalise=_sixteen_bytes),
            },
            open_fields=True,
            options=PushOptions,
            text_options=frozenset({"title", "body", "url"}),
        )
        return {message.name: message}

    def account(self) -> str:
        return f"webpush:{self._vapid.public[:16]}"

    def check(self) -> None:
        # no service says more without a message: a key that can be read is all there is to know
        _ = self._vapid

    def send(self, batch: Batch) -> BatchResult:
        options = PushOptions.model_validate(batch.target.options)
        unsent = {row.op_id: outcome for row in batch.operations if (outcome := self._unfit(row))}
        rows = [row for row in batch.operations if row.op_id not in unsent]
        if not rows:
            return BatchResult(batch, unsent)
        nobody = Rejected("no_service_there", "nobody answers at the endpoint", retryable=True, scope="batch")

        def one_service(part: Batch) -> BatchResult:
            return send_one_by_one(
                self, part, lambda row: self._push(row, options), self._outcome, _READ, nobody=nobody
            )

        sent = self._push_services.send(batch.part(rows), _service, one_service)
        return BatchResult(batch, {**unsent, **sent.outcomes})

    def call(self, batch: Batch) -> Call:
        return self._push(batch.operations[0], PushOptions.model_validate(batch.target.options))

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    def preview(self, batch: Batch) -> str:
        row, options = batch.operations[0], PushOptions.model_validate(batch.target.options)
        headers = [f"{name}: {value}" for name, value in _headers(options).items()]
        message = Call("POST", "/***", json=json.loads(_message(row)))
        return shown(message, batch, _origin(str(row.fields["endpoint"])), (*self.shown_headers, *headers))

    def address(self, call: Call) -> str:
        return call.path

    def named(self, call: Call) -> str:
        """Whoever has an endpoint can send to it, as far as the service goes by that alone."""
        return _origin(call.path)

    @cached_property
    def _push_services(self) -> PushServices:
        return PushServices()

    @cached_property
    def _vapid(self) -> Vapid:
        key = self.secret("key_env")
        return Vapid(_SANDBOX_KEY if key == SANDBOX_SECRET else key, self._config.subject)

    def _unfit(self, row: Operation) -> Outcome | None:
        """What is known without a call."""
        if not self._is_ours(str(row.fields["endpoint"])):
            return Rejected("no_push_service", "the endpoint is of none of the services of the connection")
        if len(_message(row)) > MAX_MESSAGE:
            return Rejected("payload_too_large", f"a message has at most {MAX_MESSAGE:,} bytes")
        return None

    def _is_ours(self, endpoint: str) -> bool:
        if self._config.base_url:
            return endpoint.startswith(self._config.base_url.rstrip("/") + "/")
        parts = urlsplit(endpoint)
        host = f".{_host(parts)}"
        known = any(host.endswith(f".{service}") for service in self._config.services)
        return known and parts.scheme == "https" and parts.port in (None, 443) and parts.username is None

    def _push(self, row: Operation, options: PushOptions) -> Call:
        endpoint, browser, auth = (str(row.fields[name]) for name in _SUBSCRIPTION)
        headers = {
            "Authorization": self._vapid.authorization(_origin(endpoint)),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            **_headers(options),
        }
        return Call("POST", endpoint, data=encrypted(_message(row), to_bytes(browser), to_bytes(auth)), headers=headers)

    def _outcome(self, answer: requests.Response) -> Outcome:
        if answer.status_code < 300:
            return Delivered()
        if answer.status_code in (404, 410):
            return Rejected("gone", "the browser has ended its subscription", suppress=True)
        if answer.status_code == 413:
            return Rejected("payload_too_large", said_by(answer))
        # these may be about this subscription, made with another key of ours, or about the request as such
        code = KEY_REFUSED if answer.status_code in (401, 403) else f"http_{answer.status_code}"
        return Rejected(code, said_by(answer), scope="batch")


def _service(row: Operation) -> str:
    return _origin(str(row.fields["endpoint"]))


def _headers(options: PushOptions) -> dict[str, str]:
    topic = {"Topic": options.topic} if options.topic else {}
    return {"TTL": str(options.ttl), "Urgency": options.urgency, **topic}


def _message(row: Operation) -> bytes:
    data = {name: value for name, value in row.fields.items() if name not in _SUBSCRIPTION and value is not None}
    message = {**row.texts, "data": data, "message_id": row.message_id}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _origin(endpoint: str) -> str:
    """As a signed statement names it: without the port where that is the usual one."""
    parts = urlsplit(endpoint)
    usual = ":443" if parts.scheme == "https" else ":80"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower().removesuffix(usual)}"


def _host(parts: SplitResult) -> str:
    """Empty where readers differ about the end of it: `https://a\\.b/` is below `b` to one, and at `a` to another."""
    host = parts.hostname or ""
    return host if _HOST.fullmatch(host) else ""


def _endpoint(value: object) -> str:
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("https", "http") and bool(_host(parts)) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or len(text) > 2_000 or not text.isascii() or any(letter.isspace() for letter in text):
        raise RejectRecord("invalid_endpoint")
    return text


def _point(value: object) -> str:
    try:
        key = to_bytes(str(value))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    except ValueError:
        raise RejectRecord("invalid_key") from None
    return to_text(key)


def _sixteen_bytes(value: object) -> str:
    try:
        secret = to_bytes(str(value))
    except ValueError:
        secret = b""
    if len(secret) != 16:
        raise RejectRecord("invalid_key")
    return to_text(secret)
