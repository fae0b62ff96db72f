"""WhatsApp templates through the Cloud API, one call per message.

Class G: a message that starts a conversation has to be an approved template, whose parameters are fields of the row.
What becomes of it (delivered, read, failed) comes by webhook. Who stopped marketing messages is suppressed.
"""

from collections.abc import Mapping
from typing import Any

import requests
from pydantic import Field

from activations.client import retry_after
from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options, Target
from activations.field_rules import phone_digits
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import RetryLater, StopSync

_BUSY = {1, 2, 4, 80007, 130429, 131016, 131048, 131056, 133004}
_OURS = {0, 3, 10, 33, 190, 131005, 131031, 131042, 131045, 368, *range(200, 300), *range(132000, 133000)}
_OPTED_OUT = {131050}


class WhatsAppConfig(ApiConfig):
    base_url: str = Field(default="https://graph.facebook.com", pattern=r"^https?://")
    phone_number_id: str = Field(pattern=r"^\d+$")
    token_env: str


class TemplateOptions(Options):
    """`template` is approved at WhatsApp in `language`; `parameters` are the fields of the sync that fill its body, in
    order."""

    template: str
    language: str = "en"
    parameters: tuple[str, ...] = ()


class WhatsAppConnector(HttpConnector):
    name = "whatsapp"
    Config = WhatsAppConfig
    api_version = "v23.0"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        template = ObjectSpec(
            name="template",
            kind="message",
            channel="whatsapp",
            limits=Limits(max_rows=20, max_item_bytes=20_000, per_second=20, lock="account"),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"to": FieldSpec(kind="phone", required=True, identifier=True, normalise=phone_digits)},
            open_fields=True,
            options=TemplateOptions,
        )
        return {template.name: template}

    def account(self) -> str:
        return f"whatsapp:{self._config.phone_number_id}"

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.secret('token_env')}"}

    def check(self) -> None:
        self._error(self.ask(Call("GET", f"/{self.api_version}/{self._config.phone_number_id}"), reads=(400,)))

    def send(self, batch: Batch) -> BatchResult:
        return send_one_by_one(
            self, batch, lambda operation: self._message(operation, batch.target), self._outcome, (400, 404)
        )

    def call(self, batch: Batch) -> Call:
        return self._message(batch.operations[0], batch.target)

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    def _message(self, operation: Operation, target: Target) -> Call:
        options = TemplateOptions.model_validate(target.options)
        values = [{"type": "text", "text": str(operation.fields.get(name) or "")} for name in options.parameters]
        template: dict[str, Any] = {
            "name": options.template,
            "language": {"policy": "deterministic", "code": options.language},
        }
        if values:
            template["components"] = [{"type": "body", "parameters": values}]
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": operation.fields["to"],
            "type": "template",
            "template": template,
        }
        return Call("POST", f"/{self.api_version}/{self._config.phone_number_id}/messages", json=body)

    def _outcome(self, answer: requests.Response) -> Outcome:
        error = self._error(answer)
        if error is None:
            return Delivered({"wamid": str(self.json(answer)["messages"][0]["id"])})
        code = error.get("code")
        return Rejected(f"whatsapp_{code}", str(error.get("message", "")), suppress=code in _OPTED_OUT)

    def _error(self, answer: requests.Response) -> dict[str, Any] | None:
        """The error of an answer. Raises what a code means that is about us, or about the moment."""
        said = self.json(answer)
        error: dict[str, Any] | None = said.get("error") if isinstance(said, dict) else None
        if error is None:
            return None
        code = error.get("code")
        if code in _BUSY:
            raise RetryLater(f"WhatsApp asks for patience (code {code})", retry_after(answer), self.account())
        if code in _OURS:
            hint = "check the token, the number, and the template with its language and parameters"
            raise StopSync(f"WhatsApp refuses our side (code {code})", self.account(), hint)
        return error
