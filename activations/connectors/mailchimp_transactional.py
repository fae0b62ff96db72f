"""Mail through Mailchimp Transactional (Mandrill), one call per message.

Class G: the answer says whether the mail was sent, queued, rejected or is invalid. An error is a 500 with a reason, and
then nothing was sent; a 500 without one says nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import requests
from pydantic import Field

from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options, Target
from activations.field_rules import email
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected, Unknown
from activations.plain_text import plain_text
from heddle.errors import RetryLater, StopSync

_TAKEN = ("sent", "queued", "scheduled")
_GONE_FOR_GOOD = ("hard-bounce", "spam", "unsub", "custom")
_OURS = ("unsigned", "invalid-sender", "test-mode-limit", "rule")


class TransactionalConfig(ApiConfig):
    """`unsubscribe_url` holds {message_id}; marketing mail needs it (RFC 8058)."""

    base_url: str = Field(default="https://mandrillapp.com/api/1.4", pattern=r"^https?://")
    key_env: str
    sender: str
    sender_name: str | None = None
    unsubscribe_url: str | None = Field(default=None, pattern=r"^https?://")


class MailOptions(Options):
    """`template` is a file of activations/templates, `subject` text in the same language."""

    template: str
    subject: str
    campaign: str | None = None


class TransactionalConnector(HttpConnector):
    name = "mailchimp_transactional"
    Config = TransactionalConfig
    api_version = "1.4"
    shown_headers = ()

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        mail = ObjectSpec(
            name="mail",
            kind="message",
            channel="email",
            limits=Limits(max_rows=10, max_item_bytes=5_000_000, per_second=10),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={
                "to": FieldSpec(kind="email", required=True, identifier=True, normalise=email),
                "to_name": FieldSpec(),
            },
            options=MailOptions,
            text_options=frozenset({"subject"}),
            file_options=frozenset({"template"}),
            variables=frozenset({"unsubscribe_url"}),
        )
        return {mail.name: mail}

    def signed(self, call: Call) -> Call:
        body: Any = call.json or {}
        return replace(call, json={"key": self.secret("key_env"), **body})

    def variables(self, message_id: str | None) -> Mapping[str, object]:
        url = self._config.unsubscribe_url or ""
        return {"unsubscribe_url": url.replace("{message_id}", message_id or "")}

    def check(self) -> None:
        answer = self.ask(Call("POST", "/users/ping2"), reads=(500,))
        if not answer.ok:
            raise self._trouble(_error(answer))

    def send(self, batch: Batch) -> BatchResult:
        return send_one_by_one(
            self, batch, lambda operation: self._mail(operation, batch.target), self._outcome, (400, 422, 500)
        )

    def call(self, batch: Batch) -> Call:
        return self._mail(batch.operations[0], batch.target)

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    def _mail(self, operation: Operation, target: Target) -> Call:
        options = MailOptions.model_validate(target.options)
        html, name = operation.texts["template"], operation.fields.get("to_name")
        message = {
            "from_email": self._config.sender,
            **({"from_name": self._config.sender_name} if self._config.sender_name else {}),
            "to": [{"email": operation.fields["to"], "type": "to", **({"name": str(name)} if name else {})}],
            "subject": operation.texts["subject"],
            "html": html,
            "text": plain_text(html),
            "metadata": {"message_id": operation.message_id, "campaign": options.campaign or target.sync},
            "headers": self._unsubscribe(operation, target),
        }
        return Call("POST", "/messages/send", json={"message": message})

    def _unsubscribe(self, operation: Operation, target: Target) -> dict[str, str]:
        if target.purpose != "marketing":
            return {}
        if not self._config.unsubscribe_url:
            hint = "set unsubscribe_url in destinations.yml"
            raise StopSync("marketing mail needs a way to unsubscribe", self.account(), hint)
        url = self.variables(operation.message_id)["unsubscribe_url"]
        return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

    def _outcome(self, answer: requests.Response) -> Outcome:
        if not answer.ok:
            return self._failed(answer)
        said = self.json(answer)
        if not isinstance(said, list) or len(said) != 1:
            return Unknown("the answer is not about one recipient")
        status, why = said[0].get("status"), str(said[0].get("reject_reason") or "rejected")
        if status in _TAKEN:
            return Delivered({"id": str(said[0]["_id"])} if said[0].get("_id") else {})
        if status == "invalid":
            return Rejected("invalid", "the address is not valid")
        if why in _OURS:
            raise StopSync(f"Mailchimp Transactional does not send for us ({why})", self.account(), "check the sender")
        return Rejected(why, "", retryable=why == "soft-bounce", suppress=why in _GONE_FOR_GOOD)

    def _failed(self, answer: requests.Response) -> Outcome:
        said = _error(answer)
        if said is None:
            return Unknown(f"the destination answered {answer.status_code}")
        if said == "ValidationError":
            return Rejected(said, str(answer.json().get("message", "")))
        raise self._trouble(said)

    def _trouble(self, word: str | None) -> StopSync | RetryLater:
        if word in (None, "GeneralError", "ServiceUnavailable"):
            return RetryLater("Mailchimp Transactional asks for patience", 5.0, self.account())
        return StopSync(f"Mailchimp Transactional refuses ({word})", self.account(), "check the key, and the account")


def _error(answer: requests.Response) -> str | None:
    """The name of the error; None where the answer is not one of the vendor."""
    try:
        said = answer.json()
    except requests.exceptions.JSONDecodeError:
        return None
    return str(said.get("name")) if isinstance(said, dict) and said.get("status") == "error" else None
