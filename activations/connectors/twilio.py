"""SMS through Twilio: one call per message, and no key that would make a repeat harmless.

Class G. A call that may have arrived is `unknown` and is never repeated by itself. What becomes of a message later
(delivered, undelivered, an answer STOP) comes back through `status_callback` as raw events.
"""

from collections.abc import Mapping

import requests
from pydantic import Field, model_validator

from activations.client import said_by
from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options
from activations.field_rules import phone
from activations.http_connector import ApiConfig, Call, HttpConnector, basic
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import RetryLater, StopSync

_OPTED_OUT = {21610}
_LATER = {20429, 21611, 30001, 63017}
_OURS = {20003, 20404, 21212, 21603, 21606, 21659, 21660, 21701, 21703, 30002, 63007}


class TwilioConfig(ApiConfig):
    """Either `messaging_service_sid` or `from_number` sends. `status_callback` gets what happens to each message."""

    base_url: str = Field(default="https://api.twilio.com", pattern=r"^https?://")
    account_sid: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$")
    token_env: str
    messaging_service_sid: str | None = Field(default=None, pattern=r"^MG[0-9a-fA-F]{32}$")
    from_number: str | None = Field(default=None, pattern=r"^\+?[0-9A-Za-z ]{3,16}$")
    status_callback: str | None = Field(default=None, pattern=r"^https?://")

    @model_validator(mode="after")
    def _one_sender(self) -> "TwilioConfig":
        if bool(self.messaging_service_sid) == bool(self.from_number):
            raise ValueError("give messaging_service_sid or from_number, one of them")
        return self


class SmsOptions(Options):
    """`body` is text in the template language; `validity_seconds`: how long Twilio may hold a message back."""

    body: str
    validity_seconds: int = Field(default=14_400, ge=1, le=36_000)


class TwilioConnector(HttpConnector):
    name = "twilio"
    Config = TwilioConfig
    api_version = "2010-04-01"

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        sms = ObjectSpec(
            name="sms",
            kind="message",
            channel="sms",
            limits=Limits(max_rows=10, max_item_bytes=20_000, per_second=10, lock="account"),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"to": FieldSpec(kind="phone", required=True, identifier=True, normalise=phone)},
            options=SmsOptions,
            text_options=frozenset({"body"}),
        )
        return {sms.name: sms}

    def account(self) -> str:
        return f"twilio:{self._config.account_sid}"

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": basic(self._config.account_sid, self.secret("token_env"))}

    def check(self) -> None:
        self.ask(Call("GET", f"/{self.api_version}/Accounts/{self._config.account_sid}.json"))

    def send(self, batch: Batch) -> BatchResult:
        return send_one_by_one(self, batch, lambda operation: self._message(operation, batch), self._outcome)

    def call(self, batch: Batch) -> Call:
        return self._message(batch.operations[0], batch)

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    def _message(self, operation: Operation, batch: Batch) -> Call:
        config, options = self._config, SmsOptions.model_validate(batch.target.options)
        form = {
            "To": str(operation.fields["to"]),
            "MessagingServiceSid": config.messaging_service_sid,
            "From": config.from_number,
            "Body": operation.texts["body"],
            "ValidityPeriod": str(options.validity_seconds),
            "StatusCallback": config.status_callback,
        }
        given = {name: value for name, value in form.items() if value is not None}
        return Call("POST", f"/{self.api_version}/Accounts/{config.account_sid}/Messages.json", form=given)

    def _outcome(self, answer: requests.Response) -> Outcome:
        said = self.json(answer)
        if answer.ok:
            return Delivered({"sid": str(said["sid"])})
        code = said.get("code")
        if code in _LATER:
            raise RetryLater(f"Twilio asks for patience ({code})", 5.0, self.account())
        if code in _OURS:
            hint = "check the account, and the number or service that sends"
            raise StopSync(f"Twilio refuses our side of the message ({code})", self.account(), hint)
        return Rejected(f"twilio_{code}", said_by(answer), suppress=code in _OPTED_OUT)
