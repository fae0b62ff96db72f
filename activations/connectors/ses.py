"""Mail through Amazon SES, one call per message.

Class G. Accepted there is not delivered: bounces and complaints come as events of the configuration set. No key makes a
repeat harmless.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import requests
from pydantic import Field

from activations.aws_signature import signed_headers
from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options, Target
from activations.field_rules import email
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected
from activations.plain_text import plain_text
from heddle.errors import StopSync

_OURS = {
    "AccountSuspendedException",
    "SendingPausedException",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
    "LimitExceededException",
}


class SesConfig(ApiConfig):
    """`base_url` is the endpoint of your region, such as https://email.eu-central-1.amazonaws.com. `unsubscribe_url`
    holds {message_id}; marketing mail needs it (RFC 8058)."""

    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    key_id_env: str
    secret_env: str
    sender: str
    configuration_set: str | None = None
    unsubscribe_url: str | None = Field(default=None, pattern=r"^https?://")


class MailOptions(Options):
    """`template` is a file of activations/templates, `subject` text in the same language."""

    template: str
    subject: str
    campaign: str | None = None


class SesConnector(HttpConnector):
    name = "ses"
    Config = SesConfig
    api_version = "v2"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        mail = ObjectSpec(
            name="mail",
            kind="message",
            channel="email",
            limits=Limits(max_rows=10, max_item_bytes=9_000_000, per_second=10),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"to": FieldSpec(kind="email", required=True, identifier=True, normalise=email)},
            options=MailOptions,
            text_options=frozenset({"subject"}),
            file_options=frozenset({"template"}),
            variables=frozenset({"unsubscribe_url"}),
        )
        return {mail.name: mail}

    def variables(self, message_id: str | None) -> Mapping[str, object]:
        url = self._config.unsubscribe_url or ""
        return {"unsubscribe_url": url.replace("{message_id}", message_id or "")}

    def signed(self, call: Call) -> Call:
        body, kind = call.body()
        headers = {**call.headers, **({"Content-Type": kind} if kind else {})}
        url = self._config.base_url.rstrip("/") + call.path
        key = (self.secret("key_id_env"), self.secret("secret_env"))
        scope = (self._config.region, "ses")
        return replace(call, headers=signed_headers(call.method, url, body or b"", headers, key, scope))

    def check(self) -> None:
        said = self.json(self.ask(Call("GET", "/v2/email/account")))
        if said.get("SendingEnabled") is False:
            raise StopSync("sending is switched off for the account", self.account())

    def send(self, batch: Batch) -> BatchResult:
        return send_one_by_one(self, batch, lambda operation: self._mail(operation, batch.target), self._outcome)

    def call(self, batch: Batch) -> Call:
        return self._mail(batch.operations[0], batch.target)

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    def _mail(self, operation: Operation, target: Target) -> Call:
        options = MailOptions.model_validate(target.options)
        html = operation.texts["template"]
        content: dict[str, Any] = {
            "Subject": {"Data": operation.texts["subject"], "Charset": "UTF-8"},
            "Body": {
                "Html": {"Data": html, "Charset": "UTF-8"},
                "Text": {"Data": plain_text(html), "Charset": "UTF-8"},
            },
        }
        if target.purpose == "marketing":
            content["Headers"] = self._unsubscribe(operation)
        tags = {"message_id": str(operation.message_id), "campaign": options.campaign or target.sync}
        body = {
            "FromEmailAddress": self._config.sender,
            "Destination": {"ToAddresses": [operation.fields["to"]]},
            "Content": {"Simple": content},
            "EmailTags": [{"Name": name, "Value": value} for name, value in tags.items()],
            "ConfigurationSetName": self._config.configuration_set,
        }
        given = {name: value for name, value in body.items() if value is not None}
        return Call("POST", "/v2/email/outbound-emails", json=given)

    def _unsubscribe(self, operation: Operation) -> list[dict[str, str]]:
        if not self._config.unsubscribe_url:
            hint = "set unsubscribe_url in destinations.yml"
            raise StopSync("marketing mail needs a way to unsubscribe", self.account(), hint)
        url = self.variables(operation.message_id)["unsubscribe_url"]
        return [
            {"Name": "List-Unsubscribe", "Value": f"<{url}>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ]

    def _outcome(self, answer: requests.Response) -> Outcome:
        said = self.json(answer)
        if answer.ok:
            return Delivered({"id": str(said["MessageId"])})
        kind = answer.headers.get("x-amzn-ErrorType", f"http_{answer.status_code}").partition(":")[0]
        message = str(said.get("message") or said.get("Message") or "")
        if kind in _OURS or "not verified" in message:
            raise StopSync(f"SES refuses our side ({kind})", self.account(), "check the sender and the account")
        return Rejected(kind, message)
