"""SMS through Vonage, one call per message.

Class G: HTTP is 200 even for a failure, which is a `status` other than "0" per part of the message. A message of which
some parts went out is `unknown`. There is no key that would make a repeat harmless.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import requests
from pydantic import Field

from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options
from activations.field_rules import phone_digits
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.masking import mask_personal
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected, Unknown
from heddle.errors import RetryLater, StopSync

_THROTTLED, _PASSING = "1", ("5", "10", "33")
_OURS = {"2", "4", "8", "9", "11", "14", "15", "23", "29", "32"}
_BARRED = "7"


class VonageConfig(ApiConfig):
    """`sender` is a number or a name of up to 11 characters. `status_callback` gets what happens to each message."""

    base_url: str = Field(default="https://rest.nexmo.com", pattern=r"^https?://")
    api_key: str = Field(pattern=r"^\w{8}$")
    secret_env: str
    sender: str = Field(min_length=1, max_length=15)
    status_callback: str | None = Field(default=None, pattern=r"^https?://")


class SmsOptions(Options):
    """`body` is text in the template language."""

    body: str


class VonageConnector(HttpConnector):
    name = "vonage"
    Config = VonageConfig
    shown_headers = ()

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        sms = ObjectSpec(
            name="sms",
            kind="message",
            channel="sms",
            limits=Limits(max_rows=10, max_item_bytes=20_000, per_second=3, lock="account"),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"to": FieldSpec(kind="phone", required=True, identifier=True, normalise=phone_digits)},
            options=SmsOptions,
            text_options=frozenset({"body"}),
        )
        return {sms.name: sms}

    def account(self) -> str:
        return f"vonage:{self._config.api_key}"

    def signed(self, call: Call) -> Call:
        if call.form is None:
            return call
        return replace(
            call, form={"api_key": self._config.api_key, "api_secret": self.secret("secret_env"), **call.form}
        )

    def check(self) -> None:
        # a message to nobody is refused for its content, a wrong secret before that
        answer = self.ask(Call("POST", "/sms/json", form={"from": self._config.sender, "text": "check"}))
        status = (self.json(answer).get("messages") or [{}])[0].get("status")
        if status in _OURS - {"2"}:
            raise StopSync(f"Vonage refuses our side (status {status})", self.account(), "check key and secret")

    def send(self, batch: Batch) -> BatchResult:
        return send_one_by_one(self, batch, self._message, self._outcome)

    def call(self, batch: Batch) -> Call:
        return self._message(batch.operations[0])

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    def _message(self, operation: Operation) -> Call:
        body = operation.texts["body"]
        form = {
            "from": self._config.sender,
            "to": str(operation.fields["to"]),
            "text": body,
            "type": "text" if body.isascii() else "unicode",
            "client-ref": operation.message_id,
            "callback": self._config.status_callback,
        }
        return Call("POST", "/sms/json", form={name: value for name, value in form.items() if value is not None})

    def _outcome(self, answer: requests.Response) -> Outcome:
        if not answer.ok:
            return Rejected(f"http_{answer.status_code}", "")
        parts: list[dict[str, Any]] = self.json(answer).get("messages") or []
        failed = [part for part in parts if part.get("status") != "0"]
        if parts and not failed:
            return Delivered({"message_id": str(parts[0].get("message-id", ""))})
        if not parts or len(failed) < len(parts):
            return Unknown(f"{len(parts) - len(failed)} of {len(parts)} parts of the message went out")
        status, why = str(failed[0].get("status")), str(failed[0].get("error-text", ""))
        if status == _THROTTLED:
            raise RetryLater("Vonage asks for patience", 1.0, self.account())
        if status in _OURS:
            said = f"status {status}: {mask_personal(why)}"
            raise StopSync(f"Vonage refuses our side of the message ({said})", self.account())
        return Rejected(f"vonage_{status}", why, retryable=status in _PASSING, suppress=status == _BARRED)
