"""Telegram messages of a bot, one call each.

Class G. The bot's token is part of the address, which no message of ours shows. People have to have written to the bot
first; who blocked it is suppressed.
"""

from collections.abc import Mapping
from dataclasses import replace

import requests
from pydantic import Field

from activations.client import retry_after
from activations.contract import Batch, BatchResult, FieldSpec, Limits, ObjectSpec, Operation, Options
from activations.http_connector import ApiConfig, Call, HttpConnector
from activations.one_by_one import send_one_by_one
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import RetryLater, StopSync


class TelegramConfig(ApiConfig):
    base_url: str = Field(default="https://api.telegram.org", pattern=r"^https?://")
    token_env: str


class MessageOptions(Options):
    """`text` is in the template language, plain: nothing in it is read as markup."""

    text: str


class TelegramConnector(HttpConnector):
    name = "telegram"
    Config = TelegramConfig
    shown_headers = ()

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        message = ObjectSpec(
            name="message",
            kind="message",
            channel="chat",
            limits=Limits(max_rows=20, max_item_bytes=20_000, per_second=1, lock="account"),
            idempotent=False,
            matches=frozenset({"create_only"}),
            on_leave=frozenset({"nothing"}),
            fields={"chat_id": FieldSpec(required=True, identifier=True, normalise=lambda value: str(value).strip())},
            options=MessageOptions,
            text_options=frozenset({"text"}),
        )
        return {message.name: message}

    def headers(self) -> Mapping[str, str]:
        return {}

    def signed(self, call: Call) -> Call:
        return replace(call, path=f"/bot{self.secret('token_env')}{call.path}")

    def named(self, call: Call) -> str:
        return f"{self.account()}/bot***/{call.path.rsplit('/', 1)[-1]}"

    def check(self) -> None:
        self.ask(Call("GET", "/getMe"))

    def send(self, batch: Batch) -> BatchResult:
        return send_one_by_one(self, batch, _message, self._outcome, (400, 403, 429))

    def call(self, batch: Batch) -> Call:
        return _message(batch.operations[0])

    def read(self, batch: Batch, answer: requests.Response) -> BatchResult:
        return BatchResult.in_order(batch, [self._outcome(answer)])

    def _outcome(self, answer: requests.Response) -> Outcome:
        said = self.json(answer)
        if said.get("ok") is True:
            return Delivered({"message_id": str(said["result"]["message_id"])})
        why = str(said.get("description", ""))
        if answer.status_code == 429:
            wait = float((said.get("parameters") or {}).get("retry_after", 0)) or retry_after(answer)
            raise RetryLater("Telegram asks for patience", wait, self.account())
        if answer.status_code == 403 and not why.startswith("Forbidden: "):
            raise StopSync("Telegram refuses the bot (403)", self.account(), "check the token")
        gone = answer.status_code == 403 or "chat not found" in why or "user is deactivated" in why
        return Rejected(why.partition(": ")[2] or f"http_{answer.status_code}", why, suppress=gone)


def _message(operation: Operation) -> Call:
    body = {"chat_id": operation.fields["chat_id"], "text": operation.texts["text"]}
    return Call("POST", "/sendMessage", json=body)
