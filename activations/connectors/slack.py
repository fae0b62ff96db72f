"""Slack messages to a channel, one call each.

Class G: HTTP is 200 even for an error, which is `ok: false` with a word. A message that is repeated is there twice.
"""

from collections.abc import Mapping

import requests
from pydantic import Field

from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import RetryLater, StopSync

_NO_ACCESS = {"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "missing_scope"}
_BUSY = {"ratelimited", "rate_limited", "internal_error", "service_unavailable"}


class SlackConfig(ApiConfig):
    """`token_env` is a bot token with `chat:write`."""

    base_url: str = Field(default="https://slack.com/api", pattern=r"^https?://")
    token_env: str


class MessageOptions(Options):
    """`text` is in the template language."""

    text: str


class SlackConnector(HttpConnector):
    name = "slack"
    Config = SlackConfig

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        message = ObjectSpec(
            name="message",
            kind="message",
            channel="chat",
            limits=Limits(max_rows=10, max_item_bytes=40_000, per_second=0.1),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"channel": FieldSpec(required=True, identifier=True, normalise=lambda value: str(value).strip())},
            options=MessageOptions,
            text_options=frozenset({"text"}),
        )
        return {message.name: message}

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.secret('token_env')}"}

    def check(self) -> None:
        self._outcome(self.ask(Call("POST", "/auth.test")))

    def send(self, batch: Batch) -> BatchResult:
        return send_one_by_one(self, batch, _message, self._outcome)

    def call(self, batch: Batch) -> Call:
        return _message(batch.operations[0])

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    def _outcome(self, answer: requests.Response) -> Outcome:
        said = self.json(answer)
        if said.get("ok") is True:
            return Delivered({"ts": str(said["ts"])} if "ts" in said else {})
        word = str(said.get("error", "unknown"))
        if word in _NO_ACCESS:
            raise StopSync(f"Slack refuses our access ({word})", self.account(), "check the bot token and its scopes")
        if word in _BUSY:
            raise RetryLater(f"Slack asks for patience ({word})", 30.0, self.account())
        return Rejected(word, "")


def _message(operation: Operation) -> Call:
    return Call(
        "POST", "/chat.postMessage", json={"channel": operation.fields["channel"], "text": operation.texts["text"]}
    )
