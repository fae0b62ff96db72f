"""SMS through Amazon SNS, one call per message.

Class G. The answers are XML. What becomes of a message is in the delivery logs of the account.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import requests
from pydantic import Field

from activations.aws_signature import signed_headers
from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options
from activations.field_rules import phone
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected, Unknown
from heddle.errors import RetryLater, StopSync

_BUSY = {"Throttling", "ThrottledException", "RequestThrottled"}
_OURS = {"AuthorizationError", "EndpointDisabled", "UserError", "OptInRequired"}


class SnsConfig(ApiConfig):
    """`base_url` is the endpoint of your region, such as https://sns.eu-central-1.amazonaws.com."""

    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    key_id_env: str
    secret_env: str
    sender_id: str | None = Field(default=None, pattern=r"^[0-9A-Za-z-]{1,11}$")


class SmsOptions(Options):
    """`body` is text in the template language. `type` decides price and priority."""

    body: str
    type: str = Field(default="Promotional", pattern="^(Promotional|Transactional)$")


class SnsConnector(HttpConnector):
    name = "sns"
    Config = SnsConfig
    api_version = "2010-03-31"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        sms = ObjectSpec(
            name="sms",
            kind="message",
            channel="sms",
            limits=Limits(max_rows=10, max_item_bytes=20_000, per_second=2, lock="account"),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"to": FieldSpec(kind="phone", required=True, identifier=True, normalise=phone)},
            options=SmsOptions,
            text_options=frozenset({"body"}),
        )
        return {sms.name: sms}

    def signed(self, call: Call) -> Call:
        body, kind = call.body()
        headers = {**call.headers, **({"Content-Type": kind} if kind else {})}
        url = self._config.base_url.rstrip("/") + call.path
        key = (self.secret("key_id_env"), self.secret("secret_env"))
        scope = (self._config.region, "sns")
        return replace(call, headers=signed_headers(call.method, url, body or b"", headers, key, scope))

    def check(self) -> None:
        self.ask(self._action("GetSMSAttributes", {}))

    def send(self, batch: Batch) -> BatchResult:
        return send_one_by_one(self, batch, lambda operation: self._message(operation, batch), self._outcome)

    def call(self, batch: Batch) -> Call:
        return self._message(batch.operations[0], batch)

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    def _message(self, operation: Operation, batch: Batch) -> Call:
        options = SmsOptions.model_validate(batch.target.options)
        attributes = {"AWS.SNS.SMS.SMSType": options.type, "AWS.SNS.SMS.SenderID": self._config.sender_id}
        form = {"PhoneNumber": str(operation.fields["to"]), "Message": operation.texts["body"]}
        given = ((name, value) for name, value in attributes.items() if value)
        for number, (name, value) in enumerate(given, 1):
            entry = f"MessageAttributes.entry.{number}"
            form |= {f"{entry}.Name": name, f"{entry}.Value.DataType": "String", f"{entry}.Value.StringValue": value}
        return self._action("Publish", form)

    def _action(self, action: str, form: Mapping[str, str]) -> Call:
        return Call("POST", "/", form={"Action": action, "Version": str(self.api_version), **form})

    def _outcome(self, answer: requests.Response) -> Outcome:
        if answer.ok and (key := _tag(answer.text, "MessageId")):
            return Delivered({"id": key})
        if answer.ok:
            return Unknown("the answer has no MessageId")
        code, message = _tag(answer.text, "Code") or f"http_{answer.status_code}", _tag(answer.text, "Message") or ""
        if code in _BUSY:
            raise RetryLater(f"SNS asks for patience ({code})", 1.0, self.account())
        if code in _OURS:
            raise StopSync(f"SNS refuses our side ({code})", self.account(), "check the rights and the account")
        return Rejected(code, message, suppress="opted out" in message)


def _tag(xml: str, name: str) -> str | None:
    """The text of the first element of that name. SNS answers flat XML, of which nothing else is of use."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", xml)
    return found[1] if found else None
